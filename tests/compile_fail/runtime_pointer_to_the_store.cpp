// expect: this takes the store (or bus) itself and not a pointer to it
// One star is missing.
#include <memory>

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
class store_with_keys : public evsrc::event_store, public evsrc::idempotency_store {};

}  // namespace

void run(evsrc::result<std::unique_ptr<store_with_keys>>& store) {
#ifdef EVSRC_OFFENDING_LINE
  evsrc::command_handler<door> doors{*store};
#else
  evsrc::command_handler<door> doors{**store};
#endif
}
