// expect: two events of one family have the same wire name
// Two events of one family under one name.
#include "evsrc/model/events.hpp"

namespace {

struct opened {
  static constexpr evsrc::event_name wire_name{"door.opened", 1};
};
struct closed {
#ifdef EVSRC_OFFENDING_LINE
  static constexpr evsrc::event_name wire_name{"door.opened", 1};
#else
  static constexpr evsrc::event_name wire_name{"door.closed", 1};
#endif
};

}  // namespace

static_assert(evsrc::events<opened, closed>::size == 2);
