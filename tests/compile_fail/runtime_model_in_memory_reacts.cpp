// expect: a model in memory cannot `react`
// Effects need a commit to stand in, which a model in memory does not make.
#include "evsrc/runtime/projection.hpp"

namespace {

struct opened {
  static constexpr evsrc::event_name wire_name{"door.opened", 1};
};
struct doors {
  using events = evsrc::events<opened>;
  void apply(opened const&) {}
#ifdef EVSRC_OFFENDING_LINE
  void react(opened const&, evsrc::reaction&) {}
#endif
};

}  // namespace

void run(evsrc::event_store& store) { evsrc::projection<doors> all{store}; }
