// SPDX-License-Identifier: Apache-2.0
// `evsrc streams`: categories, or the streams of one.
#include <fmt/format.h>

#include "commands.hpp"

namespace evsrc_cli {
namespace {

evsrc::result<void> list_categories(evsrc::sqlite::event_store& store, bool as_json) {
  auto const rows = rows_of(
      store,
      "SELECT s.category, count(DISTINCT s.id), count(e.position)"
      " FROM evsrc_streams s JOIN evsrc_events e ON e.stream = s.id GROUP BY s.category ORDER BY 1",
      {"category", "#streams", "#events"});
  if (!rows) return evsrc::fail(rows.error());
  for (auto const& row : *rows) {
    if (as_json)
      print(row);
    else
      fmt::print("{:>10} streams  {:>10} events  {}\n", row["streams"].get<std::int64_t>(),
                 row["events"].get<std::int64_t>(), printable(row["category"].get<std::string>()));
  }
  return {};
}

}  // namespace

evsrc::result<void> list_streams(streams_request const& what) {
  auto const store = open_to_read(what.where);
  if (!store) return evsrc::fail(store.error());
  if (what.category.empty()) return list_categories(**store, what.where.json);
  constexpr std::size_t page = 1'000;
  std::string after = what.after;
  for (std::size_t left = what.limit; left != 0;) {
    auto const found = (*store)->streams(
        {.category = what.category, .after_key = after, .max_streams = std::min(left, page)});
    if (!found) return evsrc::fail(found.error());
    for (auto const& one : *found) {
      if (what.where.json)
        print({{"category", what.category}, {"key", one.key}, {"version", one.version}});
      else
        fmt::print("{:>8}  {}/{}\n", one.version, what.category, printable(one.key));
    }
    if (found->size() < std::min(left, page)) break;
    left -= found->size();
    after = found->back().key;
  }
  return {};
}

}  // namespace evsrc_cli
