// SPDX-License-Identifier: Apache-2.0
// Readers under restarts, crashes, lost answers, poisoned events, rebuilds: each event counts once.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <functional>
#include <set>

#include "../unit/runtime/table_store.hpp"
#include "evsrc/runtime/projection.hpp"
#include "evsrc/runtime/subscription.hpp"

namespace {

using namespace std::chrono_literals;
using namespace reading;

/// Every seventh sale fails while this holds. Its sku is "<stream>-<number>", unlike all others.
bool is_poisoned = true;

evsrc::result<> check(item_sold const& e) {
  if (is_poisoned && e.quantity % 7 == 0) return evsrc::invalid("quantity", "is a seventh");
  return {};
}

struct sale_rows {
  static constexpr std::string_view name = "sale_rows";
  using events = evsrc::events<item_sold>;
  std::string label;
  evsrc::result<> apply(tables& t, item_sold const& e) const {
    EVSRC_TRY(check(e));
    ++t[label][e.sku];
    return {};
  }
  void drop(tables& t) const { t.erase(label); }
  evsrc::result<> react(item_sold const& e, evsrc::reaction& effects) const {
    return effects.emit({"thanks", "table"}, thanks_sent{e.sku});
  }
};

struct sale_list {
  using events = evsrc::events<item_sold>;
  std::vector<std::string> skus;
  void apply(item_sold const& e) {
    if (auto const sound = check(e); !sound) throw std::runtime_error(sound.error().message);
    skus.push_back(e.sku);
  }
};

evsrc::event_handler thank() {
  return evsrc::handle<item_sold>(
      [](item_sold const& e, evsrc::reaction& effects) -> evsrc::result<> {
        EVSRC_TRY(check(e));
        return effects.emit({"thanks", "subscription"}, thanks_sent{e.sku});
      });
}

/// The streams' sales in the order of each stream: all readers must agree on that.
void check_each_once_in_order(std::vector<std::string> const& skus, std::size_t count) {
  RC_ASSERT(skus.size() == count);
  std::map<std::string, int> last;
  for (auto const& sku : skus) {
    auto const dash = sku.find('-');
    int const number = std::stoi(sku.substr(dash + 1));
    RC_ASSERT(last[sku.substr(0, dash)] + 1 == number);
    last[sku.substr(0, dash)] = number;
  }
}

std::vector<std::string> thanked(table_store& store, std::string const& key) {
  std::vector<std::string> skus;
  evsrc::stream_read what{.stream = {"thanks", key}};
  for (;;) {
    auto const page = store.read(what);
    RC_ASSERT(page.has_value());
    for (auto const& event : *page) {
      what.from = event.version;
      auto const decoded = evsrc::decode_json<thanks_sent>(evsrc::padded_json{event.payload});
      RC_ASSERT(decoded.has_value());
      skus.push_back(decoded->sku);
    }
    if (page->at_end()) return skus;
  }
}

class shop_under_stress {
 public:
  using rows_projection = evsrc::projection<sale_rows, table_store>;

  shop_under_stress() {
    for (auto& one : runners_) one = start_runner();
  }

  void act(int action) {
    auto& one = runners_[static_cast<std::size_t>(action) % runners_.size()];
    switch (action % 12) {
      case 0:
      case 1:
      case 2: return sell_some(action);
      case 3:
      case 4:
      case 5: return step(one);
      case 6: return clock_.advance(3s);
      case 7: one = start_runner(); return;  // in order: ownership is given back
      case 8:
        crashed_.push_back(std::move(one));  // it holds on to what it has, and stands still
        one = start_runner();
        return;
      case 9: store_.lose_next_answer = true; return;
      case 10: store_.fail_next_commits = 1; return;
      default: static_cast<void>(one.rows->rebuild()); return;
    }
  }

  void settle_and_check() {
    for (int round = 0; round < 8; ++round) step_all();
    is_poisoned = false;
    for (int round = 0; round < 12; ++round) {
      for (auto& one : runners_)
        for (int stream = 0; stream < stream_count; ++stream) {
          evsrc::stream_id const id{"shop", name_of(stream)};
          static_cast<void>(one.rows->redrive(id));
          static_cast<void>(one.list->redrive(id));
          static_cast<void>(one.thanks->redrive(id));
        }
      step_all();
    }
    for (auto& one : runners_)
      check_each_once_in_order(one.list->read([](sale_list const& m) { return m.skus; }), sold_);
    auto const all = store_.look();
    RC_ASSERT(all.size() <= 1U);
    std::size_t count = 0;
    for (auto const& [table, rows] : all)
      for (auto const& [sku, times] : rows) {
        RC_ASSERT(times == 1);
        ++count;
      }
    RC_ASSERT(count == sold_);
    check_each_once_in_order(thanked(store_, "subscription"), sold_);
    auto by_table = thanked(store_, "table");
    RC_ASSERT(std::set<std::string>(by_table.begin(), by_table.end()).size() == sold_);
    RC_ASSERT(by_table.size() == sold_);
  }

