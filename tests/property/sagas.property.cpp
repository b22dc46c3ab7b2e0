// SPDX-License-Identifier: Apache-2.0
// Sagas under restarts, crashes, lost answers, duplicates and late time-outs: what was done is
// undone in reverse order, and a time-out that was cancelled does nothing.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <functional>
#include <map>
#include <set>

#include "../unit/runtime/ordering.hpp"
#include "../unit/runtime/reading.hpp"
#include "evsrc/runtime/process_manager.hpp"
#include "evsrc/testing/faults.hpp"

namespace {

using namespace ordering;
using reading::event_of;
using order_manager = evsrc::process_manager<order_saga>;

/// Lets another writer in before a commit that moves a saga.
class racing_store final : public evsrc::testing::forwarding_store {
 public:
  using forwarding_store::forwarding_store;
  std::function<bool()> race;  ///< false: it only looks as if somebody had been there

  evsrc::result<evsrc::receipt> commit(evsrc::commit what,
                                       evsrc::commit_options const& options) override {
    bool moves = false;
    for (auto const& one : what.appends) moves = moves || one.stream.category == "order-saga";
    if (race && moves && !std::exchange(race, {})())
      return evsrc::fail(evsrc::errc::version_conflict, "moved");
    return forwarding_store::commit(std::move(what), options);
  }
};

/// Orders, the services that do what the saga asks, a relay that crashes and repeats itself.
class world {
 public:
  void place_order() {
    auto const id = std::to_string(++orders_);
    happened(id, order_created{id});
  }
  void step() {
    auto const done = manager_->poll();
    if (!done) check_that_it_goes_on();
  }
  void restart() { manager_.emplace(faulty_, options()); }
  void fail_a_commit(bool is_carried_out) {
    auto const unknown = is_carried_out ? evsrc::effect::unknown : evsrc::effect::none;
    faulty_.fail_commits({{evsrc::errc::unavailable, "gone", {}, 0, unknown}, is_carried_out});
  }
  /// A time-out that was claimed comes due in the middle of another commit.
  void lose_a_race() {
    racing_.race = [this] {
      for (auto const& row : claimed_)
        if (row.type == "order-saga.timeout") return direct_.send(to_message(row)).has_value();
      return false;
    };
  }
  void pass_time(int minutes) { clock_.advance(std::chrono::minutes(minutes)); }

  /// Reads a row as a relay does, which may then sleep before it sends.
  void claim(std::size_t which) {
    auto const rows = store_->read_outbox({});
    RC_ASSERT(rows.has_value());
    std::vector<evsrc::outgoing_message> due;
    for (auto const& row : *rows)
      if (row.message.not_before <= clock_.now()) due.push_back(row.message);
    if (!due.empty()) claimed_.push_back(due[which % due.size()]);
  }
  /// Sends one that was claimed. Without `is_marked` it crashes before it says so.
  void hand_on(std::size_t which, bool is_marked, int answer) {
    if (claimed_.empty()) return;
    auto const at = claimed_.begin() + static_cast<std::ptrdiff_t>(which % claimed_.size());
    auto const row = *at;
    if (!deliver(row, answer)) return;
    if (!is_marked) return;
    claimed_.erase(at);
    evsrc::commit mark;
    mark.cancel.push_back(row.id);
    RC_ASSERT(store_->commit(std::move(mark)).has_value());
  }
  /// The same again, as a broker does that gave up on an acknowledgement.
  void repeat_an_event(std::size_t which) {
    if (answers_.empty()) return;
    auto const& again = answers_[which % answers_.size()];
    reading::write(*store_, again.first, {again.second});
  }

  void come_to_rest() {
    for (int quiet = 0; quiet < 3;) {
      std::size_t const before = work_;
      for (int tries = 0; tries < 50; ++tries) {
        auto const done = manager_->poll();
        if (!done) check_that_it_goes_on();
        if (done && *done == 0) break;
        ++work_;
      }
      claim_all();
      while (!claimed_.empty()) hand_on(0, true, 0);
      if (work_ == before) {
        ++quiet;
        pass_time(60);
      } else {
        quiet = 0;
      }
    }
  }
  void check() const {
    for (int id = 1; id <= orders_; ++id) check_order(std::to_string(id));
  }

 private:
  evsrc::process_manager_options options() {
    evsrc::process_manager_options made;
    made.saga.clock = &clock_;
    made.feed.batch_events = 7;
    made.feed.attempts = 1'000;
    made.feed.patience = 0ms;
    return made;
  }
  void check_that_it_goes_on() {
    auto const told = manager_->explain();
    if (told.standing == evsrc::standing::stopped) RC_FAIL(to_string(told));
  }
  template <class E>
  void happened(std::string const& key, E const& event) {
    auto made = event_of(event);
    made.meta.id = evsrc::make_event_id(clock_.now(), evsrc::system_random());
    answers_.push_back({key, made});
    answers_.back().second.meta.id = evsrc::make_event_id(clock_.now(), evsrc::system_random());
    reading::write(*store_, key, {made});
  }
  void claim_all() {
    auto const rows = store_->read_outbox({});
    RC_ASSERT(rows.has_value());
    claimed_.clear();
    for (auto const& row : *rows)
      if (row.message.not_before <= clock_.now()) claimed_.push_back(row.message);
  }

