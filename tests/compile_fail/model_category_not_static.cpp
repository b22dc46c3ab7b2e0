// expect: an aggregate's `category` is the type's and not each value's
// A category that each value has for itself.
#include "evsrc/model/aggregate.hpp"

namespace {

struct opened {
  static constexpr evsrc::event_name wire_name{"door.opened", 1};
};
struct door {
#ifdef EVSRC_OFFENDING_LINE
  evsrc::category category{"door"};
#else
  static constexpr evsrc::category category{"door"};
#endif
  using events = evsrc::events<opened>;
  void apply(opened const&) {}
};

}  // namespace

static_assert(evsrc::check_aggregate<door>());
