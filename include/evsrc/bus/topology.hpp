// SPDX-License-Identifier: Apache-2.0
// The port that entities are managed through.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "evsrc/bus/entity.hpp"
#include "evsrc/bus/rule.hpp"
#include "evsrc/core/result.hpp"

namespace evsrc::inline v0 {

/// Names are compared without the case of ASCII letters and kept as they were created. Creating
/// what exists is errc::already_exists, asking for what does not is errc::not_found; neither
/// changes anything. @threads every function may be called from any thread
class topology {
 public:
  topology() = default;
  topology(topology const&) = delete;
  topology& operator=(topology const&) = delete;
  virtual ~topology() = default;

  [[nodiscard]] virtual result<void> create_queue(std::string_view name,
                                                  queue_options const& with = {}) = 0;
  [[nodiscard]] virtual result<queue_options> describe_queue(std::string_view name) = 0;
  /// @errors invalid_argument: names a field that is fixed once created
  [[nodiscard]] virtual result<void> update_queue(std::string_view name,
                                                  queue_options const& with) = 0;
  [[nodiscard]] virtual result<void> create_topic(std::string_view name,
                                                  topic_options const& with = {}) = 0;
  [[nodiscard]] virtual result<topic_options> describe_topic(std::string_view name) = 0;
  [[nodiscard]] virtual result<void> update_topic(std::string_view name,
                                                  topic_options const& with) = 0;
  /// Starts with the rule `$Default`, which takes every message, unless others are given.
  [[nodiscard]] virtual result<void> create_subscription(
      std::string_view topic, std::string_view name, subscription_settings const& with = {},
      std::vector<rule> const& rules = {{default_rule_name}}) = 0;
  [[nodiscard]] virtual result<subscription_settings> describe_subscription(
      std::string_view topic, std::string_view name) = 0;
  [[nodiscard]] virtual result<void> update_subscription(std::string_view topic,
                                                         std::string_view name,
                                                         subscription_settings const& with) = 0;
  /// With all messages, subscriptions and rules in it. A path as parse_entity_path reads it, but
  /// not of a dead-letter queue.
  [[nodiscard]] virtual result<void> remove(std::string_view path) = 0;

  /// Names in byte order.
  [[nodiscard]] virtual result<std::vector<std::string>> queues() = 0;
  [[nodiscard]] virtual result<std::vector<std::string>> topics() = 0;
  [[nodiscard]] virtual result<std::vector<std::string>> subscriptions(std::string_view topic) = 0;

  [[nodiscard]] virtual result<void> add_rule(std::string_view topic, std::string_view subscription,
                                              rule const& what) = 0;
  [[nodiscard]] virtual result<void> remove_rule(std::string_view topic,
                                                 std::string_view subscription,
                                                 std::string_view rule_name) = 0;
  /// In the order in which they were added.
  [[nodiscard]] virtual result<std::vector<rule>> rules(std::string_view topic,
                                                        std::string_view subscription) = 0;

  /// Of a queue or subscription; of a topic: scheduled messages, and the sums of the rest.
  [[nodiscard]] virtual result<entity_counts> counts(std::string_view path) = 0;
};

}  // namespace evsrc::inline v0
