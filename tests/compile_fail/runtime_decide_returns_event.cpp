// expect: `decide` returns evsrc::decision<State, Rejections...> of the same State
// A decide that returns an event as such.
#include "evsrc/runtime/command_handler.hpp"

namespace doors {

struct opened {
  static constexpr evsrc::event_name wire_name{"door.opened", 1};
};
struct door {
  static constexpr evsrc::category category{"door"};
  using events = evsrc::events<opened>;
  void apply(opened const&) {}
};
struct open_door {};
#ifdef EVSRC_OFFENDING_LINE
inline opened decide(door const&, open_door const&) { return {}; }
#else
inline evsrc::decision<door> decide(door const&, open_door const&) { return opened{}; }
#endif

}  // namespace doors

void run(evsrc::command_handler<doors::door>& handler) {
  static_cast<void>(handler.handle("front", doors::open_door{}));
}
