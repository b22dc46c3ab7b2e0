// expect: an event above version 1 has no upcaster from the version before it
// Seen where the aggregate is checked, before anything is decoded.
#include "evsrc/model/aggregate.hpp"

namespace {

struct opened_v1 {
  static constexpr evsrc::event_name wire_name{"door.opened", 1};
};
struct opened {
  static constexpr evsrc::event_name wire_name{"door.opened", 2};
#ifndef EVSRC_OFFENDING_LINE
  using previous = opened_v1;
#endif
};
struct door {
  static constexpr evsrc::category category{"door"};
  using events = evsrc::events<opened>;
  void apply(opened const&) {}
};

}  // namespace

static_assert(evsrc::check_aggregate<door>());
