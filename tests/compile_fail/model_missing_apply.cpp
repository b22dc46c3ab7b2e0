// expect: the aggregate has no `void apply(E const&)` for this event
// An aggregate that does not apply one of its events.
#include "evsrc/model/aggregate.hpp"

namespace {

struct opened {
  static constexpr evsrc::event_name wire_name{"door.opened", 1};
};
struct closed {
  static constexpr evsrc::event_name wire_name{"door.closed", 1};
};
struct door {
  static constexpr evsrc::category category{"door"};
  using events = evsrc::events<opened, closed>;
  void apply(opened const&) {}
#ifndef EVSRC_OFFENDING_LINE
  void apply(closed const&) {}
#endif
};

}  // namespace

static_assert(evsrc::check_aggregate<door>());
