// SPDX-License-Identifier: Apache-2.0
// One thread's part of a consumer: takes messages, handles them in waves, commits, settles.
#pragma once

#include <list>
#include <optional>

#include "evsrc/runtime/detail/consumer_engine.hpp"

namespace evsrc::inline v0::detail {

struct consumer_session;

/// A message in hand.
struct consumer_job {
  enum class stage : std::uint8_t {
    fresh,       // to be looked at
    committing,  // `whole` is to be committed
    settling,    // the broker is to be told `how`
    gone,        // settled, or another's
  };
  enum class end : std::uint8_t { done, dead_letter, deferred, held, delayed, repeated };

  delivery received;
  message_identity identity;
  consumer_session* session = nullptr;
  std::optional<lock_keeper::handle> lock{};  // of the message; a session has its own

  clock::steady_time due{};
  std::optional<clock::steady_time> conflicting_since{};
  std::uint32_t immediate = 0;  // attempts that failed in this delivery
  std::uint32_t conflicts = 0;
  std::uint32_t known_keys = 0;  // commits that a key of the handler's own made duplicates
  stage at = stage::fresh;
  bool from_ledger = false;  // a held one: no broker has it
  bool look_up = false;
  std::string entry_key{};                     // in the inbox, of what was committed last
  std::optional<final_disposition> verdict{};  // to be recorded instead of a call
  bool is_final = false;                       // recorded; only the broker does not know
  bool is_finished = false;

  commit whole{};
  std::optional<joint_commit> joint{};
  joint_states* common = nullptr;  // while it is handled together with others
  bool is_alone = false;           // is not handled with others
  end becomes = end::done;
  std::string reason{};  // of the dead letter that it becomes
  bool changes_ledger = false;
  bool rides = false;  // the settlement is in the commit
  settlement how{};
  std::optional<message> copy{};             // sent when it is settled
  bool carries = false;                      // the copy is that of the key's front
  std::optional<outgoing_message> report{};  // of a dead letter; sent when it is settled
  std::optional<result<receipt>> committed{};
};

struct consumer_session {
  std::unique_ptr<session_receiver> receiver;
  lock_keeper::handle lock;
  std::string key;
  std::optional<key_state> state{};  // none: to be read
  bool wrote_state = false;          // since it was read
  std::unique_ptr<consumer_job> current{};
  std::list<std::unique_ptr<consumer_job>> behind{};  // taken with it; in order
  std::unique_ptr<consumer_job> replayed{};           // a held message, before `current` may go on
};

/// Not locked: one thread at a time.
class consumer_worker {
 public:
  consumer_worker(consumer_engine& shared, std::size_t sessions, std::size_t max_in_flight,
                  std::stop_token stop = {});
  ~consumer_worker();

  /// Takes what fits and handles it. @return messages that came to their end
  /// @errors of the bus and the store; nothing is lost, the next step goes on
  [[nodiscard]] result<std::size_t> step(std::chrono::milliseconds wait);
  /// Gives everything back.
  void release();
  [[nodiscard]] bool is_empty() const noexcept { return jobs_.empty() && sessions_.empty(); }
  /// The earliest moment at which a message in hand is due, where nothing is before.
  [[nodiscard]] std::optional<clock::steady_time> next_due() const;

 private:
  using job = consumer_job;

  // taking: consumer_take.cpp
  [[nodiscard]] result<void> take(std::chrono::milliseconds wait);
  [[nodiscard]] result<void> take_messages(std::chrono::milliseconds wait);
  [[nodiscard]] result<void> take_sessions(std::chrono::milliseconds wait);
  [[nodiscard]] result<void> take_next_of(consumer_session& session);
  [[nodiscard]] std::unique_ptr<job> make_job(delivery received);
  [[nodiscard]] bool is_for_others(delivery const& received) const;
  /// What the broker gave up of keys in order is poison, too: it blocks its key (G16).
  [[nodiscard]] result<void> watch_dead_letters();
  [[nodiscard]] result<void> note_dead_letter(delivery const& one);
  void close_session(std::list<consumer_session>::iterator which);
  void drop_lost();

