// SPDX-License-Identifier: Apache-2.0
// A queue, or a topic with its subscriptions: everything under one mutex.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "duplicate_window.hpp"
#include "evsrc/bus/rule_set.hpp"
#include "message_queue.hpp"

namespace evsrc::memory::inline v0::detail {

struct subscription_entity {
  subscription_entity(std::string const& path, subscription_settings const& with,
                      random_source& random);
  void update(subscription_settings const& with);

  std::string name;
  subscription_settings settings;
  std::vector<rule> rules{};
  rule_set compiled{};
  queue_pair messages;
};

struct queue_entity {
  queue_entity(std::string const& path, queue_options const& with, random_source& random);
  void update(queue_options const& with);

  queue_options options;
  duplicate_window seen{};
  queue_pair messages;
};

struct topic_entity {
  topic_entity(std::string const& path, topic_options const& with, random_source& random);
  /// Who waits at a subscription waits for what is scheduled here, too.
  void expect(timestamp when) const;

  topic_options options;
  duplicate_window seen{};
  message_queue scheduled;
  /// By the name without the case of letters.
  std::map<std::string, std::unique_ptr<subscription_entity>, std::less<>> subscriptions{};
};

struct bus_context;

/// A message that is about to be sent: with an id, and counted.
struct sent_message {
  message_content content;
  std::size_t bytes = 0;
};
/// Copies what is sent where it may take its time: outside the locks.
[[nodiscard]] sent_message prepare(message const& what, bus_context& context);

/// One subscription's copy of a message.
struct routed_copy {
  subscription_entity* to = nullptr;
  message_content content;
  std::size_t bytes = 0;
  std::string dead_letter_reason{};  ///< empty: to be delivered
  std::string dead_letter_description{};
};

/// Messages in order; once all are judged, sending them cannot fail any more.
struct send_plan {
  struct entry {
    sent_message sent;
    bool is_duplicate = false;
    std::vector<routed_copy> copies{};  ///< of a topic's message that is not scheduled
  };
  std::vector<entry> entries{};
  std::size_t judged = 0;
  std::uint64_t bytes = 0;                     ///< of those that were judged
  std::unordered_set<std::string_view> ids{};  ///< where duplicates are detected
};

/// What a receiver was opened on.
struct receive_source {
  message_queue* queue = nullptr;
  entity_status status = entity_status::active;
  queue_pair const* pair = nullptr;
  topic_entity const* topic = nullptr;  ///< of a subscription

  /// When time alone may bring a message.
  [[nodiscard]] timestamp next_due() const noexcept;
};

/// At most one of queue and topic is there; none: it does not exist. All of it under the mutex, but
/// for `exists`.
struct bus_entity {
  std::mutex mutex;
  std::string name;  ///< as it was created
  std::unique_ptr<queue_entity> queue{};
  std::unique_ptr<topic_entity> topic{};

  [[nodiscard]] bool exists();
  /// @errors not_found, by that name
  [[nodiscard]] result<void> check_exists(std::string_view asked) const;
  /// Everything in it: queues, subscriptions, schedules.
  void advance(timestamp now, random_source& random);
  /// Only what is scheduled, which comes before what is sent now.
  void advance_schedule(timestamp now, random_source& random);
  /// Advances what it finds. @errors not_found
  [[nodiscard]] result<void> find(entity_path const& path, timestamp now, random_source& random,
                                  receive_source& found);

  /// @errors not_found; entity_disabled
  [[nodiscard]] result<void> check_sending(std::string_view asked) const;
  [[nodiscard]] result<void> check(message const& what) const;
  [[nodiscard]] result<void> check_batch(std::span<message const> batch) const;
  /// Judges the next entry, which was checked. @errors quota_exceeded
  [[nodiscard]] result<void> judge(send_plan& plan, timestamp now, random_source& random);
  /// `numbers` may be null.
  void send(send_plan& what, timestamp now, std::vector<std::int64_t>* numbers);

  void add_counts(entity_counts& to) const;
  void wake_all() const;

 private:
  [[nodiscard]] std::uint64_t bytes() const;
};

}  // namespace evsrc::memory::inline v0::detail
