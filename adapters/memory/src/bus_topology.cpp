// SPDX-License-Identifier: Apache-2.0
// Creates, describes, changes and removes entities and rules.
#include "bus_topology.hpp"

#include <algorithm>

namespace evsrc::memory::inline v0::detail {
namespace {

tl::unexpected<error> missing(char const* kind, std::string_view name) {
  return fail(errc::not_found,
              std::string{"there is no "} + kind + " \"" + std::string{name} + "\"",
              "memory.topology");
}

tl::unexpected<error> taken(std::string_view name) {
  return fail(errc::already_exists, "\"" + std::string{name} + "\" exists already",
              "memory.topology");
}

result<void> check_fixed(char const* field, bool was, bool is) {
  if (was == is) return {};
  return invalid(field, "is fixed once created");
}

result<void> check_rule_count(std::size_t count) {
  if (count <= limits::rules_per_subscription) return {};
  return fail(errc::limit_exceeded, "rules: " + std::to_string(count) + ", at most " +
                                        std::to_string(limits::rules_per_subscription));
}

/// Takes the rules over once all of them are sound.
result<void> set_rules(subscription_entity& of, std::vector<rule> rules) {
  EVSRC_TRY(check_rule_count(rules.size()));
  auto compiled = rule_set::compile(rules);
  if (!compiled) return fail(std::move(compiled.error()));
  of.rules = std::move(rules);
  of.compiled = std::move(*compiled);
  return {};
}

}  // namespace

template <class Work>
auto bus_topology::with_entity(std::string_view name, Work work)
    -> decltype(work(std::declval<bus_entity&>())) {
  auto const entity = context_.entities.open(name);
  std::lock_guard const held{entity->mutex};
  EVSRC_TRY(context_.check_open());
  return work(*entity);
}

template <class Work>
auto bus_topology::with_subscription(std::string_view topic, std::string_view name, Work work)
    -> decltype(work(std::declval<bus_entity&>(), std::declval<subscription_entity&>())) {
  return with_entity(
      topic,
      [&](bus_entity& entity) -> decltype(work(entity, std::declval<subscription_entity&>())) {
        if (!entity.topic) return missing("topic", topic);
        auto const found = entity.topic->subscriptions.find(folded(name));
        if (found == entity.topic->subscriptions.end())
          return missing("subscription", subscription_path(topic, name));
        return work(entity, *found->second);
      });
}

// ---- queues

result<void> bus_topology::create_queue(std::string_view name, queue_options const& with) {
  EVSRC_TRY(validate_entity_name(name));
  EVSRC_TRY(validate(with));
  return with_entity(name, [&](bus_entity& entity) -> result<void> {
    if (entity.queue || entity.topic) return taken(entity.name);
    entity.name = name;
    entity.queue = std::make_unique<queue_entity>(entity.name, with, context_.random);
    return {};
  });
}

result<queue_options> bus_topology::describe_queue(std::string_view name) {
  return with_entity(name, [&](bus_entity& entity) -> result<queue_options> {
    if (!entity.queue) return missing("queue", name);
    return entity.queue->options;
  });
}

result<void> bus_topology::update_queue(std::string_view name, queue_options const& with) {
  EVSRC_TRY(validate(with));
  return with_entity(name, [&](bus_entity& entity) -> result<void> {
    if (!entity.queue) return missing("queue", name);
    auto const& was = entity.queue->options;
    EVSRC_TRY(check_fixed("requires_session", was.requires_session, with.requires_session));
    EVSRC_TRY(check_fixed("requires_duplicate_detection", was.requires_duplicate_detection,
                          with.requires_duplicate_detection));
    entity.queue->update(with);
    return {};
  });
}

// ---- topics

result<void> bus_topology::create_topic(std::string_view name, topic_options const& with) {
  EVSRC_TRY(validate_entity_name(name));
  EVSRC_TRY(validate(with));
  return with_entity(name, [&](bus_entity& entity) -> result<void> {
    if (entity.queue || entity.topic) return taken(entity.name);
    entity.name = name;
    entity.topic = std::make_unique<topic_entity>(entity.name, with, context_.random);
    return {};
  });
}

result<topic_options> bus_topology::describe_topic(std::string_view name) {
  return with_entity(name, [&](bus_entity& entity) -> result<topic_options> {
    if (!entity.topic) return missing("topic", name);
    return entity.topic->options;
  });
}

result<void> bus_topology::update_topic(std::string_view name, topic_options const& with) {
  EVSRC_TRY(validate(with));
  return with_entity(name, [&](bus_entity& entity) -> result<void> {
    if (!entity.topic) return missing("topic", name);
    EVSRC_TRY(check_fixed("requires_duplicate_detection",
                          entity.topic->options.requires_duplicate_detection,
                          with.requires_duplicate_detection));
    entity.topic->options = with;
    return {};
  });
}

// ---- subscriptions

result<void> bus_topology::create_subscription(std::string_view topic, std::string_view name,
                                               subscription_settings const& with,
                                               std::vector<rule> const& rules) {
  EVSRC_TRY(validate_subscription_name(name));
  EVSRC_TRY(validate(with));
  return with_entity(topic, [&](bus_entity& entity) -> result<void> {
    if (!entity.topic) return missing("topic", topic);
    auto& all = entity.topic->subscriptions;
    if (auto const found = all.find(folded(name)); found != all.end())
      return taken(subscription_path(entity.name, found->second->name));
    if (all.size() == limits::subscriptions_per_topic)
      return fail(errc::limit_exceeded, "subscriptions: \"" + entity.name + "\" has " +
                                            std::to_string(all.size()) + ", which is the most");
    auto made = std::make_unique<subscription_entity>(subscription_path(entity.name, name), with,
                                                      context_.random);
    EVSRC_TRY(set_rules(*made, rules));
    made->name = name;
    // What was due before is not for it.
    entity.advance_schedule(context_.time.now(), context_.random);
    all.emplace(folded(name), std::move(made));
    return {};
  });
}

result<subscription_settings> bus_topology::describe_subscription(std::string_view topic,
                                                                  std::string_view name) {
  return with_subscription(
      topic, name, [](bus_entity&, subscription_entity& found) -> result<subscription_settings> {
        return found.settings;
      });
}

result<void> bus_topology::update_subscription(std::string_view topic, std::string_view name,
                                               subscription_settings const& with) {
  EVSRC_TRY(validate(with));
  return with_subscription(
      topic, name, [&](bus_entity&, subscription_entity& found) -> result<void> {
        EVSRC_TRY(check_fixed("requires_session", found.settings.requires_session,
                              with.requires_session));
        found.update(with);
        return {};
      });
}

// ---- any

result<void> bus_topology::remove(std::string_view path) {
  auto const parsed = parse_entity_path(path);
  if (!parsed) return fail(parsed.error());
  if (parsed->is_dead_letter)
    return invalid("path", "a dead-letter queue goes with its entity alone");
  // Destroyed when the lock was left: there may be millions of messages.
  std::unique_ptr<queue_entity> old_queue;
  std::unique_ptr<topic_entity> old_topic;
  std::unique_ptr<subscription_entity> old_subscription;
  return with_entity(parsed->name, [&](bus_entity& entity) -> result<void> {
    if (parsed->subscription.empty()) {
      EVSRC_TRY(entity.check_exists(path));
      entity.wake_all();
      old_queue = std::move(entity.queue);
      old_topic = std::move(entity.topic);
      return {};
    }
    if (!entity.topic) return missing("topic", parsed->name);
    auto& all = entity.topic->subscriptions;
    auto const found = all.find(folded(parsed->subscription));
    if (found == all.end()) return missing("subscription", path);
    found->second->messages.wake_all();
    old_subscription = std::move(found->second);
    all.erase(found);
    return {};
  });
}

result<std::vector<std::string>> bus_topology::names(bool are_topics) {
  std::vector<std::string> found;
  for (auto const& entity : context_.entities.all()) {
    std::lock_guard const held{entity->mutex};
    EVSRC_TRY(context_.check_open());
    if (are_topics ? entity->topic != nullptr : entity->queue != nullptr)
      found.push_back(entity->name);
  }
  std::sort(found.begin(), found.end());
  return found;
}

result<std::vector<std::string>> bus_topology::queues() { return names(false); }
result<std::vector<std::string>> bus_topology::topics() { return names(true); }

result<std::vector<std::string>> bus_topology::subscriptions(std::string_view topic) {
  return with_entity(topic, [&](bus_entity& entity) -> result<std::vector<std::string>> {
    if (!entity.topic) return missing("topic", topic);
    std::vector<std::string> found;
    for (auto const& each : entity.topic->subscriptions) found.push_back(each.second->name);
    std::sort(found.begin(), found.end());
    return found;
  });
}

result<void> bus_topology::add_rule(std::string_view topic, std::string_view subscription,
                                    rule const& what) {
  return with_subscription(topic, subscription,
                           [&](bus_entity&, subscription_entity& found) -> result<void> {
                             auto rules = found.rules;
                             rules.push_back(what);
                             return set_rules(found, std::move(rules));
                           });
}

result<void> bus_topology::remove_rule(std::string_view topic, std::string_view subscription,
                                       std::string_view rule_name) {
  return with_subscription(
      topic, subscription, [&](bus_entity&, subscription_entity& found) -> result<void> {
        auto rules = found.rules;
        auto const at = std::find_if(rules.begin(), rules.end(), [&](rule const& each) {
          return folded(each.name) == folded(rule_name);
        });
        if (at == rules.end()) return missing("rule", rule_name);
        rules.erase(at);
        return set_rules(found, std::move(rules));
      });
}

result<std::vector<rule>> bus_topology::rules(std::string_view topic,
                                              std::string_view subscription) {
  return with_subscription(
      topic, subscription,
      [](bus_entity&, subscription_entity& found) -> result<std::vector<rule>> {
        return found.rules;
      });
}

result<entity_counts> bus_topology::counts(std::string_view path) {
  auto const parsed = parse_entity_path(path);
  if (!parsed) return fail(parsed.error());
  if (parsed->is_dead_letter)
    return invalid("path", "the counts of a dead-letter queue are among those of its entity");
  return with_entity(parsed->name, [&](bus_entity& entity) -> result<entity_counts> {
    EVSRC_TRY(entity.check_exists(path));
    entity.advance(context_.time.now(), context_.random);
    entity_counts found;
    if (parsed->subscription.empty()) {
      entity.add_counts(found);
      return found;
    }
    if (!entity.topic) return missing("topic", parsed->name);
    auto const& all = entity.topic->subscriptions;
    auto const at = all.find(folded(parsed->subscription));
    if (at == all.end()) return missing("subscription", path);
    at->second->messages.add_counts(found);
    return found;
  });
}

}  // namespace evsrc::memory::inline v0::detail
