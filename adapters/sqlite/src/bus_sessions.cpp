// SPDX-License-Identifier: Apache-2.0
// Sessions: who holds them, which is next, what is kept with them.
#include "bus_tables.hpp"
#include "encoding.hpp"

namespace evsrc::sqlite::inline v0::detail {
namespace {

constexpr char const* origin = "sqlite.bus";

}  // namespace

bus_tables::known_session* bus_tables::remember(queue_ref in, std::string_view name,
                                                known_session what) {
  session_key_ = std::to_string(in.number());
  session_key_.append(1, ' ').append(name);
  auto& kept = sessions_[session_key_];
  kept = what;
  return &kept;
}

result<bus_tables::known_session*> bus_tables::session_of(queue_ref in, std::string_view name) {
  session_key_ = std::to_string(in.number());
  session_key_.append(1, ' ').append(name);
  if (auto const known = sessions_.find(std::string_view{session_key_}); known != sessions_.end())
    return &known->second;
  auto& find = sql_[find_session];
  auto const row = find.integer(1, in.number()).text(2, name).next();
  if (!row) return fail(row.error());
  known_session found{*row ? find.integer_at(0) : 0, *row && find.integer_at(1) != 0};
  find.reset();
  if (!*row) {
    EVSRC_TRY(load_numbers(*in.entity));
    auto& numbers = in.entity->numbers;
    found.lane = place_of(in.number(), ++numbers.last_session);
    change(*in.entity);
    auto& insert = sql_[insert_session];
    EVSRC_TRY(insert.integer(1, found.lane).integer(2, in.number()).text(3, name).run());
  }
  return remember(in, name, found);
}

result<std::int64_t> bus_tables::lane_for(queue_ref in, std::string_view session,
                                          std::int64_t place, bool is_ready) {
  if (!in.has_sessions()) return in.lane();
  auto const found = session_of(in, session);
  if (!found) return fail(found.error());
  auto& known = **found;
  if (is_ready && !known.is_listed) {
    EVSRC_TRY(sql_[list_session].integer(1, place).integer(2, known.lane).run());
    known.is_listed = true;
  }
  return known.lane;
}

result<bus_tables::session_row> bus_tables::read_session(std::int64_t lane) {
  auto& find = sql_[session_at];
  statement::rewind const again{find};
  auto const known = find.integer(1, lane).next();
  if (!known) return fail(known.error());
  if (!*known) return session_row{};
  return session_row{lane, find.integer_at(1), find.integer_at(2), std::string{find.bytes_at(3)}};
}

result<std::int64_t> bus_tables::first_in(std::int64_t lane) {
  auto& find = sql_[first_ready];
  statement::rewind const again{find};
  auto const row = find.integer(1, lane).next();
  if (!row) return fail(row.error());
  return *row ? find.integer_at(0) : 0;
}

result<void> bus_tables::check_held(session_lock const& held, timestamp now) {
  auto const row = read_session(held.lane);
  if (!row) return fail(row.error());
  if (row->holder != held.holder || row->until <= as_integer(now))
    return fail(errc::lock_lost, "session: its lock expired or was given back", origin);
  return {};
}

// What is remembered of a session's oldest message may be of one that has expired since.
result<std::int64_t> bus_tables::next_free(queue_ref in) {
  for (;;) {
    auto& find = sql_[next_free_session];
    auto const row = find.integer(1, in.number()).next();
    if (!row) return fail(row.error());
    if (!*row) return std::int64_t{0};
    auto const lane = find.integer_at(0);
    auto const listed = find.integer_at(1);
    find.reset();
    auto first = first_in(lane);
    if (!first) return first;
    if (*first == listed) return lane;
    auto& list = sql_[list_session];
    if (*first != 0) {
      EVSRC_TRY(list.integer(1, *first).integer(2, lane).run());
      continue;
    }
    EVSRC_TRY(list.null(1).integer(2, lane).run());
    auto const name = read_session(lane);
    if (!name) return fail(name.error());
    remember(in, name->name, {lane, false});
    EVSRC_TRY(let_go(in, lane));
  }
}

result<void> bus_tables::accept_session(std::string_view entity,
                                        std::optional<std::string> const& wanted,
                                        std::int64_t holder, timestamp now, accepted& out) {
  out = {};
  auto const found = find_for_writing(entity);
  if (!found) return fail(found.error());
  auto const& of = *found->entity;
  if (!found->has_sessions()) return invalid("entity", std::string{entity} + " has no sessions");
  if (!of.gives_out())
    return fail(errc::entity_disabled,
                "entity: " + of.path + " is " + std::string{to_string(of.settings.status)} +
                    ": receives are off",
                origin);
  auto const is_clear = catch_up(*found, now);
  if (!is_clear) return fail(is_clear.error());
  out.is_behind = !*is_clear;
  // A lock that is still to be ended would take the session's row away from under its next holder.
  if (out.is_behind) return {};
  out.first_lane = found->lane();
  out.last_lane = found->end() - 1;
  session_lock made{0, holder, now + of.settings.lock_duration};
  if (wanted) {
    auto const known = session_of(*found, *wanted);
    if (!known) return fail(known.error());
    made.lane = (*known)->lane;
  } else {
    auto const free = next_free(*found);
    if (!free) return fail(free.error());
    if (*free == 0)
      return fail(errc::timed_out, "session: none of " + of.path + " is available", origin);
    made.lane = *free;
  }
  auto row = read_session(made.lane);
  if (!row) return fail(row.error());
  if (row->holder != 0)
    return fail(errc::session_locked, "session: " + row->name + " has another holder", origin);
  auto& hold = sql_[hold_session];
  EVSRC_TRY(hold.integer(1, holder).integer(2, as_integer(made.until)).integer(3, made.lane).run());
  remember(*found, row->name, {made.lane, true});
  out.lock = made;
  out.name = std::move(row->name);
  return {};
}

result<timestamp> bus_tables::renew_session(std::string_view entity, session_lock const& held,
                                            timestamp now) {
  auto const found = find_for_writing(entity);
  if (!found) return fail(found.error());
  EVSRC_TRY(check_held(held, now));
  auto const until = now + found->entity->settings.lock_duration;
  auto& hold = sql_[hold_session];
  hold.integer(1, held.holder).integer(2, as_integer(until)).integer(3, held.lane);
  EVSRC_TRY(hold.run());
  return until;
}

result<void> bus_tables::release_session(std::string_view entity, session_lock const& held,
                                         timestamp now) {
  auto const found = find_for_writing(entity);
  if (!found) return fail(found.error());
  auto const row = read_session(held.lane);
  if (!row) return fail(row.error());
  if (row->holder != held.holder)
    return fail(errc::lock_lost, "session: its lock expired or was given back", origin);
  return end_session(*found, held.lane, row->until <= as_integer(now), now);
}

result<void> bus_tables::end_session(queue_ref in, std::int64_t lane, bool is_counted,
                                     timestamp now) {
  std::vector<standing> held;
  {
    auto& walk = sql_[walk_locked];
    statement::rewind const again{walk};
    walk.integer(1, lane);
    for (;;) {
      auto const more = walk.next();
      if (!more) return fail(more.error());
      if (!*more) break;
      held.push_back({lane, walk.integer_at(0), walk.integer_at(1), walk.integer_at(2),
                      walk.is_null_at(3) ? never : walk.integer_at(3), walk.integer_at(4) != 0});
    }
  }
  for (auto const& each : held) EVSRC_TRY(give_back(in, each, is_counted, now));
  auto const row = read_session(lane);
  if (!row) return fail(row.error());
  auto const first = first_in(lane);
  if (!first) return fail(first.error());
  auto& free = sql_[free_session];
  if (*first != 0) {
    EVSRC_TRY(free.integer(1, *first).integer(2, lane).run());
  } else {
    EVSRC_TRY(free.null(1).integer(2, lane).run());
  }
  remember(in, row->name, {lane, *first != 0});
  note_news(lane);
  return *first != 0 ? result<void>{} : let_go(in, lane);
}

// A session is there as long as it has messages, a holder or a state.
result<void> bus_tables::let_go(queue_ref in, std::int64_t lane) {
  auto const row = read_session(lane);
  if (!row) return fail(row.error());
  if (row->holder != 0 || row->lane == 0) return {};
  auto& is_used = sql_[is_lane_used];
  auto const known = is_used.integer(1, lane).next();
  if (!known) return fail(known.error());
  bool const is_kept = *known && is_used.integer_at(0) != 0;
  is_used.reset();
  if (is_kept) return {};
  EVSRC_TRY(sql_[delete_session].integer(1, lane).run());
  session_key_ = std::to_string(in.number());
  session_key_.append(1, ' ').append(row->name);
  sessions_.erase(session_key_);
  return {};
}

result<void> bus_tables::set_session_state(std::string_view entity, session_lock const& held,
                                           std::optional<std::string> const& state, timestamp now) {
  auto const found = find_for_writing(entity);
  if (!found) return fail(found.error());
  EVSRC_TRY(check_held(held, now));
  if (!state) return sql_[delete_state].integer(1, held.lane).run();
  return sql_[put_state].integer(1, held.lane).blob(2, *state).run();
}

}  // namespace evsrc::sqlite::inline v0::detail
