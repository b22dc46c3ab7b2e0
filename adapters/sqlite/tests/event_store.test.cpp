// SPDX-License-Identifier: Apache-2.0
// What the file adds to the contract of all stores: other handles, indexes against the rule in
// code, bytes of every kind.
#include "evsrc/sqlite/event_store.hpp"

#include <algorithm>
#include <iostream>
#include <random>
#include <thread>

#include "sample.hpp"

namespace evsrc_test {
namespace {

using evsrc::errc;
using namespace std::chrono_literals;

TEST(sqlite_store, wakes_a_reader_when_another_handle_writes) {
  work_folder const folder;
  auto const store = open_store(folder.file());
  auto const other = open_store(folder.file());
  auto const head = *store->head();
  std::thread writer{[&] { ASSERT_TRUE(other->commit(sample_commit())); }};
  auto const woken = store->wait_beyond(head, 1h);
  writer.join();
  ASSERT_TRUE(woken) << error_of(woken);
  EXPECT_GT(woken->major(), head.major());
}

TEST(sqlite_store, judges_by_what_another_handle_wrote) {
  work_folder const folder;
  auto const store = open_store(folder.file());
  auto const other = open_store(folder.file());
  // Each of them remembers the stream, and has to notice that it has changed.
  for (std::uint64_t i = 0; i != 20; ++i) {
    auto const expected = evsrc::expected_version::exactly(i);
    auto const done = (i % 2 == 0 ? store : other)->commit(sample_commit("42", expected));
    ASSERT_TRUE(done) << error_of(done);
    EXPECT_EQ(code_of((i % 2 == 0 ? other : store)->commit(sample_commit("42", expected))),
              errc::version_conflict);
  }
  // New names of events as well.
  auto named = sample_commit("7");
  named.appends.front().events.front().name = "account.closed";
  ASSERT_TRUE(store->commit(named));
  named.appends.front().events.front().meta.id.octets[0] ^= 1U;
  ASSERT_TRUE(other->commit(named));
  EXPECT_EQ(other->query({.scope = evsrc::query{{{{"account.closed"}, {}}}}})->size(), 2U);
  EXPECT_TRUE(store->check_integrity());
}

TEST(sqlite_store, keeps_every_byte_of_names_keys_and_payloads) {
  work_folder const folder;
  std::string const odd{"\0\xff\xfe'\"%_\n\0x", 10};
  evsrc::commit what;
  what.appends.push_back({.stream = {odd, odd + "1"}, .events = {sample_event(odd + odd)}});
  what.appends.push_back({.stream = {odd, odd}, .events = {sample_event("")}});
  what.appends.front().events.front().name = odd;
  what.once.push_back({odd, odd, odd, odd});
  {
    auto const store = open_store(folder.file());
    ASSERT_TRUE(store->commit(what));
  }
  auto const store = open_store(folder.file());
  auto const page = store->read({.stream = {odd, odd + "1"}});
  ASSERT_TRUE(page) << error_of(page);
  ASSERT_EQ(page->size(), 1U);
  EXPECT_EQ(page->events()[0].payload, odd + odd);
  EXPECT_EQ(page->events()[0].name, odd);
  EXPECT_EQ(page->events()[0].category, odd);
  EXPECT_EQ(store->query({.scope = evsrc::events_of_category{odd}})->size(), 2U);
  EXPECT_EQ(store->streams({.category = odd})->size(), 2U);
  EXPECT_EQ((*store->find_once(odd, odd))->outcome, odd);
  EXPECT_TRUE(store->commit(what)->duplicate);
}

TEST(sqlite_store, a_category_is_not_taken_for_the_beginning_of_a_key) {
  work_folder const folder;
  auto const store = open_store(folder.file());
  auto const none = evsrc::expected_version::none();
  for (auto const& [category, key] : {std::pair{"a", "bc"}, std::pair{"ab", "c"}}) {
    evsrc::commit what;
    what.appends.push_back({{category, key}, none, {sample_event()}});
    ASSERT_TRUE(store->commit(std::move(what)));
  }
}

TEST(sqlite_store, report_says_what_is_linked_and_how_it_is_doing) {
  work_folder const folder;
  auto const store = open_store(folder.file());
  auto const done = store->commit(sample_commit());
  auto const report = store->report();
  ASSERT_TRUE(report) << error_of(report);
  EXPECT_EQ(report->sqlite_version, sqlite3_libversion());
  EXPECT_EQ(report->allows_foreign_writers, sqlite3_libversion_number() >= 3'051'003);
  EXPECT_EQ(report->schema_version, 6);
  EXPECT_EQ(report->store_id.size(), 32U);
  EXPECT_EQ(report->head, done->up_to);
  EXPECT_GT(report->wal_bytes, 0U);
  EXPECT_EQ(report->commits, 1U);
  EXPECT_FALSE(report->refuses_writes);
}

TEST(sqlite_store, report_counts_a_checkpoint_that_was_asked_for) {
  work_folder const folder;
  auto const store = open_store(folder.file());
  ASSERT_TRUE(store->commit(sample_commit()));
  auto const before = store->report()->wal_checkpoints;
  ASSERT_TRUE(store->checkpoint_wal());
  EXPECT_EQ(store->report()->wal_checkpoints, before + 1);
}

TEST(sqlite_store, refuses_calls_from_within_the_rows_of_its_own_query) {
  work_folder const folder;
  auto const other = open_store(folder.file("other.db"));
  ASSERT_TRUE(other->commit(sample_commit()));
  auto const in_memory = open_store(":memory:", {.durability = evsrc::sqlite::durability::memory});
  auto const one_reader = open_store(folder.file(), {.readers = 1});
  auto const many_readers = open_store(folder.file(), {.readers = 8});
  for (auto* store : {in_memory.get(), one_reader.get(), many_readers.get()}) {
    ASSERT_TRUE(store->commit(sample_commit()));
    auto const nothing = [](evsrc::sqlite::sql_row const&) { return true; };
    int rows = 0;
    auto const done = store->query_sql("SELECT 1", {}, [&](auto const&) {
      ++rows;
      EXPECT_EQ(code_of(store->read({.stream = {"account", "42"}})), errc::invalid_argument);
      EXPECT_EQ(code_of(store->query_sql("SELECT 2", {}, nothing)), errc::invalid_argument);
      EXPECT_EQ(code_of(store->report()), errc::invalid_argument);
      // Another store is not in the way, nor are its rows.
      EXPECT_TRUE(other->query_sql("SELECT 3", {}, [&](auto const&) {
        EXPECT_EQ(code_of(store->head()), errc::invalid_argument);
        return true;
      }));
      EXPECT_EQ(other->read({.stream = {"account", "42"}})->version(), 1U);
      return true;
    });
    EXPECT_TRUE(done) << error_of(done);
    EXPECT_EQ(rows, 1);
    EXPECT_GE(store->read({.stream = {"account", "42"}})->version(), 1U);
  }
}

TEST(sqlite_store, commits_nothing_from_within_the_rows_of_its_own_query) {
  work_folder const folder;
  evsrc::sqlite::options with;
  with.threads = evsrc::sqlite::threads::none;
  auto const in_file = open_store(folder.file(), with);
  with.durability = evsrc::sqlite::durability::memory;
  auto const in_memory = open_store(":memory:", with);
  for (auto* store : {in_memory.get(), in_file.get()}) {
    // Waits for somebody to lead, and reads the store when it has its turn.
    bool was_told = false;
    store->submit(sample_commit(), [&](evsrc::result<evsrc::receipt> const& done) {
      was_told = done.has_value() && store->head().has_value();
    });
    auto const done = store->query_sql("SELECT 1", {}, [&](auto const&) {
      EXPECT_EQ(code_of(store->commit(sample_commit())), errc::invalid_argument);
      EXPECT_EQ(code_of(store->remove_expired(1)), errc::invalid_argument);
      EXPECT_EQ(store->poll(), 0U);
      return true;
    });
    EXPECT_TRUE(done) << error_of(done);
    EXPECT_FALSE(was_told);
    EXPECT_EQ(store->poll(), 1U);
    EXPECT_TRUE(was_told);
  }
}

TEST(sqlite_store, expired_keys_are_removed_in_bounded_steps) {
  work_folder const folder;
  auto const store = open_store(folder.file());
  for (int i = 0; i != 10; ++i) {
    evsrc::commit what;
    what.once.push_back({"scope", std::to_string(i), "print"});
    if (i % 2 == 0) what.once.front().expires_at = evsrc::timestamp{1s};
    ASSERT_TRUE(store->commit(std::move(what)));
  }
  EXPECT_EQ(*store->remove_expired(3), 3U);
  EXPECT_EQ(*store->remove_expired(3), 2U);
  EXPECT_EQ(*store->remove_expired(3), 0U);
}

/// A history of events with few names and tags, and the rule in code to compare with.
class random_history {
 public:
  explicit random_history(std::uint64_t seed) : random_(seed) {}

