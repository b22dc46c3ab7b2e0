// SPDX-License-Identifier: Apache-2.0
// The ends of locks that their holders choose.
#include <algorithm>

#include "bus_tables.hpp"
#include "encoding.hpp"
#include "evsrc/bus/message_lifecycle.hpp"
#include "evsrc/bus/message_limits.hpp"

namespace evsrc::sqlite::inline v0::detail {
namespace {

constexpr char const* origin = "sqlite.bus";

error lost_lock() {
  return {errc::lock_lost, "lock: it expired, was settled before, or is not of this entity",
          origin};
}
tl::unexpected<error> lock_lost() { return fail(lost_lock()); }

}  // namespace

result<bus_tables::locked_row> bus_tables::judge(std::string_view entity, settlement const& what,
                                                 session_lock const* session, bool any_session,
                                                 timestamp now) {
  auto const found = find_for_writing(entity);
  if (!found) return fail(found.error());
  auto const at = decode_lock(what.lock);
  locked_row held{*found, {}, at.nonce};
  held.what.lane = place_of(found->number(), at.session);
  held.what.place = place_of(found->number(), at.sequence);
  auto const wanted = session != nullptr ? session->lane : found->lane();
  if (!any_session && held.what.lane != wanted) return lock_lost();
  auto& find = sql_[find_locked];
  statement::rewind const again{find};
  auto const known = find.integer(1, held.what.lane).integer(2, held.what.place).next();
  if (!known) return fail(known.error());
  if (!*known || find.integer_at(4) != at.nonce) return lock_lost();
  if (at.session == 0) {
    if (find.integer_at(5) <= as_integer(now)) return lock_lost();
  } else {
    auto const row = read_session(held.what.lane);
    if (!row) return fail(row.error());
    if (row->holder == 0 || row->until <= as_integer(now)) return lock_lost();
  }
  held.what.deliveries = find.integer_at(0);
  held.what.bytes = find.integer_at(1);
  held.what.expires_at = find.is_null_at(2) ? never : find.integer_at(2);
  held.what.is_deferred = find.integer_at(3) != 0;
  if (what.what == disposition::dead_letter && found->is_dead_letter)
    return invalid("what", "a dead letter cannot be dead-lettered again");
  if (!what.modify.empty()) EVSRC_TRY(check_modified(held.what.place, what));
  return held;
}

result<void> bus_tables::check_modified(std::int64_t place, settlement const& what) {
  auto& find = sql_[find_message];
  statement::rewind const again{find};
  auto const known = find.integer(1, place).next();
  if (!known) return fail(known.error());
  message kept;
  if (*known) EVSRC_TRY(decode_head(find.bytes_at(5), kept));
  modify(kept, what.modify);
  if (auto const size = header_bytes(kept); size > limits::message_header_bytes)
    return fail(errc::limit_exceeded, "modify: the headers would have " + std::to_string(size) +
                                          " bytes, at most " +
                                          std::to_string(limits::message_header_bytes));
  return {};
}

result<void> bus_tables::settle_one(std::string_view entity, settlement const& what,
                                    session_lock const* session, timestamp now) {
  EVSRC_TRY(get_ready(true));
  auto const held = judge(entity, what, session, false, now);
  if (!held) return fail(held.error());
  return write(*held, what, now);
}

result<void> bus_tables::judge_settles(std::span<settlement const> what, timestamp now) {
  if (what.empty()) return {};
  EVSRC_TRY(get_ready(true));
  for (std::size_t i = 0; i != what.size(); ++i) {
    auto const is_twice =
        std::any_of(what.begin(), what.begin() + static_cast<std::ptrdiff_t>(i),
                    [&](settlement const& before) { return before.lock == what[i].lock; });
    auto const valid = validate(what[i]);
    auto held = judge(what[i].entity, what[i], nullptr, true, now);
    if (valid && held && !is_twice) continue;
    auto told = !valid ? valid.error() : !held ? held.error() : lost_lock();
    return fail(at_item("settles", i, std::move(told)));
  }
  return {};
}

// Locks of one message cannot stand twice in it, so that what passed still holds.
result<void> bus_tables::write_settles(std::span<settlement const> what, timestamp now) {
  for (auto const& one : what) {
    auto const held = judge(one.entity, one, nullptr, true, now);
    if (!held) return fail(errc::corrupt, "a settlement passed and then did not", origin);
    EVSRC_TRY(write(*held, one, now));
  }
  return {};
}

result<void> bus_tables::write(locked_row const& judged, settlement const& what, timestamp now) {
  auto held = judged;
  if (!what.modify.empty()) EVSRC_TRY(rewrite(held, what.modify));
  if (what.what == disposition::abandon) return give_back(held.queue, held.what, true, now);
  EVSRC_TRY(run_at(delete_locked, held.what.lane, held.what.place));
  switch (what.what) {
    case disposition::complete:
      return remove_message(*held.queue.entity, held.what.place, held.what.bytes);
    case disposition::defer: return put_deferred(held.what);
    case disposition::dead_letter:
      return dead_letter(held.queue, held.what, what.reason, what.description);
    case disposition::abandon: break;
  }
  return {};
}

result<void> bus_tables::rewrite(locked_row& judged, property_list const& changes) {
  message kept;
  std::int64_t body_bytes = 0;
  {
    auto& find = sql_[find_message];
    statement::rewind const again{find};
    auto const known = find.integer(1, judged.what.place).next();
    if (!known) return fail(known.error());
    if (!*known) return fail(errc::corrupt, "evsrc_bus_messages lacks a locked message", origin);
    EVSRC_TRY(decode_head(find.bytes_at(5), kept));
    body_bytes = static_cast<std::int64_t>(find.bytes_at(6).size());
  }
  modify(kept, changes);
  std::string head;
  encode_head(kept, head);
  EVSRC_TRY(sql_[rewrite_head].blob(1, head).integer(2, judged.what.place).run());
  auto const bytes = body_bytes + static_cast<std::int64_t>(header_bytes(kept));
  EVSRC_TRY(add_bytes(*judged.queue.entity, bytes - judged.what.bytes));
  judged.what.bytes = bytes;
  return {};
}

}  // namespace evsrc::sqlite::inline v0::detail
