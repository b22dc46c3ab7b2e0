// expect: two events of one family have the same wire name
// A former name that another event of the family bears today.
#include "evsrc/model/events.hpp"

namespace {

struct released {
#ifdef EVSRC_OFFENDING_LINE
  static constexpr evsrc::event_name wire_name{"stock.released", 1, "stock.reserved"};
#else
  static constexpr evsrc::event_name wire_name{"stock.released", 1, "stock.release"};
#endif
};
struct reserved {
  static constexpr evsrc::event_name wire_name{"stock.reserved", 1};
};

}  // namespace

static_assert(evsrc::events<released, reserved>::size == 2);