  void write(evsrc::sqlite::event_store& store, std::size_t commits) {
    for (std::size_t i = 0; i != commits; ++i) {
      evsrc::commit what;
      // Long stretches of one category make the reader change from scanning to the indexes.
      auto const category = i / 300 % 2 == 0 || random_() % 50 == 0 ? "a" : "b";
      auto& to = what.appends.emplace_back(
          evsrc::append{.stream = {category, std::to_string(random_() % 9)}});
      for (auto n = random_() % 3 + 1; n != 0; --n) {
        auto& event = to.events.emplace_back(sample_event(std::to_string(i)));
        event.name = "name" + std::to_string(random_() % 5);
        event.version = static_cast<std::uint32_t>(random_() % 2 + 1);
        for (auto tag = random_() % 3; tag != 0; --tag) event.meta.tags.push_back(any_tag());
      }
      auto const events = to.events;
      auto const done = store.commit(std::move(what));
      ASSERT_TRUE(done) << error_of(done);
      for (std::size_t n = 0; n != events.size(); ++n)
        all_.push_back(written{done->positions[n].value, category, events[n]});
    }
  }

  evsrc::query any_query() {
    evsrc::query made;
    for (auto items = random_() % 3; items != 0; --items) {
      auto& item = made.items.emplace_back();
      for (auto names = random_() % 3; names != 0; --names)
        item.names.push_back("name" + std::to_string(random_() % 6));
      for (auto tags = random_() % 3; tags != 0; --tags) item.tags.push_back(any_tag());
    }
    return made;
  }
  evsrc::event_scope any_scope() {
    switch (random_() % 4) {
      case 0: return evsrc::all_events{};
      case 1: return evsrc::events_of_category{random_() % 2 == 0 ? "a" : "b"};
      default: return any_query();
    }
  }

