// expect: a rejection is then_rejected
// A specification that expects a rejection where events are expected.
#include "evsrc/model/decision.hpp"
#include "evsrc/testing/spec.hpp"

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
struct is_locked {};
inline evsrc::decision<door, is_locked> decide(door const&, open_door const&) {
  return evsrc::reject(is_locked{});
}

}  // namespace doors

bool holds() {
  auto step = evsrc::testing::given<doors::door>().when(doors::open_door{});
#ifdef EVSRC_OFFENDING_LINE
  return bool(step.then(doors::is_locked{}));
#else
  return bool(step.then_rejected(doors::is_locked{}));
#endif
}
