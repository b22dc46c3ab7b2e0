// SPDX-License-Identifier: Apache-2.0
// Steps of a subscription or projection: own, read a page, process it, settle failures.
#include "evsrc/runtime/detail/event_runner.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "long_time.hpp"

namespace evsrc::inline v0::detail {
namespace {

/// A commit failed because of what one of its events led to, not because of the store.
bool blames_an_event(errc code) noexcept {
  switch (code) {
    case errc::version_conflict:
    case errc::condition_failed:
    case errc::key_reused:
    case errc::invalid_argument:
    case errc::limit_exceeded:
    case errc::malformed:
    case errc::handler_failed: return true;
    default: return false;
  }
}

/// Another writer was first: the handler is asked again, on what is there now.
bool may_pass(error const& why) noexcept {
  bool const is_conflict = why.code == errc::version_conflict || why.code == errc::condition_failed;
  return is_retryable(why) || (is_conflict && why.effect == effect::none);
}

failed_event describe(event_view const& event, error why) {
  return {{std::string(event.category), std::string(event.key)},
          event.version,
          std::string(event.name),
          event.event_version,
          event.id,
          std::move(why)};
}

}  // namespace

std::string default_holder() {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  std::string const name = host[0] == '\0' ? "localhost" : host.data();
  return name + "/" + std::to_string(::getpid());
}

event_runner::event_runner(event_store& store, runner_settings settings, batch_target& target)
    : store_(&store),
      settings_(std::move(settings)),
      target_(&target),
      feed_(store, settings_.scope) {
  settings_.batch_events = std::clamp<std::size_t>(settings_.batch_events, 1, limits::page_events);
  settings_.patience = bounded(settings_.patience);
  settings_.heartbeat = bounded(settings_.heartbeat);
  if (settings_.clock == nullptr) settings_.clock = &system_clock();
  if (settings_.random == nullptr) settings_.random = &system_random();
  if (settings_.holder.empty()) settings_.holder = default_holder();
  here_.name = settings_.name;
  view_.name = settings_.name;
}

event_runner::~event_runner() { release(); }

// ---- a step ----

result<std::size_t> event_runner::poll(cursor const* ceiling) {
  std::scoped_lock const lock(work_);
  {
    std::scoped_lock const shown(shown_);
    if (view_.told.standing == standing::stopped) return fail(*view_.told.trouble);
  }
  level_ = false;
  event_failed_ = retry_event_ = false;
  return note(step(ceiling));
}

result<std::size_t> event_runner::step(cursor const* ceiling) {
  auto const owner = ensure_owner();
  if (!owner) return fail(owner.error());
  if (!*owner) return std::size_t{0};
  if (!here_.is_loaded) EVSRC_TRY(load());
  auto const wanted = is_behind_ ? std::max(settings_.catch_up_events, settings_.batch_events)
                                 : settings_.batch_events;
  is_behind_ = false;
  return process_page(std::min({wanted, fits_, limits::page_events}), ceiling);
}

/// Turns what went wrong into a standing.
result<std::size_t> event_runner::note(result<std::size_t> outcome) {
  if (outcome) {
    if (!settings_.is_durable || here_.epoch != 0)
      publish(level_ ? standing::caught_up : standing::catching_up);
    else
      publish(standing::waiting);
    return outcome;
  }
  error const& why = outcome.error();
  if (why.code == errc::fenced) {
    lose_owner();
    publish(standing::waiting);
    return std::size_t{0};
  }
  // What is in the store counts, whatever the answer was; the next step reads it.
  bool const is_unsettled = why.effect != effect::none || why.code == errc::checkpoint_mismatch;
  if (is_unsettled && settings_.is_durable) here_.is_loaded = false;
  bool const goes_on = event_failed_ ? retry_event_ : is_unsettled || is_retryable(why);
  std::scoped_lock const shown(shown_);
  if (!event_failed_) view_.told.failing.reset();
  view_.told.attempts = event_failed_ ? attempts_ : 0;
  view_.told.trouble = why;
  view_.told.standing = goes_on ? standing::retrying : standing::stopped;
  moved_.notify_all();
  return outcome;
}

result<void> event_runner::load() {
  if (!settings_.is_durable) {
    here_.is_loaded = true;
    return {};
  }
  auto const saved = store_->find_checkpoint(here_.name);
  if (!saved) return fail(saved.error());
  auto journal_now = journal().load(*store_);
  if (!journal_now) return fail(journal_now.error());
  here_.journal = std::move(*journal_now);
  here_.saved = here_.at = *saved;
  here_.is_loaded = true;
  {
    // Before the first page: a rebuild is made up to there, and no further.
    std::scoped_lock const shown(shown_);
    view_.told.processed = *saved;
    moved_.notify_all();
  }
  publish_journal();
  return {};
}

result<event_page> event_runner::read_up_to(std::size_t max_events, cursor const* ceiling) {
  cursor const from = here_.at;
  auto page = feed_.read(from, max_events);
  if (ceiling == nullptr || !page || !(page->next() > *ceiling)) return page;
  // Where a page ends says nothing of its events: it moves on over others. The store knows which
  // event is the first beyond the ceiling.
  auto const beyond = feed_.read(*ceiling, 1);
  if (!beyond) return fail(beyond.error());
  auto const& events = page->events();
  auto const first = std::find_if(events.begin(), events.end(), [&](event_view const& event) {
    return !beyond->empty() && event.position == beyond->events()[0].position;
  });
  if (first == events.end()) return page;
  if (first != events.begin())
    return feed_.read(from, static_cast<std::size_t>(first - events.begin()));
  event_page nothing;
  nothing.finish(from, true);
  return nothing;
}

result<std::size_t> event_runner::process_page(std::size_t max_events, cursor const* ceiling) {
  auto const page = read_up_to(max_events, ceiling);
  if (!page) return fail(page.error());
  level_ = page->at_end();
  selected_.clear();
  for (auto const& event : *page)
    if (feed_.is_wanted(event) && !is_held(event)) selected_.push_back(&event);
  if (selected_.empty()) return pass_over(*page);

  cursor const to = page->next();
  event_batch batch{selected_, claim_commit(&to)};
  auto const done = page->size() == 1 ? write_once(batch) : target_->process(batch);
  if (done && batch.full_at != event_batch::nobody) return process_front(*page, batch);
  bool const is_repeat = done && done->duplicate && page->size() > 1;
  if (done && !is_repeat) {
    is_behind_ = !level_;
    attempts_ = 0;
    fits_ = std::min(fits_ + fits_ / 8 + 1, limits::page_events);
    advanced(to, true);
    return page->size();
  }
  level_ = false;
  if (batch.blamed != event_batch::nobody) {
    auto const index = static_cast<std::size_t>(selected_[batch.blamed] - page->events().data());
    return settle_failure(*page, index, done.error());
  }
  if (!done && done.error().code == errc::limit_exceeded)
    fits_ = std::max<std::size_t>(page->size() / 2, 1);
  // One of them is to blame, or is in already: halves find out which.
  if (is_repeat || (page->size() > 1 && blames_an_event(done.error().code)))
    return process_page(page->size() / 2, ceiling);
  if (blames_an_event(done.error().code)) return settle_failure(*page, 0, done.error());
  return fail(done.error());
}

/// The events before `full_at`, whose effects are collected, with the checkpoint behind them.
result<std::size_t> event_runner::process_front(event_page const& page, event_batch& whole) {
  level_ = false;
  auto const count = static_cast<std::size_t>(selected_[whole.full_at] - page.events().data());
  fits_ = count;
  auto const front = feed_.read(here_.at, count);
  if (!front) return fail(front.error());
  cursor const to = front->next();
  event_batch batch{whole.events.first(whole.full_at), std::move(whole.with), false};
  for (auto& one : batch.with.checkpoints) one.to = to;
  auto const done = target_->process(batch);
  // Whatever is the matter, a page of this size finds out.
  if (!done && !blames_an_event(done.error().code) && batch.blamed == event_batch::nobody)
    return fail(done.error());
  if (!done || done->duplicate) return process_page(count, nullptr);
  is_behind_ = true;
  attempts_ = 0;
  advanced(to, true);
  return count;
}

/// As the target, for one event: where its effects are in already, only the rest is written.
result<receipt> event_runner::write_once(event_batch& batch) {
  commit const again = batch.with;
  auto done = target_->process(batch);
  if (!done || !done->duplicate) return done;
  event_batch rest{batch.events, again, false};
  done = target_->process(rest);
  batch.blamed = rest.blamed;
  return done;
}

/// Nothing on the page is for the target.
result<std::size_t> event_runner::pass_over(event_page const& page) {
  cursor const to = page.next();
  auto const now = settings_.clock->steady();
  bool const is_due = now - here_.last_commit >= settings_.heartbeat;
  if (settings_.is_durable && (!page.empty() || is_due)) {
    event_batch batch{{}, claim_commit(to == here_.saved ? nullptr : &to)};
    auto const done = target_->process(batch);
    if (!done) return fail(done.error());
    advanced(to, true);
  } else {
    advanced(to, false);
  }
  return page.size();
}

result<std::size_t> event_runner::settle_failure(event_page const& page, std::size_t index,
                                                 error why) {
  if (index == 0) return give_up_on(page.events()[0], std::move(why));
  if (settings_.is_durable) return process_page(index, nullptr);
  // In memory what stands before the event is in: only the cursor behind it is missing.
  auto const before = feed_.read(here_.at, index);
  if (!before) return fail(before.error());
  advanced(before->next(), false);
  return index;
}

/// The event that stands next cannot be processed.
result<std::size_t> event_runner::give_up_on(event_view const& event, error why) {
  attempts_ = retried_ == event.id ? attempts_ + 1 : 1;
  retried_ = event.id;
  retry_event_ = may_pass(why) && attempts_ < settings_.attempts;
  if (retry_event_ || settings_.on_failure == failure_policy::stop || has_parked_enough()) {
    event_failed_ = true;
    std::scoped_lock const shown(shown_);
    view_.told.failing = describe(event, why);
    return fail(std::move(why));
  }
  attempts_ = 0;
  return set_aside(describe(event, std::move(why)));
}

bool event_runner::has_parked_enough() const {
  if (settings_.on_failure != failure_policy::park_key) return false;
  auto const& all = here_.journal.held;
  if (all.size() < limits::parked_streams) return false;
  auto const count =
      std::count_if(all.begin(), all.end(), [](auto const& one) { return one.second.is_held; });
  return static_cast<std::size_t>(count) >= limits::parked_streams;
}

result<std::size_t> event_runner::set_aside(failed_event const& event) {
  auto const one = feed_.read(here_.at, 1);
  if (!one) return fail(one.error());
  bool const is_parked = settings_.on_failure == failure_policy::park_key;
  cursor const to = one->next();
  if (settings_.is_durable) {
    auto record = is_parked ? journal().parked(event) : journal().skipped(event);
    if (!record) return fail(record.error());
    event_batch batch{{}, claim_commit(&to)};
    batch.with.appends.push_back(std::move(*record));
    auto const done = target_->process(batch);
    if (!done) return fail(done.error());
  }
  if (is_parked)
    here_.journal.held.insert_or_assign(event.stream, held_stream{event});
  else
    ++here_.journal.skipped;
  publish_journal();
  advanced(to, true);
  return std::size_t{1};
}

bool event_runner::is_held(event_view const& event) const {
  if (here_.journal.held.empty()) return false;
  auto const found = here_.journal.held.find({std::string(event.category), std::string(event.key)});
  if (found == here_.journal.held.end()) return false;
  return found->second.is_held || event.version <= found->second.done_through;
}

// ---- redrive ----

result<std::size_t> event_runner::redrive(stream_id const& stream) {
  std::scoped_lock const lock(work_);
  auto const owner = ensure_owner();
  if (!owner) return fail(owner.error());
  if (!*owner) return fail(errc::unavailable, here_.name + ": another runner owns it", "redrive");
  if (!here_.is_loaded) EVSRC_TRY(load());
  std::size_t total = 0;
  for (;;) {
    auto const found = here_.journal.held.find(stream);
    if (found == here_.journal.held.end() || !found->second.is_held) {
      if (total != 0) return total;
      return fail(errc::not_found, to_string(stream) + " is not parked", "redrive");
    }
    auto const done = redrive_page(stream, found->second,
                                   std::min(settings_.batch_events, limits::commit_once / 2));
    if (!done) {
      if (done.error().code == errc::fenced) {
        lose_owner();
        if (!is_stopped()) publish(standing::waiting);
        return fail(errc::unavailable, here_.name + ": another runner owns it", "redrive");
      }
      if (done.error().effect != effect::none) here_.is_loaded = false;
      return fail(done.error());
    }
    total += *done;
    publish_journal();
  }
}

result<std::size_t> event_runner::redrive_page(stream_id const& stream, held_stream& held,
                                               std::size_t max_events) {
  auto const page =
      store_->read({.stream = stream, .from = held.first.version - 1, .max_events = max_events});
  if (!page) return fail(page.error());
  selected_.clear();
  for (auto const& event : *page) {
    auto const is_ours = feed_.includes(event);
    if (!is_ours) return fail(is_ours.error());
    if (*is_ours) selected_.push_back(&event);
  }
  auto const through = page->empty() ? page->version() : page->events().back().version;
  event_batch batch{selected_, claim_commit(nullptr)};
  if (settings_.is_durable) {
    auto record = journal().redriven(stream, through, page->at_end());
    if (!record) return fail(record.error());
    batch.with.appends.push_back(std::move(*record));
  }
  auto const done = selected_.size() == 1 ? write_once(batch) : target_->process(batch);
  if (done && batch.full_at != event_batch::nobody)
    return redrive_page(stream, held,
                        static_cast<std::size_t>(selected_[batch.full_at] - page->events().data()));
  if (!done || (done->duplicate && page->size() > 1)) {
    if (page->empty()) return fail(done.error());
    std::size_t at = 0;
    if (batch.blamed != event_batch::nobody)
      at = static_cast<std::size_t>(selected_[batch.blamed] - page->events().data());
    else if (page->size() > 1 && (done || blames_an_event(done.error().code)))
      at = page->size() / 2;
    else if (!blames_an_event(done.error().code))
      return fail(done.error());
    if (!settings_.is_durable) held.first.version = page->events()[at].version;
    if (at == 0 || !settings_.is_durable)
      return redrive_failed(page->events()[at], held, done.error());
    return redrive_page(stream, held, at);
  }
  held.is_held = !page->at_end();
  held.done_through = through;
  held.first.version = through + 1;
  return page->size();
}

result<std::size_t> event_runner::redrive_failed(event_view const& event, held_stream& held,
                                                 error why) {
  auto failed = describe(event, why);
  if (settings_.is_durable) {
    auto record = journal().parked(failed);
    if (!record) return fail(record.error());
    event_batch batch{{}, claim_commit(nullptr)};
    batch.with.appends.push_back(std::move(*record));
    auto const done = target_->process(batch);
    if (!done) return fail(done.error());
  }
  held.first = std::move(failed);
  publish_journal();
  return fail(std::move(why));
}

// ---- ownership ----

result<bool> event_runner::own() {
  std::scoped_lock const lock(work_);
  auto owner = ensure_owner();
  if (owner && *owner && !here_.is_loaded) EVSRC_TRY(load());
  if (owner && !*owner && !is_stopped()) {
    level_ = false;
    publish(standing::waiting);
  }
  std::scoped_lock const shown(shown_);
  view_.told.is_owner = owner && *owner;
  return owner;
}

result<std::size_t> event_runner::refuse(error why) {
  std::scoped_lock const lock(work_);
  event_failed_ = false;
  return note(fail(std::move(why)));
}

std::vector<owner_claim> event_runner::claims() {
  std::scoped_lock const lock(work_);
  return claim_commit(nullptr).owners;
}

result<bool> event_runner::ensure_owner() {
  if (!settings_.is_durable || here_.epoch != 0) return true;
  auto const current = store_->find_owner(here_.name);
  if (!current) return fail(current.error());
  auto const now = settings_.clock->steady();
  bool const is_free = current->epoch == 0 || current->holder.empty();
  bool const is_silent =
      seen_since_ && *current == seen_owner_ && now - *seen_since_ >= settings_.patience;
  if (is_free || is_silent) return take_over(current->epoch + 1);
  if (!seen_since_ || !(*current == seen_owner_)) {
    seen_owner_ = *current;
    seen_since_ = now;
  }
  // The owner's progress is ours to tell: the model is in the store.
  auto const reached = store_->find_checkpoint(here_.name);
  if (!reached) return fail(reached.error());
  here_.at = *reached;
  std::scoped_lock const shown(shown_);
  view_.told.processed = *reached;
  moved_.notify_all();
  return false;
}

result<bool> event_runner::take_over(std::uint64_t epoch) {
  event_batch batch;
  batch.with.owners.push_back({here_.name, epoch, owner_claim::kind::take_over, settings_.holder});
  auto const taken = target_->process(batch);
  seen_since_.reset();
  if (!taken && taken.error().code == errc::fenced) return false;
  if (!taken) return fail(taken.error());
  here_.epoch = epoch;
  here_.is_loaded = false;
  here_.last_commit = settings_.clock->steady();
  return true;
}

void event_runner::lose_owner() {
  here_.epoch = 0;
  here_.is_loaded = false;
  seen_since_.reset();
  std::scoped_lock const shown(shown_);
  view_.told.is_owner = false;
}

void event_runner::release() {
  std::scoped_lock const lock(work_);
  if (!settings_.is_durable || here_.epoch == 0) return;
  event_batch batch;
  batch.with.owners.push_back({here_.name, here_.epoch + 1, owner_claim::kind::take_over, {}});
  // Where it fails the next owner waits out its patience, no more.
  static_cast<void>(target_->process(batch));
  lose_owner();
}

commit event_runner::claim_commit(cursor const* to) const {
  commit made;
  if (!settings_.is_durable) return made;
  made.owners.push_back({here_.name, here_.epoch, owner_claim::kind::hold, settings_.holder});
  if (to != nullptr) made.checkpoints.push_back({here_.name, here_.saved, *to});
  return made;
}

progress_journal event_runner::journal() const {
  return {{settings_.journal_category, here_.name}, *settings_.clock, *settings_.random};
}

// ---- the rest of the life of a runner ----

void event_runner::resume() {
  std::scoped_lock const lock(work_);
  attempts_ = 0;
  retried_.reset();
  std::scoped_lock const shown(shown_);
  if (view_.told.standing != standing::stopped) return;
  view_.told.standing = standing::catching_up;
  view_.told.trouble.reset();
  view_.told.failing.reset();
}

void event_runner::adopt(event_runner& other) {
  std::scoped_lock const lock(work_, other.work_);
  here_ = std::exchange(other.here_, place{});
  attempts_ = 0;
  retried_.reset();
  seen_since_.reset();
  std::scoped_lock const shown(shown_, other.shown_);
  view_ = other.view_;
  moved_.notify_all();
}

void event_runner::rename(std::string name) {
  std::scoped_lock const lock(work_);
  here_ = place{};
  here_.name = name;
  seen_since_.reset();
  std::scoped_lock const shown(shown_);
  view_ = view{};
  view_.name = std::move(name);
  moved_.notify_all();
}

}  // namespace evsrc::inline v0::detail
