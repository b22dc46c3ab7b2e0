// expect: `decide` takes the state first
// The command in front of the state.
#include "evsrc/model/decision.hpp"
#include "evsrc/model/decision_context.hpp"

namespace bank {

struct open_door {};
struct opened {
  static constexpr evsrc::event_name wire_name{"door.opened", 1};
};
struct door {
  static constexpr evsrc::category category{"door"};
  using events = evsrc::events<opened>;
  void apply(opened const&) {}
};
#ifdef EVSRC_OFFENDING_LINE
inline evsrc::decision<door> decide(open_door const&, door const&) { return opened{}; }
#else
inline evsrc::decision<door> decide(door const&, open_door const&) { return opened{}; }
#endif

}  // namespace bank

void run(evsrc::decision_context const& context) {
  static_cast<void>(evsrc::call_decide(bank::door{}, bank::open_door{}, context));
}
