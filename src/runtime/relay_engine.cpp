// SPDX-License-Identifier: Apache-2.0
// A relay's steps: keep leases, read what is due, send it, remove it.
#include "evsrc/runtime/detail/relay_engine.hpp"

#include <algorithm>

#include "evsrc/runtime/detail/consumer_engine.hpp"
#include "evsrc/runtime/detail/event_runner.hpp"
#include "long_time.hpp"

namespace evsrc::inline v0::detail {

using std::chrono::milliseconds;

namespace {

/// States of idle destinations that are remembered.
constexpr std::size_t destinations_max = 1'000;

lease_settings leases_of(relay_options const& from) {
  return {from.slots, from.patience, from.heartbeat,
          from.holder.empty() ? default_holder() : from.holder};
}

/// In the place of an entity whose name no bus can have.
class unusable_sender final : public sender {
 public:
  explicit unusable_sender(error why) : why_(std::move(why)) {}
  using sender::send;
  result<void> send(std::span<message const>) override { return fail(why_); }
  result<std::vector<std::int64_t>> schedule(std::span<message const>, timestamp) override {
    return fail(why_);
  }
  result<void> cancel_scheduled(std::span<std::int64_t const>) override { return fail(why_); }
  [[nodiscard]] std::size_t max_batch_bytes() const override { return limits::send_bytes; }

