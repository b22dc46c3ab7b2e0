// expect: a wire name is not empty and its version is at least 1
// Versions count from 1.
#include "evsrc/model/events.hpp"

namespace {

struct opened {
#ifdef EVSRC_OFFENDING_LINE
  static constexpr evsrc::event_name wire_name{"door.opened", 0};
#else
  static constexpr evsrc::event_name wire_name{"door.opened", 1};
#endif
};

}  // namespace

static_assert(evsrc::events<opened>::size == 1);
