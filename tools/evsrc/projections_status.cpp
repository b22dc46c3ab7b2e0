// SPDX-License-Identifier: Apache-2.0
// `evsrc projections status`: readers of the store, how far they are and who moves them.
#include <fmt/format.h>

#include <map>

#include "commands.hpp"

namespace evsrc_cli {
namespace {

struct reader_state {
  std::int64_t position = 0;
  std::int64_t epoch = 0;
  std::int64_t heartbeat = 0;
  std::string holder{};
  std::int64_t behind = 0;
  std::vector<json> records{};
};
using readers = std::map<std::string, reader_state>;

evsrc::result<readers> find_readers(evsrc::sqlite::event_store& store) {
  readers found;
  auto const checkpoints =
      rows_of(store,
              "SELECT name, coalesce(position, 0), (SELECT count(*) FROM evsrc_events e"
              " WHERE e.position > coalesce(c.position, 0)) FROM evsrc_checkpoints c",
              {"name", "#position", "#behind"});
  if (!checkpoints) return evsrc::fail(checkpoints.error());
  for (auto const& row : *checkpoints) {
    auto& one = found[row["name"].get<std::string>()];
    one.position = row["position"].get<std::int64_t>();
    one.behind = row["behind"].get<std::int64_t>();
  }
  auto const owners = rows_of(
      store,
      "SELECT name, epoch, heartbeat, holder FROM evsrc_owners WHERE name NOT LIKE 'relay/%'",
      {"name", "#epoch", "#heartbeat", "holder"});
  if (!owners) return evsrc::fail(owners.error());
  for (auto const& row : *owners) {
    auto& one = found[row["name"].get<std::string>()];
    one.epoch = row["epoch"].get<std::int64_t>();
    one.heartbeat = row["heartbeat"].get<std::int64_t>();
    one.holder = row["holder"].get<std::string>();
  }
  return found;
}

evsrc::result<std::vector<json>> records_of(evsrc::sqlite::event_store& store,
                                            std::string const& name) {
  std::vector<json> found;
  for (auto const* const category : {"evsrc.subscription", "evsrc.projection"}) {
    auto const page = store.read(
        {.stream = {category, name}, .order = evsrc::direction::backwards, .max_events = 20});
    if (!page) return evsrc::fail(page.error());
    for (auto const& event : *page)
      found.push_back({{"time", evsrc::to_string(event.time)},
                       {"record", event.name},
                       {"what", payload_of(event.payload)}});
  }
  return found;
}

std::string line_of(std::string const& name, reader_state const& one) {
  auto const owner = one.epoch == 0       ? std::string("never owned")
                     : one.holder.empty() ? "free, epoch " + std::to_string(one.epoch)
                                          : "owner " + printable(one.holder) + ", epoch " +
                                                std::to_string(one.epoch) + ", heartbeat " +
                                                std::to_string(one.heartbeat);
  return fmt::format("{}: at position {}, {} events of the store behind it; {}\n", printable(name),
                     one.position, one.behind, owner);
}

}  // namespace

evsrc::result<void> show_projections(status_request const& what) {
  auto const store = open_to_read(what.where);
  if (!store) return evsrc::fail(store.error());
  auto found = find_readers(**store);
  if (!found) return evsrc::fail(found.error());
  if (found->empty() && !what.where.json)
    fmt::print("No subscription or projection has kept its place here.\n");
  for (auto& [name, one] : *found) {
    if (what.why) {
      auto records = records_of(**store, name);
      if (!records) return evsrc::fail(records.error());
      one.records = std::move(*records);
    }
    if (what.where.json) {
      json line{{"name", name},       {"position", one.position},   {"behind", one.behind},
                {"epoch", one.epoch}, {"heartbeat", one.heartbeat}, {"holder", one.holder}};
      if (what.why) line["records"] = one.records;
      print(line);
      continue;
    }
    fmt::print("{}", line_of(name, one));
    for (auto const& record : one.records)
      fmt::print("    {}  {}  {}\n", record["time"].get<std::string>(),
                 record["record"].get<std::string>(), record["what"].dump());
  }
  return {};
}

}  // namespace evsrc_cli
