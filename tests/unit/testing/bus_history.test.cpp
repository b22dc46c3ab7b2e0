// SPDX-License-Identifier: Apache-2.0
// Tests of the judges of buses, on histories written by hand: each sees its flaw and no other.
#include "evsrc/testing/bus_history.hpp"

#include <gtest/gtest.h>

namespace {

using namespace evsrc::testing;
using namespace std::chrono_literals;
using evsrc::disposition;
using evsrc::errc;
using evsrc::lock_token;
using evsrc::timestamp;

constexpr timestamp start{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
constexpr auto lock_duration = 10s;

lock_token token(std::uint8_t number) {
  lock_token made;
  made.value.octets[15] = number;
  return made;
}

/// A call of `worker` from `at` to `at` + 5, when the bus's clock said `start` + `seconds`.
template <class Call>
Call done(std::uint32_t worker, std::uint64_t at, int seconds,
          std::string const& entity = "orders") {
  Call made;
  made.worker = worker;
  made.times = {at, at + 5};
  made.bus_time = start + std::chrono::seconds{seconds};
  made.entity = entity;
  made.outcome = call_outcome::done;
  return made;
}

recorded_send sent(std::uint32_t worker, std::uint64_t at, std::vector<std::string> const& ids,
                   std::string const& session = {}, std::string const& entity = "orders") {
  auto made = done<recorded_send>(worker, at, 0, entity);
  for (auto const& id : ids) made.messages.push_back({id, session, "body of " + id});
  return made;
}

seen_message seen(std::string const& id, std::int64_t number, std::uint8_t lock = 0,
                  std::string session = {}) {
  seen_message made;
  made.id = id;
  made.session_id = std::move(session);
  made.body = "body of " + id;
  made.sequence_number = number;
  made.lock.token = token(lock);
  return made;
}

/// One message, locked from `seconds` on.
recorded_receive received(std::uint32_t worker, std::uint64_t at, int seconds, seen_message what,
                          std::uint64_t holder = 0, std::string const& entity = "orders") {
  auto made = done<recorded_receive>(worker, at, seconds, entity);
  what.lock.from = made.bus_time;
  what.lock.until = made.bus_time + lock_duration;
  made.holder = holder;
  made.messages.push_back(std::move(what));
  return made;
}

recorded_settle settled(std::uint32_t worker, std::uint64_t at, int seconds, std::uint8_t lock,
                        disposition what = disposition::complete, std::string reason = {}) {
  auto made = done<recorded_settle>(worker, at, seconds);
  made.lock = token(lock);
  made.what = what;
  made.reason = std::move(reason);
  return made;
}

template <class Call>
Call refused(Call made, errc why) {
  made.outcome = call_outcome::refused;
  made.refusal = why;
  return made;
}

recorded_accept accepted(std::uint32_t worker, std::uint64_t at, int seconds, std::uint64_t holder,
                         std::string session) {
  auto made = done<recorded_accept>(worker, at, seconds);
  made.holder = holder;
  made.session_id = std::move(session);
  made.lock = {{}, made.bus_time, made.bus_time + lock_duration};
  return made;
}

/// A queue: "a" is lost once and completed, "b" dead-lettered, "c" stands at the end.
bus_history sound_queue() {
  bus_history made;
  made.sends = {sent(1, 10, {"a", "b"}), sent(1, 20, {"c"}),
                refused(sent(1, 30, {"d"}), errc::quota_exceeded)};
  made.receives = {received(2, 100, 0, seen("a", 1, 1)), received(3, 110, 0, seen("b", 2, 2)),
                   received(3, 200, 11, seen("a", 1, 3))};
  made.settles = {settled(3, 120, 1, 2, disposition::dead_letter, "Tested"), settled(3, 210, 12, 3),
                  refused(settled(2, 220, 13, 1), errc::lock_lost)};
  made.standing = {{"orders", {seen("c", 3)}}, {"orders/$DeadLetterQueue", {seen("b", 1)}}};
  made.standing[1].messages[0].dead_letter_reason = "Tested";
  return made;
}

/// A session: one holder takes two, gives the first back and loses the session to another.
bus_history sound_session() {
  bus_history made;
  made.sends = {sent(1, 10, {"a"}, "s"), sent(1, 20, {"b"}, "s"), sent(1, 30, {"c"}, "s")};
  made.accepts = {accepted(2, 100, 0, 1, "s"), accepted(3, 200, 11, 2, "s")};
  made.accepts[1].closing = {290, 295};
  made.receives = {
      received(2, 110, 0, seen("a", 1, 1, "s"), 1),  received(2, 120, 0, seen("b", 2, 2, "s"), 1),
      received(2, 140, 0, seen("a", 1, 3, "s"), 1),  received(3, 210, 11, seen("a", 1, 4, "s"), 2),
      received(3, 220, 11, seen("b", 2, 5, "s"), 2), received(3, 230, 11, seen("c", 3, 6, "s"), 2)};
  made.settles = {settled(2, 130, 1, 1, disposition::abandon), settled(3, 240, 12, 4),
                  settled(3, 250, 12, 5), settled(3, 260, 12, 6)};
  return made;
}

/// The judge says no, and the first of all judges that says no is this one.
void expect_flaw(char const* judge, bus_history const& what) {
  auto const said = judge_all(what);
  ASSERT_FALSE(said) << judge << " sees nothing";
  EXPECT_EQ(said.message().rfind(std::string(judge) + ": ", 0), 0U) << said.message();
}

TEST(bus_history, that_is_sound_passes_all_judges) {
  EXPECT_TRUE(judge_all(bus_history{}));
  EXPECT_TRUE(judge_all(sound_queue()));
  EXPECT_TRUE(judge_all(sound_session()));
}

TEST(bus_history, shows_invented_messages) {
  auto what = sound_queue();
  what.receives.push_back(received(2, 300, 40, seen("x", 9, 9)));
  expect_flaw("no_invented_message", what);
  what = sound_queue();
  what.receives[0].messages[0].body = "changed";
  expect_flaw("no_invented_message", what);
  what = sound_queue();
  what.sends[0].times = {150, 155};  // after it was received
  expect_flaw("no_invented_message", what);
  what = sound_queue();
  what.standing[0].messages.push_back(seen("d", 4));  // its send was refused
  expect_flaw("no_invented_message", what);
  what = sound_queue();
  what.standing[0].messages[0].sequence_number = 1;  // that of "a"
  expect_flaw("no_invented_message", what);
}

TEST(bus_history, shows_lost_messages) {
  auto what = sound_queue();
  what.standing[0].messages.clear();
  expect_flaw("nothing_acknowledged_is_lost", what);
  what = sound_queue();
  what.standing[1].messages.clear();  // the dead letter
  expect_flaw("nothing_acknowledged_is_lost", what);
  what = sound_queue();
  what.settles[1].outcome = call_outcome::refused;  // "a" was not completed and is gone
  what.settles[1].refusal = errc::not_found;
  expect_flaw("nothing_acknowledged_is_lost", what);
}

TEST(bus_history, forgives_what_nobody_can_know) {
  auto what = sound_queue();
  what.settles[1].outcome = call_outcome::unknown;  // it may have been completed
  EXPECT_TRUE(judge_all(what));
  what = sound_queue();
  what.sends[1].outcome = call_outcome::none;  // it may have been sent
  EXPECT_TRUE(judge_all(what));
  what.standing[0].messages.clear();
  EXPECT_TRUE(judge_all(what));
  what = sound_queue();
  what.standing[0].messages.clear();
  auto deleting = done<recorded_receive>(4, 300, 20);
  deleting.is_deleting = true;
  deleting.outcome = call_outcome::none;  // it may have taken "c" along
  what.receives.push_back(deleting);
  EXPECT_TRUE(judge_all(what));
}

TEST(bus_history, shows_torn_sends) {
  auto what = sound_queue();
  what.sends.push_back(sent(1, 40, {"e", "f"}));
  what.sends.back().outcome = call_outcome::unknown;
  EXPECT_TRUE(judge_all(what));
  what.standing[0].messages.push_back(seen("e", 4));
  expect_flaw("nothing_acknowledged_is_lost", what);
  what.standing[0].messages.push_back(seen("f", 5));
  EXPECT_TRUE(judge_all(what));
  // Two sends of one transaction, to two queues.
  for (auto const* entity : {"bills", "notes"}) {
    what.sends.push_back(sent(1, 50, {entity}, {}, entity));
    what.sends.back().transaction = 7;
    what.sends.back().outcome = call_outcome::none;
  }
  EXPECT_TRUE(judge_all(what));
  what.standing.push_back({"bills", {seen("bills", 1)}});
  expect_flaw("nothing_acknowledged_is_lost", what);
}

TEST(bus_history, shows_messages_that_are_there_twice) {
  auto what = sound_queue();
  what.standing[0].messages.push_back(seen("c", 4));
  expect_flaw("no_message_is_there_twice", what);
  what = sound_queue();
  what.standing[1].messages.push_back(seen("c", 2));  // in the queue and in its dead letters
  expect_flaw("no_message_is_there_twice", what);
  what = sound_queue();
  what.sends.push_back(sent(1, 40, {"c"}));  // sent twice, there twice
  what.standing[0].messages.push_back(seen("c", 4));
  EXPECT_TRUE(no_message_is_there_twice(what));
  what.detecting = {"orders"};
  expect_flaw("no_message_is_there_twice", what);
}

TEST(bus_history, shows_messages_that_end_twice) {
  auto what = sound_queue();
  what.settles[2].outcome = call_outcome::done;  // "a" was completed by both
  expect_flaw("each_is_ended_once", what);
  what = sound_queue();
  what.receives.push_back(received(2, 300, 40, seen("a", 1, 9)));  // after it was completed
  expect_flaw("each_is_ended_once", what);
  what = sound_queue();
  what.standing[0].messages.insert(what.standing[0].messages.begin(), seen("a", 1));
  expect_flaw("each_is_ended_once", what);
  what = sound_queue();
  auto deleting = received(2, 300, 40, seen("c", 3));
  deleting.is_deleting = true;
  what.standing[0].messages.clear();
  what.receives.push_back(deleting);
  EXPECT_TRUE(judge_all(what));
  what.receives.push_back(deleting);
  expect_flaw("each_is_ended_once", what);
}

TEST(bus_history, shows_locks_with_two_holders) {
  auto what = sound_queue();
  what.receives[2] = received(3, 200, 9, seen("a", 1, 3));  // a second before it may be
  expect_flaw("locks_exclude_each_other", what);
  what.settles.push_back(settled(2, 190, 8, 1, disposition::abandon));  // given back before
  what.settles.erase(what.settles.begin() + 2);
  EXPECT_TRUE(judge_all(what));
  what = sound_queue();
  auto renewal = done<recorded_renewal>(2, 150, 5);
  renewal.lock = token(1);
  renewal.until = start + 15s;  // and was given out after 11
  what.renewals = {renewal};
  expect_flaw("locks_exclude_each_other", what);
  what.renewals[0].outcome = call_outcome::refused;
  what.renewals[0].refusal = errc::io_failed;
  EXPECT_TRUE(judge_all(what));
}

TEST(bus_history, shows_sessions_with_two_holders) {
  auto what = sound_session();
  what.accepts[1].lock.from = start + 9s;
  expect_flaw("locks_exclude_each_other", what);
  what.accepts[0].closing = {150, 155};
  EXPECT_TRUE(judge_all(what));
}

TEST(bus_history, shows_lost_locks_that_did_something) {
  auto what = sound_queue();
  what.settles[1].what = disposition::abandon;
  what.settles[2] = settled(2, 205, 13, 1, disposition::abandon);  // while the next one holds it
  what.settles[2].times = {206, 208};
  what.standing[0].messages.push_back(seen("a", 1));
  expect_flaw("lost_locks_do_nothing", what);
  what = sound_queue();
  auto renewal = done<recorded_renewal>(2, 300, 12);
  renewal.lock = token(1);
  renewal.until = start + 10s;
  what.renewals = {renewal};
  expect_flaw("lost_locks_do_nothing", what);
  what = sound_session();
  what.settles.push_back(settled(2, 235, 12, 2, disposition::abandon));
  expect_flaw("lost_locks_do_nothing", what);
  what = sound_queue();
  what.settles[0].what = disposition::defer;
  what.standing[1].messages.clear();
  what.standing[0].messages.push_back(seen("b", 2));
  what.settles.push_back(what.settles[0]);  // one lock, settled twice
  expect_flaw("lost_locks_do_nothing", what);
}

TEST(bus_history, shows_held_locks_that_were_refused) {
  auto what = sound_queue();
  what.settles[2].bus_time = start + 9s;
  what.settles[2].times = {150, 155};
  expect_flaw("held_locks_are_honoured", what);
  what.settles[2].refusal = errc::unavailable;  // nobody said that it was lost
  EXPECT_TRUE(judge_all(what));
  what = sound_session();
  what.receives.push_back(refused(done<recorded_receive>(3, 270, 12), errc::lock_lost));
  what.receives.back().holder = 2;
  expect_flaw("held_locks_are_honoured", what);
  what.receives.back().bus_time = start + 21s;  // beyond its lock
  EXPECT_TRUE(judge_all(what));
  auto renewal = done<recorded_renewal>(3, 262, 12);
  renewal.holder = 2;
  renewal.until = start + 22s;
  what.renewals = {renewal};
  expect_flaw("held_locks_are_honoured", what);
}

TEST(bus_history, blames_no_settlement_of_a_transaction_of_several) {
  auto what = sound_queue();
  auto one = refused(settled(2, 150, 9, 1), errc::lock_lost);
  one.transaction = 5;
  what.settles.push_back(one);
  expect_flaw("held_locks_are_honoured", what);
  what.settles.push_back(one);
  what.settles.back().lock = token(8);
  EXPECT_TRUE(judge_all(what));
}

TEST(bus_history, shows_followers_that_overtake) {
  auto what = sound_session();
  std::swap(what.receives[3].messages, what.receives[4].messages);  // "b" in front of "a"
  expect_flaw("sessions_are_in_order", what);
  what = sound_session();
  // "c" while "a" was given back and not taken again.
  what.receives.insert(what.receives.begin() + 2, received(2, 136, 0, seen("c", 3, 9, "s"), 1));
  expect_flaw("sessions_are_in_order", what);
  what.receives[2].is_deferred = true;  // asked for by its number
  EXPECT_TRUE(sessions_are_in_order(what));
}

TEST(bus_history, shows_sends_out_of_order) {
  auto what = sound_queue();
  what.standing[0].messages[0].sequence_number = 3;
  what.sends[1].times = {5, 8};  // ended before "a" was sent, and stands behind it
  expect_flaw("sends_are_in_order", what);
  what.sends[1].times = {5, 12};  // at the same time
  EXPECT_TRUE(judge_all(what));
  what.sends[1].is_scheduled = true;
  what.sends[1].times = {5, 8};
  EXPECT_TRUE(judge_all(what));
  what = sound_queue();
  std::swap(what.sends[0].messages[0], what.sends[0].messages[1]);  // within a batch
  expect_flaw("sends_are_in_order", what);
}

TEST(bus_history, shows_cancelled_messages_that_arrive) {
  auto what = sound_queue();
  auto cancel = done<recorded_cancel>(1, 40, 0);
  cancel.id = "c";
  what.cancels = {cancel};
  expect_flaw("cancelled_never_arrives", what);
  what.standing[0].messages.clear();
  EXPECT_TRUE(judge_all(what));
  what.cancels[0] = refused(cancel, errc::not_found);  // so it must be there
  expect_flaw("nothing_acknowledged_is_lost", what);
}

TEST(bus_history, shows_dead_letters_without_their_reason) {
  auto what = sound_queue();
  what.standing[1].messages[0].dead_letter_reason.clear();
  expect_flaw("dead_letters_keep_their_reason", what);
}

TEST(bus_history, shows_expired_messages_that_were_delivered) {
  auto what = sound_queue();
  what.receives[2].messages[0].expires_at = start + 11s;
  expect_flaw("nothing_expired_is_delivered", what);
  what.receives[2].messages[0].expires_at = start + 12s;
  EXPECT_TRUE(judge_all(what));
}

TEST(bus_history, is_merged_from_what_workers_recorded) {
  auto whole = sound_queue();
  bus_history other;
  other.sends = {sent(4, 300, {"x"})};
  other.receives = {received(4, 310, 0, seen("x", 4, 7))};
  other.settles = {settled(4, 320, 1, 7)};
  other.renewals.resize(1);
  other.accepts.resize(2);
  other.cancels.resize(3);
  merge(whole, other);
  EXPECT_EQ(whole.sends.size(), 4U);
  EXPECT_EQ(whole.receives.back().messages[0].id, "x");
  EXPECT_EQ(whole.settles.size(), 4U);
  EXPECT_EQ(whole.renewals.size() + whole.accepts.size() + whole.cancels.size(), 6U);
  EXPECT_EQ(whole.standing.size(), 2U);
}

}  // namespace
