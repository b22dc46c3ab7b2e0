// SPDX-License-Identifier: Apache-2.0
// The messages of one queue, subscription or dead-letter queue, and what becomes of them. Not
// locked.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "evsrc/bus/entity.hpp"
#include "evsrc/bus/receiver.hpp"
#include "lock_table.hpp"
#include "session_table.hpp"

namespace evsrc::memory::inline v0::detail {

/// What queues and subscriptions are told alike.
struct delivery_rules {
  std::chrono::milliseconds lock_duration{};
  std::uint32_t max_delivery_count = 0;
  std::chrono::milliseconds default_time_to_live = no_time_to_live;
  bool dead_letter_on_expiration = false;
  bool requires_session = false;
};

/// Where receivers sleep. Shared with them, as a queue may be removed while they do.
struct arrivals {
  std::condition_variable changed;
  std::size_t waiting = 0;
  /// When one of them wakes by itself, because something is due: one is enough, as whatever becomes
  /// of it wakes the others.
  timestamp alarm = timestamp::max();
  bool lacks_watch = false;  ///< something is due for which none of those who sleep will wake

  void expect(timestamp when) {
    if (waiting == 0 || when >= alarm || lacks_watch) return;
    lacks_watch = true;
    changed.notify_one();
  }
};

/// A message that enters a queue as active.
struct incoming_message {
  message_content content;
  std::size_t bytes = 0;
  std::int64_t enqueued_sequence_number = 0;  ///< 0: its number in this queue
  timestamp enqueued_at{};
  timestamp expires_at = timestamp::max();
  std::uint32_t delivery_count = 0;
};

/// Deliveries whose messages are copied when the queue's lock was left.
class handed_out {
 public:
  [[nodiscard]] std::size_t size() const noexcept { return deliveries_.size(); }
  void reserve(std::size_t deliveries) { deliveries_.reserve(deliveries); }
  [[nodiscard]] delivery& add(message_content content);
  /// Copies, so it is called without the lock.
  [[nodiscard]] std::vector<delivery> finish(std::string const& entity) &&;

 private:
  std::vector<delivery> deliveries_;
  message_content first_;  ///< most receive one at a time
  std::vector<message_content> others_;
};

/// A settlement that was judged: it cannot fail any more.
struct judged_settlement {
  stored_message* what = nullptr;
  settlement const* how = nullptr;
  message_content changed{};  ///< null: as it was
};

/// Every call but the constant ones comes after `advance` with the same `now`.
class message_queue {
 public:
  /// `dead_letters` lives longer; null for a queue that is one.
  message_queue(std::string path, delivery_rules rules, random_source& random,
                message_queue* dead_letters);
  message_queue(message_queue const&) = delete;
  message_queue& operator=(message_queue const&) = delete;
  ~message_queue() { wake_all(); }
  void set_rules(delivery_rules const& rules) { rules_ = rules; }
  [[nodiscard]] delivery_rules const& rules() const noexcept { return rules_; }
  [[nodiscard]] std::string const& path() const noexcept { return path_; }

  /// Lets happen what happens by time alone: locks end, messages expire, scheduled ones get their
  /// turn. @cost constant where nothing is due
  void advance(timestamp now) {
    if (next_due() <= now) let_happen(now);
  }
  /// When `advance` will have something to do; timestamp::max() for never.
  [[nodiscard]] timestamp next_due() const noexcept {
    auto const of_locks = sessions_.next_end();
    return due_.empty() ? of_locks : std::min(of_locks, due_.begin()->first.first);
  }

  std::int64_t take_number() noexcept { return ++last_number_; }
  void add(std::int64_t number, incoming_message what);
  void add_scheduled(std::int64_t number, message_content content, std::size_t bytes);
  [[nodiscard]] result<void> cancel_scheduled(std::span<std::int64_t const> numbers);
  /// Of a topic, whose scheduled messages go elsewhere: the next that is due; null without one.
  [[nodiscard]] message_content take_scheduled(timestamp now, std::int64_t& number);