  // a wave: consumer_worker.cpp
  [[nodiscard]] std::size_t wave(bool& moved);
  /// No further handler is called: what was handled is committed, the rest given back.
  [[nodiscard]] bool is_stopping() const;
  [[nodiscard]] std::vector<job*> ready();
  [[nodiscard]] job* ready_of(consumer_session& session);
  [[nodiscard]] held_message const* next_of_ledger(key_state const& state,
                                                   message_identity const& current) const;
  void commit_all(std::vector<job*> const& jobs);
  std::size_t settle_all(std::vector<job*> const& jobs);
  [[nodiscard]] std::size_t end_wave(std::vector<job*> const& jobs);
  [[nodiscard]] result<void> settle_with_copy(job& one);
  [[nodiscard]] result<void> send_with(job& one);
  void settled(job& one, result<void> const& outcome);
  void unsettled(job& one, error const& why);
  void remove_gone();
  void trouble(job& one, error const& why);

  // several in one commit: consumer_together.cpp
  [[nodiscard]] std::size_t wave_together(bool& moved);
  [[nodiscard]] std::vector<job*> joinable();
  [[nodiscard]] bool may_join(job const& one) const;
  [[nodiscard]] bool commit_together(std::vector<job*> const& jobs);
  [[nodiscard]] bool plan_with_others(job& one, joint_states& common);
  static void part(job& one);

  // what becomes of one message: consumer_plan.cpp
  void prepare(job& one);
  [[nodiscard]] result<void> plan(job& one);
  [[nodiscard]] bool is_too_old(job const& one) const;
  [[nodiscard]] bool is_too_late(job const& one) const;
  [[nodiscard]] result<void> end_too_old(job& one);
  [[nodiscard]] result<bool> ended_before(job& one);
  [[nodiscard]] std::optional<final_disposition> ended_by_key(job const& one) const;
  [[nodiscard]] bool is_doubtful(job const& one, final_disposition const& last) const;
  [[nodiscard]] result<bool> waits_for_key(job& one);
  [[nodiscard]] result<void> call(job& one);
  [[nodiscard]] result<void> accept(job& one, handling const& answer);
  [[nodiscard]] result<void> end_as_recorded(job& one, final_disposition const& how);
  [[nodiscard]] result<void> give_up(job& one, std::string reason, std::string description,
                                     bool keep_effects = false);
  [[nodiscard]] result<void> failed(job& one, error const& why);
  [[nodiscard]] result<void> delay(job& one, std::optional<std::chrono::milliseconds> asked,
                                   std::string const& why);
  [[nodiscard]] result<void> delay_by_ledger(job& one, std::uint32_t attempts,
                                             std::chrono::milliseconds pause);
  [[nodiscard]] result<void> defer_it(job& one);
  [[nodiscard]] result<void> hold(job& one);
  [[nodiscard]] result<void> end_with(job& one, final_disposition const& how);
  void tell_broker(job& one);

  // what others are told of failures: consumer_report.cpp
  [[nodiscard]] result<outgoing_message> report_of(delivery const& failed_one,
                                                   message_identity const& identity,
                                                   std::uint32_t immediate,
                                                   final_disposition const& how) const;
  [[nodiscard]] result<void> report(job& one, std::string const& reason,
                                    std::string const& description);
  [[nodiscard]] result<void> keep_report(job& one, error const& why);
  [[nodiscard]] result<void> report_with(delivery const& one, message_identity const& identity,
                                         final_disposition const& how, commit& both);

  // what follows from a commit: consumer_judge.cpp
  void judge(job& one);
  [[nodiscard]] result<void> judge_error(job& one, error const& why);
  [[nodiscard]] result<void> meet_conflict(job& one, error const& why);
  void judge_duplicate(job& one);
  [[nodiscard]] result<std::optional<idempotency_record>> find_entry(job const& one) const;
  [[nodiscard]] result<void> meet_reused_key(job& one, error const& why);
  [[nodiscard]] result<void> give_up_uncarried(job& one, error const& why);
  [[nodiscard]] result<void> end_as_reused(job& one);
  [[nodiscard]] result<bool> has_known_key(job const& one) const;
  void note_end(job& one);
  static void reset(job& one);
  static void record_end(job& one, idempotency_entry entry);
  [[nodiscard]] bool keeps_order(job const& one) const noexcept;
  [[nodiscard]] bool is_lost(job const& one) const;

  consumer_engine& shared_;
  std::stop_token const stop_;
  std::size_t const sessions_max_;
  std::size_t const jobs_max_;
  std::unique_ptr<receiver> receiver_;
  std::unique_ptr<receiver> dead_letters_;  // only peeked
  std::int64_t next_dead_letter_ = 0;
  std::list<std::unique_ptr<job>> jobs_;  // of an entity without sessions
  std::list<consumer_session> sessions_;
  unique_function<result<void>()> keep_alive_;
  std::optional<error> last_trouble_;
};

}  // namespace evsrc::inline v0::detail
