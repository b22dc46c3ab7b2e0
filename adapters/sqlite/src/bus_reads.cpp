// SPDX-License-Identifier: Apache-2.0
// What is read of the bus without changing it.
#include <algorithm>

#include "bus_tables.hpp"
#include "encoding.hpp"

namespace evsrc::sqlite::inline v0::detail {

result<bus_tables::view> bus_tables::view::open(bus_tables& of) {
  EVSRC_TRY(of.get_ready(false));
  EVSRC_TRY(of.sql_[begin_view].run());
  of.forget();
  return view{of};
}

bus_tables::view::~view() {
  if (of_ == nullptr) return;
  // A view that only read has nothing that could fail to be written.
  if (!of_->sql_[end_view].run()) of_->file_.end_reading();
}

result<std::vector<std::string>> bus_tables::list(entity_kind kind, std::string_view topic) {
  bus_entity const* of = nullptr;
  if (kind == entity_kind::subscription) {
    auto const found = find(topic, entity_kind::topic);
    if (!found) return fail(found.error());
    of = *found;
  }
  EVSRC_TRY(get_ready(false));
  EVSRC_TRY(learn_topology());
  std::vector<std::string> names;
  for (auto const& [path, entity] : entities_) {
    if (entity->kind != kind || entity->topic != of) continue;
    auto const skipped = of == nullptr ? 0 : subscription_path(of->path, "").size();
    names.push_back(entity->path.substr(skipped));
  }
  std::sort(names.begin(), names.end());
  return names;
}

result<entity_counts> bus_tables::counts(std::string_view path) {
  auto const found = find(path);
  if (!found) return fail(found.error());
  if (found->is_dead_letter)
    return invalid("path", "the counts of a dead-letter queue are among those of its entity");
  auto& of = *found->entity;
  EVSRC_TRY(load_numbers(of));
  entity_counts sums;
  sums.size_bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(of.numbers.bytes, 0));
  auto parts = of.subscriptions;
  parts.push_back(&of);
  for (auto* const part : parts) {
    EVSRC_TRY(load_numbers(*part));
    sums.expired += static_cast<std::uint64_t>(part->numbers.expired);
    sums.received_and_deleted += static_cast<std::uint64_t>(part->numbers.received_and_deleted);
    for (bool const is_dead_letter : {false, true}) {
      queue_ref const queue{part, is_dead_letter};
      auto& count = sql_[count_standing];
      statement::rewind const again{count};
      auto const row = count.integer(1, queue.lane()).integer(2, queue.end()).next();
      if (!row) return fail(row.error());
      if (is_dead_letter) {
        sums.dead_letter += count.number_at(0) + count.number_at(1);
      } else {
        sums.active += count.number_at(0);
        sums.deferred += count.number_at(1);
        sums.scheduled += count.number_at(2);
      }
    }
  }
  return sums;
}

result<std::vector<delivery>> bus_tables::peek(pull const& what, std::int64_t from, timestamp now) {
  auto const found = find(what.entity);
  if (!found) return fail(found.error());
  if (found->entity->kind == entity_kind::topic)
    return fail(errc::not_found, "entity: " + std::string{what.entity} +
                                     " is a topic: it is no queue or subscription");
  if (what.session != nullptr) EVSRC_TRY(check_held(*what.session, now));
  auto const first = place_of(found->number(), std::clamp<std::int64_t>(from, 0, number_max));
  auto& walk = sql_[what.session != nullptr ? peek_lane : peek_queue];
  statement::rewind const again{walk};
  if (what.session != nullptr) {
    walk.integer(1, what.session->lane).integer(2, first);
  } else {
    walk.integer(1, first).integer(2, found->end());
  }
  walk.integer(3, std::uint64_t{what.max_messages});
  std::vector<delivery> seen;
  std::size_t bytes = 0;
  while (seen.size() != what.max_messages && bytes < limits::page_bytes) {
    auto const more = walk.next();
    if (!more) return fail(more.error());
    if (!*more) break;
    auto made = read_delivery(walk);
    if (!made) return fail(made.error());
    made->entity = std::string{what.entity};
    auto& stands = sql_[find_standing];
    statement::rewind const back{stands};
    auto const known = stands.integer(1, walk.integer_at(1)).integer(2, walk.integer_at(0)).next();
    if (!known) return fail(known.error());
    if (!*known) continue;
    made->state = static_cast<message_state>(stands.integer_at(0));
    made->delivery_count = static_cast<std::uint32_t>(stands.integer_at(1));
    if (!stands.is_null_at(2)) made->expires_at = as_timestamp(stands.integer_at(2));
    bytes += made->message.body.size();
    seen.push_back(std::move(*made));
  }
  return seen;
}