  /// `session` is null where there are none, here and below.
  void receive(receive_request const& how, receive_mode mode, session_record* session,
               timestamp now, handed_out& out);
  [[nodiscard]] result<void> receive_deferred(std::span<std::int64_t const> numbers,
                                              receive_mode mode, session_record const* session,
                                              timestamp now, handed_out& out);
  void peek(std::int64_t from, std::size_t max_messages, session_record const* session,
            handed_out& out) const;
  /// Of any session: see judged_settlement::what. @errors lock_lost; those of validate(settlement)
  [[nodiscard]] result<judged_settlement> judge(settlement const& how) const;
  void settle(judged_settlement judged);
  [[nodiscard]] result<timestamp> renew(lock_token lock, session_record const* session,
                                        timestamp now);

  [[nodiscard]] session_table& sessions() noexcept { return sessions_; }
  timestamp hold(session_record& which, std::uint64_t holder, timestamp now);
  /// Ends the locks of its messages, too. `is_counted`: as failed deliveries.
  void end_session(session_record& which, bool is_counted);

  [[nodiscard]] std::uint64_t count(message_state state) const noexcept {
    return counts_[static_cast<std::size_t>(state)];
  }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
  /// Adds what was lost as its user wanted it, since the queue was made.
  void add_losses(entity_counts& to) const noexcept {
    to.expired += expired_;
    to.received_and_deleted += received_and_deleted_;
  }
  [[nodiscard]] std::shared_ptr<arrivals> const& waiting() const noexcept { return waiting_; }
  /// For who waits here or for its dead letters.
  void expect(timestamp when) const {
    waiting_->expect(when);
    if (dead_letters_ != nullptr) dead_letters_->waiting_->expect(when);
  }
  void wake_all() const { waiting_->changed.notify_all(); }

 private:
  using message_map = std::map<std::int64_t, stored_message>;

  [[nodiscard]] delivery_order& order_of(stored_message& what) noexcept {
    return what.session == nullptr ? ready_ : what.session->ready;
  }
  void describe(stored_message const& what, delivery& out) const;
  void let_happen(timestamp now);
  void hand_out(stored_message& what, receive_mode mode, timestamp now, handed_out& out);
  [[nodiscard]] stored_message& make(std::int64_t number);
  void set_due(stored_message& what, timestamp when);
  void clear_due(stored_message& what);
  void set_state(stored_message& what, message_state state);
  void set_content(stored_message& what, message_content content);
  void fall_due(stored_message& what);
  void activate(stored_message& what);
  void expire(stored_message& what);
  void lock(stored_message& what, timestamp now);
  void unlock(stored_message& what);
  void give_back(stored_message& what, bool is_counted);
  void dead_letter(stored_message& what, std::string_view reason, std::string_view description);
  void remove(stored_message& what);
  void wake_for_one() const;

  std::string const path_;
  delivery_rules rules_;
  random_source& random_;
  message_queue* const dead_letters_;
  std::shared_ptr<arrivals> const waiting_ = std::make_shared<arrivals>();

  std::int64_t last_number_ = 0;
  message_map messages_;
  delivery_order ready_;  ///< where there are no sessions
  session_table sessions_;
  due_times due_;
  // Those that were used last: at a steady rate nothing is allocated for a place.
  due_times::node_type spare_due_;
  message_map::node_type spare_message_;
  lock_table locks_;
  std::uint64_t counts_[3] = {};  ///< by state
  std::uint64_t expired_ = 0;     ///< without a dead letter
  std::uint64_t received_and_deleted_ = 0;
  std::uint64_t bytes_ = 0;
};

/// A queue or subscription: what it could not get rid of stands beside it.
struct queue_pair {
  queue_pair(std::string const& path, delivery_rules const& rules, random_source& random);
  void set_rules(delivery_rules const& rules);
  void advance(timestamp now) {
    live.advance(now);
    dead_letters.advance(now);
  }
  [[nodiscard]] timestamp next_due() const noexcept {
    return std::min(live.next_due(), dead_letters.next_due());
  }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return dead_letters.bytes() + live.bytes(); }
  void add_counts(entity_counts& to) const;
  void wake_all() const;

  message_queue dead_letters;
  message_queue live;
};

}  // namespace evsrc::memory::inline v0::detail
