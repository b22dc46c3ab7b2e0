// expect: the aggregate has no `void apply(E const&)` for this event
// A handler for an aggregate that lacks an apply.
#include "evsrc/runtime/command_handler.hpp"

namespace {

struct opened {
  static constexpr evsrc::event_name wire_name{"door.opened", 1};
};
struct door {
  static constexpr evsrc::category category{"door"};
  using events = evsrc::events<opened>;
#ifndef EVSRC_OFFENDING_LINE
  void apply(opened const&) {}
#endif
};

}  // namespace

void run(evsrc::stream_store& store, evsrc::idempotency_store& keys) {
  evsrc::command_handler<door> doors{store, keys};
}
