// SPDX-License-Identifier: Apache-2.0
// Who held what lock from when to when, as far as a history of a bus can tell.
#pragma once

#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "evsrc/testing/bus_history.hpp"

namespace evsrc::testing::inline v0::detail {

inline constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

/// What a lock is about: a message by number, or a session by name.
struct held_thing {
  std::string entity;
  std::string session_id{};
  std::int64_t sequence_number = 0;  ///< 0: the session
  friend auto operator<=>(held_thing const&, held_thing const&) = default;
};
[[nodiscard]] std::string text(held_thing const& thing);

/// An acknowledged use of a lock: a settlement or renewal.
struct lock_use {
  call_times times{};
  char const* what = "";
};

struct hold {
  held_thing of;
  std::uint32_t worker = 0;
  call_times given{};           ///< of the receive or accept
  timestamp from{};             ///< by the bus's clock, as the two below
  timestamp first_until{};      ///< as given
  timestamp until{};            ///< as renewed
  std::uint64_t ended = never;  ///< when the first call began that may have ended it
  std::vector<lock_use> uses{};
};
[[nodiscard]] std::string text(hold const& one);

/// All locks of a history, in the order of its receives and accepts.
class hold_table {
 public:
  explicit hold_table(bus_history const& what);

  [[nodiscard]] std::vector<hold> const& holds() const { return holds_; }
  /// The hold by a message's lock, and by an accept's number; null where there is none.
  [[nodiscard]] hold const* of_lock(lock_token lock) const;
  [[nodiscard]] hold const* of_accept(std::uint64_t holder) const;
  /// The number of the accept that the lock's message was received through.
  [[nodiscard]] std::uint64_t holder_of(lock_token lock) const;
  /// Holds of one thing together.
  [[nodiscard]] std::map<held_thing, std::vector<hold const*>> by_thing() const;

 private:
  struct place {
    std::size_t hold = 0;
    std::uint64_t holder = 0;
  };
  void add_accepts(bus_history const& what);
  void add_deliveries(bus_history const& what);
  void add_renewals(bus_history const& what);
  void add_settles(bus_history const& what);

  std::vector<hold> holds_;
  std::map<std::uint64_t, std::size_t> accepts_;
  std::map<lock_token, place> locks_;
};

}  // namespace evsrc::testing::inline v0::detail
