// SPDX-License-Identifier: Apache-2.0
// `evsrc keys status`: keys in order that do not move, by consumer.
#include <fmt/format.h>

#include <chrono>

#include "commands.hpp"
#include "evsrc/runtime/waiting_keys.hpp"

namespace evsrc_cli {
namespace {

constexpr std::string_view category_prefix = "evsrc.keys.";

json told_of(std::string const& consumer, evsrc::waiting_key const& one) {
  json made{
      {"consumer", consumer}, {"key", one.key}, {"standing", one.standing}, {"held", one.held}};
  if (!one.message_id.empty()) made["message_id"] = one.message_id;
  if (!one.reason.empty()) {
    made["reason"] = one.reason;
    made["description"] = one.description;
    made["since"] = evsrc::to_string(one.since);
  }
  return made;
}

void print_key(std::string const& consumer, evsrc::waiting_key const& one, bool why) {
  fmt::print("{}: key {} is {}, {} messages held\n", printable(consumer), printable(one.key),
             one.standing, one.held);
  if (!why) return;
  if (one.standing == "blocked")
    fmt::print("    by {} ({}: {}) since {}: redrive its dead letter, or skip it\n",
               printable(one.message_id), printable(one.reason), printable(one.description),
               evsrc::to_string(one.since));
  else if (one.standing == "waiting")
    fmt::print("    for a copy of {}, redriven or delayed: is the consumer running?\n",
               printable(one.message_id));
  else
    fmt::print("    its held messages come next: is the consumer running?\n");
}

}  // namespace

evsrc::result<void> show_keys(status_request const& what) {
  auto const store = open_to_read(what.where);
  if (!store) return evsrc::fail(store.error());
  auto const categories = rows_of(**store,
                                  "SELECT DISTINCT category FROM evsrc_streams"
                                  " WHERE substr(category, 1, 11) = 'evsrc.keys.' ORDER BY 1",
                                  {"category"});
  if (!categories) return evsrc::fail(categories.error());
  std::size_t count = 0;
  for (auto const& row : *categories) {
    auto const consumer = row["category"].get<std::string>().substr(category_prefix.size());
    auto const keys = evsrc::find_waiting_keys(**store, consumer);
    if (!keys) return evsrc::fail(keys.error());
    count += keys->size();
    for (auto const& one : *keys) {
      if (what.where.json)
        print(told_of(consumer, one));
      else
        print_key(consumer, one, what.why);
    }
  }
  if (count == 0 && !what.where.json) fmt::print("No key waits.\n");
  return {};
}

}  // namespace evsrc_cli
