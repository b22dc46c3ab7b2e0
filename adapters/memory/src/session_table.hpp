// SPDX-License-Identifier: Apache-2.0
// The sessions of one queue: their messages, holders and states.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "delivery_order.hpp"

namespace evsrc::memory::inline v0::detail {

struct session_record {
  std::string const* id = nullptr;  ///< the table's key
  delivery_order ready{};
  std::map<std::int64_t, stored_message*> messages{};  ///< in any state
  std::map<std::int64_t, stored_message*> locked{};
  std::uint64_t holder = 0;  ///< another number for each that accepts it; 0: nobody
  timestamp locked_until{};
  std::optional<std::string> state{};
  std::optional<std::int64_t> available_at{};  ///< its key among the available ones
};

/// @cost logarithmic in the sessions
class session_table {
 public:
  /// Made where there is none.
  [[nodiscard]] session_record& open(std::string_view id);
  [[nodiscard]] session_record* find(std::string_view id);
  /// That of the oldest message that nobody holds; null where there is none.
  [[nodiscard]] session_record* next_available() const;
  /// In byte order, those with messages or state.
  [[nodiscard]] std::vector<std::string> list(std::string_view after, std::size_t max) const;

  void hold(session_record& which, std::uint64_t holder, timestamp until);
  /// Nobody holds it from now on. Its messages are the caller's matter, before this.
  void release(session_record& which);
  /// The one whose lock ends first; null where none is held.
  [[nodiscard]] session_record* first_to_end() const {
    return held_.empty() ? nullptr : held_.begin()->second;
  }
  /// When; timestamp::max() where none is held.
  [[nodiscard]] timestamp next_end() const noexcept {
    return held_.empty() ? timestamp::max() : held_.begin()->first;
  }

  /// After any change of its messages, holder or state. May be the end of the record.
  void update(session_record& which);

 private:
  std::map<std::string, session_record, std::less<>> all_;
  std::map<std::int64_t, session_record*> available_;  ///< by their oldest message
  std::set<std::pair<timestamp, session_record*>> held_;
};

}  // namespace evsrc::memory::inline v0::detail
