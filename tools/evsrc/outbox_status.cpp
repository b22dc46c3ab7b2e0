// SPDX-License-Identifier: Apache-2.0
// `evsrc outbox status`: what waits for a relay, by destination.
#include <fmt/format.h>

#include <chrono>

#include "commands.hpp"
#include "evsrc/runtime/relay_explanation.hpp"

namespace evsrc_cli {
namespace {

std::chrono::microseconds now() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::system_clock::now().time_since_epoch());
}

}  // namespace

evsrc::result<void> show_outbox(status_request const& what) {
  auto const store = open_to_read(what.where);
  if (!store) return evsrc::fail(store.error());
  auto const time = now().count();
  auto const rows = rows_of(
      **store,
      fmt::format("SELECT destination, count(*), sum(not_before <= {0}), sum(not_before > {0}),"
                  " min(CASE WHEN not_before > {0} THEN not_before END), min(sequence)"
                  " FROM evsrc_outbox WHERE refused_at IS NULL GROUP BY destination ORDER BY 1",
                  time),
      {"destination", "#rows", "#due", "#timers", "#next_due", "#oldest_sequence"});
  if (!rows) return evsrc::fail(rows.error());
  auto const relays = rows_of(**store,
                              "SELECT holder, count(*), max(heartbeat) FROM evsrc_owners"
                              " WHERE name LIKE 'relay/%' GROUP BY holder ORDER BY 1",
                              {"holder", "#slots", "#heartbeat"});
  if (!relays) return evsrc::fail(relays.error());
  auto const dead = rows_of(**store,
                            "SELECT destination, key, id, sequence, reason, description, holds_key,"
                            " refused_at FROM evsrc_outbox WHERE refused_at IS NOT NULL"
                            " ORDER BY sequence LIMIT 1000",
                            {"destination", "key", "id", "#sequence", "reason", "description",
                             "#holds_key", "#refused_at"});
  if (!dead) return evsrc::fail(dead.error());
  if (what.where.json) {
    print({{"destinations", *rows}, {"dead_letters", *dead}, {"relays", *relays}});
    return {};
  }
  auto const backlog = (*store)->outbox(evsrc::timestamp{std::chrono::microseconds{time}});
  if (!backlog) return evsrc::fail(backlog.error());
  if (backlog->empty()) fmt::print("The outbox is empty.\n");
  for (auto const& row : *rows) {
    fmt::print("{}: {} waiting, {} due, {} timers",
               printable(row["destination"].get<std::string>()), row["rows"].get<std::int64_t>(),
               row["due"].get<std::int64_t>(), row["timers"].get<std::int64_t>());
    if (row["next_due"].is_number())
      fmt::print(", the next in {}",
                 age_of(std::chrono::microseconds(row["next_due"].get<std::int64_t>() - time)));
    fmt::print("\n");
  }
  for (auto const& one : *backlog) {
    if (one.held != 0)
      fmt::print("{}: {} of them behind a dead letter that holds the key\n",
                 printable(one.destination), one.held);
    if (one.refused != 0)
      fmt::print("{}: {} dead letters\n", printable(one.destination), one.refused);
  }
  if (!what.why) return {};
  auto const refused = (*store)->read_refused({});
  if (!refused) return evsrc::fail(refused.error());
  for (auto const& row : *refused) fmt::print("{}\n", printable(to_string(row)));
  if (relays->empty()) fmt::print("No relay has ever run on this store: nothing hands rows on.\n");
  for (auto const& row : *relays) {
    auto const holder = row["holder"].get<std::string>();
    fmt::print("{}: {} of 64 slots, heartbeat {}\n",
               holder.empty() ? std::string("free slots") : printable(holder),
               row["slots"].get<std::int64_t>(), row["heartbeat"].get<std::int64_t>());
  }
  return {};
}

}  // namespace evsrc_cli
