// SPDX-License-Identifier: Apache-2.0
// Which time-outs of a saga instance are open: a stream of its own beside that of the saga.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evsrc/runtime/detail/event_writer.hpp"
#include "evsrc/runtime/saga_timeout.hpp"

namespace evsrc::inline v0::detail {

struct timeout_set {
  static constexpr event_name wire_name{"evsrc.timeout_set", 1};
  std::string name;
  std::uint64_t sequence = 0;
  timestamp due{};
};
struct timeout_cancelled {
  static constexpr event_name wire_name{"evsrc.timeout_cancelled", 1};
  std::string name;
  std::uint64_t sequence = 0;
};
struct timeout_fired {
  static constexpr event_name wire_name{"evsrc.timeout_fired", 1};
  std::string name;
  std::uint64_t sequence = 0;
};

/// The stream {"evsrc.saga", "order-saga/<key>"}. Readers of everything pass over it.
struct saga_timeouts {
  static constexpr evsrc::category category{"evsrc.saga"};
  using events = evsrc::events<timeout_set, timeout_cancelled, timeout_fired>;

  std::vector<open_timeout> open{};

  void apply(timeout_set const& e);
  void apply(timeout_cancelled const& e) { close(e.name); }
  void apply(timeout_fired const& e) { close(e.name); }

  [[nodiscard]] open_timeout const* find(std::string_view name) const noexcept;

 private:
  void close(std::string_view name);
};

/// Of the message: follows from what it is, so that a cancel is exact.
[[nodiscard]] message_id timeout_id(std::string_view category, std::string_view key,
                                    std::string_view name, std::uint64_t sequence);

/// Changes the open time-outs of one instance: the events for its stream, the ids to cancel.
class timeout_book {
 public:
  timeout_book(std::string_view category, std::string key, saga_timeouts open,
               stream_version version) noexcept
      : category_(category), key_(std::move(key)), state_(std::move(open)), version_(version) {}

  [[nodiscard]] saga_timeouts const& state() const noexcept { return state_; }
  /// @return what it is called now. @errors limit_exceeded: too many are open
  [[nodiscard]] result<open_timeout> set(std::string const& name, timestamp due);
  void cancel(std::string const& name);
  void cancel_all();
  /// It was delivered.
  void fire(std::string const& name);
  /// Puts the events into `to`, with the version that was read, and the ids into its `cancel`.
  [[nodiscard]] result<void> write(command_stamp& stamp, commit& to) const;

 private:
  template <class E>
  void note(E const& event);

  std::string_view category_;
  std::string key_;
  saga_timeouts state_;
  stream_version version_;
  std::vector<saga_timeouts::events::variant> changes_;
  std::vector<message_id> cancelled_;
};

}  // namespace evsrc::inline v0::detail
