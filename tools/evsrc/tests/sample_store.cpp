// SPDX-License-Identifier: Apache-2.0
// Makes the store that the command line's tests look into.
#include <chrono>
#include <cstdio>

#include "evsrc/core/random.hpp"
#include "evsrc/sqlite/event_store.hpp"

namespace {

evsrc::new_event event(std::string name, std::string payload) {
  evsrc::new_event made;
  made.name = std::move(name);
  made.payload = std::move(payload);
  made.meta.time = evsrc::timestamp(std::chrono::hours(400'000));
  made.meta.id = evsrc::make_event_id(made.meta.time, evsrc::system_random());
  made.meta.source = "sample";
  made.meta.tags = {{"sku", "85123A"}};
  return made;
}

evsrc::outgoing_message message(std::string id, evsrc::timestamp not_before) {
  evsrc::outgoing_message made;
  made.id.value = std::move(id);
  made.destination = "orders";
  made.key = "customer-1";
  made.body = "{}";
  made.not_before = not_before;
  return made;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  auto store = evsrc::sqlite::open(argv[1]);
  if (!store) return std::fprintf(stderr, "%s\n", evsrc::to_string(store.error()).c_str()), 1;
  evsrc::commit what;
  what.appends.push_back({{"order", "1"},
                          evsrc::expected_version::none(),
                          {event("order.created", R"({"total":45.85})"),
                           // More digits than a double has, and a line end.
                           event("order.confirmed", "{\"z\":900719924099280.075,\n\"a\":1E2}")}});
  what.appends.push_back(
      {{"order", "two\n2"}, evsrc::expected_version::none(), {event("order.created", "not json")}});
  what.messages = {message("m-0", {}), message("m-1", {}), message("m-2", evsrc::timestamp::max())};
  what.messages[0].destination = "mail";
  for (auto const* const id : {"m-3", "m-4", "m-5"}) {
    what.messages.push_back(message(id, {}));
    what.messages.back().destination = "Bills";
  }
  what.messages[4].key = "customer\n2";
  // JSON to a parser that ends at a NUL, or passes over a byte order mark.
  what.messages[3].body = std::string("{}\0\x1b[2J", 7);
  what.messages[5].body = "\xEF\xBB\xBF{}";
  if (auto const done = (*store)->commit(std::move(what)); !done)
    return std::fprintf(stderr, "%s\n", evsrc::to_string(done.error()).c_str()), 1;
  evsrc::commit give_up;
  give_up.refused = {{1, "not_found", "no such queue", true},
                     {4, "not_found", "no such queue", true},
                     {5, "limit_exceeded", "body: too large", true},
                     {6, "not_found", "no such queue", true}};
  if (auto const done = (*store)->commit(std::move(give_up)); !done)
    return std::fprintf(stderr, "%s\n", evsrc::to_string(done.error()).c_str()), 1;
  return 0;
}