result<std::vector<std::string>> bus_tables::sessions(std::string_view entity,
                                                      std::string_view after,
                                                      std::size_t max_sessions) {
  auto const found = find(entity);
  if (!found) return fail(found.error());
  if (!found->has_sessions()) return invalid("entity", std::string{entity} + " has no sessions");
  auto& walk = sql_[bus_sql::list_sessions];
  statement::rewind const again{walk};
  walk.integer(1, found->number()).text(2, after).integer(3, std::uint64_t{max_sessions});
  std::vector<std::string> names;
  for (;;) {
    auto const more = walk.next();
    if (!more) return fail(more.error());
    if (!*more) return names;
    names.emplace_back(walk.bytes_at(0));
  }
}

result<std::optional<std::string>> bus_tables::session_state(session_lock const& held,
                                                             timestamp now) {
  EVSRC_TRY(get_ready(false));
  EVSRC_TRY(check_held(held, now));
  auto& find = sql_[find_state];
  statement::rewind const again{find};
  auto const known = find.integer(1, held.lane).next();
  if (!known) return fail(known.error());
  if (!*known) return std::optional<std::string>{};
  return std::optional{std::string{find.bytes_at(0)}};
}

result<bus_tables::outlook> bus_tables::look_out(std::int64_t first_lane, std::int64_t last_lane) {
  EVSRC_TRY(get_ready(false));
  EVSRC_TRY(learn_topology());
  outlook seen;
  auto& look = sql_[look_for_ready];
  statement::rewind const again{look};
  auto const row = look.integer(1, first_lane).integer(2, last_lane).next();
  if (!row) return fail(row.error());
  seen.has_messages = *row;
  auto* const entity = entity_at(first_lane);
  if (entity == nullptr) {
    seen.has_messages = true;  // it was removed: that is an answer, too
    return seen;
  }
  auto const due = next_change({entity, queue_of(first_lane) % 2 != 0});
  if (!due) return fail(due.error());
  seen.next_due = as_timestamp(*due);
  return seen;
}

/// When time alone will change something that receivers of this queue see, or earlier.
result<std::int64_t> bus_tables::next_change(queue_ref of) {
  auto& entity = *of.entity;
  EVSRC_TRY(load_numbers(entity));
  auto earliest = std::min(entity.numbers.unlock_at[0], entity.numbers.unlock_at[1]);
  for (auto const which : {next_scheduled, next_expiry}) {
    auto time = read_time(which);
    if (!time) return time;
    earliest = std::min(earliest, *time);
  }
  if (entity.settings.requires_session) {
    auto& end = sql_[next_session_end];
    statement::rewind const again{end};
    auto const row = end.integer(1, queue_ref{&entity}.number()).next();
    if (!row) return fail(row.error());
    if (*row) earliest = std::min(earliest, end.integer_at(0));
  }
  return earliest;
}

result<bool> bus_tables::is_behind(queue_ref of, timestamp now) {
  auto const next = next_change(of);
  if (!next) return fail(next.error());
  return *next <= as_integer(now);
}

}  // namespace evsrc::sqlite::inline v0::detail
