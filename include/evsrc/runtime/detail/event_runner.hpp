// SPDX-License-Identifier: Apache-2.0
// The engine of subscriptions and projections: owner, batches, checkpoints, failures, waiting.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <span>
#include <stop_token>

#include "evsrc/core/clock.hpp"
#include "evsrc/core/limits.hpp"
#include "evsrc/runtime/detail/event_feed.hpp"
#include "evsrc/runtime/detail/progress_journal.hpp"
#include "evsrc/runtime/failure_policy.hpp"

namespace evsrc::inline v0::detail {

/// "host/123": who runs here, where the caller gave no name.
[[nodiscard]] std::string default_holder();

struct runner_settings {
  std::string name;              ///< of owner, checkpoint and journal
  std::string journal_category;  ///< begins with "evsrc."
  subscription_scope scope{};
  bool is_durable = true;  ///< false: no owner, no checkpoint, starts from the beginning
  std::size_t batch_events = 500;
  std::size_t catch_up_events = 0;  ///< of a batch behind one that was full, if that is more
  failure_policy on_failure = failure_policy::stop;
  std::uint32_t attempts = 5;
  std::chrono::milliseconds patience{};
  std::chrono::milliseconds heartbeat{};
  std::string holder{};
  evsrc::clock* clock = nullptr;
  random_source* random = nullptr;
};

/// A batch on its way into the target.
struct event_batch {
  static constexpr std::size_t nobody = static_cast<std::size_t>(-1);

  std::span<event_view const* const> events{};
  commit with{};                ///< owner, checkpoint and records: what must agree with the events
  bool has_effects = true;      ///< false: the effects are in already, only the model is moved
  std::size_t blamed = nobody;  ///< set by the target: the index of the event that failed
  /// Set by the target: the index of the first event that it did not ask about effects, as `with`
  /// holds enough. Nothing is written then.
  std::size_t full_at = nobody;
};

/// Where the events go. A durable target commits `batch.with` and all that the events lead to, or
/// nothing; one in memory keeps what stands before the blamed event.
class batch_target {
 public:
  batch_target() = default;
  batch_target(batch_target const&) = delete;
  batch_target& operator=(batch_target const&) = delete;
  virtual ~batch_target() = default;

  [[nodiscard]] virtual result<receipt> process(event_batch& batch) = 0;
};

/// @threads every function may be called from any thread
class event_runner {
 public:
  using step_function = unique_function<result<std::size_t>()>;

  event_runner(event_store& store, runner_settings settings, batch_target& target);
  ~event_runner();

  /// One page: events read and settled, 0 where there is nothing to do or another runner owns.
  /// With a `ceiling` events beyond it are left alone.
  [[nodiscard]] result<std::size_t> poll(cursor const* ceiling = nullptr);
  /// Steps until told to stop, or until it is stopped by a failure.
  [[nodiscard]] result<void> run(std::stop_token const& stop, step_function step);
  /// Steps if nobody runs.
  [[nodiscard]] result<void> wait(cursor where, std::chrono::milliseconds deadline,
                                  step_function step);
  void resume();
  [[nodiscard]] result<std::size_t> redrive(stream_id const& stream);
  [[nodiscard]] explanation explain();

  [[nodiscard]] std::string name() const;
  [[nodiscard]] cursor processed() const;
  [[nodiscard]] bool is_stopped() const;
  /// Of its ownership, which a commit proves; 0: none, or one in memory.
  [[nodiscard]] std::uint64_t epoch();
  /// True where the last poll with this ceiling, or without one, left nothing.
  [[nodiscard]] bool is_level() const;
  /// The claim that this runner still owns; none for one in memory.
  [[nodiscard]] std::vector<owner_claim> claims();
  /// Gets an owner without work: takes over if that is due. @return false: another runner is, and
  /// this one waits
  [[nodiscard]] result<bool> own();
  /// Answers as if the store had failed a step.
  [[nodiscard]] result<std::size_t> refuse(error why);
  /// Gives the ownership back, so that the next runner need not wait out its patience.
  void release();
  /// Continues as `other`, which is left without a place.
  void adopt(event_runner& other);
  /// Forgets its place and continues under another name.
  void rename(std::string name);

 private:
  using steady_time = clock::steady_time;
  /// Guarded by `work_`.
  struct place {
    std::string name;
    std::uint64_t epoch = 0;  // 0: not the owner
    bool is_loaded = false;
    cursor at{};     // processed
    cursor saved{};  // the checkpoint as the store has it
    journal_state journal;
    steady_time last_commit{};
  };
  struct view {
    std::string name;
    explanation told;
    bool is_level = false;
  };

  [[nodiscard]] result<std::size_t> step(cursor const* ceiling);
  [[nodiscard]] result<bool> ensure_owner();
  [[nodiscard]] result<bool> take_over(std::uint64_t epoch);
  [[nodiscard]] result<void> load();
  [[nodiscard]] result<std::size_t> process_page(std::size_t max_events, cursor const* ceiling);
  [[nodiscard]] result<event_page> read_up_to(std::size_t max_events, cursor const* ceiling);
  [[nodiscard]] result<std::size_t> process_front(event_page const& page, event_batch& whole);
  [[nodiscard]] result<std::size_t> pass_over(event_page const& page);
  [[nodiscard]] result<std::size_t> settle_failure(event_page const& page, std::size_t index,
                                                   error why);
  [[nodiscard]] result<std::size_t> give_up_on(event_view const& event, error why);
  [[nodiscard]] bool has_parked_enough() const;
  [[nodiscard]] result<std::size_t> set_aside(failed_event const& event);
  [[nodiscard]] result<receipt> write_once(event_batch& batch);
  [[nodiscard]] result<std::size_t> redrive_page(stream_id const& stream, held_stream& held,
                                                 std::size_t max_events);
  [[nodiscard]] result<std::size_t> redrive_failed(event_view const& event, held_stream& held,
                                                   error why);
  [[nodiscard]] commit claim_commit(cursor const* to) const;
  [[nodiscard]] bool is_held(event_view const& event) const;
  [[nodiscard]] progress_journal journal() const;
  [[nodiscard]] result<std::size_t> note(result<std::size_t> outcome);
  void advanced(cursor to, bool is_committed);
  void publish(standing now);
  void publish_journal();
  void lose_owner();
  [[nodiscard]] std::string who_moves_it() const;
  void idle(std::stop_token const& stop, bool has_failed);

  event_store* store_;
  runner_settings settings_;
  batch_target* target_;
  event_feed feed_;

  std::mutex work_;  // held by whoever steps
  place here_;
  owner_state seen_owner_{};
  std::optional<steady_time> seen_since_;
  std::vector<event_view const*> selected_;
  std::optional<event_id> retried_;
  std::uint32_t attempts_ = 0;
  bool event_failed_ = false;  // in this step, and it is ...
  bool retry_event_ = false;   // ... to be tried again
  bool level_ = false;
  bool is_behind_ = false;                  // the last page was full
  std::size_t fits_ = limits::page_events;  // events whose effects one commit holds, as far as seen
  std::chrono::milliseconds backoff_{};

  mutable std::mutex shown_;
  std::condition_variable_any moved_;
  view view_;
  std::size_t running_ = 0;
};

}  // namespace evsrc::inline v0::detail
