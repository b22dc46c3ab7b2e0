// SPDX-License-Identifier: Apache-2.0
// Makes the store with dead letters and a blocked key that the command line's tests work on.
#include <cstdio>
#include <cstdlib>

#include "evsrc/runtime/consumer.hpp"
#include "evsrc/sqlite/message_bus.hpp"

namespace {

struct pay {
  static constexpr evsrc::event_name wire_name{"payment.pay", 1};
  std::int64_t cents = 0;
};

evsrc::message paying(std::string id, std::string key, std::string body) {
  evsrc::outgoing_message row;
  row.id.value = std::move(id);
  row.key = std::move(key);
  row.type = "payment.pay";
  row.body = std::move(body);
  set_property(row.properties, "shop", std::string("north"));
  return to_message(std::move(row));
}

evsrc::result<void> fill(evsrc::sqlite::event_store& store) {
  evsrc::sqlite::message_bus bus(store);
  evsrc::queue_options sessions;
  sessions.requires_session = true;
  EVSRC_TRY(bus.topology().create_queue("payments"));
  EVSRC_TRY(bus.topology().create_queue("orders", sessions));
  EVSRC_TRY(bus.topology().create_queue("elsewhere"));
  for (auto const* const queue : {"payments", "orders"}) {
    auto const to = bus.open_sender(queue);
    if (!to) return evsrc::fail(to.error());
    EVSRC_TRY((*to)->send(paying("m-1", "ann", R"({"cents":1})")));
    EVSRC_TRY((*to)->send(paying("m-2", "ann", R"({"cents":2})")));
    EVSRC_TRY((*to)->send(paying("m-3", "bob\n", "no json")));
  }
  evsrc::router way;
  way.on<pay>([](pay const&, evsrc::message_context&) -> evsrc::result<evsrc::handling> {
    return evsrc::dead_letter{"CardUnknown", "ask the customer"};
  });
  for (bool const keeps_order : {false, true}) {
    evsrc::consumer_options with;
    with.name = keeps_order ? "shipping" : "billing";
    with.entity = keeps_order ? "orders" : "payments";
    with.sessions = keeps_order ? 2 : 0;
    with.keep_order = keeps_order;
    evsrc::consumer one(store, bus, way, with);
    for (evsrc::result<std::size_t> done{1}; *done != 0;) {
      done = one.poll();
      if (!done) return evsrc::fail(done.error());
    }
  }
  return {};
}

/// So many that work on them takes its time.
evsrc::result<void> fill_with_many(evsrc::sqlite::event_store& store, int count) {
  evsrc::sqlite::message_bus bus(store);
  EVSRC_TRY(bus.topology().create_queue("payments"));
  auto const to = bus.open_sender("payments");
  if (!to) return evsrc::fail(to.error());
  auto const from = bus.open_receiver("payments");
  if (!from) return evsrc::fail(from.error());
  std::vector<evsrc::message> all;
  for (int one = 0; one < count; ++one)
    all.push_back(paying("m-" + std::to_string(one), "ann", R"({"cents":1})"));
  EVSRC_TRY((*to)->send(all));
  for (;;) {
    auto const some = (*from)->receive({.max_messages = evsrc::limits::receive_messages});
    if (!some) return evsrc::fail(some.error());
    if (some->empty()) return {};
    std::vector<evsrc::settlement> how;
    for (auto const& one : *some) how.push_back(one.dead_letter("CardUnknown"));
    for (auto const& done : (*from)->settle(how)) EVSRC_TRY(done);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  auto const store = evsrc::sqlite::open(argv[1]);
  auto const done = !store      ? evsrc::result<void>(evsrc::fail(store.error()))
                    : argc == 2 ? fill(**store)
                                : fill_with_many(**store, std::atoi(argv[2]));
  if (!done) return std::fprintf(stderr, "%s\n", evsrc::to_string(done.error()).c_str()), 1;
  return 0;
}
