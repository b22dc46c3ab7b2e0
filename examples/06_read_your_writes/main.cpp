// SPDX-License-Identifier: Apache-2.0
// A read model in memory that a thread keeps up to date, and how to read what was just written.
#include <cstdio>
#include <map>

#include "evsrc/memory/event_store.hpp"
#include "evsrc/runtime/command_handler.hpp"
#include "evsrc/runtime/projection.hpp"

struct seat_taken {
  static constexpr evsrc::event_name wire_name{"seat.taken", 1};
  std::string row;
};
struct seat {
  static constexpr evsrc::category category{"seat"};
  using events = evsrc::events<seat_taken>;
  bool is_taken = false;
  void apply(seat_taken const&) { is_taken = true; }
};
struct take {
  std::string row;
};
struct already_taken {};
inline evsrc::decision<seat, already_taken> decide(seat const& s, take const& c) {
  if (s.is_taken) return evsrc::reject(already_taken{});
  return seat_taken{c.row};
}

// A plain struct; it starts from the first event each time the program starts.
struct seats_by_row {
  static constexpr std::string_view name = "seats_by_row";
  using events = evsrc::events<seat_taken>;
  std::map<std::string, int> taken;
  void apply(seat_taken const& e) { ++taken[e.row]; }
};

int main() {
  evsrc::memory::event_store store;
  evsrc::command_handler<seat> seats{store};
  evsrc::projection<seats_by_row> by_row{store};
  auto const thread = by_row.start();  // stops and joins when it goes out of scope

  for (auto const* const key : {"A1", "A2", "B1"}) {
    auto const outcome = seats.handle(key, take{std::string(key, 1)});
    if (!outcome) return 1;
    // The thread may be behind. The receipt says how far it must be for this write to be seen.
    if (auto const seen = by_row.wait(outcome->receipt, std::chrono::seconds(5)); !seen) {
      std::printf("error: %s\n", to_string(seen.error()).c_str());
      return 1;
    }
    by_row.read([&](seats_by_row const& model) {
      std::printf("after %s:", key);
      for (auto const& [row, count] : model.taken) std::printf(" %s=%d", row.c_str(), count);
      std::printf("\n");
    });
  }
  auto const told = by_row.explain();
  std::printf("%s, %d events behind\n", told.name.c_str(), static_cast<int>(told.events_behind));
}
