// SPDX-License-Identifier: Apache-2.0
// Entities and rules: made, changed, removed.
#include <algorithm>
#include <array>

#include "bus_rules.hpp"
#include "bus_tables.hpp"

namespace evsrc::sqlite::inline v0::detail {
namespace {

constexpr char const* origin = "sqlite.bus";

tl::unexpected<error> already_there(std::string_view what, std::string_view name) {
  return fail(errc::already_exists, std::string{what} + ": " + std::string{name} + " exists",
              origin);
}
tl::unexpected<error> not_there(std::string_view what, std::string_view name) {
  return fail(errc::not_found, std::string{what} + ": there is no " + std::string{name}, origin);
}

/// Rows of removed entities, by the first and the one behind the last of their lanes and places.
constexpr std::array<char const*, 8> removals{
    "DELETE FROM evsrc_bus_messages WHERE place IN"
    " (SELECT place FROM evsrc_bus_messages WHERE place >= ? AND place < ? LIMIT ?)",
    "DELETE FROM evsrc_bus_ready WHERE (lane, place) IN"
    " (SELECT lane, place FROM evsrc_bus_ready WHERE lane >= ? AND lane < ? LIMIT ?)",
    "DELETE FROM evsrc_bus_locked WHERE (lane, place) IN"
    " (SELECT lane, place FROM evsrc_bus_locked WHERE lane >= ? AND lane < ? LIMIT ?)",
    "DELETE FROM evsrc_bus_deferred WHERE (lane, place) IN"
    " (SELECT lane, place FROM evsrc_bus_deferred WHERE lane >= ? AND lane < ? LIMIT ?)",
    "DELETE FROM evsrc_bus_scheduled WHERE place IN"
    " (SELECT place FROM evsrc_bus_scheduled WHERE place >= ? AND place < ? LIMIT ?)",
    "DELETE FROM evsrc_bus_sessions WHERE lane IN"
    " (SELECT lane FROM evsrc_bus_sessions WHERE lane >= ? AND lane < ? LIMIT ?)",
    "DELETE FROM evsrc_bus_session_states WHERE lane IN"
    " (SELECT lane FROM evsrc_bus_session_states WHERE lane >= ? AND lane < ? LIMIT ?)",
    // by the entity's number alone
    "DELETE FROM evsrc_bus_ids WHERE (entity, id) IN"
    " (SELECT entity, id FROM evsrc_bus_ids WHERE entity >= ? AND entity < ? LIMIT ?)",
};

std::int64_t flags_of(bus_tables::new_entity const& what) noexcept {
  return (what.settings.dead_letter_on_expiration ? 1 : 0) |
         (what.settings.requires_session ? 2 : 0) |
         (what.settings.requires_duplicate_detection ? 4 : 0) |
         (what.dead_letters_filter_errors ? 8 : 0);
}

}  // namespace

// What is remembered of entities is read again when it is next needed.
result<void> bus_tables::raise_version() {
  EVSRC_TRY(flush());
  EVSRC_TRY(file_.run("UPDATE evsrc_bus_topology SET version = version + 1"));
  version_ = -1;
  is_checked_ = false;
  return {};
}

result<void> bus_tables::write_entity(new_entity const& what, std::int64_t id, std::int64_t topic) {
  auto put = file_.prepare(
      "INSERT OR REPLACE INTO evsrc_bus_entities VALUES"
      " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  if (!put) return fail(put.error());
  auto const& with = what.settings;
  auto const folded_path = folded(what.path);
  put->integer(1, id).integer(2, static_cast<std::int64_t>(what.kind)).integer(3, topic);
  put->text(4, folded_path).text(5, what.path);
  put->integer(6, static_cast<std::int64_t>(with.status)).integer(7, flags_of(what));
  put->integer(8, std::int64_t{with.lock_duration.count()});
  put->integer(9, std::int64_t{with.max_delivery_count});
  if (with.default_time_to_live == no_time_to_live) {
    put->null(10);
  } else {
    put->integer(10, std::int64_t{with.default_time_to_live.count()});
  }
  put->integer(11, std::int64_t{with.duplicate_detection_window.count()});
  put->integer(12, std::uint64_t{with.max_message_bytes}).integer(13, with.max_size_bytes);
  return put->run();
}

result<bool> bus_tables::create(new_entity const& what, timestamp now) {
  EVSRC_TRY(get_ready(true));
  EVSRC_TRY(learn_topology());
  // What was due before is not for a new subscription.
  if (auto activated = activate(now); !activated || !*activated) return activated;
  std::int64_t topic = 0;
  if (what.kind == entity_kind::subscription) {
    auto const of = find(what.topic, entity_kind::topic);
    if (!of) return fail(of.error());
    topic = (*of)->id;
    if ((*of)->subscriptions.size() >= limits::subscriptions_per_topic)
      return fail(errc::limit_exceeded, "topic: " + (*of)->path + " has " +
                                            std::to_string(limits::subscriptions_per_topic) +
                                            " subscriptions, the most there can be");
  }
  if (entities_.find(folded(what.path)) != entities_.end()) return already_there("name", what.path);
  auto last = file_.read_integer("SELECT last_entity FROM evsrc_bus_topology");
  if (!last) return fail(last.error());
  if (*last >= entity_max)
    return fail(errc::limit_exceeded, "the file has given out its last entity number", origin);
  auto const id = *last + 1;
  EVSRC_TRY(file_.run("UPDATE evsrc_bus_topology SET last_entity = last_entity + 1"));
  EVSRC_TRY(write_entity(what, id, topic));
  for (std::int64_t number = 1; auto const& each : what.rules)
    EVSRC_TRY(write_rule(id, number++, each));
  EVSRC_TRY(raise_version());
  return true;
}

result<void> bus_tables::update(new_entity const& what) {
  EVSRC_TRY(get_ready(true));
  auto const found = find(what.path, what.kind);
  if (!found) return fail(found.error());
  auto const& is = **found;
  if (is.settings.requires_session != what.settings.requires_session)
    return invalid("requires_session", "fixed once created");
  if (is.settings.requires_duplicate_detection != what.settings.requires_duplicate_detection)
    return invalid("requires_duplicate_detection", "fixed once created");
  auto changed = what;
  auto const path = is.path;
  changed.path = path;
  // Who sleeps may find it disabled now, or enabled.
  note_news(queue_ref{*found}.lane());
  note_news(queue_ref{*found, true}.lane());
  EVSRC_TRY(write_entity(changed, is.id, is.topic == nullptr ? 0 : is.topic->id));
  return raise_version();
}

result<void> bus_tables::remove(std::string_view path) {
  EVSRC_TRY(get_ready(true));
  auto const found = find(path);
  if (!found) return fail(found.error());
  if (found->is_dead_letter)
    return invalid("path", std::string{path} + " goes with the entity that it is of");
  auto& of = *found->entity;
  EVSRC_TRY(load_numbers(of));
  if (of.topic != nullptr) EVSRC_TRY(add_bytes(*of.topic, -of.numbers.bytes));
  auto gone = of.subscriptions;
  gone.push_back(&of);
  EVSRC_TRY(flush());
  for (auto* const each : gone) {
    note_news(queue_ref{each}.lane());
    note_news(queue_ref{each, true}.lane());
    for (char const* const sql : {"DELETE FROM evsrc_bus_entities WHERE id = ?",
                                  "DELETE FROM evsrc_bus_rules WHERE subscription = ?",
                                  "DELETE FROM evsrc_bus_numbers WHERE entity = ?",
                                  "INSERT INTO evsrc_bus_removed VALUES (?)"}) {
      auto prepared = file_.prepare(sql);
      if (!prepared) return fail(prepared.error());
      EVSRC_TRY(prepared->integer(1, each->id).run());
    }
  }
  return raise_version();
}

result<bool> bus_tables::clear_removed(std::size_t max_rows) {
  EVSRC_TRY(get_ready(true));
  std::int64_t entity = 0;
  {
    auto& next = sql_[next_removed];
    statement::rewind const again{next};
    auto const row = next.next();
    if (!row) return fail(row.error());
    if (!*row) return true;
    entity = next.integer_at(0);
  }
  auto left = static_cast<std::int64_t>(max_rows);
  for (auto const* const sql : removals) {
    auto prepared = file_.prepare(std::string{sql} + " RETURNING 1");
    if (!prepared) return fail(prepared.error());
    bool const is_by_entity = sql == removals.back();
    prepared->integer(1, is_by_entity ? entity : place_of(2 * entity, 0));
    prepared->integer(2, is_by_entity ? entity + 1 : place_of(2 * entity + 2, 0));
    prepared->integer(3, left);
    for (;;) {
      auto const more = prepared->next();
      if (!more) return fail(more.error());
      if (!*more) break;
      --left;
    }
    if (left <= 0) return false;
  }
  auto done = file_.prepare("DELETE FROM evsrc_bus_removed WHERE entity = ?");
  if (!done) return fail(done.error());
  EVSRC_TRY(done->integer(1, entity).run());
  return false;  // there may be another one
}

// ---- rules

result<void> bus_tables::write_rule(std::int64_t subscription, std::int64_t number,
                                    rule const& what) {
  auto put = file_.prepare("INSERT INTO evsrc_bus_rules VALUES (?, ?, ?, ?, ?, ?)");
  if (!put) return fail(put.error());
  auto const filter = encode_filter(what.filter);
  put->integer(1, subscription).integer(2, number).text(3, what.name);
  put->integer(4, static_cast<std::int64_t>(what.filter.index())).blob(5, filter);
  return put->text(6, what.action).run();
}

result<void> bus_tables::add_rule(std::string_view subscription, rule const& what) {
  EVSRC_TRY(get_ready(true));
  auto const found = find(subscription, entity_kind::subscription);
  if (!found) return fail(found.error());
  auto const known = rules(subscription);
  if (!known) return fail(known.error());
  if (known->size() >= limits::rules_per_subscription)
    return fail(errc::limit_exceeded, "rules: " + std::to_string(limits::rules_per_subscription) +
                                          " are there, the most");
  bool const is_there = std::any_of(known->begin(), known->end(), [&](rule const& each) {
    return folded(each.name) == folded(what.name);
  });
  if (is_there) return already_there("rule.name", what.name);
  auto last = file_.prepare("SELECT max(number) FROM evsrc_bus_rules WHERE subscription = ?");
  if (!last) return fail(last.error());
  auto const row = last->integer(1, (*found)->id).next();
  if (!row) return fail(row.error());
  auto const number = last->integer_at(0) + 1;
  last->reset();
  EVSRC_TRY(write_rule((*found)->id, number, what));
  return raise_version();
}

result<void> bus_tables::remove_rule(std::string_view subscription, std::string_view name) {
  EVSRC_TRY(get_ready(true));
  auto const found = find(subscription, entity_kind::subscription);
  if (!found) return fail(found.error());
  auto& list = sql_[list_rules];
  std::int64_t number = 0;
  {
    statement::rewind const again{list};
    list.integer(1, (*found)->id);
    while (number == 0) {
      auto const more = list.next();
      if (!more) return fail(more.error());
      if (!*more) break;
      if (folded(list.bytes_at(0)) == folded(name)) number = list.integer_at(4);
    }
  }
  if (number == 0) return not_there("rule_name", name);
  auto removed = file_.prepare("DELETE FROM evsrc_bus_rules WHERE subscription = ? AND number = ?");
  if (!removed) return fail(removed.error());
  EVSRC_TRY(removed->integer(1, (*found)->id).integer(2, number).run());
  return raise_version();
}

result<std::vector<rule>> bus_tables::rules(std::string_view subscription) {
  auto const found = find(subscription, entity_kind::subscription);
  if (!found) return fail(found.error());
  return read_rules((*found)->id);
}

result<std::vector<rule>> bus_tables::read_rules(std::int64_t subscription) {
  std::vector<rule> known;
  auto& list = sql_[list_rules];
  statement::rewind const again{list};
  list.integer(1, subscription);
  for (;;) {
    auto const more = list.next();
    if (!more) return fail(more.error());
    if (!*more) return known;
    auto filter = decode_filter(list.integer_at(1), list.bytes_at(2));
    if (!filter) return fail(std::move(filter.error()));
    known.push_back(
        {std::string{list.bytes_at(0)}, std::move(*filter), std::string{list.bytes_at(3)}});
  }
}

result<void> bus_tables::compile_rules(bus_entity& subscription) {
  if (subscription.rules) return {};
  auto const known = read_rules(subscription.id);
  if (!known) return fail(known.error());
  auto compiled = rule_set::compile(*known);
  if (!compiled)
    return fail(errc::corrupt, "a rule of " + subscription.path +
                                   " does not compile: " + compiled.error().message);
  subscription.rules = std::move(*compiled);
  // One for each action, one unchanged, and a dead letter where a rule fails.
  subscription.copies_max = static_cast<std::int64_t>(known->size()) + 2;
  subscription.takes_everything = known->size() == 1 &&
                                  std::holds_alternative<true_filter>(known->front().filter) &&
                                  known->front().action.empty();
  return {};
}

}  // namespace evsrc::sqlite::inline v0::detail