 private:
  error why_;
};

outbox_slot_set slots_of(relay_chunk const& chunk) {
  outbox_slot_set all;
  for (auto const& row : chunk.rows) all.set(row.slot);
  return all;
}

}  // namespace

relay_engine::relay_engine(event_store& store, outbox_store& rows, message_bus* bus,
                           relay_options options)
    : store_(store),
      rows_(rows),
      bus_(bus),
      options_(std::move(options)),
      time_(options_.clock != nullptr ? *options_.clock : system_clock()),
      random_(options_.random != nullptr ? *options_.random : system_random()),
      leases_(store, time_, leases_of(options_)) {}

relay_engine::~relay_engine() { leases_.release(); }

void relay_engine::send_to(std::string const& name, sender& to) {
  std::scoped_lock const lock(mutex_);
  auto& one = destinations_.try_emplace(folded(name)).first->second;
  one.circuit = circuit_breaker(options_.circuit);
  one.to = &to;
  one.is_given = true;
}

result<std::size_t> relay_engine::poll() {
  auto done = work();
  std::scoped_lock const lock(mutex_);
  trouble_.reset();
  if (!done) trouble_ = done.error();
  if (done && *done == 0 && closed_) return fail(*closed_);
  return done;
}

result<std::size_t> relay_engine::work() {
  EVSRC_TRY(validate(options_));
  EVSRC_TRY(keep_leases());
  std::size_t total = 0;
  auto const remove_all = [&]() -> result<void> {
    for (;;) {
      auto const removed = remove_ended();
      if (!removed) return fail(removed.error());
      if (*removed == 0) return {};
      total += *removed;
    }
  };
  EVSRC_TRY(remove_all());  // what an earlier step could not
  EVSRC_TRY(refill());
  while (auto chunk = next_chunk()) {
    deliver(*chunk);
    finish(*chunk);
  }
  EVSRC_TRY(remove_all());
  return total;
}

result<void> relay_engine::keep_leases() {
  auto const lost = leases_.keep();
  if (!lost) return fail(lost.error());
  std::scoped_lock const lock(mutex_);
  counts_.leases_lost += *lost;
  return {};
}

// ---- reading ----

/// Destinations that are busy, pause, or have no sender.
std::vector<std::string> relay_engine::not_now() {
  std::vector<std::string> names;
  auto const now = time_.steady();
  for (auto const& [name, one] : destinations_)
    if (one.on_the_way != 0 || !one.circuit.may_try(now) || !has_way(one)) names.push_back(name);
  return names;
}

result<void> relay_engine::refill() {
  due_read what;
  {
    std::scoped_lock const lock(mutex_);
    if (is_reading_ || closed_ || !queue_.empty()) return {};
    forget_idle();
    what.not_to = not_now();
    is_reading_ = true;
  }
  what.slots = leases_.held_for(options_.send_timeout);
  what.due_by = time_.now();
  what.max_rows = options_.batch_rows;
  what.synced = options_.waits_for_sync;
  result<std::vector<outbox_row>> found;
  if (what.slots.any()) found = rows_.read_due(what);
  std::scoped_lock const lock(mutex_);
  is_reading_ = false;
  if (!found) return fail(found.error());
  enqueue(std::move(*found));
  return {};
}

void relay_engine::forget_idle() {
  if (destinations_.size() <= destinations_max) return;
  std::erase_if(destinations_, [](auto const& entry) {
    auto const& one = entry.second;
    return !one.is_given && one.on_the_way == 0 && one.circuit.failures() == 0;
  });
}

/// The destination's state, its sender opened where that can be.
relay_engine::destination& relay_engine::find(std::string const& name) {
  auto const [at, is_new] = destinations_.try_emplace(name);
  auto& one = at->second;
  if (is_new) one.circuit = circuit_breaker(options_.circuit);
  if (one.to != nullptr || bus_ == nullptr || !one.circuit.may_try(time_.steady())) return one;
  auto opened = bus_->open_sender(name);
  if (!opened && judge_send(opened.error()) == send_verdict::again) {
    note_failure(one, std::move(opened.error()));
    return one;
  }
  one.own = opened ? std::move(*opened) : std::make_unique<unusable_sender>(opened.error());
  one.to = one.own.get();
  return one;
}

/// With mutex_ held.
void relay_engine::note_failure(destination& of, error why) {
  ++counts_.failures;
  of.circuit.note_failure(time_.steady(), random_);
  if (why.code == errc::closed && why.effect == effect::none) closed_ = why;
  of.trouble = std::move(why);
}

void relay_engine::enqueue(std::vector<outbox_row> found) {
  auto const now = time_.steady();
  std::map<std::string, relay_chunk> chunks;
  for (auto& row : found) {
    auto const name = row.message.destination;
    auto& to = find(name);
    if (to.to == nullptr) continue;
    auto& chunk = chunks[name];
    // One row finds out whether a destination works again.
    bool const tries = to.circuit.standing(now) == circuit_standing::half_open;
    if (tries && !chunk.rows.empty()) continue;
    chunk.destination = name;
    chunk.to = to.to;
    chunk.holds_keys = options_.on_refusal == refusal_policy::hold_key;
    chunk.rows.push_back(to_relay_row(std::move(row)));
    ++to.on_the_way;
  }
  // Those that work first: one that hangs keeps the thread that sends to it.
  for (bool const is_sound : {true, false})
    for (auto& [name, chunk] : chunks)
      if (!chunk.rows.empty() && (destinations_.at(name).circuit.failures() == 0) == is_sound)
        queue_.push_back(std::move(chunk));
}

std::optional<relay_chunk> relay_engine::next_chunk() {
  std::scoped_lock const lock(mutex_);
  if (queue_.empty()) return std::nullopt;
  auto next = std::move(queue_.front());
  queue_.pop_front();
  return next;
}

// ---- sending ----

void relay_engine::deliver(relay_chunk& chunk) {
  std::optional<clock::steady_time> begun;
  auto const note_end = [&] {
    if (!begun || time_.steady() - *begun <= bounded(options_.send_timeout)) return;
    std::scoped_lock const lock(mutex_);
    ++counts_.slow_sends;
  };
  unique_function<bool()> may = [&] {
    note_end();
    begun.reset();
    if (!may_send(chunk)) return false;
    begun = time_.steady();
    return true;
  };
  chunk.send(may);
  note_end();
}

bool relay_engine::may_send(relay_chunk const& chunk) {
  auto const needed = slots_of(chunk);
  auto const is_safe = [&] { return (needed & ~leases_.held_for(options_.send_timeout)).none(); };
  if (is_safe()) return true;
  auto const lost = leases_.renew();
  if (!lost) return false;
  {
    std::scoped_lock const lock(mutex_);
    counts_.leases_lost += *lost;
  }
  return is_safe();
}

void relay_engine::finish(relay_chunk& chunk) {
  std::scoped_lock const lock(mutex_);
  auto& to = destinations_.at(chunk.destination);
  bool has_answered = false;
  for (auto& row : chunk.rows) {
    if (row.became == relay_row::end::waits) {
      --to.on_the_way;
      continue;
    }
    has_answered = true;
    ended_row ended{chunk.destination, row.sequence, row.slot, {}};
    if (row.became == relay_row::end::sent) {
      ++counts_.sent;
    } else {
      auto text = cut_text(std::move(row.why->message), limits::dead_letter_description_bytes);
      ended.refused = outbox_refusal{row.sequence, std::string(to_string(row.why->code)),
                                     std::move(text), chunk.holds_keys && !row.key.empty()};
    }
    ended_.push_back(std::move(ended));
  }
  if (chunk.trouble) {
    note_failure(to, std::move(*chunk.trouble));
  } else if (has_answered) {
    to.circuit.note_success();
    to.trouble.reset();
  }
}

// ---- removing ----

std::vector<relay_engine::ended_row> relay_engine::take_ended() {
  std::scoped_lock const lock(mutex_);
  std::vector<ended_row> taken;
  if (is_removing_ || ended_.empty()) return taken;
  is_removing_ = true;
  auto const count = std::min(ended_.size(), options_.batch_rows);
  auto const end = ended_.begin() + static_cast<std::ptrdiff_t>(count);
  taken.assign(std::make_move_iterator(ended_.begin()), std::make_move_iterator(end));
  ended_.erase(ended_.begin(), end);
  return taken;
}

/// With mutex_ held.
void relay_engine::free_rows(std::string const& name, std::size_t rows) {
  if (auto const found = destinations_.find(name); found != destinations_.end())
    found->second.on_the_way -= rows;
}

void relay_engine::give_back(std::vector<ended_row> const& ended) {
  std::scoped_lock const lock(mutex_);
  is_removing_ = false;
  ended_.insert(ended_.begin(), ended.begin(), ended.end());
}

/// A small commit of its own (G14): claims of the slots, rows that were sent, rows that never will.
result<std::size_t> relay_engine::remove_ended() {
  auto ended = take_ended();
  if (ended.empty()) return std::size_t{0};
  auto const held = leases_.held();
  {
    // Rows of slots that were lost are their next owner's, who sends them again.
    std::scoped_lock const lock(mutex_);
    std::erase_if(ended, [&](ended_row const& one) {
      if (held.test(one.slot)) return false;
      free_rows(one.to, 1);
      return true;
    });
    if (ended.empty()) is_removing_ = false;
  }
  if (ended.empty()) return std::size_t{0};
  commit what;
  outbox_slot_set slots;
  for (auto const& one : ended) {
    slots.set(one.slot);
    if (one.refused)
      what.refused.push_back(*one.refused);
    else
      what.handed_on.push_back(one.sequence);
  }
  what.owners = leases_.claims(slots);
  auto const claims = what.owners;
  auto const begun = time_.steady();
  auto const outcome = store_.commit(std::move(what));
  if (outcome) leases_.note_proved(claims, begun);
  return judge_removal(ended, outcome);
}

result<std::size_t> relay_engine::judge_removal(std::vector<ended_row> const& ended,
                                                result<receipt> const& outcome) {
  if (outcome) {
    std::scoped_lock const lock(mutex_);
    is_removing_ = false;
    for (auto const& one : ended) {
      free_rows(one.to, 1);
      ++(one.refused ? counts_.refused : counts_.removed);
    }
    return ended.size();
  }
  if (outcome.error().code != errc::fenced) {
    give_back(ended);
    return fail(outcome.error());
  }
  auto const lost = leases_.find_lost();
  give_back(ended);
  if (!lost) return fail(lost.error());
  if (*lost == 0) return fail(outcome.error());
  std::scoped_lock const lock(mutex_);
  counts_.leases_lost += *lost;
  return std::size_t{0};
}

void relay_engine::resume() {
  std::scoped_lock const lock(mutex_);
  closed_.reset();
  for (auto& [name, one] : destinations_) one.circuit.note_success();
}

}  // namespace evsrc::inline v0::detail
