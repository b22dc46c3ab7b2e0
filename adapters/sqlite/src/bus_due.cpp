// SPDX-License-Identifier: Apache-2.0
// What happens to messages by time alone, done when somebody comes by: locks end, messages expire,
// scheduled ones get their turn; and the moves that this needs.
#include <algorithm>

#include "bus_tables.hpp"
#include "encoding.hpp"
#include "evsrc/bus/message_lifecycle.hpp"
#include "evsrc/bus/message_limits.hpp"

namespace evsrc::sqlite::inline v0::detail {
namespace {

constexpr char const* origin = "sqlite.bus";
constexpr std::size_t moves_per_call = 256;

std::int64_t time_at(statement const& row, int column) {
  return row.is_null_at(column) ? never : row.integer_at(column);
}
void put_time(statement& into, int parameter, std::int64_t time) {
  if (time == never) {
    into.null(parameter);
  } else {
    into.integer(parameter, time);
  }
}

}  // namespace

result<bool> bus_tables::catch_up(std::string_view entity, timestamp now) {
  auto const found = find_for_writing(entity);
  if (!found) return fail(found.error());
  return catch_up(*found, now);
}

result<bool> bus_tables::catch_up(queue_ref of, timestamp now) {
  bool is_done = true;
  for (bool const is_dead_letter : {false, true}) {
    queue_ref const each{of.entity, is_dead_letter};
    if (each.has_sessions()) {
      auto ended = end_sessions(each, now);
      if (!ended) return ended;
      is_done = is_done && *ended;
    }
    auto unlocked = unlock(each, now);
    if (!unlocked) return unlocked;
    is_done = is_done && *unlocked;
  }
  auto activated = activate(now);
  if (!activated) return activated;
  auto expired = expire_due(now);
  if (!expired) return expired;
  return is_done && *activated && *expired;
}

result<bool> bus_tables::unlock(queue_ref of, timestamp now) {
  EVSRC_TRY(load_numbers(*of.entity));
  if (of.unlock_at() > as_integer(now)) return true;
  std::vector<standing> ended;
  auto earliest = never;
  {
    auto& walk = sql_[walk_locked];
    statement::rewind const again{walk};
    walk.integer(1, of.lane());
    while (ended.size() != moves_per_call) {
      auto const more = walk.next();
      if (!more) return fail(more.error());
      if (!*more) break;
      auto const until = walk.integer_at(5);
      if (until > as_integer(now)) {
        earliest = std::min(earliest, until);
        continue;
      }
      ended.push_back({of.lane(), walk.integer_at(0), walk.integer_at(1), walk.integer_at(2),
                       time_at(walk, 3), walk.integer_at(4) != 0});
    }
  }
  for (auto const& row : ended) EVSRC_TRY(give_back(of, row, true, now));
  bool const is_done = ended.size() != moves_per_call;
  if (!is_done) return false;
  of.unlock_at() = earliest;
  change(*of.entity);
  return true;
}

result<bool> bus_tables::end_sessions(queue_ref of, timestamp now) {
  std::vector<std::int64_t> lanes;
  {
    auto& walk = sql_[walk_ended_sessions];
    statement::rewind const again{walk};
    walk.integer(1, of.number()).integer(2, as_integer(now));
    walk.integer(3, std::uint64_t{moves_per_call});
    for (;;) {
      auto const more = walk.next();
      if (!more) return fail(more.error());
      if (!*more) break;
      lanes.push_back(walk.integer_at(0));
    }
  }
  for (auto const lane : lanes) EVSRC_TRY(end_session(of, lane, true, now));
  return lanes.size() != moves_per_call;
}

result<bool> bus_tables::activate(timestamp now) {
  if (next_due_ > as_integer(now)) return true;
  struct due_row {
    std::int64_t place;
    std::int64_t lane;
    std::int64_t bytes;
    std::int64_t due;
  };
  std::vector<due_row> rows;
  {
    auto& walk = sql_[walk_scheduled];
    statement::rewind const again{walk};
    walk.integer(1, as_integer(now)).integer(2, std::uint64_t{moves_per_call});
    for (;;) {
      auto const more = walk.next();
      if (!more) return fail(more.error());
      if (!*more) break;
      rows.push_back(
          {walk.integer_at(0), walk.integer_at(1), walk.integer_at(2), walk.integer_at(3)});
    }
  }
  EVSRC_TRY(learn_topology());
  for (auto const& row : rows) {
    EVSRC_TRY(sql_[delete_scheduled].integer(1, row.place).run());
    // The rest of a removed entity is cleared away in its own time.
    auto* const entity = entity_at(row.place);
    if (entity == nullptr) continue;
    EVSRC_TRY(activate_one({entity}, row.place, row.lane, row.bytes, row.due));
  }
  if (rows.size() == moves_per_call) return false;
  auto const next = read_time(next_scheduled);
  if (!next) return fail(next.error());
  next_due_ = *next;
  return true;
}

// As in Service Bus it gets a new number, so that its place is that of its turn; the number that it
// was scheduled under stays with it.
result<void> bus_tables::activate_one(queue_ref in, std::int64_t place, std::int64_t lane,
                                      std::int64_t bytes, std::int64_t due) {
  message what;
  {
    auto& find = sql_[find_message];
    statement::rewind const again{find};
    auto const known = find.integer(1, place).next();
    if (!known) return fail(known.error());
    if (!*known) return fail(errc::corrupt, "evsrc_bus_messages lacks a scheduled one", origin);
    EVSRC_TRY(decode_head(find.bytes_at(5), what));
    if (in.entity->kind == entity_kind::topic) what.body = std::string{find.bytes_at(6)};
  }
  if (in.entity->kind == entity_kind::topic) {
    EVSRC_TRY(remove_message(*in.entity, place, bytes));
    std::string head;
    encode_head(what, head);
    incoming sent;
    sent.head = head;
    sent.body = what.body;
    sent.session = what.session_id;
    sent.bytes = bytes;
    sent.enqueued_at = due;
    sent.first_sequence = number_of(place);
    return fan_out(*in.entity, what, sent);
  }
  auto const moved = next_place(in);
  if (!moved) return fail(moved.error());
  EVSRC_TRY(sql_[move_message].integer(1, *moved).integer(2, due).integer(3, place).run());
  if (number_of(lane) != 0) {
    auto const same = lane_for(in, what.session_id, *moved, true);
    if (!same) return fail(same.error());
  }
  auto const expires = expiry_time(as_timestamp(due), what.time_to_live, in.entity->time_to_live());
  return put_ready({lane, *moved, 0, bytes, as_integer(expires)});
}

result<bool> bus_tables::expire_due(timestamp now) {
  if (next_expiry_ > as_integer(now)) return true;
  std::vector<standing> rows;
  {
    auto& walk = sql_[walk_expired];
    statement::rewind const again{walk};
    walk.integer(1, as_integer(now)).integer(2, std::uint64_t{moves_per_call});
    for (;;) {
      auto const more = walk.next();
      if (!more) return fail(more.error());
      if (!*more) break;
      rows.push_back({walk.integer_at(0), walk.integer_at(1), walk.integer_at(2),
                      walk.integer_at(3), walk.integer_at(4)});
    }
  }
  for (auto const& row : rows) {
    auto* const entity = entity_at(row.place);
    if (entity == nullptr) {
      EVSRC_TRY(run_at(delete_ready, row.lane, row.place));
    } else {
      EVSRC_TRY(expire({entity, queue_of(row.place) % 2 != 0}, row));
    }
  }
  if (rows.size() == moves_per_call) return false;
  auto const next = read_time(next_expiry);
  if (!next) return fail(next.error());
  next_expiry_ = *next;
  return true;
}

// ---- moves

result<void> bus_tables::run_at(bus_sql which, std::int64_t lane, std::int64_t place) {
  return sql_[which].integer(1, lane).integer(2, place).run();
}

result<void> bus_tables::put_ready(standing const& what) {
  auto& insert = sql_[insert_ready];
  insert.integer(1, what.lane).integer(2, what.place).integer(3, what.deliveries);
  insert.integer(4, what.bytes);
  put_time(insert, 5, what.expires_at);
  if (next_expiry_ != 0) next_expiry_ = std::min(next_expiry_, what.expires_at);
  note_news(what.lane);
  return insert.run();
}

result<void> bus_tables::put_deferred(standing const& what) {
  auto& insert = sql_[insert_deferred];
  insert.integer(1, what.lane).integer(2, what.place).integer(3, what.deliveries);
  insert.integer(4, what.bytes);
  put_time(insert, 5, what.expires_at);
  return insert.run();
}

result<void> bus_tables::remove_message(bus_entity& of, std::int64_t place, std::int64_t bytes) {
  EVSRC_TRY(sql_[delete_message].integer(1, place).run());
  return add_bytes(of, -bytes);
}

// Expiry that was put off by the lock is due at once.
result<void> bus_tables::give_back(queue_ref to, standing what, bool is_counted, timestamp now) {
  EVSRC_TRY(run_at(delete_locked, what.lane, what.place));
  if (is_counted) ++what.deliveries;
  auto const allowed = to.entity->settings.max_delivery_count;
  if (is_counted && !to.is_dead_letter &&
      is_exhausted(static_cast<std::uint32_t>(what.deliveries), allowed))
    return dead_letter(
        to, what, dead_letter_reasons::delivery_count,
        "The message could not be consumed in " + std::to_string(what.deliveries) + " deliveries.");
  if (what.is_deferred) return put_deferred(what);
  EVSRC_TRY(put_ready(what));
  if (is_expired(as_timestamp(what.expires_at), now)) return expire(to, what);
  return {};
}

result<void> bus_tables::expire(queue_ref from, standing const& what) {
  EVSRC_TRY(run_at(what.is_deferred ? delete_deferred : delete_ready, what.lane, what.place));
  if (from.entity->settings.dead_letter_on_expiration && !from.is_dead_letter)
    return dead_letter(from, what, dead_letter_reasons::expired,
                       "The message expired and was dead-lettered.");
  EVSRC_TRY(remove_message(*from.entity, what.place, what.bytes));
  ++from.entity->numbers.expired;
  return {};
}

// The message stands in none of the tables any more.
result<void> bus_tables::dead_letter(queue_ref from, standing const& what, std::string_view reason,
                                     std::string_view description) {
  message marked;
  incoming moved;
  {
    auto& find = sql_[find_message];
    statement::rewind const again{find};
    auto const known = find.integer(1, what.place).next();
    if (!known) return fail(known.error());
    if (!*known) return fail(errc::corrupt, "evsrc_bus_messages lacks a dead letter", origin);
    EVSRC_TRY(decode_head(find.bytes_at(5), marked));
    marked.body = std::string{find.bytes_at(6)};
    moved.enqueued_at = find.integer_at(2);
  }
  mark_dead_letter(marked, reason, description);
  std::string head;
  encode_head(marked, head);
  moved.head = head;
  moved.body = marked.body;
  moved.source = from.entity->path;
  moved.bytes = static_cast<std::int64_t>(size_bytes(marked));
  moved.deliveries = what.deliveries;
  moved.first_sequence = number_of(what.place);
  EVSRC_TRY(remove_message(*from.entity, what.place, what.bytes));
  auto const added = enqueue({from.entity, true}, moved);
  if (!added) return fail(added.error());
  return {};
}

}  // namespace evsrc::sqlite::inline v0::detail