  /// @return false: try again later
  bool deliver(evsrc::outgoing_message const& row, int answer) {
    if (row.type == "order-saga.timeout") return deliver_timeout(row);
    if (!seen_.insert(row.id.value).second) return true;
    ++work_;
    auto const& id = row.key;
    commands_[id].push_back(row.type);
    // 0: fine, 1: fails, 2: no answer ever
    if (row.type == "stock.reserve" && answer != 2) happened(id, stock_reserved{id});
    if (row.type == "payment.charge" && answer == 0) happened(id, payment_completed{id, "p" + id});
    if (row.type == "payment.charge" && answer == 1) happened(id, payment_failed{id, "declined"});
    if (row.type == "shipping.ship" && answer == 0) happened(id, order_shipped{id});
    if (row.type == "shipping.ship" && answer == 1) happened(id, shipping_failed{id});
    return true;
  }
  bool deliver_timeout(evsrc::outgoing_message const& row) {
    auto const due = evsrc::decode_json<evsrc::saga_timeout<order_saga>>(row.body);
    RC_ASSERT(due.has_value());
    auto const open = manager_->saga().timeouts(due->key);
    RC_ASSERT(open.has_value());
    bool is_open = false;
    for (auto const& one : *open)
      is_open = is_open || (one.name == due->name && one.sequence == due->sequence);
    auto const before = version_of(due->key);
    if (!manager_->due_timeouts().send(to_message(row))) return false;
    if (is_open) ++work_;
    if (!is_open) RC_ASSERT(version_of(due->key) == before);
    return true;
  }
  evsrc::stream_version version_of(std::string const& key) const {
    return reading::count_of(*store_, {"order-saga", key});
  }

  void check_order(std::string const& id) const {
    auto const page = store_->read({.stream = {"order-saga", id}});
    RC_ASSERT(page.has_value());
    std::vector<std::string> expected_undo;
    std::set<std::string> names;
    bool has_failed = false;
    for (auto const& event : *page) {
      RC_ASSERT(names.insert(std::string(event.name)).second);  // each step once
      if (event.name == "saga.stock_secured") expected_undo.push_back("stock.release");
      if (event.name == "saga.payment_secured") expected_undo.push_back("payment.refund");
      has_failed = has_failed || event.name == "saga.failed";
    }
    std::reverse(expected_undo.begin(), expected_undo.end());
    if (!has_failed) expected_undo.clear();
    auto const sent = commands_.find(id);
    std::vector<std::string> undone;
    std::map<std::string, int> counts;
    if (sent != commands_.end())
      for (auto const& type : sent->second) {
        ++counts[type];
        if (type == "stock.release" || type == "payment.refund") undone.push_back(type);
      }
    RC_ASSERT(undone == expected_undo);
    for (auto const& [type, count] : counts) RC_ASSERT(count == 1);
    auto const open = manager_->saga().timeouts(id);
    RC_ASSERT(open.has_value());
    if (names.contains("saga.completed") || has_failed) RC_ASSERT(open->empty());
  }

  evsrc::testing::manual_clock clock_;
  std::unique_ptr<evsrc::memory::event_store> store_ =
      evsrc::memory::make_event_store({.clock = &clock_});
  racing_store racing_{evsrc::testing::ports_of(*store_)};
  evsrc::testing::faulty_store faulty_{evsrc::testing::ports_of(racing_)};
  evsrc::saga_handler<order_saga> other_{*store_, options().saga};
  evsrc::saga_timeout_sender<order_saga> direct_{*store_, other_};
  std::optional<order_manager> manager_{std::in_place, faulty_, options()};
  int orders_ = 0;
  std::size_t work_ = 0;
  std::vector<evsrc::outgoing_message> claimed_;
  std::vector<std::pair<std::string, evsrc::new_event>> answers_;
  std::set<std::string> seen_;
  std::map<std::string, std::vector<std::string>> commands_;
};

void take_a_step(world& around) {
  auto const which = *rc::gen::inRange<std::size_t>(0, 100);
  switch (*rc::gen::inRange(0, 14)) {
    case 0: return around.place_order();
    case 1: return around.restart();
    case 2: return around.fail_a_commit(*rc::gen::arbitrary<bool>());
    case 3: return around.lose_a_race();
    case 4: return around.pass_time(*rc::gen::inRange(1, 20));
    case 5: return around.repeat_an_event(which);
    case 6:
    case 7:
    case 8: return around.claim(which);
    case 9:
    case 10: return around.hand_on(which, *rc::gen::arbitrary<bool>(), *rc::gen::inRange(0, 3));
    default: return around.step();
  }
}

TEST(sagas, undo_in_reverse_order_what_was_done_whatever_crashes) {
  EXPECT_TRUE(rc::check("undone = done, in reverse order", [] {
    world around;
    around.place_order();
    around.place_order();
    int const steps = *rc::gen::inRange(10, 150);
    for (int at = 0; at < steps; ++at) take_a_step(around);
    around.come_to_rest();
    around.check();
  }));
}

}  // namespace
