// SPDX-License-Identifier: Apache-2.0
// An entity as a connection remembers it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bus_row.hpp"
#include "evsrc/bus/entity.hpp"
#include "evsrc/bus/rule_set.hpp"

namespace evsrc::sqlite::inline v0::detail {

enum class entity_kind : std::uint8_t { queue, topic, subscription };

/// What changes with the messages of an entity; of two queues [0] is its own, [1] the dead
/// letters'.
struct bus_numbers {
  std::int64_t last_sequence[2] = {};
  std::int64_t last_session = 0;
  std::int64_t bytes = 0;
  std::int64_t unlock_at[2] = {never, never};  ///< no lock ends before it
  std::int64_t expired = 0;                    ///< without a dead letter
  std::int64_t received_and_deleted = 0;
  std::uint64_t known_since = 0;  ///< the generation of the cache in which it was read; 0: not yet
  bool is_changed = false;        ///< and not yet written
};

struct bus_entity {
  std::int64_t id = 0;
  entity_kind kind = entity_kind::queue;
  std::string path;
  queue_options settings;  ///< those that its kind has
  bool dead_letters_filter_errors = false;
  bus_entity* topic = nullptr;             ///< of a subscription
  std::vector<bus_entity*> subscriptions;  ///< of a topic
  std::optional<rule_set> rules;           ///< compiled when they are first needed
  bool takes_everything = false;           ///< its only rule is true and changes nothing
  std::int64_t copies_max = 0;             ///< of one message, by its rules
  bus_numbers numbers;

  [[nodiscard]] topic_options topic_settings() const {
    return {settings.default_time_to_live,
            settings.requires_duplicate_detection,
            settings.duplicate_detection_window,
            settings.max_message_bytes,
            settings.max_size_bytes,
            settings.status};
  }
  /// A subscription's copies live no longer than its topic says.
  [[nodiscard]] std::chrono::milliseconds time_to_live() const noexcept {
    if (topic == nullptr) return settings.default_time_to_live;
    return std::min(settings.default_time_to_live, topic->settings.default_time_to_live);
  }
  [[nodiscard]] bool takes_sends() const noexcept {
    return settings.status == entity_status::active ||
           settings.status == entity_status::receive_disabled;
  }
  [[nodiscard]] bool gives_out() const noexcept {
    return settings.status == entity_status::active ||
           settings.status == entity_status::send_disabled;
  }
};

/// One of the two queues of an entity.
struct queue_ref {
  bus_entity* entity = nullptr;
  bool is_dead_letter = false;

  [[nodiscard]] std::int64_t number() const noexcept {
    return entity->id * 2 + (is_dead_letter ? 1 : 0);
  }
  /// The lane of no session.
  [[nodiscard]] std::int64_t lane() const noexcept { return place_of(number(), 0); }
  [[nodiscard]] std::int64_t end() const noexcept { return place_of(number() + 1, 0); }
  [[nodiscard]] bool has_sessions() const noexcept {
    return !is_dead_letter && entity->settings.requires_session;
  }
  [[nodiscard]] std::int64_t& last_sequence() const noexcept {
    return entity->numbers.last_sequence[is_dead_letter ? 1 : 0];
  }
  [[nodiscard]] std::int64_t& unlock_at() const noexcept {
    return entity->numbers.unlock_at[is_dead_letter ? 1 : 0];
  }
};

/// The narrow row of a message: it moves between the tables of what is ready, locked and deferred.
struct standing {
  std::int64_t lane = 0;
  std::int64_t place = 0;
  std::int64_t deliveries = 0;  ///< that failed
  std::int64_t bytes = 0;
  std::int64_t expires_at = never;
  bool is_deferred = false;
};

/// A message on its way into a queue.
struct incoming {
  std::string_view head;
  std::string_view body;
  std::string_view session{};  ///< used where the queue has sessions
  std::string_view source{};
  std::int64_t bytes = 0;
  std::int64_t enqueued_at = 0;
  std::int64_t expires_at = never;
  std::int64_t deliveries = 0;
  std::int64_t first_sequence = 0;  ///< 0: its number in this queue
};

}  // namespace evsrc::sqlite::inline v0::detail
