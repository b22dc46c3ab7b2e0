// expect: an event needs `static constexpr evsrc::event_name wire_name
// An event without a name.
#include "evsrc/model/events.hpp"

namespace {

struct opened {
#ifndef EVSRC_OFFENDING_LINE
  static constexpr evsrc::event_name wire_name{"door.opened", 1};
#endif
};

}  // namespace

static_assert(evsrc::events<opened>::size == 1);
