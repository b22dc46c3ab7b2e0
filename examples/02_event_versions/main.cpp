// SPDX-License-Identifier: Apache-2.0
// Events outlive the program that wrote them: versions, upcasters and former names.
#include <cstdio>
#include <nlohmann/json.hpp>

#include "evsrc/memory/event_store.hpp"
#include "evsrc/runtime/command_handler.hpp"

// Version 1 had an amount in whole pounds. Its struct is gone; a function on JSON remains.
inline nlohmann::json from_pounds(nlohmann::json event) {
  event["pence"] = event.at("pounds").get<std::int64_t>() * 100;
  event.erase("pounds");
  return event;
}
// Version 2 knew one currency only. Its struct is still here, as the next one's `previous`.
struct order_paid_v2 {
  static constexpr evsrc::event_name wire_name{"order.paid", 2, "order.payment"};
  static constexpr auto history = evsrc::json_upcasts(&from_pounds);
  std::int64_t pence = 0;
};
// Version 3 is what the program works with, and all that it writes.
struct order_paid {
  static constexpr evsrc::event_name wire_name{"order.paid", 3};
  using previous = order_paid_v2;
  std::int64_t minor_units = 0;
  std::string currency{};
};
inline order_paid upcast(order_paid_v2 const& before) { return {before.pence, "GBP"}; }

struct order {
  static constexpr evsrc::category category{"order"};
  using events = evsrc::events<order_paid>;
  std::int64_t paid = 0;
  std::string currency{};
  void apply(order_paid const& e) { paid += e.minor_units, currency = e.currency; }
};
struct pay {
  std::int64_t minor_units = 0;
  std::string currency{};
};
inline evsrc::decision<order> decide(order const&, pay const& c) {
  return order_paid{c.minor_units, c.currency};
}

namespace {

/// As an earlier program stored it.
evsrc::new_event stored(char const* name, std::uint32_t version, char const* payload) {
  evsrc::new_event event{name, version, payload};
  event.meta.id = evsrc::make_event_id(evsrc::system_clock().now(), evsrc::system_random());
  return event;
}

}  // namespace

int main() {
  evsrc::memory::event_store store;
  auto const old =
      store.commit({.appends = {{.stream = {"order", "1"},
                                 .events = {stored("order.payment", 1, R"({"pounds":20})"),
                                            stored("order.paid", 2, R"({"pence":199})")}}}});
  evsrc::command_handler<order> orders{store};
  auto const paid = orders.handle("1", pay{1, "GBP"});
  auto const now = orders.load("1");
  auto const history = evsrc::state_reader<order>(store).history("1");
  if (!old || !paid || !now || !history) return 1;

  for (auto const& one : history->events) {
    auto const& event = std::get<order_paid>(one.event);
    std::printf("%s v%u reads as %d %s\n", one.wire_name.c_str(), one.wire_version,
                static_cast<int>(event.minor_units), event.currency.c_str());
  }
  std::printf("paid: %d %s\n", static_cast<int>(now->state.paid), now->state.currency.c_str());
}
