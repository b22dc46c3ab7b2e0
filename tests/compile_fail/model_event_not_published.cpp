// expect: an event of the family is neither published nor internal
// A list declared exhaustive that forgets an event.
#include "evsrc/model/publication.hpp"

namespace {

struct opened {
  static constexpr evsrc::event_name wire_name{"door.opened", 1};
};
struct painted {
  static constexpr evsrc::event_name wire_name{"door.painted", 1};
};
using door_events = evsrc::events<opened, painted>;

#ifdef EVSRC_OFFENDING_LINE
constexpr auto leaving =
    evsrc::publications(evsrc::publish<opened>().to("doors")).exhaustive_for<door_events>();
#else
constexpr auto leaving =
    evsrc::publications(evsrc::publish<opened>().to("doors"), evsrc::internal<painted>())
        .exhaustive_for<door_events>();
#endif
static_assert(sizeof(leaving) != 0);

}  // namespace
