// SPDX-License-Identifier: Apache-2.0
// Messages on their way out: locked, or removed.
#include <algorithm>

#include "bus_tables.hpp"
#include "encoding.hpp"
#include "evsrc/bus/message_lifecycle.hpp"

namespace evsrc::sqlite::inline v0::detail {
namespace {

constexpr char const* origin = "sqlite.bus";
constexpr std::size_t expiries_per_call = 256;
constexpr std::int64_t nonce_mask = (std::int64_t{1} << lock_place::nonce_bits) - 1;

std::int64_t time_at(statement const& row, int column) {
  return row.is_null_at(column) ? never : row.integer_at(column);
}
bool is_over(std::int64_t expires_at, timestamp now) noexcept {
  return is_expired(as_timestamp(expires_at), now);
}

}  // namespace

result<queue_ref> bus_tables::judge_pull(pull const& what, timestamp now) {
  auto found = find_for_writing(what.entity);
  if (!found) return fail(found.error());
  auto const& of = *found->entity;
  if (of.kind == entity_kind::topic)
    return fail(errc::not_found,
                "entity: " + of.path + " is a topic: it is no queue or subscription", origin);
  if (what.session != nullptr) EVSRC_TRY(check_held(*what.session, now));
  if (!of.gives_out())
    return fail(errc::entity_disabled,
                "entity: " + of.path + " is " + std::string{to_string(of.settings.status)} +
                    ": receives are off",
                origin);
  if (what.session == nullptr && found->has_sessions())
    return invalid("entity", of.path + " has sessions: accept one");
  return found;
}

result<void> bus_tables::receive(pull const& what, timestamp now, pulled& out) {
  out = {};
  auto const from = judge_pull(what, now);
  if (!from) return fail(from.error());
  auto const is_clear = catch_up(*from, now);
  if (!is_clear) return fail(is_clear.error());
  out.is_behind = !*is_clear;
  // Locks that are still to be ended stand in front of what is ready.
  if (from->unlock_at() <= as_integer(now)) return {};
  out.first_lane = what.session != nullptr ? what.session->lane : from->lane();
  out.last_lane = out.first_lane;
  auto const lane = what.session != nullptr ? what.session->lane : from->lane();
  std::vector<standing> rows;
  std::size_t expired = 0;
  std::size_t bytes = 0;
  for (bool is_full = false; !is_full && out.deliveries.size() != what.max_messages;) {
    auto const wanted = what.max_messages - out.deliveries.size();
    rows.clear();
    {
      auto& walk = sql_[walk_ready];
      statement::rewind const again{walk};
      walk.integer(1, lane).integer(2, std::uint64_t{wanted});
      while (rows.size() != wanted) {
        auto const more = walk.next();
        if (!more) return fail(more.error());
        if (!*more) break;
        rows.push_back(
            {lane, walk.integer_at(0), walk.integer_at(1), walk.integer_at(2), time_at(walk, 3)});
      }
    }
    is_full = rows.size() < wanted;
    for (auto const& row : rows) {
      if (is_over(row.expires_at, now)) {
        EVSRC_TRY(expire(*from, row));
        is_full = is_full || ++expired == expiries_per_call;
        continue;
      }
      bytes += static_cast<std::size_t>(row.bytes);
      is_full = is_full || bytes > limits::page_bytes;
      if (is_full && bytes > limits::page_bytes && !out.deliveries.empty()) break;
      auto made = hand_out(*from, row, what, now);
      if (!made) return fail(made.error());
      out.deliveries.push_back(std::move(*made));
    }
  }
  out.is_behind = out.is_behind || expired == expiries_per_call;
  return {};
}

result<void> bus_tables::receive_deferred(pull const& what, std::span<std::int64_t const> numbers,
                                          timestamp now, pulled& out) {
  out = {};
  auto const from = judge_pull(what, now);
  if (!from) return fail(from.error());
  auto const is_clear = catch_up(*from, now);
  if (!is_clear) return fail(is_clear.error());
  // What is asked for may stand under a lock that is still to be ended.
  out.is_behind = !*is_clear;
  if (out.is_behind) return {};
  auto const lane = what.session != nullptr ? what.session->lane : from->lane();
  std::vector<standing> found;
  std::vector<standing> expired;
  std::optional<error> missing;
  for (std::size_t i = 0; i != numbers.size() && !missing; ++i) {
    bool const is_number = numbers[i] > 0 && numbers[i] <= number_max;
    auto const place = place_of(from->number(), is_number ? numbers[i] : 0);
    auto& find = sql_[find_deferred];
    statement::rewind const again{find};
    auto const known = find.integer(1, lane).integer(2, place).next();
    if (!known) return fail(known.error());
    standing row{lane, place};
    row.is_deferred = true;
    if (*known) {
      row.deliveries = find.integer_at(0);
      row.bytes = find.integer_at(1);
      row.expires_at = time_at(find, 2);
    }
    bool const is_late = *known && is_over(row.expires_at, now);
    bool const is_twice = std::any_of(found.begin(), found.end(),
                                      [&](auto const& each) { return each.place == place; });
    if (is_late) expired.push_back(row);
    if (*known && !is_twice && !is_late) {
      found.push_back(row);
      continue;
    }
    missing = error{errc::not_found,
                    "sequence_numbers[" + std::to_string(i) + "]: " + std::to_string(numbers[i]) +
                        " is not deferred here" + (is_late ? ": it expired" : ""),
                    origin};
  }
  // The end of what has expired is no part of the answer.
  for (auto const& row : expired) EVSRC_TRY(expire(*from, row));
  if (missing) return fail(std::move(*missing));
  for (auto const& row : found) {
    auto made = hand_out(*from, row, what, now);
    if (!made) return fail(made.error());
    made->state = message_state::deferred;
    out.deliveries.push_back(std::move(*made));
  }
  return {};
}

result<delivery> bus_tables::read_delivery(statement& row) {
  delivery made;
  EVSRC_TRY(decode_head(row.bytes_at(5), made.message));
  made.message.body = std::string{row.bytes_at(6)};
  made.sequence_number = number_of(row.integer_at(0));
  made.enqueued_at = as_timestamp(row.integer_at(2));
  made.enqueued_sequence_number = row.integer_at(3);
  made.dead_letter_source = std::string{row.bytes_at(4)};
  return made;
}

result<delivery> bus_tables::hand_out(queue_ref from, standing what, pull const& how,
                                      timestamp now) {
  auto& find = sql_[find_message];
  auto const known = find.integer(1, what.place).next();
  if (!known) return fail(known.error());
  if (!*known)
    return fail(errc::corrupt, "evsrc_bus_messages lacks " + std::to_string(what.place), origin);
  auto made = read_delivery(find);
  find.reset();
  if (!made) return fail(made.error());
  made->entity = std::string{how.entity};
  made->expires_at = as_timestamp(what.expires_at);
  made->delivery_count = static_cast<std::uint32_t>(what.deliveries);

  EVSRC_TRY(run_at(what.is_deferred ? delete_deferred : delete_ready, what.lane, what.place));
  if (how.mode == receive_mode::receive_and_delete) {
    EVSRC_TRY(remove_message(*from.entity, what.place, what.bytes));
    ++from.entity->numbers.received_and_deleted;
    return made;
  }
  auto const nonce = static_cast<std::int64_t>(random_.next()) & nonce_mask;
  made->lock = encode_lock({made->sequence_number, number_of(what.lane), nonce});
  std::int64_t until = 0;
  if (how.session != nullptr) {
    made->locked_until = how.session->until;
  } else {
    made->locked_until = now + from.entity->settings.lock_duration;
    until = as_integer(made->locked_until);
    if (until < from.unlock_at()) {
      from.unlock_at() = until;
      change(*from.entity);
    }
  }
  auto& insert = sql_[insert_locked];
  insert.integer(1, what.lane).integer(2, what.place).integer(3, what.deliveries);
  insert.integer(4, what.bytes);
  if (what.expires_at == never) {
    insert.null(5);
  } else {
    insert.integer(5, what.expires_at);
  }
  insert.integer(6, nonce).integer(7, until).integer(8, std::int64_t{what.is_deferred ? 1 : 0});
  EVSRC_TRY(insert.run());
  return made;
}

result<timestamp> bus_tables::renew(std::string_view entity, lock_token lock,
                                    session_lock const* session, timestamp now) {
  settlement const asked{.entity = {}, .lock = lock, .what = disposition::abandon};
  auto const held = judge(entity, asked, session, false, now);
  if (!held) return fail(held.error());
  if (session != nullptr) return renew_session(entity, *session, now);
  auto const until = now + held->queue.entity->settings.lock_duration;
  auto& renewed = sql_[renew_locked];
  renewed.integer(1, as_integer(until)).integer(2, held->what.lane).integer(3, held->what.place);
  EVSRC_TRY(renewed.run());
  return until;
}

}  // namespace evsrc::sqlite::inline v0::detail
