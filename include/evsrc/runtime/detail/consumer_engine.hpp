// SPDX-License-Identifier: Apache-2.0
// What the threads of one consumer share: its settings, records, counts, and whether it may go on.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>

#include "evsrc/bus/message_bus.hpp"
#include "evsrc/runtime/circuit_breaker.hpp"
#include "evsrc/runtime/consumer_explanation.hpp"
#include "evsrc/runtime/detail/inbox.hpp"
#include "evsrc/runtime/detail/key_ledger.hpp"
#include "evsrc/runtime/detail/lock_keeper.hpp"
#include "evsrc/runtime/router.hpp"

namespace evsrc::inline v0::detail {

/// What the bus says of the entity.
struct entity_facts {
  std::chrono::milliseconds lock_duration{};
  std::uint32_t max_delivery_count = 0;
  std::chrono::milliseconds time_to_live = no_time_to_live;
  bool has_sessions = false;
  std::string send_path{};  ///< where copies go: the queue, or the topic of a subscription
  bool is_subscription = false;
};
[[nodiscard]] result<entity_facts> find_facts(message_bus& bus, std::string_view entity);

/// Text of at most that many bytes, cut before a character of UTF-8.
[[nodiscard]] std::string cut_text(std::string text, std::size_t max_bytes);

/// @threads any thread may call
class consumer_engine {
 public:
  consumer_engine(event_store& store, idempotency_store& keys, message_bus& bus, router& way,
                  consumer_options options);

  /// Checks options and entity (G16, G17, G19), once it has succeeded only once.
  [[nodiscard]] result<void> start();

  // What a worker needs.
  event_store& store;
  idempotency_store& known_keys;
  message_bus& bus;
  router& way;
  consumer_options const options;
  clock& time;
  random_source& random;
  detail::inbox inbox;
  key_ledger ledger;
  lock_keeper locks;
  entity_facts facts{};
  /// Settlements ride on the store's commits.
  bool is_one_place = false;

  void count(std::uint64_t consumer_counts::*what, std::uint64_t by = 1);
  void count_dead_letter(std::string const& reason);
  void add_in_hand(std::ptrdiff_t by);
  [[nodiscard]] std::size_t in_hand() const;

  /// A message came to a good end.
  void note_success();
  /// A handler failed with what may pass, or the store or bus did not answer.
  void note_failure(error const& why);
  /// Nothing can be done without a person: poll answers this until resume().
  void stop_for(error why);
  void resume();
  [[nodiscard]] std::optional<error> stopped() const;
  /// False while it pauses.
  [[nodiscard]] bool may_take();
  /// After failures in a row: no handler is called, of what is in hand neither.
  [[nodiscard]] bool is_paused();
  /// Removes some expired keys, now and then.
  void clean_up();
  void set_standing(consumer_standing now);
  void set_draining(bool value);
  /// The time to drain is over: workers give back what they have in hand. Until it drains no more.
  void give_back();
  [[nodiscard]] bool is_giving_back() const;
  [[nodiscard]] bool is_draining() const;
  [[nodiscard]] consumer_explanation explain();

 private:
  [[nodiscard]] result<void> check();
  [[nodiscard]] result<void> check_failures_to();

  mutable std::mutex mutex_;
  bool is_started_ = false;
  bool is_draining_ = false;
  bool is_giving_back_ = false;
  std::optional<error> stopped_;
  circuit_breaker circuit_;  // open: it pauses
  clock::steady_time clean_up_at_{};
  consumer_explanation told_;
};

}  // namespace evsrc::inline v0::detail
