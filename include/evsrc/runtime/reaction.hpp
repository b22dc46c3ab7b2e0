// SPDX-License-Identifier: Apache-2.0
// What a handler wants written because of an event.
#pragma once

#include <string>
#include <utility>

#include "evsrc/codec/json_codec.hpp"
#include "evsrc/core/clock.hpp"
#include "evsrc/core/random.hpp"
#include "evsrc/model/events.hpp"
#include "evsrc/model/tags.hpp"
#include "evsrc/model/validation.hpp"
#include "evsrc/store/commit.hpp"

namespace evsrc::inline v0 {

/// Collects the writes that one event leads to. They enter the commit that moves the reader past
/// the event, with a `once` entry for the event: in the store these effects happen once, however
/// often the handler runs; calls to the outside may repeat (G12).
class reaction {
 public:
  /// For the runtime and for tests of handlers: writes go into `into`, which outlives this.
  reaction(event_view const& cause, commit& into, clock& time, random_source& random,
           std::string source) noexcept
      : cause_(&cause), into_(&into), clock_(&time), random_(&random), source_(std::move(source)) {}

  [[nodiscard]] event_view const& cause() const noexcept { return *cause_; }

  /// An event for a stream. Correlation and trace continue those of the cause; causation is its id.
  /// @errors what `validate()` says; what encoding says. Nothing is added.
  template <named_event E>
  [[nodiscard]] result<void> emit(stream_id to, E const& event,
                                  expected_version expected = expected_version::any()) {
    EVSRC_TRY(check_valid(event));
    new_event made;
    EVSRC_TRY(stamp(made.meta));
    made.name = E::wire_name.name;
    made.version = E::wire_name.version;
    EVSRC_TRY(encode_json(event, made.payload));
    add_tags(event, made.meta.tags);
    add(std::move(to), expected, std::move(made));
    return {};
  }
  /// A message for the outbox. What is empty of id, correlation, causation and trace follows from
  /// the cause.
  [[nodiscard]] result<void> send(outgoing_message message);
  /// Takes back a message that was not handed on yet, such as a timer.
  void cancel(message_id message) { into_->cancel.push_back(std::move(message)); }

 private:
  [[nodiscard]] result<void> stamp(metadata& meta) const;
  void add(stream_id to, expected_version expected, new_event event);

  event_view const* cause_;
  commit* into_;
  clock* clock_;
  random_source* random_;
  std::string source_;
  std::size_t sent_ = 0;
};

namespace detail {

/// How much a commit holds that a reaction may have put there.
[[nodiscard]] std::size_t count_effects(commit const& what) noexcept;
/// Adds the entry that makes the effects of `cause` happen once.
void add_effect_key(commit& what, std::string const& scope, event_view const& cause);

}  // namespace detail
}  // namespace evsrc::inline v0
