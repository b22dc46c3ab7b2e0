// SPDX-License-Identifier: Apache-2.0
// Dead letters of the outbox come back in their order or go for good, each by one recorded
// decision.
#include "evsrc/runtime/outbox_redriver.hpp"

#include <utility>

#include "evsrc/runtime/dead_letter_events.hpp"
#include "relaying.hpp"

namespace {

using namespace relaying;
using report = evsrc::outbox_redrive_report;

template <class Kind>
struct outbox_redrives : relay_room<Kind> {
  /// Rows that a relay gave up, one after the other, each holding its key.
  void refuse(std::vector<evsrc::outgoing_message> rows, std::string reason = "not_found") {
    this->put(std::move(rows));
    evsrc::commit what;
    auto const waiting = this->inner->read_outbox({}).value();
    for (auto const& row : waiting)
      what.refused.push_back({row.sequence, reason, "no such queue", true});
    this->commit(std::move(what));
  }
  [[nodiscard]] evsrc::outbox_redriver make_redriver() {
    evsrc::outbox_redrive_options with;
    with.user = "olga";
    with.clock = &this->time;
    with.random = &this->random;
    return evsrc::outbox_redriver(this->store, std::move(with));
  }
  [[nodiscard]] id_list dead_ids() {
    id_list ids;
    for (auto const& one : this->dead()) ids.push_back(one.row.message.id.value);
    return ids;
  }
  /// Names of the recorded decisions.
  [[nodiscard]] id_list records(std::string const& destination) {
    id_list found;
    auto const page =
        this->inner->read({.stream = evsrc::outbox_audit_stream_of(destination)}).value();
    for (auto const& event : page) {
      EXPECT_EQ(event.meta()->user, "olga");
      found.push_back(std::string(event.name));
    }
    return found;
  }
};
using kinds = testing::Types<memory_kind, sqlite_kind>;
TYPED_TEST_SUITE(outbox_redrives, kinds);

TYPED_TEST(outbox_redrives, find_by_each_field) {
  this->refuse({this->row("1", "a"), this->row("2", "b", "Mail")});
  this->refuse({this->row("3", "a")}, "limit_exceeded");
  auto again = this->make_redriver();
  EXPECT_EQ(again.count({}), 3U);
  EXPECT_EQ(again.count({.destination = "ORDERS"}), 2U);
  EXPECT_EQ(again.count({.destination = "mail", .key = "b"}), 1U);
  EXPECT_EQ(again.count({.key = "a", .reason = "limit_exceeded"}), 1U);
  EXPECT_EQ(again.count({.type = "order.created", .id = "2"}), 1U);
  EXPECT_EQ(again.count({.type = "order.paid"}), 0U);
  EXPECT_EQ(again.count({.sequence = 3}), 1U);
  EXPECT_EQ(again.count({.sequence = 4}), 0U);
  EXPECT_EQ(again.find(3)->row.message.id.value, "3");
  EXPECT_EQ(again.find(4).error().code, errc::not_found);
  EXPECT_EQ(again.find(0).error().code, errc::not_found);
}

TYPED_TEST(outbox_redrives, bring_rows_back_in_front_of_what_waits_for_them) {
  this->refuse({this->row("1", "a"), this->row("2", "a"), this->row("3", "b")});
  this->put({this->row("4", "a")});
  auto relay = this->make();
  EXPECT_EQ(this->settle_down(*relay), 0U);
  auto again = this->make_redriver();
  EXPECT_EQ(again.redrive({.key = "a"}), (report{.redriven = 2}));
  EXPECT_EQ(this->settle_down(*relay), 3U);
  EXPECT_EQ(this->to.ids(), (id_list{"1", "2", "4"}));
  EXPECT_EQ(this->dead_ids(), id_list{"3"});
  EXPECT_EQ(this->records("orders"),
            (id_list{"evsrc.refused-row.redriven", "evsrc.refused-row.redriven"}));
  EXPECT_EQ(again.redrive({.key = "a"}), report{});
}

TYPED_TEST(outbox_redrives, drop_what_was_counted_and_let_its_key_go_on) {
  this->refuse({this->row("1", "a"), this->row("2", "b", "mail"), this->row("3", "b")});
  this->put({this->row("4", "a")});
  auto again = this->make_redriver();
  auto const wrong = again.drop({.destination = "orders"}, 1);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, errc::condition_failed);
  EXPECT_EQ(wrong.error().message, "2 dead letters of the outbox fit, not 1: nothing was dropped");
  EXPECT_EQ(this->dead_ids(), (id_list{"1", "2", "3"}));
  EXPECT_EQ(again.drop({.destination = "orders"}, 2), (report{.dropped = 2}));
  EXPECT_EQ(this->dead_ids(), id_list{"2"});
  auto relay = this->make();
  EXPECT_EQ(this->settle_down(*relay), 1U);
  EXPECT_EQ(this->to.ids(), id_list{"4"});
  EXPECT_EQ(this->records("Orders"),
            (id_list{"evsrc.refused-row.dropped", "evsrc.refused-row.dropped"}));
  EXPECT_TRUE(this->records("mail").empty());
}

