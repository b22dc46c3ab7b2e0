// SPDX-License-Identifier: Apache-2.0
// Recording what workers do, and what they contend for.
#include "recorder.hpp"

#include <chrono>

#include "evsrc/core/cursor.hpp"

namespace evsrc::testing::inline v0::detail {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t rounds_of_a_block = 10;  // share a tag, so that conditions have a past

}  // namespace

std::uint64_t recorder::now() noexcept {
  // One clock for all processes of the machine.
  return static_cast<std::uint64_t>(
      std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count());
}

void recorder::note(std::string_view call, error const& failure) {
  if (flaw_.empty())
    flaw_ = "worker " + std::to_string(worker_) + ": " + std::string(call) +
            " failed: " + to_string(failure);
}

new_event recorder::event(std::string name, std::vector<event_tag> tags) {
  new_event made;
  made.name = std::move(name);
  made.payload = "{}";
  made.meta.id = ids_.next();
  made.meta.time = timestamp{std::chrono::seconds{1'700'000'000}};
  made.meta.tags = std::move(tags);
  return made;
}

result<receipt> recorder::commit(evsrc::commit what, std::uint64_t race,
                                 std::vector<std::vector<event_id>> seen) {
  recorded_commit kept;
  kept.worker = worker_;
  kept.race = race;
  for (auto const& append : what.appends) {
    kept.appends.push_back({append.stream, append.expected});
    for (auto const& event : append.events) kept.appends.back().events.push_back(event.meta.id);
  }
  for (std::size_t i = 0; i != what.unless.size(); ++i)
    kept.unless.push_back(
        {what.unless[i].matching, i < seen.size() ? std::move(seen[i]) : std::vector<event_id>{}});
  for (auto const& entry : what.once)
    kept.once.push_back({entry.scope, entry.key, entry.fingerprint, entry.outcome});

  kept.times.invoked = now();
  auto answer = store_->commit(std::move(what));
  kept.times.completed = now();
  if (answer) {
    kept.answer = answer->duplicate ? answer_kind::duplicate : answer_kind::committed;
    kept.positions = answer->positions;
    kept.versions = answer->versions;
    kept.outcome = answer->outcome;
  } else {
    kept.answer =
        answer.error().effect == effect::none ? answer_kind::refused : answer_kind::unknown;
    kept.refusal = answer.error().code;
    bool const is_verdict =
        kept.refusal == errc::version_conflict || kept.refusal == errc::condition_failed;
    if (!is_verdict) note("commit", answer.error());
  }
  kept_.commits.push_back(std::move(kept));
  return answer;
}

stream_version recorder::look(stream_id const& stream) {
  stream_read last;
  last.stream = stream;
  last.order = direction::backwards;
  last.max_events = 1;
  recorded_look kept{worker_, {now(), 0}, stream};
  auto const page = store_->read(last);
  kept.times.completed = now();
  if (!page) {
    note("read", page.error());
    return 0;
  }
  kept.version = page->version();
  kept_.looks.push_back(std::move(kept));
  return page->version();
}

std::vector<event_id> recorder::decide_on(query const& matching, cursor& after) {
  scope_read what;
  what.scope = matching;
  std::vector<event_id> seen;
  auto const page = store_->query(what);
  if (!page) {
    note("query", page.error());
    return seen;
  }
  for (auto const& event : *page) seen.push_back(event.id);
  after = page->next();
  return seen;
}

bool recorder::follow(cursor& at, std::size_t max_events, bool& at_end) {
  scope_read what;
  what.from = at;
  what.max_events = max_events;
  recorded_page kept;
  kept.worker = worker_;
  kept.from = at;
  kept.times.invoked = now();
  auto const page = store_->query(what);
  kept.times.completed = now();
  if (!page) {
    note("query", page.error());
    return false;
  }
  for (auto const& event : *page) kept.events.push_back(seen(event));
  kept.next = at = page->next();
  kept.at_end = at_end = page->at_end();
  kept_.pages.push_back(std::move(kept));
  return true;
}

follower::follower(workbench& bench, std::uint32_t worker)
    : bench_(bench), along_(bench.store(), worker) {}

bool follower::restart() {
  if (!bench_.setting().features.several_handles) return true;
  own_.reset();
  try {
    own_ = bench_.open_again();
  } catch (flaw_found const& found) {
    along_.fail("the follower's restart: " + found.text);
    return false;
  }
  along_.move_to(*own_->ports().events);
  return true;
}

void follower::follow_until(std::atomic<bool> const& is_over) {
  constexpr std::size_t pages_between_restarts = 20;
  cursor at;
  for (std::size_t pages = 0;; ++pages) {
    bool const was_over = is_over;
    if (pages % pages_between_restarts == 0) {
      if (!restart()) return;
      at = parse_cursor(to_string(at)).value_or(cursor{});
    }
    bool at_end = false;
    if (!along_.follow(at, 1 + pages % 37, at_end)) return;
    if (at_end && was_over) return;
    if (at_end) static_cast<void>(along_.store().wait_beyond(at, 20ms));
  }
}

void race_on_one_version(recorder& racer, round const& now) {
  auto const stream = thing("contended");
  auto const expected = expected_version::exactly(racer.look(stream));
  now.wait_for_others();
  evsrc::commit what;
  what.appends.push_back({stream, expected, {}});
  what.appends.back().events.push_back(racer.event("thing.happened"));
  auto const answer = racer.commit(std::move(what), now.number);
  if (!answer) racer.look(stream);
}

void race_on_two_streams(recorder& racer, round const& now) {
  // Each writes to a stream of its own as well, in front: a torn commit leaves that event behind.
  auto const own = thing("of worker " + std::to_string(racer.worker()));
  auto const stream = thing("contended");
  auto const expected = expected_version::exactly(racer.look(stream));
  now.wait_for_others();
  evsrc::commit what;
  what.appends.push_back({own, expected_version::any(), {}});
  what.appends.back().events.push_back(racer.event("thing.happened"));
  what.appends.push_back({stream, expected, {}});
  what.appends.back().events.push_back(racer.event("thing.happened"));
  if (!racer.commit(std::move(what), now.number)) racer.look(own);
}

void race_on_one_condition(recorder& racer, round const& now) {
  auto const block = std::to_string(now.number / rounds_of_a_block);
  query const matching{{{{"seat.taken", "seat.booked"}, {{"block", block}}}}};
  cursor after;
  auto seen = racer.decide_on(matching, after);
  now.wait_for_others();
  bool const is_older_name = (racer.worker() + now.number) % 2 == 0;
  evsrc::commit what;
  what.appends.push_back(
      {thing("of worker " + std::to_string(racer.worker())), expected_version::any(), {}});
  what.appends.back().events.push_back(
      racer.event(is_older_name ? "seat.booked" : "seat.taken", {{"block", block}}));
  what.unless.push_back({matching, after});
  racer.commit(std::move(what), now.number, {std::move(seen)});
}

void race_side_by_side(recorder& racer, round const& now) {
  auto const worker = std::to_string(racer.worker());
  auto const block = worker + "/" + std::to_string(now.number / rounds_of_a_block);
  query const matching{{{{"seat.taken", "seat.booked"}, {{"block", block}}}}};
  cursor after;
  auto seen = racer.decide_on(matching, after);
  now.wait_for_others();
  evsrc::commit what;
  what.appends.push_back({thing("of worker " + worker), expected_version::any(), {}});
  what.appends.back().events.push_back(racer.event("seat.taken", {{"block", block}}));
  what.unless.push_back({matching, after});
  racer.commit(std::move(what), 0, {std::move(seen)});
}

void race_on_one_key(recorder& racer, round const& now) {
  now.wait_for_others();
  evsrc::commit what;
  what.appends.push_back({thing("contended"), expected_version::any(), {}});
  what.appends.back().events.push_back(racer.event("thing.happened"));
  what.once.push_back({"command:thing", std::to_string(now.number), "request",
                       "of worker " + std::to_string(racer.worker())});
  racer.commit(std::move(what), now.number);
}

verdict judge_contest(contest what, history const& of) {
  if (auto said = judge_all(of); !said) return said;
  if (what == &race_side_by_side) {
    if (auto said = nobody_was_refused(of); !said)
      return verdict::fails("nobody_was_refused: " + said.message());
  } else if (auto said = one_winner_per_race(of); !said) {
    return verdict::fails("one_winner_per_race: " + said.message());
  }
  return verdict::holds();
}

}  // namespace evsrc::testing::inline v0::detail
