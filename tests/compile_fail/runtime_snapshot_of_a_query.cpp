// expect: a state that is read by a query has no snapshots
// Snapshots belong to streams.
#include <string>

#include "evsrc/runtime/command_handler.hpp"

namespace {

struct enrolled {
  static constexpr evsrc::event_name wire_name{"student.enrolled", 1};
  std::string course;
  static constexpr auto tags = evsrc::tags(evsrc::tag{"course", &enrolled::course});
};
struct course {
  static constexpr evsrc::category category{"course"};
#ifdef EVSRC_OFFENDING_LINE
  static constexpr auto scope = evsrc::tagged("course");
#endif
  using events = evsrc::events<enrolled>;
  int student_count = 0;
  void apply(enrolled const&) { ++student_count; }
};

}  // namespace

void run(evsrc::command_handler<course>& courses, evsrc::snapshot_store& snapshots) {
  courses.keep_snapshots(snapshots);
}
