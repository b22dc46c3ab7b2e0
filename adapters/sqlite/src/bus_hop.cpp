// SPDX-License-Identifier: Apache-2.0
// The short way of a commit's message: straight into an entity of the same file (G14).
#include "bus_tables.hpp"
#include "encoding.hpp"
#include "evsrc/bus/message_limits.hpp"

namespace evsrc::sqlite::inline v0::detail {
namespace {

/// Due rows of a destination are in order of time, not of key. Behind a longer backlog every row
/// waits for the relay, so that what a commit looks at has a bound.
constexpr int rows_looked_at = 256;

}  // namespace

// A destination never fails a commit: whatever would refuse the message leaves it in the outbox,
// where the relay tries, waits and gives up by its own rules.
result<bool> bus_tables::take_over(outgoing_message const& row, timestamp now) {
  if (row.not_before > now) return false;
  EVSRC_TRY(get_ready(false));
  EVSRC_TRY(learn_topology());
  if (entities_.empty()) return false;
  auto const found = find(row.destination);
  if (!found) return is_verdict(found.error()) ? result<bool>{false} : fail(found.error());
  auto& to = *found->entity;
  if (found->is_dead_letter || to.kind == entity_kind::subscription ||
      to.settings.status != entity_status::active)
    return false;
  EVSRC_TRY(get_ready(true));
  // An older row goes first: it was due at this moment or earlier. One that is not due blocks
  // nobody, a dead letter that holds its key does.
  auto const waiting_as = folded(row.destination);
  auto& older = sql_[find_older_row];
  older.text(1, waiting_as).text(2, row.key).integer(3, as_integer(now));
  older.integer(4, std::int64_t{rows_looked_at});
  auto const waits = older.next();
  if (!waits) return fail(waits.error());
  older.reset();
  if (*waits) return false;

  EVSRC_TRY(load_numbers(to));
  if (auto activated = activate(now); !activated || !*activated) return activated;
  auto const what = to_message(row);
  auto const valid = to.kind == entity_kind::topic ? validate(what, to.topic_settings())
                                                   : validate(what, to.settings);
  if (!valid) return false;
  auto const bytes = static_cast<std::int64_t>(size_bytes(what));
  needed_room needed;
  EVSRC_TRY(add_room(to, std::span{&what, 1}, bytes, needed));
  auto const fits = judge_room(to, needed, now);
  if (!fits) return is_verdict(fits.error()) ? result<bool>{false} : fail(fits.error());
  if (!*fits) return false;
  std::string head;
  encode_head(what, head);
  auto const number = write_one(to, what, head, bytes, now);
  if (!number) return fail(number.error());
  return true;
}

}  // namespace evsrc::sqlite::inline v0::detail
