// SPDX-License-Identifier: Apache-2.0
// One life of a store on a simulated disk, and what must be true of what the power loss leaves.
#include "power_loss_run.hpp"

#include <algorithm>

#include "evsrc/core/random.hpp"

namespace evsrc_test {
namespace {

using evsrc::sqlite::durability;
using evsrc::sqlite::event_store;
constexpr std::size_t attempts_per_life = 10;
constexpr char const* file_name = "store.db";

evsrc::new_event make_event(std::size_t number, std::size_t part) {
  evsrc::new_event made;
  made.name = part % 2 == 0 ? "cut.happened" : "cut.happened_too";
  made.payload = std::string(700, static_cast<char>('a' + number % 26));
  made.meta.id.octets[0] = 1;
  made.meta.id.octets[14] = static_cast<std::uint8_t>(part);
  made.meta.id.octets[15] = static_cast<std::uint8_t>(number);
  made.meta.tags = {{"number", std::to_string(number)}};
  return made;
}

evsrc::append to_stream(std::string key, std::size_t number, std::size_t events) {
  evsrc::append made{{"cut", std::move(key)}};
  for (std::size_t i = 0; i != events; ++i) made.events.push_back(make_event(number, i));
  return made;
}

evsrc::outgoing_message make_message(std::size_t number) {
  evsrc::outgoing_message made;
  made.id.value = "message-" + std::to_string(number);
  made.destination = "orders";
  made.body = std::string(300, 'm');
  return made;
}

attempt make_attempt(commit_kind kind, std::size_t number) {
  attempt made;
  made.number = number;
  auto const text = std::to_string(number);
  made.what.appends.push_back(to_stream("common", number, 1));
  switch (kind) {
    case commit_kind::one_event: break;
    case commit_kind::several_streams:
      for (std::size_t i = 0; i != 3; ++i)
        made.what.appends.push_back(to_stream(text + "-" + std::to_string(i), number, 2));
      break;
    case commit_kind::grouped:
    case commit_kind::once:
      made.what.once.push_back({"command", "key-" + text, "print", "outcome-" + text});
      break;
    case commit_kind::checkpoints:
      made.what.owners.push_back({"owner-" + text, 1, evsrc::owner_claim::kind::take_over, "me"});
      made.what.checkpoints.push_back({"checkpoint-" + text, {}, {}});
      break;
    case commit_kind::messages: made.what.messages.push_back(make_message(number)); break;
    case commit_kind::user_function: made.has_row = true; break;
  }
  return made;
}

evsrc::result<void> write_row(evsrc::sqlite::transaction& to, std::size_t number) {
  EVSRC_TRY(to.exec("CREATE TABLE IF NOT EXISTS mine (number INTEGER PRIMARY KEY, text TEXT)"));
  EVSRC_TRY(to.exec("INSERT INTO mine VALUES (?, ?)", {number, std::string(200, 'r')}));
  return {};
}

/// Counts what is there of an attempt: all of its parts, none, or something between.
struct presence {
  std::size_t found = 0;
  std::size_t wanted = 0;
  std::string trouble{};

