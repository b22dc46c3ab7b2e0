// expect: no `decide(State const&, Command const&)` is found beside the command
// A command that nobody decides.
#include "evsrc/model/decision.hpp"
#include "evsrc/model/decision_context.hpp"

namespace bank {

struct opened {
  static constexpr evsrc::event_name wire_name{"door.opened", 1};
};
struct door {
  static constexpr evsrc::category category{"door"};
  using events = evsrc::events<opened>;
  void apply(opened const&) {}
};
struct open_door {};
#ifndef EVSRC_OFFENDING_LINE
inline evsrc::decision<door> decide(door const&, open_door const&) { return opened{}; }
#endif

}  // namespace bank

void run(evsrc::decision_context const& context) {
  static_cast<void>(evsrc::call_decide(bank::door{}, bank::open_door{}, context));
}
