// expect: each aggregate stands in one part of a together<...>
// An aggregate in two parts: whose would its events be?
#include "evsrc/model/together.hpp"

namespace {

struct opened {
  static constexpr evsrc::event_name wire_name{"door.opened", 1};
};
struct door {
  static constexpr evsrc::category category{"door"};
  using events = evsrc::events<opened>;
  void apply(opened const&) {}
};

}  // namespace

#ifdef EVSRC_OFFENDING_LINE
static_assert(sizeof(evsrc::together<door, evsrc::many<door>>) != 0);
#else
static_assert(sizeof(evsrc::together<evsrc::many<door>>) != 0);
#endif
