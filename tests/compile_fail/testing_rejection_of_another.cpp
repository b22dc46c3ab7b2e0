// expect: this is not one of the decision's rejections
// A specification that expects a rejection which the decision cannot have.
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
struct is_broken {};
inline evsrc::decision<door, is_locked> decide(door const&, open_door const&) {
  return evsrc::reject(is_locked{});
}

}  // namespace doors

bool holds() {
#ifdef EVSRC_OFFENDING_LINE
  return bool(evsrc::testing::given<doors::door>()
                  .when(doors::open_door{})
                  .then_rejected(doors::is_broken{}));
#else
  return bool(evsrc::testing::given<doors::door>()
                  .when(doors::open_door{})
                  .then_rejected(doors::is_locked{}));
#endif
}
