// expect: an aggregate needs `static constexpr evsrc::category category
// An aggregate whose streams have no kind.
#include "evsrc/model/aggregate.hpp"

namespace {

struct opened {
  static constexpr evsrc::event_name wire_name{"door.opened", 1};
};
struct door {
#ifndef EVSRC_OFFENDING_LINE
  static constexpr evsrc::category category{"door"};
#endif
  using events = evsrc::events<opened>;
  void apply(opened const&) {}
};

}  // namespace

static_assert(evsrc::check_aggregate<door>());
