// SPDX-License-Identifier: Apache-2.0
// What a handler wants written because of an event or a message.
#pragma once

#include <optional>
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

namespace detail {

/// What effects continue of what caused them.
struct cause_links {
  std::string id;  ///< of the event or message
  std::string correlation;
  std::string root{};  ///< of ids of messages that follow; empty: `id`
  std::string user{};
  std::string trace_parent{};
};

}  // namespace detail

/// Collects writes for one commit. In the store they happen once, however often the handler runs;
/// calls to the outside may repeat (G12). `reaction` has an event as cause, `message_context` a
/// message.
class effects {
 public:
  effects(effects const&) = delete;
  effects& operator=(effects const&) = delete;

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
  /// The commit itself, for what the functions above do not say. What stands in it already belongs
  /// to others: the events before, the reader, the inbox. Where a key that a message's handler puts
  /// into `once` is known, nothing of the call is written and the handler is called once more;
  /// where it meets the key again its answer counts without its effects (docs/messaging.md).
  [[nodiscard]] commit& writes() noexcept { return *into_; }

 protected:
  effects(commit& into, clock& time, random_source& random, std::string source) noexcept
      : into_(&into), clock_(&time), random_(&random), source_(std::move(source)) {}
  ~effects() = default;

  /// Asked once, where a cause is needed at all: events decode their metadata.
  [[nodiscard]] virtual result<detail::cause_links> find_cause() const = 0;
  [[nodiscard]] result<detail::cause_links const*> cause_known() const;
  /// Causation, correlation, user and trace for what follows from the cause; id and time are new.
  [[nodiscard]] result<void> stamp(metadata& meta) const;
  [[nodiscard]] commit& into() noexcept { return *into_; }
  [[nodiscard]] clock& time() const noexcept { return *clock_; }
  [[nodiscard]] std::string const& source() const noexcept { return source_; }

 private:
  void add(stream_id to, expected_version expected, new_event event);
  [[nodiscard]] std::string next_message_id(detail::cause_links const& links);

  commit* into_;
  clock* clock_;
  random_source* random_;
  std::string source_;
  std::size_t sent_ = 0;
  mutable std::optional<detail::cause_links> cause_;
};

namespace detail {

/// How much a commit holds that a handler may have put there.
[[nodiscard]] std::size_t count_effects(commit const& what) noexcept;
/// Who adds the effects of one event after the other stops here: the next one's fit in no more for
/// certain.
[[nodiscard]] bool is_half_full(commit const& what) noexcept;

}  // namespace detail
}  // namespace evsrc::inline v0
