// SPDX-License-Identifier: Apache-2.0
// Management of the entities of a bus in memory.
#pragma once

#include "bus_context.hpp"
#include "evsrc/bus/topology.hpp"

namespace evsrc::memory::inline v0::detail {

class bus_topology final : public topology {
 public:
  explicit bus_topology(bus_context& context) : context_(context) {}

  [[nodiscard]] result<void> create_queue(std::string_view name,
                                          queue_options const& with) override;
  [[nodiscard]] result<queue_options> describe_queue(std::string_view name) override;
  [[nodiscard]] result<void> update_queue(std::string_view name,
                                          queue_options const& with) override;
  [[nodiscard]] result<void> create_topic(std::string_view name,
                                          topic_options const& with) override;
  [[nodiscard]] result<topic_options> describe_topic(std::string_view name) override;
  [[nodiscard]] result<void> update_topic(std::string_view name,
                                          topic_options const& with) override;
  [[nodiscard]] result<void> create_subscription(std::string_view topic, std::string_view name,
                                                 subscription_settings const& with,
                                                 std::vector<rule> const& rules) override;
  [[nodiscard]] result<subscription_settings> describe_subscription(std::string_view topic,
                                                                    std::string_view name) override;
  [[nodiscard]] result<void> update_subscription(std::string_view topic, std::string_view name,
                                                 subscription_settings const& with) override;
  [[nodiscard]] result<void> remove(std::string_view path) override;
  [[nodiscard]] result<std::vector<std::string>> queues() override;
  [[nodiscard]] result<std::vector<std::string>> topics() override;
  [[nodiscard]] result<std::vector<std::string>> subscriptions(std::string_view topic) override;
  [[nodiscard]] result<void> add_rule(std::string_view topic, std::string_view subscription,
                                      rule const& what) override;
  [[nodiscard]] result<void> remove_rule(std::string_view topic, std::string_view subscription,
                                         std::string_view rule_name) override;
  [[nodiscard]] result<std::vector<rule>> rules(std::string_view topic,
                                                std::string_view subscription) override;
  [[nodiscard]] result<entity_counts> counts(std::string_view path) override;

 private:
  /// Runs `work(entity)` under the lock of the entity of that name, there or not.
  template <class Work>
  auto with_entity(std::string_view name, Work work) -> decltype(work(std::declval<bus_entity&>()));
  template <class Work>
  auto with_subscription(std::string_view topic, std::string_view name, Work work)
      -> decltype(work(std::declval<bus_entity&>(), std::declval<subscription_entity&>()));
  [[nodiscard]] result<std::vector<std::string>> names(bool are_topics);

  bus_context& context_;
};

}  // namespace evsrc::memory::inline v0::detail
