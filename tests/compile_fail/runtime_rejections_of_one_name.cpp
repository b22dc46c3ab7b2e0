// expect: two rejections of one decision have the same name
// Rejections that only a namespace tells apart: under a key, one would be answered as the other.
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
namespace front {
struct is_locked {};
}  // namespace front
namespace back {
struct is_locked {
#ifndef EVSRC_OFFENDING_LINE
  static constexpr std::string_view json_name = "back_is_locked";
#endif
};
}  // namespace back
inline evsrc::decision<door, front::is_locked, back::is_locked> decide(door const&,
                                                                       open_door const&) {
  return evsrc::reject(back::is_locked{});
}

}  // namespace doors

bool holds() {
  return bool(evsrc::testing::given<doors::door>()
                  .when(doors::open_door{})
                  .then_rejected(doors::back::is_locked{}));
}
