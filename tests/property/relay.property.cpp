// SPDX-License-Identifier: Apache-2.0
// Relays under crashes, lost answers, hangs, take-overs, refusals and cancellations: what arrives
// is what was committed, and first deliveries of a key are in order.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <array>
#include <map>
#include <set>

#include "../unit/runtime/relaying.hpp"
#include "checked_property.hpp"

namespace {

using namespace relaying;

template <class Kind>
class storm {
 public:
  explicit storm(std::uint64_t seed) : random_(seed) {
    store_.before = [this](evsrc::commit const&) -> std::optional<evsrc::error> {
      if (is_dying_ || roll(15)) return away("the store");
      return std::nullopt;
    };
    store_.after = [this](evsrc::commit const&) -> std::optional<evsrc::error> {
      if (!roll(15)) return std::nullopt;
      return evsrc::error{errc::io_failed, "nobody knows", "", 0, evsrc::effect::unknown};
    };
    for (auto& one : senders_) {
      one.max_bytes = 700;  // some rows at a time
      one.answer = [this](scripted_sender::batch what) { return answer(what); };
    }
    for (std::size_t one = 0; one != relays_.size(); ++one) revive(one);
  }

  void run() {
    for (int step = 0; step < 120; ++step) act();
    is_calm_ = true;
    for (int round = 0; round < 40; ++round) {
      time_.advance(std::chrono::seconds(20));
      bring_back();
      for (std::size_t one = 0; one != relays_.size(); ++one)
        for (int poll = 0; poll < 20; ++poll) RC_ASSERT(relays_[one]->poll().has_value());
    }
    judge();
  }

 private:
  struct row_fate {
    evsrc::outgoing_message row;
    evsrc::timestamp due{};
    std::size_t committed = 0;  // the number of deliveries before it
    std::optional<std::size_t> delivered{};
    bool is_cancelled = false;  // before it was due
  };

  bool roll(unsigned one_in) { return !is_calm_ && random_.next() % one_in == 0; }
  std::size_t below(std::size_t bound) { return random_.next() % bound; }

  evsrc::result<void> answer(scripted_sender::batch what) {
    if (!is_inside_ && roll(6)) {  // hangs, while the other relay goes on
      is_inside_ = true;
      time_.advance(std::chrono::seconds(below(25)));
      for (auto polls = below(4); polls != 0; --polls)
        static_cast<void>(relays_[1 - polling_]->poll());
      is_inside_ = false;
    }
    if (roll(6)) return evsrc::fail(away());
    for (auto const& one : what)
      if (refused_.contains(one.id.value)) return evsrc::invalid("messages", one.id.value);
    if (roll(10))
      return evsrc::fail(evsrc::error{errc::timed_out, "?", "", 0, evsrc::effect::unknown});
    for (auto const& one : what) deliver(one);
    if (roll(10))  // it did take them
      return evsrc::fail(evsrc::error{errc::timed_out, "?", "", 0, evsrc::effect::unknown});
    return {};
  }
  /// Relays catch what senders throw: what is wrong is told by judge().
  void deliver(evsrc::message const& what) {
    auto const found = fates_.find(what.id.value);
    if (found == fates_.end() || !(what == to_message(found->second.row))) {
      flaw_ = what.id.value + " is not what was committed";
      return;
    }
    auto& fate = found->second;
    if (fate.row.not_before > time_.now()) flaw_ = what.id.value + " came before its time";
    if (!fate.delivered) fate.delivered = deliveries_;
    ++deliveries_;
  }

  void revive(std::size_t which) {
    evsrc::relay_options options;
    options.holder = "relay " + std::to_string(which);
    options.clock = &time_;
    options.random = &random_;
    options.batch_rows = below(20) + 1;
    options.circuit.first_pause = 100ms;
    options.circuit.max_pause = 2s;
    is_dying_ = roll(2);  // cannot give its slots back
    relays_[which].reset();
    is_dying_ = false;
    relays_[which] = std::make_unique<evsrc::outbox_relay>(store_, options);
    for (std::size_t one = 0; one != senders_.size(); ++one)
      relays_[which]->send_to(name_of(one), senders_[one]);
  }
  static std::string name_of(std::size_t destination) {
    return "to " + std::to_string(destination);
  }

