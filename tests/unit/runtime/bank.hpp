// SPDX-License-Identifier: Apache-2.0
// The small bank that the tests of the runtime share.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#include "evsrc/runtime/command_handler.hpp"

namespace bank {

struct money_deposited {
  static constexpr evsrc::event_name wire_name{"account.deposited", 1};
  std::int64_t cents = 0;
  [[nodiscard]] evsrc::result<> validate() const {
    if (cents > 0) return {};
    return evsrc::invalid("cents", "must be above zero");
  }
};
inline evsrc::property_list message_properties(money_deposited const& event) {
  return {{"is_large", event.cents >= 100'000}};
}
struct money_withdrawn {
  static constexpr evsrc::event_name wire_name{"account.withdrawn", 1};
  std::int64_t cents = 0;
};

struct account {
  static constexpr evsrc::category category{"account"};
  using events = evsrc::events<money_deposited, money_withdrawn>;
  std::int64_t balance_cents = 0;
  void apply(money_deposited const& e) { balance_cents += e.cents; }
  void apply(money_withdrawn const& e) { balance_cents -= e.cents; }
};

struct deposit {
  std::int64_t cents = 0;
};
struct withdraw {
  std::int64_t cents = 0;
  [[nodiscard]] evsrc::result<> validate() const {
    if (cents > 0) return {};
    return evsrc::invalid("cents", "must be above zero");
  }
};
/// One withdrawal for each note, as an example of several events.
struct withdraw_notes {
  std::int64_t note_cents = 0;
  int count = 0;
};
struct do_nothing {};
struct explode {};

struct insufficient_funds {
  std::int64_t balance_cents = 0;
};
struct account_unused {};

inline evsrc::decision<account> decide(account const&, deposit const& c) {
  return money_deposited{c.cents};
}
inline evsrc::decision<account, account_unused, insufficient_funds> decide(account const& a,
                                                                           withdraw const& c) {
  if (a.balance_cents == 0) return evsrc::reject(account_unused{});
  if (c.cents > a.balance_cents) return evsrc::reject(insufficient_funds{a.balance_cents});
  return money_withdrawn{c.cents};
}
inline evsrc::decision<account, insufficient_funds> decide(account const& a,
                                                           withdraw_notes const& c) {
  if (c.note_cents * c.count > a.balance_cents)
    return evsrc::reject(insufficient_funds{a.balance_cents});
  evsrc::decision<account, insufficient_funds> made;
  for (int note = 0; note < c.count; ++note) made.add(money_withdrawn{c.note_cents});
  return made;
}
inline evsrc::decision<account> decide(account const&, do_nothing const&) { return evsrc::nothing; }
inline evsrc::decision<account> decide(account const&, explode const&) {
  throw std::runtime_error("no fuse");
}

/// Both accounts in one decision.
using two_accounts = evsrc::together<evsrc::many<account>>;
struct transfer {
  std::string from;
  std::string to;
  std::int64_t cents = 0;
};
inline evsrc::decision<two_accounts, insufficient_funds> decide(two_accounts const& all,
                                                                transfer const& c) {
  auto const balance = all.at<account>(c.from).balance_cents;
  if (c.cents > balance) return evsrc::reject(insufficient_funds{balance});
  evsrc::decision<two_accounts, insufficient_funds> made;
  made.to<account>(c.from, money_withdrawn{c.cents});
  made.to<account>(c.to, money_deposited{c.cents});
  return made;
}

/// Room for two students, decided over every event that carries the course's tag.
struct student_enrolled {
  static constexpr evsrc::event_name wire_name{"student.enrolled", 1};
  std::string course;
  std::string student;
  static constexpr auto tags = evsrc::tags(evsrc::tag{"course", &student_enrolled::course},
                                           evsrc::tag{"student", &student_enrolled::student});
};
struct course {
  static constexpr evsrc::category category{"course"};
  static constexpr auto scope = evsrc::tagged("course");
  using events = evsrc::events<student_enrolled>;
  int student_count = 0;
  void apply(student_enrolled const&) { ++student_count; }
};
struct enrol {
  std::string course;
  std::string student;
};
struct course_full {};
inline evsrc::decision<course, course_full> decide(course const& c, enrol const& e) {
  if (c.student_count >= 2) return evsrc::reject(course_full{});
  return student_enrolled{e.course, e.student};
}

}  // namespace bank
