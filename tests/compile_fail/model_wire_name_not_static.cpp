// expect: an event's `wire_name` is the type's and not each value's
// A name that each value has for itself.
#include "evsrc/model/events.hpp"

namespace {

struct opened {
#ifdef EVSRC_OFFENDING_LINE
  evsrc::event_name wire_name{"door.opened", 1};
#else
  static constexpr evsrc::event_name wire_name{"door.opened", 1};
#endif
};

}  // namespace

static_assert(evsrc::events<opened>::size == 1);
