// expect: an event that a query folds must declare the query's tag in its `tags`
// A state over a query, one of whose events the query would not find.
#include <string>

#include "evsrc/model/aggregate.hpp"

namespace {

struct student_enrolled {
  static constexpr evsrc::event_name wire_name{"student.enrolled", 1};
  std::string course;
  std::string student;
#ifdef EVSRC_OFFENDING_LINE
  static constexpr auto tags = evsrc::tags(evsrc::tag{"student", &student_enrolled::student});
#else
  static constexpr auto tags = evsrc::tags(evsrc::tag{"course", &student_enrolled::course});
#endif
};
struct course {
  static constexpr evsrc::category category{"course"};
  static constexpr auto scope = evsrc::tagged("course");
  using events = evsrc::events<student_enrolled>;
  void apply(student_enrolled const&) {}
};

}  // namespace

static_assert(evsrc::check_aggregate<course>());
