// expect: a saga needs `using reacts_to = evsrc::events<...>
// A saga without inputs.
#include <string>

#include "evsrc/model/saga.hpp"

namespace doors {

struct opened {
  static constexpr evsrc::event_name wire_name{"door.opened", 1};
  std::string door;
};
struct shut {
  static constexpr evsrc::event_name wire_name{"door.shut", 1};
  std::string door;
};
struct watch_begun {
  static constexpr evsrc::event_name wire_name{"watch.begun", 1};
};
struct watch {
  static constexpr evsrc::category category{"watch"};
#ifndef EVSRC_OFFENDING_LINE
  using reacts_to = evsrc::events<opened, shut>;
#endif
  using events = evsrc::events<watch_begun>;
  static std::string key_of(opened const& e) { return e.door; }
  static std::string key_of(shut const& e) { return e.door; }
  void apply(watch_begun const&) {}
};
inline evsrc::reaction_plan<watch> react(watch const&, opened const&) { return watch_begun{}; }
inline evsrc::reaction_plan<watch> react(watch const&, shut const&) { return evsrc::nothing; }

}  // namespace doors

static_assert(evsrc::check_saga<doors::watch>());
