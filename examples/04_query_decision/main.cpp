// SPDX-License-Identifier: Apache-2.0
// A decision over a query: every event that carries a tag, whichever stream holds it.
#include <cstdio>

#include "evsrc/memory/event_store.hpp"
#include "evsrc/runtime/command_handler.hpp"

// The tags are declared once, on the event. Reads, conditions and writes all use them.
struct student_enrolled {
  static constexpr evsrc::event_name wire_name{"student.enrolled", 1};
  std::string course;
  std::string student;
  static constexpr auto tags = evsrc::tags(evsrc::tag{"course", &student_enrolled::course},
                                           evsrc::tag{"student", &student_enrolled::student});
};

// Two views of the same events: neither a course nor a student owns an enrolment. An event without
// the tag that a scope names does not compile here.
struct course {
  static constexpr evsrc::category category{"course"};
  static constexpr auto scope = evsrc::tagged("course");
  using events = evsrc::events<student_enrolled>;
  int student_count = 0;
  void apply(student_enrolled const&) { ++student_count; }
};
struct student {
  static constexpr evsrc::category category{"student"};
  static constexpr auto scope = evsrc::tagged("student");
  using events = evsrc::events<student_enrolled>;
  int course_count = 0;
  void apply(student_enrolled const&) { ++course_count; }
};

using enrolment = evsrc::together<course, student>;
struct enrol {
  std::string course;
  std::string student;
};
struct course_full {};
struct student_busy {};
inline evsrc::decision<enrolment, course_full, student_busy> decide(enrolment const& all,
                                                                    enrol const& command) {
  if (all.get<course>().student_count >= 2) return evsrc::reject(course_full{});
  if (all.get<student>().course_count >= 3) return evsrc::reject(student_busy{});
  evsrc::decision<enrolment, course_full, student_busy> made;
  return made.to<course>(student_enrolled{command.course, command.student});
}

int main() {
  evsrc::memory::event_store store;
  evsrc::command_handler<enrolment> enrolments{store};

  for (enrol const& wanted : {enrol{"maths", "ada"},
                              {"maths", "bob"},
                              {"maths", "eve"},
                              {"art", "ada"},
                              {"music", "ada"},
                              {"latin", "ada"}}) {
    // The commit fails, and the decision is made again, if an enrolment in this course or of this
    // student has appeared that was not read. Enrolments elsewhere do not matter.
    auto const outcome = enrolments.handle({wanted.course, wanted.student}, wanted);
    char const* const answer = outcome                            ? "enrolled"
                               : outcome.rejection<course_full>() ? "the course is full"
                               : outcome.is_rejected()            ? "the student is busy"
                                                                  : "error";
    std::printf("%s, %s: %s\n", wanted.course.c_str(), wanted.student.c_str(), answer);
  }
}