  std::vector<std::uint64_t> expected(evsrc::event_scope const& scope,
                                      evsrc::direction order) const {
    std::vector<std::uint64_t> found;
    for (auto const& one : all_) {
      auto const* const of = std::get_if<evsrc::events_of_category>(&scope);
      auto const* const query = std::get_if<evsrc::query>(&scope);
      if (of != nullptr && of->category != one.category) continue;
      if (query != nullptr && !matches(*query, one.event.name, one.event.meta.tags)) continue;
      found.push_back(one.position);
    }
    if (order == evsrc::direction::backwards) std::reverse(found.begin(), found.end());
    return found;
  }
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_() % bound); }

 private:
  struct written {
    std::uint64_t position;
    std::string category;
    evsrc::new_event event;
  };
  evsrc::event_tag any_tag() {
    return {"tag" + std::to_string(random_() % 2), std::to_string(random_() % 4)};
  }
  std::mt19937_64 random_;
  std::vector<written> all_;
};

TEST(sqlite_store, indexes_find_what_the_rule_in_code_finds) {
  auto const seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::cout << "seed " << seed << '\n';
  work_folder const folder;
  auto const store = open_store(folder.file(), {.durability = evsrc::sqlite::durability::os});
  random_history history{seed};
  history.write(*store, 1'200);
  for (int round = 0; round != 150; ++round) {
    evsrc::scope_read read{.scope = history.any_scope()};
    read.order = history.below(2) == 0 ? evsrc::direction::forwards : evsrc::direction::backwards;
    read.max_events = history.below(700) + 1;
    auto const wanted = history.expected(read.scope, read.order);
    std::vector<std::uint64_t> found;
    for (bool is_done = false; !is_done;) {
      auto const page = store->query(read);
      ASSERT_TRUE(page) << error_of(page);
      for (auto const& view : *page) found.push_back(view.position.value);
      read.from = page->next();
      is_done = page->at_end();
    }
    ASSERT_EQ(found, wanted);

    // The writer's judgement agrees, from any place in the history.
    auto const* const query = std::get_if<evsrc::query>(&read.scope);
    if (query == nullptr) continue;
    auto const head = *store->head();
    evsrc::cursor const after{head.store(), history.below(head.major() + 1)};
    auto const forwards = history.expected(*query, evsrc::direction::forwards);
    evsrc::commit what;
    what.unless.push_back({*query, after});
    auto const judged = store->commit(std::move(what));
    EXPECT_EQ(judged.has_value(), forwards.empty() || forwards.back() <= after.major());
  }
}

}  // namespace
}  // namespace evsrc_test
