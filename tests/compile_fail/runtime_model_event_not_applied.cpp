// expect: the model has no `apply(E const&)` for this event
// A read model that lists an event which it does not apply.
#include "evsrc/runtime/projection.hpp"

namespace {

struct opened {
  static constexpr evsrc::event_name wire_name{"door.opened", 1};
};
struct shut {
  static constexpr evsrc::event_name wire_name{"door.shut", 1};
};
struct doors {
  using events = evsrc::events<opened, shut>;
  void apply(opened const&) {}
#ifndef EVSRC_OFFENDING_LINE
  void apply(shut const&) {}
#endif
};

}  // namespace

void run(evsrc::event_store& store) { evsrc::projection<doors> all{store}; }
