// expect: the handler looks keys up: pass the store by its own type
// A handler on a store of which nothing but its port is known.
#include "evsrc/runtime/command_handler.hpp"

namespace {

struct opened {
  static constexpr evsrc::event_name wire_name{"door.opened", 1};
};
struct door {
  static constexpr evsrc::category category{"door"};
  using events = evsrc::events<opened>;
  void apply(opened const&) {}
};

}  // namespace

void run(evsrc::event_store& store, [[maybe_unused]] evsrc::idempotency_store& keys) {
#ifdef EVSRC_OFFENDING_LINE
  evsrc::command_handler<door> doors{store};
#else
  evsrc::command_handler<door> doors{store, keys};
#endif
}