 private:
  struct runner {
    std::unique_ptr<rows_projection> rows;
    std::unique_ptr<evsrc::projection<sale_list>> list;
    std::unique_ptr<evsrc::subscription> thanks;
  };
  static constexpr int stream_count = 3;

  static std::string name_of(int stream) { return std::string(1, static_cast<char>('a' + stream)); }

  runner start_runner() {
    evsrc::projection_options with;
    with.clock = &clock_;
    with.batch_events = 2;
    with.catch_up_events = 4;
    with.on_failure = evsrc::failure_policy::park_key;
    evsrc::subscription_options reads;
    reads.name = "thanks";
    reads.scope = evsrc::query_for<item_sold>();
    reads.clock = &clock_;
    reads.batch_events = 3;
    reads.on_failure = evsrc::failure_policy::park_key;
    return {std::make_unique<rows_projection>(store_, with),
            std::make_unique<evsrc::projection<sale_list>>(store_, with),
            std::make_unique<evsrc::subscription>(store_, reads, thank())};
  }
  void sell_some(int seed) {
    auto const stream = name_of(seed % stream_count);
    std::vector<evsrc::new_event> events;
    for (int i = 0; i <= seed % 4; ++i, ++sold_)
      events.push_back(
          event_of(item_sold{stream + "-" + std::to_string(++numbers_[stream]), seed + i}));
    write(store_.inner(), stream, std::move(events));
  }
  static void step(runner& one) {
    static_cast<void>(one.rows->poll());
    static_cast<void>(one.list->poll());
    static_cast<void>(one.thanks->poll());
  }
  void step_all() {
    store_.fail_next_commits = 0;
    store_.lose_next_answer = false;
    clock_.advance(6s);
    for (auto& one : runners_)
      for (int i = 0; i < 200; ++i) step(one);
  }

  table_store store_;
  evsrc::testing::manual_clock clock_;
  std::vector<runner> runners_{2};
  std::vector<runner> crashed_;
  std::map<std::string, int> numbers_;
  std::size_t sold_ = 0;
};

/// Rows that say by which version they were made.
template <std::uint32_t Version>
struct rows_of {
  static constexpr std::string_view name = "rows";
  static constexpr std::uint32_t model_version = Version;
  using events = evsrc::events<item_sold>;
  std::string label;
  void create(tables& t) const { t[label]; }
  void activate(tables& t) const { t["live"] = {{label, Version}}; }
  void drop(tables& t) const { t.erase(label); }
  evsrc::result<> apply(tables& t, item_sold const& e) const {
    EVSRC_TRY(check(e));
    ++t.at(label)[e.sku];
    return {};
  }
  evsrc::result<> react(item_sold const& e, evsrc::reaction& effects) const {
    return effects.emit({"thanks", "table"}, thanks_sent{e.sku});
  }
};

/// Programs of several versions on one store, which also run in the middle of each other's steps.
class versions_under_stress {
 public:
  /// With a stream that all of them park: what is redriven of it goes to the store, and fails.
  versions_under_stress() { write(store_.inner(), "b", {event_of(item_sold{"b-1", 7})}); }

  void act(int action) {
    auto const which = static_cast<std::size_t>(action / 16) % runners_.size();
    switch (action % 16) {
      case 0:
      case 1: sell_one(); break;
      case 2: clock_.advance(3s); break;
      case 3: restart(which); break;
      case 4:
        crashed_.push_back(std::move(runners_[which]));
        restart(which);
        break;
      case 5: store_.lose_next_answer = true; break;
      case 6: store_.fail_next_commits = 1; break;
      case 7: rebuild(which); break;
      case 8: store_.at_change = [this, which] { intrude(which); }; break;
      case 9: store_.after_checkpoint = [this, which](std::string_view) { intrude(which); }; break;
      case 10: store_.at_owner = [this, which](std::string_view) { intrude(which); }; break;
      case 11: use(which, runners_[which].redrive); break;
      case 12: use(which, runners_[which].resume); break;
      default: use(which, runners_[which].poll);
    }
    check_live();
  }

