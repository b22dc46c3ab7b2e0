// expect: the part stands alone, its key is known: d.to<Part>(event)
// A key where there is one stream only.
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

void run(evsrc::decision<evsrc::together<door>>& made) {
#ifdef EVSRC_OFFENDING_LINE
  made.to<door>("front", opened{});
#else
  made.to<door>(opened{});
#endif
}
