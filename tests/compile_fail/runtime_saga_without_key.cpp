// expect: the saga has no `static std::string key_of(Input const&)` for this input
// A saga that cannot say which instance an input is for.
#include <string>

#include "evsrc/runtime/process_manager.hpp"

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
  using reacts_to = evsrc::events<opened, shut>;
  using events = evsrc::events<watch_begun>;
  static std::string key_of(opened const& e) { return e.door; }
#ifndef EVSRC_OFFENDING_LINE
  static std::string key_of(shut const& e) { return e.door; }
#endif
  void apply(watch_begun const&) {}
};
inline evsrc::reaction_plan<watch> react(watch const&, opened const&) { return watch_begun{}; }
inline evsrc::reaction_plan<watch> react(watch const&, shut const&) { return evsrc::nothing; }

}  // namespace doors

void run(evsrc::event_store& store, evsrc::idempotency_store& keys) {
  evsrc::process_manager<doors::watch> watches{store, keys};
}