  void note(bool is_there) {
    ++wanted;
    found += is_there ? 1 : 0;
  }
  [[nodiscard]] bool is_whole() const noexcept { return found == wanted; }
  [[nodiscard]] bool is_absent() const noexcept { return found == 0; }
};

presence look_for(event_store& store, attempt const& one) {
  presence seen;
  auto const keep_trouble = [&](auto const& outcome) {
    if (!outcome && seen.trouble.empty()) seen.trouble = to_string(outcome.error());
    return outcome.has_value();
  };
  for (auto const& append : one.what.appends) {
    auto const page = store.read({.stream = append.stream});
    if (!keep_trouble(page)) continue;
    for (auto const& event : append.events)
      seen.note(std::any_of(page->begin(), page->end(), [&](evsrc::event_view const& view) {
        return view.id == event.meta.id && view.payload == event.payload;
      }));
  }
  auto const tagged =
      store.query({.scope = evsrc::query{{{{}, {{"number", std::to_string(one.number)}}}}}});
  std::size_t events = 0;
  for (auto const& append : one.what.appends) events += append.events.size();
  if (keep_trouble(tagged)) {
    for (std::size_t i = 0; i != events; ++i) seen.note(i < tagged->size());
  }
  for (auto const& entry : one.what.once) {
    auto const record = store.find_once(entry.scope, entry.key);
    if (keep_trouble(record)) seen.note(*record && (*record)->outcome == entry.outcome);
  }
  for (auto const& claim : one.what.owners) {
    auto const owner = store.find_owner(claim.name);
    if (keep_trouble(owner)) seen.note(owner->epoch == claim.epoch);
  }
  for (auto const& moved : one.what.checkpoints) {
    auto const checkpoint = store.find_checkpoint(moved.name);
    if (keep_trouble(checkpoint)) seen.note(*checkpoint == moved.to && !moved.to.is_start());
  }
  if (!one.what.messages.empty()) {
    auto const rows = store.read_outbox({});
    if (keep_trouble(rows))
      for (auto const& message : one.what.messages)
        seen.note(std::any_of(rows->begin(), rows->end(),
                              [&](auto const& row) { return row.message == message; }));
  }
  if (one.has_row) {
    bool is_there = false;
    auto const queried =
        store.query_sql("SELECT 1 FROM mine WHERE number = ?", {one.number}, [&](auto const&) {
          is_there = true;
          return false;
        });
    // Before the first commit there is no such table.
    seen.note(queried && is_there);
  }
  return seen;
}

std::string describe(attempt const& one, presence const& seen) {
  return "commit " + std::to_string(one.number) + " has " + std::to_string(seen.found) + " of " +
         std::to_string(seen.wanted) + " parts" +
         (seen.trouble.empty() ? "" : " (" + seen.trouble + ")");
}

/// G1, G6: what was acknowledged is there, the rest is whole or absent, and in order.
std::string check_attempts(life const& lived, event_store& store, std::uint64_t& last_position) {
  bool has_gap = false;
  for (auto const& one : lived.attempts) {
    auto const seen = look_for(store, one);
    if (!seen.trouble.empty() || (!seen.is_whole() && !seen.is_absent()))
      return "torn: " + describe(one, seen);
    if (seen.is_absent() && one.is_acknowledged() && lived.level == durability::fsync)
      return "lost: " + describe(one, seen);
    if (seen.is_whole() && has_gap) return "out of order: " + describe(one, seen);
    has_gap = has_gap || seen.is_absent();
    if (!one.is_acknowledged()) continue;
    auto const& receipt = **one.answer;
    if (lived.level == durability::fsync || seen.is_whole())
      last_position = std::max(last_position, receipt.up_to.major());
    if (!seen.is_whole()) continue;
    auto const page = store.read({.stream = one.what.appends.front().stream,
                                  .from = receipt.versions.front() - 1,
                                  .max_events = 1});
    if (!page || page->empty() || page->events()[0].position != receipt.positions.front())
      return "its receipt is wrong: " + describe(one, seen);
  }
  return {};
}

/// G5, G7: keys are known where their commit is, and positions go on behind the last one.
std::string check_next(life const& lived, event_store& store, std::uint64_t last_position) {
  for (auto const& one : lived.attempts) {
    if (one.what.once.empty()) continue;
    bool const was_there = look_for(store, one).is_whole();
    auto const again = store.commit(one.what);
    if (!again) return "a repeat failed: " + to_string(again.error());
    if (again->duplicate != was_there)
      return "a repeat was judged wrong: " + std::to_string(one.number);
    if (was_there && one.is_acknowledged() && again->positions != (*one.answer)->positions)
      return "a repeat told other positions: " + std::to_string(one.number);
  }
  evsrc::commit next;
  next.appends.push_back(to_stream("next", 99, 1));
  auto const written = store.commit(std::move(next));
  if (!written) return "the next commit failed: " + to_string(written.error());
  if (written->positions.front().value <= last_position) return "a position was given out twice";
  auto const sound = store.check_integrity();
  return sound ? std::string{} : to_string(sound.error());
}

evsrc::sqlite::options options_of(durability level) {
  evsrc::sqlite::options with;
  with.durability = level;
  with.threads = evsrc::sqlite::threads::none;
  with.wal_checkpoint_bytes = 65'536;  // the least: several checkpoints in one life
  return with;
}

void run_attempts(event_store& store, life& lived) {
  for (std::size_t i = 0; i != attempts_per_life; ++i) {
    auto& one = lived.attempts.emplace_back(make_attempt(lived.kind, i));
    if (!one.what.checkpoints.empty()) {
      auto const head = store.head();
      if (head) one.what.checkpoints.front().to = *head;
    }
    if (lived.kind == commit_kind::grouped) continue;
    if (one.has_row) {
      one.answer =
          store.commit(one.what, [i](evsrc::sqlite::transaction& to) { return write_row(to, i); });
    } else {
      one.answer = store.commit(one.what);
    }
  }
  if (lived.kind != commit_kind::grouped) return;
  for (std::size_t i = 0; i != lived.attempts.size(); ++i) {
    auto& one = lived.attempts[i];
    store.submit(one.what, [&one](auto answer) { one.answer = std::move(answer); });
    if (i % 4 == 3) store.poll();
  }
  store.poll();
}

}  // namespace

std::string_view to_string(commit_kind kind) noexcept {
  switch (kind) {
    case commit_kind::one_event: return "one event";
    case commit_kind::several_streams: return "several streams";
    case commit_kind::once: return "once";
    case commit_kind::checkpoints: return "checkpoints";
    case commit_kind::messages: return "messages";
    case commit_kind::user_function: return "user function";
    case commit_kind::grouped: return "grouped";
  }
  return {};
}

life live(simulated_disk& disk, std::filesystem::path const& folder, commit_kind kind,
          durability level) {
  life lived{kind, level, {}};
  auto with = options_of(level);
  with.vfs = disk.name();
  auto const store = evsrc::sqlite::open((folder / file_name).string(), with);
  if (store) run_attempts(**store, lived);
  return lived;
}

std::string find_fault(life const& lived, std::filesystem::path const& folder) {
  auto const path = (folder / file_name).string();
  auto const store = evsrc::sqlite::open(path, options_of(lived.level));
  if (!store) return "does not open: " + to_string(store.error());
  std::uint64_t last_position = 0;
  if (auto fault = check_attempts(lived, **store, last_position); !fault.empty()) return fault;
  return check_next(lived, **store, last_position);
}

}  // namespace evsrc_test
