// SPDX-License-Identifier: Apache-2.0
// The lock around the tables, and the queue of what was submitted.
#include "evsrc/memory/event_store.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "evsrc/core/random.hpp"
#include "tables.hpp"

namespace evsrc::memory::inline v0 {
namespace {

struct pending_commit {
  evsrc::commit what;
  completion done;
  std::size_t bytes = 0;
  std::optional<error> refused{};  ///< by validate(): told in its turn
};

struct finished_commit {
  completion done;
  result<receipt> answer;
};

error closed_error() { return {errc::closed, "the store was closed", "memory"}; }

/// The longest wait that no clock's arithmetic overflows on.
constexpr std::chrono::milliseconds long_time = std::chrono::hours(24 * 365);

/// Tells stores apart that this process made, and those of other processes as far as chance can.
std::uint64_t make_store_fingerprint() {
  static std::atomic<std::uint64_t> count = 0;
  auto const drawn = (system_random().next() << 16U) + ++count;
  return drawn == 0 ? 1 : drawn;
}

result<void> check_stream(stream_id const& stream) {
  if (stream.category.empty()) return invalid("stream.category", "empty");
  if (stream.key.empty()) return invalid("stream.key", "empty");
  if (stream.category.size() > limits::category_bytes ||
      stream.key.size() > limits::stream_key_bytes)
    return fail(errc::limit_exceeded, "stream: longer than the limits of category and key");
  return {};
}

}  // namespace

struct event_store::state {
  explicit state(options const& with)
      : settings(with),
        time(with.clock != nullptr ? *with.clock : system_clock()),
        tables(make_store_fingerprint(), with.max_bytes) {}

  using lock = std::unique_lock<std::mutex>;

  /// Runs `work` on the tables, or answers that the store is closed.
  template <class Work>
  auto with_tables(Work work) -> result<decltype(work(std::declval<detail::tables&>()))> {
    lock const held{mutex};
    if (is_closed) return fail(closed_error());
    return work(tables);
  }
  /// The same for work that answers with a result of its own.
  template <class Work>
  auto with_tables_try(Work work) -> decltype(work(std::declval<detail::tables&>())) {
    lock const held{mutex};
    if (is_closed) return fail(closed_error());
    return work(tables);
  }

  [[nodiscard]] std::optional<error> cannot_queue(std::size_t bytes) const {
    if (is_closed) return closed_error();
    if (queue.size() < settings.queued_commits && queued_bytes + bytes <= settings.queued_bytes)
      return std::nullopt;
    return error{errc::overloaded,
                 "the queue holds " + std::to_string(queue.size()) + " commits and " +
                     std::to_string(queued_bytes) + " bytes",
                 "memory.submit"};
  }
  result<receipt> commit_one(evsrc::commit what) {
    auto const sequence = tables.outbox().last_sequence();
    auto answer = tables.commit(std::move(what), time.now());
    if (answer && !answer->positions.empty()) grown.notify_all();
    if (tables.outbox().last_sequence() != sequence) sent.notify_all();
    return answer;
  }
  void commit_queued() {
    while (!queue.empty()) {
      auto next = std::move(queue.front());
      queue.pop_front();
      queued_bytes -= next.bytes;
      auto answer = next.refused ? result<receipt>{fail(std::move(*next.refused))}
                                 : commit_one(std::move(next.what));
      finished.push_back({std::move(next.done), std::move(answer)});
    }
  }
  /// Runs completions in order, outside the lock. One thread at a time does; others leave theirs to
  /// it, so that no completion overtakes an earlier one.
  std::size_t deliver(lock& held) {
    if (deliverer != std::thread::id{}) return 0;
    deliverer = std::this_thread::get_id();
    std::size_t count = 0;
    while (!finished.empty()) {
      auto next = std::move(finished.front());
      finished.pop_front();
      held.unlock();
      next.done(std::move(next.answer));
      held.lock();
      ++count;
    }
    deliverer = std::thread::id{};
    delivered.notify_all();
    return count;
  }

