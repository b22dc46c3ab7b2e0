// SPDX-License-Identifier: Apache-2.0
// One decision over an order and its stocks: all lines are reserved, or none.
#include <cstdio>

#include "evsrc/memory/event_store.hpp"
#include "evsrc/runtime/command_handler.hpp"

struct order_confirmed {
  static constexpr evsrc::event_name wire_name{"order.confirmed", 1};
  std::size_t line_count = 0;
};
struct order {
  static constexpr evsrc::category category{"order"};
  using events = evsrc::events<order_confirmed>;
  bool is_confirmed = false;
  void apply(order_confirmed const&) { is_confirmed = true; }
};

struct stock_received {
  static constexpr evsrc::event_name wire_name{"stock.received", 1};
  int quantity = 0;
};
struct stock_reserved {
  static constexpr evsrc::event_name wire_name{"stock.reserved", 1};
  int quantity = 0;
};
struct stock {
  static constexpr evsrc::category category{"stock"};
  using events = evsrc::events<stock_received, stock_reserved>;
  int available = 0;
  void apply(stock_received const& e) { available += e.quantity; }
  void apply(stock_reserved const& e) { available -= e.quantity; }
};
struct receive {
  int quantity = 0;
};
inline evsrc::decision<stock> decide(stock const&, receive const& c) {
  return stock_received{c.quantity};
}

// A state like any other: one order, and as many stocks as it has lines.
using order_and_stocks = evsrc::together<order, evsrc::many<stock>>;
struct line {
  std::string sku;
  int quantity = 0;
};
struct confirm {
  std::vector<line> lines;
};
struct out_of_stock {
  std::string sku;
};
inline evsrc::decision<order_and_stocks, out_of_stock> decide(order_and_stocks const& all,
                                                              confirm const& command) {
  evsrc::decision<order_and_stocks, out_of_stock> made;
  for (auto const& [sku, quantity] : command.lines) {
    if (all.at<stock>(sku).available < quantity) return evsrc::reject(out_of_stock{sku});
    made.to<stock>(sku, stock_reserved{quantity});
  }
  return made.to<order>(order_confirmed{command.lines.size()});
}

int main() {
  evsrc::memory::event_store store;
  evsrc::command_handler<stock> stocks{store};
  evsrc::command_handler<order_and_stocks> orders{store};
  if (!stocks.handle("cup", receive{10}) || !stocks.handle("plate", receive{3})) return 1;

  // The keys say what is read. What was read is guarded: if any of it changes before the commit,
  // the decision is made again.
  auto const first = orders.handle({"1", {"cup", "plate"}}, confirm{{{"cup", 4}, {"plate", 2}}});
  if (!first) return 1;
  for (auto const& one : first->streams)
    std::printf("%s is at version %d\n", to_string(one.stream).c_str(),
                static_cast<int>(one.version));

  auto const second = orders.handle({"2", {"cup", "plate"}}, confirm{{{"cup", 4}, {"plate", 2}}});
  if (auto const* no = second.rejection<out_of_stock>())
    std::printf("order-2: not enough of %s, nothing is reserved\n", no->sku.c_str());

  auto const cups = stocks.load("cup");
  if (!cups) return 1;
  std::printf("cups left: %d\n", cups->state.available);
}