TYPED_TEST(outbox_redrives, decide_a_refusal_once) {
  this->refuse({this->row("1", "a"), this->row("2", "b"), this->row("3", "c")});
  auto first = this->make_redriver();
  auto second = this->make_redriver();
  // While the second one is about to drop all three, the first one brings one back.
  bool is_next = true;
  this->store.before = [&](evsrc::commit const&) -> std::optional<evsrc::error> {
    if (!std::exchange(is_next, false)) return std::nullopt;
    EXPECT_EQ(first.redrive({.sequence = 2}), (report{.redriven = 1}));
    return std::nullopt;
  };
  EXPECT_EQ(second.drop({}, 3), (report{.dropped = 2, .decided_before = 1}));
  EXPECT_EQ(this->waiting(), id_list{"2"}) << "what was brought back is not dropped";
  EXPECT_TRUE(this->dead_ids().empty());
  // Refused again it is a refusal of its own.
  this->time.advance(1s);
  this->refuse({});
  EXPECT_EQ(second.drop({.id = "2"}, 1), (report{.dropped = 1}));
  EXPECT_EQ(this->records("orders"),
            (id_list{"evsrc.refused-row.redriven", "evsrc.refused-row.dropped",
                     "evsrc.refused-row.dropped", "evsrc.refused-row.dropped"}));
}

TYPED_TEST(outbox_redrives, tell_a_decision_whose_answer_was_lost) {
  this->refuse({this->row("1", "a")});
  bool is_lost = true;
  this->store.after = [&](evsrc::commit const&) -> std::optional<evsrc::error> {
    if (!std::exchange(is_lost, false)) return std::nullopt;
    return evsrc::error{errc::io_failed, "nobody knows", "", 0, evsrc::effect::unknown};
  };
  auto again = this->make_redriver();
  EXPECT_EQ(again.drop({}, 1).error().effect, evsrc::effect::unknown);
  EXPECT_EQ(again.drop({}, 0), report{});
  EXPECT_EQ(this->records("orders"), id_list{"evsrc.refused-row.dropped"});
}

TYPED_TEST(outbox_redrives, work_in_batches_and_stop_between_them) {
  std::vector<evsrc::outgoing_message> many;
  for (int i = 0; i != 250; ++i)
    many.push_back(this->row(std::to_string(i), "k", i % 2 == 0 ? "orders" : "mail"));
  this->refuse(std::move(many));
  std::stop_source stop;
  std::size_t commits = 0;
  evsrc::outbox_redrive_options with;
  with.clock = &this->time;
  with.random = &this->random;
  with.user = "olga";
  with.progress = [&](report const& so_far) {
    EXPECT_EQ(so_far.redriven, 100 * ++commits);
    stop.request_stop();
  };
  evsrc::outbox_redriver again(this->store, std::move(with));
  EXPECT_EQ(again.redrive({}, stop.get_token()), (report{.redriven = 100, .was_cancelled = true}));
  EXPECT_EQ(this->dead_ids().size(), 150U);
  EXPECT_EQ(this->dead_ids().front(), "100") << "in order of commit";
  auto rest = this->make_redriver();
  EXPECT_EQ(rest.redrive({.destination = "mail"}), (report{.redriven = 75}));
  EXPECT_EQ(rest.drop({}, 75), (report{.dropped = 75}));
  EXPECT_EQ(this->waiting().size(), 175U);
  EXPECT_EQ(this->records("orders").size(), 125U);
  EXPECT_EQ(this->records("mail").size(), 125U);
}

TYPED_TEST(outbox_redrives, leave_alone_what_is_refused_meanwhile) {
  this->refuse({this->row("1", "a"), this->row("2", "b")});
  bool is_next = true;
  this->store.before = [&](evsrc::commit const&) -> std::optional<evsrc::error> {
    if (!std::exchange(is_next, false)) return std::nullopt;
    this->refuse({this->row("3", "c")});
    return std::nullopt;
  };
  auto again = this->make_redriver();
  EXPECT_EQ(again.redrive({}), (report{.redriven = 2}));
  EXPECT_EQ(this->dead_ids(), id_list{"3"});
}

}  // namespace