  options const settings;
  evsrc::clock& time;
  std::mutex mutex;
  std::condition_variable grown;      ///< an event was written, or the store was closed
  std::condition_variable sent;       ///< a message entered the outbox, or the store was closed
  std::condition_variable delivered;  ///< nobody runs completions
  detail::tables tables;
  std::deque<pending_commit> queue;
  std::size_t queued_bytes = 0;
  std::deque<finished_commit> finished;
  std::thread::id deliverer;
  bool is_closed = false;
};

event_store::event_store(options with) : state_(std::make_unique<state>(with)) {}
event_store::~event_store() { event_store::close(std::chrono::milliseconds::zero()); }

std::unique_ptr<event_store> make_event_store(options with) {
  return std::make_unique<event_store>(with);
}

result<receipt> event_store::commit(evsrc::commit what, commit_options const&) {
  EVSRC_TRY(validate(what));
  state::lock held{state_->mutex};
  if (state_->is_closed) return fail(closed_error());
  state_->commit_queued();
  auto answer = state_->commit_one(std::move(what));
  state_->deliver(held);
  return answer;
}

result<receipt> event_store::append_stream(stream_commit what, commit_options const& options) {
  evsrc::commit whole;
  whole.appends.push_back(std::move(what.events));
  whole.messages = std::move(what.messages);
  whole.once = std::move(what.once);
  return commit(std::move(whole), options);
}

void event_store::submit(evsrc::commit what, completion done) {
  pending_commit next{std::move(what), std::move(done)};
  if (auto valid = validate(next.what); !valid) next.refused = std::move(valid.error());
  if (!next.refused) next.bytes = size_bytes(next.what);

  state::lock held{state_->mutex};
  auto refused = state_->cannot_queue(next.bytes);
  if (!refused) {
    state_->queued_bytes += next.bytes;
    state_->queue.push_back(std::move(next));
    return;
  }
  held.unlock();
  next.done(fail(std::move(*refused)));
}

std::size_t event_store::poll() {
  state::lock held{state_->mutex};
  state_->commit_queued();
  return state_->deliver(held);
}

void event_store::close(std::chrono::milliseconds deadline) {
  state::lock held{state_->mutex};
  if (!state_->is_closed) {
    state_->commit_queued();
    state_->is_closed = true;
    state_->grown.notify_all();
    state_->sent.notify_all();
  }
  state_->deliver(held);
  // Another thread may be at it; a completion that closes the store would wait for itself.
  if (state_->deliverer != std::this_thread::get_id())
    state_->delivered.wait_for(held, std::min(deadline, long_time),
                               [this] { return state_->deliverer == std::thread::id{}; });
}

result<event_page> event_store::read(stream_read const& what) {
  EVSRC_TRY(check_stream(what.stream));
  return state_->with_tables_try([&](auto& tables) { return tables.read(what); });
}

result<event_page> event_store::query(scope_read const& what) {
  return state_->with_tables_try([&](auto& tables) { return tables.query(what); });
}

result<cursor> event_store::head() {
  return state_->with_tables([](auto& tables) { return tables.head(); });
}

result<cursor> event_store::wait_beyond(cursor where, std::chrono::milliseconds patience) {
  state::lock held{state_->mutex};
  EVSRC_TRY(state_->tables.know(where));
  state_->grown.wait_for(held, std::min(patience, long_time), [&] {
    return state_->is_closed || state_->tables.head().major() > where.major();
  });
  if (state_->is_closed) return fail(closed_error());
  return state_->tables.head();
}

result<std::vector<stream_summary>> event_store::streams(streams_read const& what) {
  return state_->with_tables_try([&](auto& tables) { return tables.streams(what); });
}

result<cursor> event_store::find_checkpoint(std::string_view name) {
  return state_->with_tables([&](auto& tables) { return tables.find_checkpoint(name); });
}

result<owner_state> event_store::find_owner(std::string_view name) {
  return state_->with_tables([&](auto& tables) { return tables.find_owner(name); });
}

result<std::optional<idempotency_record>> event_store::find_once(std::string_view scope,
                                                                 std::string_view key) {
  return state_->with_tables(
      [&](auto& tables) { return tables.find_once(scope, key, state_->time.now()); });
}

result<receipt> event_store::record_once(idempotency_entry entry) {
  evsrc::commit alone;
  alone.once.push_back(std::move(entry));
  return commit(std::move(alone));
}

result<std::size_t> event_store::remove_expired(std::size_t limit) {
  return state_->with_tables(
      [&](auto& tables) { return tables.remove_expired(limit, state_->time.now()); });
}

result<std::optional<snapshot>> event_store::load_snapshot(stream_id const& stream) {
  EVSRC_TRY(check_stream(stream));
  return state_->with_tables([&](auto& tables) { return tables.load_snapshot(stream); });
}

result<void> event_store::save_snapshot(stream_id const& stream, snapshot what) {
  EVSRC_TRY(check_stream(stream));
  if (what.state.size() > limits::snapshot_bytes)
    return fail(errc::limit_exceeded, "snapshot.state: " + std::to_string(what.state.size()) +
                                          " bytes, at most " +
                                          std::to_string(limits::snapshot_bytes) + " are allowed");
  if (what.fingerprint.size() > 64)
    return fail(errc::limit_exceeded, "snapshot.fingerprint: longer than 64 bytes");
  return state_->with_tables_try([&](auto& tables) -> result<void> {
    tables.save_snapshot(stream, std::move(what));
    return {};
  });
}

result<void> event_store::remove_snapshot(stream_id const& stream) {
  EVSRC_TRY(check_stream(stream));
  return state_->with_tables_try([&](auto& tables) -> result<void> {
    tables.remove_snapshot(stream);
    return {};
  });
}

result<std::vector<outbox_row>> event_store::read_outbox(outbox_read const& what) {
  return state_->with_tables([&](auto& tables) { return tables.outbox().read(what); });
}

result<std::vector<refused_row>> event_store::read_refused(outbox_read const& what) {
  return state_->with_tables([&](auto& tables) { return tables.outbox().read_refused(what); });
}

result<std::vector<outbox_row>> event_store::read_due(due_read const& what) {
  return state_->with_tables([&](auto& tables) { return tables.outbox().read_due(what); });
}

result<timestamp> event_store::next_due(timestamp after) {
  return state_->with_tables([&](auto& tables) { return tables.outbox().next_due(after); });
}

result<std::vector<outbox_backlog>> event_store::outbox(timestamp due_by) {
  return state_->with_tables([&](auto& tables) { return tables.outbox().backlog(due_by); });
}

result<bool> event_store::wait_for_rows(std::uint64_t& seen, std::chrono::milliseconds patience) {
  state::lock held{state_->mutex};
  auto const& outbox = state_->tables.outbox();
  state_->sent.wait_for(held, std::min(patience, long_time),
                        [&] { return state_->is_closed || outbox.last_sequence() != seen; });
  if (state_->is_closed) return fail(closed_error());
  return std::exchange(seen, outbox.last_sequence()) != outbox.last_sequence();
}

}  // namespace evsrc::memory::inline v0
