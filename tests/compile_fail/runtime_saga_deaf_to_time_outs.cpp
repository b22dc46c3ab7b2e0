// expect: the saga sets a time-out, and no `react(Saga const&, evsrc::timed_out const&)` takes it
// A saga that wants to be woken and says nothing to it; behind its use, as in most sagas.
#include <string>

#include "evsrc/runtime/process_manager.hpp"

namespace doors {

struct opened {
  static constexpr evsrc::event_name wire_name{"door.opened", 1};
  std::string door;
};
struct watch_begun {
  static constexpr evsrc::event_name wire_name{"watch.begun", 1};
};
struct watch {
  static constexpr evsrc::category category{"watch"};
  using reacts_to = evsrc::events<opened>;
  using events = evsrc::events<watch_begun>;
  static std::string key_of(opened const& e) { return e.door; }
  void apply(watch_begun const&) {}
};
inline evsrc::reaction_plan<watch> react(watch const&, opened const&) {
  evsrc::reaction_plan<watch> next = watch_begun{};
  return next.timeout("shut", std::chrono::minutes(1));
}
#ifndef EVSRC_OFFENDING_LINE
inline evsrc::reaction_plan<watch> react(watch const&, evsrc::timed_out const&,
                                         evsrc::decision_context const&) {
  return evsrc::nothing;
}
#endif
static_assert(evsrc::check_saga<watch>());

}  // namespace doors

void run(evsrc::event_store& store, evsrc::idempotency_store& keys) {
  evsrc::process_manager<doors::watch> watches{store, keys};
}
