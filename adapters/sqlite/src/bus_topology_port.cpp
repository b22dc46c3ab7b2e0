// SPDX-License-Identifier: Apache-2.0
// Managing entities: checks, then a step; what is asked is read from a view.
#include "bus_ends.hpp"

namespace evsrc::sqlite::inline v0::detail {
namespace {

constexpr std::size_t rows_per_clearing = 1'000;

queue_options as_queue(topic_options const& with) {
  queue_options made;
  made.default_time_to_live = with.default_time_to_live;
  made.requires_duplicate_detection = with.requires_duplicate_detection;
  made.duplicate_detection_window = with.duplicate_detection_window;
  made.max_message_bytes = with.max_message_bytes;
  made.max_size_bytes = with.max_size_bytes;
  made.status = with.status;
  return made;
}
queue_options as_queue(subscription_settings const& with) {
  queue_options made;
  made.lock_duration = with.lock_duration;
  made.max_delivery_count = with.max_delivery_count;
  made.default_time_to_live = with.default_time_to_live;
  made.dead_letter_on_expiration = with.dead_letter_on_expiration;
  made.requires_session = with.requires_session;
  made.status = with.status;
  return made;
}

}  // namespace

// ---- queues and topics

result<void> topology_port::create_queue(std::string_view name, queue_options const& with) {
  EVSRC_TRY(validate_entity_name(name));
  EVSRC_TRY(validate(with));
  return bus_.write_after_due(0, [&](bus_tables& tables, timestamp now) {
    return tables.create({.kind = entity_kind::queue, .path = name, .settings = with}, now);
  });
}

result<void> topology_port::update_queue(std::string_view name, queue_options const& with) {
  EVSRC_TRY(validate(with));
  return bus_.write<void>(true, 0, [&](bus_tables& tables, timestamp) {
    return tables.update({.kind = entity_kind::queue, .path = name, .settings = with});
  });
}

result<void> topology_port::create_topic(std::string_view name, topic_options const& with) {
  EVSRC_TRY(validate_entity_name(name));
  EVSRC_TRY(validate(with));
  return bus_.write_after_due(0, [&](bus_tables& tables, timestamp now) {
    return tables.create({.kind = entity_kind::topic, .path = name, .settings = as_queue(with)},
                         now);
  });
}

result<void> topology_port::update_topic(std::string_view name, topic_options const& with) {
  EVSRC_TRY(validate(with));
  return bus_.write<void>(true, 0, [&](bus_tables& tables, timestamp) {
    return tables.update({.kind = entity_kind::topic, .path = name, .settings = as_queue(with)});
  });
}

result<queue_options> topology_port::describe(std::string_view path, entity_kind kind,
                                              bool* dead_letters_filter_errors) {
  return bus_.read<queue_options>([&](bus_tables& tables) -> result<queue_options> {
    auto const found = tables.find(path, kind);
    if (!found) return fail(found.error());
    if (dead_letters_filter_errors != nullptr)
      *dead_letters_filter_errors = (*found)->dead_letters_filter_errors;
    return (*found)->settings;
  });
}

result<queue_options> topology_port::describe_queue(std::string_view name) {
  return describe(name, entity_kind::queue);
}

result<topic_options> topology_port::describe_topic(std::string_view name) {
  auto const all = describe(name, entity_kind::topic);
  if (!all) return fail(all.error());
  topic_options told;
  told.default_time_to_live = all->default_time_to_live;
  told.requires_duplicate_detection = all->requires_duplicate_detection;
  told.duplicate_detection_window = all->duplicate_detection_window;
  told.max_message_bytes = all->max_message_bytes;
  told.max_size_bytes = all->max_size_bytes;
  told.status = all->status;
  return told;
}

// ---- subscriptions

result<void> topology_port::create_subscription(std::string_view topic, std::string_view name,
                                                subscription_settings const& with,
                                                std::vector<rule> const& rules) {
  EVSRC_TRY(validate_subscription_name(name));
  EVSRC_TRY(validate(with));
  if (rules.size() > limits::rules_per_subscription)
    return fail(errc::limit_exceeded, "rules: " + std::to_string(rules.size()) + ", at most " +
                                          std::to_string(limits::rules_per_subscription));
  if (auto const compiled = rule_set::compile(rules); !compiled) return fail(compiled.error());
  return bus_.write_after_due(0, [&](bus_tables& tables, timestamp now) -> result<bool> {
    // As the topic was created, whatever letters the caller uses.
    auto const of = tables.find(topic, entity_kind::topic);
    if (!of) return fail(of.error());
    auto const parent = (*of)->path;
    auto const path = subscription_path(parent, name);
    bus_tables::new_entity what;
    what.kind = entity_kind::subscription;
    what.path = path;
    what.topic = parent;
    what.settings = as_queue(with);
    what.dead_letters_filter_errors = with.dead_letter_on_filter_error;
    what.rules = rules;
    return tables.create(what, now);
  });
}

result<void> topology_port::update_subscription(std::string_view topic, std::string_view name,
                                                subscription_settings const& with) {
  EVSRC_TRY(validate(with));
  auto const path = subscription_path(topic, name);
  return bus_.write<void>(true, 0, [&](bus_tables& tables, timestamp) {
    bus_tables::new_entity what;
    what.kind = entity_kind::subscription;
    what.path = path;
    what.settings = as_queue(with);
    what.dead_letters_filter_errors = with.dead_letter_on_filter_error;
    return tables.update(what);
  });
}

result<subscription_settings> topology_port::describe_subscription(std::string_view topic,
                                                                   std::string_view name) {
  subscription_settings told;
  auto const all = describe(subscription_path(topic, name), entity_kind::subscription,
                            &told.dead_letter_on_filter_error);
  if (!all) return fail(all.error());
  told.lock_duration = all->lock_duration;
  told.max_delivery_count = all->max_delivery_count;
  told.default_time_to_live = all->default_time_to_live;
  told.dead_letter_on_expiration = all->dead_letter_on_expiration;
  told.requires_session = all->requires_session;
  told.status = all->status;
  return told;
}

// ---- any

// The entity is gone with the first step; its messages follow in steps that others come between.
result<void> topology_port::remove(std::string_view path) {
  if (auto const parsed = parse_entity_path(path); !parsed) return fail(parsed.error());
  EVSRC_TRY(bus_.write<void>(true, 0,
                             [&](bus_tables& tables, timestamp) { return tables.remove(path); }));
  for (bool is_clear = false; !is_clear;) {
    auto const went = bus_.write<bool>(false, 0, [&](bus_tables& tables, timestamp) {
      return tables.clear_removed(rows_per_clearing);
    });
    // What is left is cleared away with the next entity that is removed.
    if (!went) break;
    is_clear = *went;
  }
  return {};
}

result<std::vector<std::string>> topology_port::list(entity_kind kind, std::string_view topic) {
  return bus_.read<std::vector<std::string>>(
      [&](bus_tables& tables) { return tables.list(kind, topic); });
}
result<std::vector<std::string>> topology_port::queues() { return list(entity_kind::queue, {}); }
result<std::vector<std::string>> topology_port::topics() { return list(entity_kind::topic, {}); }
result<std::vector<std::string>> topology_port::subscriptions(std::string_view topic) {
  return list(entity_kind::subscription, topic);
}

result<void> topology_port::add_rule(std::string_view topic, std::string_view subscription,
                                     rule const& what) {
  EVSRC_TRY(validate(what));
  auto const path = subscription_path(topic, subscription);
  return bus_.write<void>(
      true, 0, [&](bus_tables& tables, timestamp) { return tables.add_rule(path, what); });
}

result<void> topology_port::remove_rule(std::string_view topic, std::string_view subscription,
                                        std::string_view rule_name) {
  auto const path = subscription_path(topic, subscription);
  return bus_.write<void>(
      true, 0, [&](bus_tables& tables, timestamp) { return tables.remove_rule(path, rule_name); });
}

result<std::vector<rule>> topology_port::rules(std::string_view topic,
                                               std::string_view subscription) {
  auto const path = subscription_path(topic, subscription);
  return bus_.read<std::vector<rule>>([&](bus_tables& tables) { return tables.rules(path); });
}

result<entity_counts> topology_port::counts(std::string_view path) {
  EVSRC_TRY(bus_.catch_up(path));
  return bus_.read<entity_counts>([&](bus_tables& tables) { return tables.counts(path); });
}

}  // namespace evsrc::sqlite::inline v0::detail