  void put() {
    evsrc::commit what;
    for (auto count = below(6) + 1; count != 0; --count) {
      evsrc::outgoing_message row;
      row.id.value = "m" + std::to_string(fates_.size());
      row.destination = name_of(below(senders_.size()));
      row.key = "k" + std::to_string(below(4));
      row.body = "{}";
      if (below(4) == 0) row.not_before = time_.now() + std::chrono::seconds(below(60));
      if (below(12) == 0) refused_.insert(row.id.value);
      what.messages.push_back(row);
      fates_[row.id.value] = {row, std::max(row.not_before, time_.now()), deliveries_};
      order_.push_back(row.id.value);
    }
    RC_ASSERT(inner_->commit(std::move(what)).has_value());
  }
  void cancel_a_timer() {
    for (auto const& id : order_) {
      auto& fate = fates_[id];
      if (fate.row.not_before <= time_.now() || below(3) != 0) continue;
      evsrc::commit what;
      what.cancel = {{id}};
      RC_ASSERT(inner_->commit(std::move(what)).has_value());
      fate.is_cancelled = true;
    }
  }
  /// What a person does with dead letters: repairs the reason, and tries again.
  void bring_back() {
    evsrc::commit what;
    auto const dead = inner_->read_refused({}).value();
    for (auto const& one : dead) {
      refused_.erase(one.row.message.id.value);
      what.redriven.push_back(one.row.sequence);
    }
    RC_ASSERT(inner_->commit(std::move(what)).has_value());
  }
  void act() {
    switch (below(8)) {
      case 0: put(); break;
      case 1: revive(below(2)); break;
      case 2: time_.advance(std::chrono::milliseconds(below(9'000))); break;
      case 3:
        if (below(3) == 0) cancel_a_timer();
        if (below(3) == 0) bring_back();
        break;
      default: polling_ = below(2); static_cast<void>(relays_[polling_]->poll());
    }
    if (below(3) == 0) put();
  }

  void judge() {
    if (!flaw_.empty()) RC_FAIL(flaw_);
    RC_ASSERT(inner_->read_outbox({})->empty());
    RC_ASSERT(inner_->read_refused({})->empty());
    for (auto const& id : order_) {
      auto const& fate = fates_[id];
      if (fate.delivered.has_value() == fate.is_cancelled)
        RC_FAIL(id + (fate.is_cancelled ? " was cancelled and came" : " did not come"));
    }
    // Of two rows of a key: where the later one came first, the earlier one was not there yet.
    for (std::size_t first = 0; first != order_.size(); ++first)
      for (std::size_t second = first + 1; second != order_.size(); ++second)
        check_pair(fates_[order_[first]], fates_[order_[second]]);
  }
  static void check_pair(row_fate const& one, row_fate const& other) {
    if (one.row.destination != other.row.destination || one.row.key != other.row.key) return;
    if (!one.delivered || !other.delivered) return;
    bool const keeps = one.due <= other.due;
    auto const& before = keeps ? one : other;
    auto const& behind = keeps ? other : one;
    bool const came_late = before.committed > *behind.delivered;
    if (!came_late && *before.delivered > *behind.delivered)
      RC_FAIL(behind.row.id.value + " came before " + before.row.id.value);
  }

  evsrc::testing::manual_clock time_{};
  evsrc::testing::seeded_random random_;
  bool is_calm_ = false;
  bool is_dying_ = false;
  bool is_inside_ = false;
  std::size_t polling_ = 0;
  std::size_t deliveries_ = 0;
  std::string flaw_;
  std::map<std::string, row_fate> fates_;
  id_list order_;  // of commit
  std::set<std::string> refused_;
  decltype(Kind::open(time_)) inner_ = Kind::open(time_);
  watched_store store_{evsrc::testing::ports_of(*inner_)};
  std::array<scripted_sender, 3> senders_{};
  std::array<std::unique_ptr<evsrc::outbox_relay>, 2> relays_{};
};

TEST(relays, hand_on_what_was_committed_in_a_storm) {
  evsrc::property::holds("storm", [](std::uint64_t seed) { storm<memory_kind>(seed).run(); });
}

TEST(relays, hand_on_what_was_committed_in_a_storm_over_sqlite) {
  evsrc::property::holds("storm", [](std::uint64_t seed) { storm<sqlite_kind>(seed).run(); });
}

}  // namespace
