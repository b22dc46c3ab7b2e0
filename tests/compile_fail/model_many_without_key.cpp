// expect: of many, say which: d.to<Part>(key, event)
// An event for one of many streams that does not say for which.
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

void run(evsrc::decision<evsrc::together<evsrc::many<door>>>& made) {
#ifdef EVSRC_OFFENDING_LINE
  made.to<door>(opened{});
#else
  made.to<door>("front", opened{});
#endif
}
