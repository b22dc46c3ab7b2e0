// SPDX-License-Identifier: Apache-2.0
// What a runner tells: progress, waiting for it, explanations; and the loop around its steps.
#include <algorithm>

#include "evsrc/runtime/detail/event_runner.hpp"
#include "long_time.hpp"

namespace evsrc::inline v0::detail {
namespace {

using namespace std::chrono_literals;

/// How long one wait for new events lasts: also how late a request to stop may be seen.
constexpr std::chrono::milliseconds idle_slice = 50ms;
/// How often a runner that waits for its turn looks at the owner.
constexpr std::chrono::milliseconds owner_slice = 20ms;
constexpr std::chrono::milliseconds backoff_first = 10ms;
constexpr std::chrono::milliseconds backoff_last = 2s;
/// Events that explain() counts.
constexpr std::size_t count_max = 1'000;

}  // namespace

void event_runner::advanced(cursor to, bool is_committed) {
  bool const has_moved = !(to == here_.at);
  here_.at = to;
  if (is_committed) {
    here_.saved = to;
    here_.last_commit = settings_.clock->steady();
  }
  std::scoped_lock const shown(shown_);
  view_.told.processed = to;
  if (has_moved) view_.told.last_progress = settings_.clock->now();
  moved_.notify_all();
}

void event_runner::publish(standing now) {
  std::scoped_lock const shown(shown_);
  view_.told.standing = now;
  view_.told.trouble.reset();
  view_.told.failing.reset();
  view_.told.attempts = 0;
  view_.told.is_owner = !settings_.is_durable || here_.epoch != 0;
  view_.is_level = level_;
  backoff_ = {};
}

void event_runner::publish_journal() {
  std::scoped_lock const shown(shown_);
  view_.told.parked.clear();
  for (auto const& [stream, held] : here_.journal.held)
    if (held.is_held) view_.told.parked.push_back(held.first);
  view_.told.skipped = here_.journal.skipped;
}

std::string event_runner::name() const {
  std::scoped_lock const shown(shown_);
  return view_.name;
}
cursor event_runner::processed() const {
  std::scoped_lock const shown(shown_);
  return view_.told.processed;
}
bool event_runner::is_stopped() const {
  std::scoped_lock const shown(shown_);
  return view_.told.standing == standing::stopped;
}
std::uint64_t event_runner::epoch() {
  std::scoped_lock const lock(work_);
  return here_.epoch;
}
bool event_runner::is_level() const {
  std::scoped_lock const shown(shown_);
  return view_.is_level;
}

explanation event_runner::explain() {
  explanation made;
  {
    std::scoped_lock const shown(shown_);
    made = view_.told;
    made.name = view_.name;
  }
  auto const note_trouble = [&](error const& why) {
    if (!made.trouble) made.trouble = why;
  };
  if (auto const head = store_->head())
    made.head = *head;
  else
    note_trouble(head.error());
  if (settings_.is_durable) {
    if (auto const owner = store_->find_owner(made.name))
      made.owner = *owner;
    else
      note_trouble(owner.error());
  }
  // Before its first step it has not looked where it will go on.
  if (settings_.is_durable && made.processed.is_start()) {
    if (auto const saved = store_->find_checkpoint(made.name))
      made.processed = *saved;
    else
      note_trouble(saved.error());
  }
  event_feed feed(*store_, settings_.scope);
  auto const behind = feed.read(made.processed, count_max);
  if (behind) {
    made.events_behind = static_cast<std::size_t>(
        std::count_if(behind->begin(), behind->end(),
                      [&](event_view const& event) { return feed.is_wanted(event); }));
    made.events_behind_is_a_floor = !behind->at_end();
  } else {
    note_trouble(behind.error());
  }
  return made;
}

/// "; its owner is host/4711, epoch 2", for whoever waited in vain; empty where nothing is known.
std::string event_runner::who_moves_it() const {
  if (!settings_.is_durable) return {};
  auto const owner = store_->find_owner(name());
  if (!owner) return {};
  if (owner->holder.empty()) return "; nobody owns it";
  return "; its owner is " + owner->holder + ", epoch " + std::to_string(owner->epoch);
}

result<void> event_runner::wait(cursor where, std::chrono::milliseconds deadline,
                                step_function step) {
  if (where.is_start()) return {};
  deadline = bounded(deadline);
  auto const real_end = std::chrono::steady_clock::now() + deadline;
  auto const begin = settings_.clock->steady();
  auto const late = [&] {
    return fail(errc::timed_out,
                name() + " did not come as far as " + to_string(where) + " within " +
                    std::to_string(deadline.count()) + " ms" + who_moves_it(),
                "wait");
  };
  for (;;) {
    {
      std::unique_lock shown(shown_);
      cursor const& there = view_.told.processed;
      if (there >= where) return {};
      if (!there.is_start() && there.store() != where.store())
        return fail(errc::checkpoint_ahead,
                    "the receipt is of another store than the one that " + view_.name + " reads",
                    "wait");
      if (view_.told.standing == standing::stopped) return fail(*view_.told.trouble);
      if (running_ != 0) {
        if (moved_.wait_until(shown, real_end) == std::cv_status::no_timeout) continue;
        if (view_.told.processed >= where) return {};
        shown.unlock();
        return late();
      }
    }
    auto const done = step();
    if (done && *done != 0) continue;
    if (processed() >= where || is_stopped()) continue;
    if (settings_.clock->steady() - begin >= deadline) return late();
    settings_.clock->sleep(1ms);
  }
}

result<void> event_runner::run(std::stop_token const& stop, step_function step) {
  {
    std::scoped_lock const shown(shown_);
    ++running_;
  }
  result<void> outcome;
  while (!stop.stop_requested()) {
    auto const done = step();
    if (!done && is_stopped()) {
      outcome = fail(done.error());
      break;
    }
    if (!done || *done == 0) idle(stop, !done.has_value());
  }
  std::scoped_lock const shown(shown_);
  --running_;
  moved_.notify_all();
  return outcome;
}

void event_runner::idle(std::stop_token const& stop, bool has_failed) {
  cursor where;
  {
    std::unique_lock shown(shown_);
    bool const is_owner = view_.told.is_owner;
    if (has_failed) backoff_ = std::clamp(backoff_ * 2, backoff_first, backoff_last);
    auto const pause = has_failed ? backoff_ : owner_slice;
    if (has_failed || !is_owner) {
      std::mutex nobody;
      std::unique_lock alone(nobody);
      shown.unlock();
      std::condition_variable_any never;
      never.wait_for(alone, stop, pause, [] { return false; });
      return;
    }
    where = view_.told.processed;
  }
  // Its failure is the next step's to tell.
  static_cast<void>(store_->wait_beyond(where, idle_slice));
}

}  // namespace evsrc::inline v0::detail
