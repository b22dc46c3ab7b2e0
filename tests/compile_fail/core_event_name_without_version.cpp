// expect: an event name needs a version behind the name
// A name alone.
#include "evsrc/core/event_name.hpp"

namespace {

struct opened {
#ifdef EVSRC_OFFENDING_LINE
  static constexpr evsrc::event_name wire_name{"door.opened"};
#else
  static constexpr evsrc::event_name wire_name{"door.opened", 1};
#endif
};

}  // namespace

std::uint32_t version() { return opened::wire_name.version; }