  void settle_and_check() {
    forget_intruders();
    restart(2);  // the highest: in the end it is live, whatever was before
    for (int round = 0; round < 8; ++round) {
      store_.fail_next_commits = 0;
      store_.lose_next_answer = false;
      clock_.advance(6s);
      for (int i = 0; i < 100; ++i) use(2, runners_[2].poll);
    }
    check_live();
    RC_ASSERT(version_ == 3);
    RC_ASSERT(seen_ == sold_);
    auto thanks = thanked(store_, "table");
    RC_ASSERT(thanks.size() == sold_);
    RC_ASSERT(std::set<std::string>(thanks.begin(), thanks.end()).size() == sold_);
  }

 private:
  struct runner {
    std::shared_ptr<void> projection;
    std::function<void()> poll;
    std::function<void()> rebuild;
    std::function<void()> redrive;
    std::function<void()> resume;
  };

  template <std::uint32_t Version>
  runner start_version() {
    evsrc::projection_options with;
    with.clock = &clock_;
    with.batch_events = 1;
    with.catch_up_events = 2;
    with.on_failure = evsrc::failure_policy::park_key;
    auto made = std::make_shared<evsrc::projection<rows_of<Version>, table_store>>(store_, with);
    return {made, [one = made.get()] { static_cast<void>(one->poll()); },
            [one = made.get()] { static_cast<void>(one->rebuild()); },
            [one = made.get()] {
              static_cast<void>(one->redrive({"shop", "b"}));
            },
            [one = made.get()] { one->resume(); }};
  }
  runner start_runner(std::size_t which) {
    if (which % 3 == 0) return start_version<1>();
    return which % 3 == 1 ? start_version<2>() : start_version<3>();
  }
  void sell_one() {
    write(store_.inner(), "a", {event_of(item_sold{"a-" + std::to_string(++sold_), 1})});
  }
  void restart(std::size_t which) {
    replaces_.erase(which);
    runners_[which] = start_runner(which);
  }
  void use(std::size_t which, std::function<void()> const& act) {
    busy_.insert(which);
    act();
    busy_.erase(which);
  }
  void rebuild(std::size_t which) {
    use(which, runners_[which].rebuild);
    replaces_[which] = version_;  // others may have run in the middle of it
  }
  void forget_intruders() {
    store_.at_change = {};
    store_.after_checkpoint = {};
    store_.at_owner = {};
  }
  void intrude(std::size_t which) {
    forget_intruders();
    if (busy_.contains(which)) return;
    sell_one();
    for (int i = 0; i < 5; ++i) use(which, runners_[which].poll);
    check_live();
  }
  /// Told to, over the version that was live then.
  bool may_go_back_to(std::int64_t version) {
    return std::any_of(replaces_.begin(), replaces_.end(), [&](auto const& told) {
      return static_cast<std::int64_t>(told.first % 3 + 1) == version && told.second >= version_;
    });
  }
  void check_live() {
    auto all = store_.look();
    for (auto const& [label, version] : all["live"]) {
      RC_ASSERT(version >= version_ || may_go_back_to(version));
      version_ = version;
      RC_ASSERT(all.contains(label));
      for (auto const& [sku, times] : all[label]) RC_ASSERT(times == 1);
      RC_ASSERT(all[label].size() >= seen_);
      seen_ = all[label].size();
    }
  }

  table_store store_;
  evsrc::testing::manual_clock clock_;
  std::vector<runner> runners_{start_runner(0), start_runner(1), start_runner(2), start_runner(3)};
  std::vector<runner> crashed_;
  std::set<std::size_t> busy_;
  std::map<std::size_t, std::int64_t> replaces_;  // by runner: live when it was told to rebuild
  std::int64_t version_ = 0;
  std::size_t seen_ = 0;
  std::size_t sold_ = 0;
};

TEST(readers, never_see_the_live_tables_go_back) {
  EXPECT_TRUE(rc::check("rows and versions only grow, effects happen once", [] {
    is_poisoned = true;
    auto const actions = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 16 * 4));
    versions_under_stress versions;
    for (int const action : actions) versions.act(action);
    versions.settle_and_check();
  }));
}

TEST(readers, count_each_event_once_whatever_happens_to_them) {
  EXPECT_TRUE(rc::check("each event once, each stream in order", [] {
    is_poisoned = true;
    auto const actions =
        *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 12 * 5 * 7 * 2 + 1));
    shop_under_stress shop;
    for (int const action : actions) shop.act(action);
    shop.settle_and_check();
  }));
}

}  // namespace
