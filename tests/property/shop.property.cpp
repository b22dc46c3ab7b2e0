// SPDX-License-Identifier: Apache-2.0
// What holds of several orders and stocks that are decided on together.
#include <map>
#include <set>

#include "checked_property.hpp"
#include "evsrc/retail/reserve_order.hpp"
#include "order_generators.hpp"

namespace {

using namespace evsrc::property;
namespace retail = evsrc::retail;
using retail::order_state;

/// Orders and stocks as a store would hold them; a command loads what it touches.
class shop {
 public:
  std::map<std::string, retail::order> orders;
  std::map<std::string, retail::stock> stocks;

  template <class Command>
  bool run_order(std::string const& id, Command const& command) {
    if (!evsrc::check_valid(command)) return false;
    auto const answer = decide_purely(orders[id], command);
    for (auto const& event : answer.events()) {
      keeps_rules(event);
      evsrc::apply_any(orders[id], event);
    }
    return !answer.is_rejected();
  }
  template <class Command>
  void run_stock(std::string const& sku, Command const& command) {
    auto const answer = decide_purely(stocks[sku], command);
    for (auto const& event : answer.events()) evsrc::apply_any(stocks[sku], event);
  }
  /// Over an order and its stocks: all events or none.
  template <class Command>
  bool run_both(std::string const& id, Command const& command) {
    retail::order_with_stocks both;
    both.get<retail::order>() = orders[id];
    for (auto const& [sku, one] : stocks) both.get<retail::stock>().emplace(sku, one);
    auto const answer = decide_purely(both, command);
    for (auto const& event : answer.events())
      std::visit([&](auto const& one) { apply(id, one); }, event);
    return !answer.is_rejected();
  }

 private:
  void apply(std::string const& id, evsrc::detail::addressed<retail::order> const& to) {
    keeps_rules(to.event);
    evsrc::apply_any(orders[id], to.event);
  }
  void apply(std::string const&, evsrc::detail::addressed<retail::stock> const& to) {
    keeps_rules(to.event);
    evsrc::apply_any(stocks[to.key], to.event);
  }
};

std::map<std::string, std::int64_t> wanted_by(retail::order const& order) {
  std::map<std::string, std::int64_t> wanted;
  for (auto const& item : order.items) wanted[item.product_id] += item.quantity;
  return wanted;
}

/// A confirmed or paid order has exactly its pieces; a finished one has none.
void check(shop const& all) {
  for (auto const& [sku, stock] : all.stocks) {
    RC_ASSERT(stock.is_balanced());
    RC_ASSERT(stock.available >= 0);
    std::set<std::string> known;
    for (auto const& [id, order] : all.orders) {
      auto const wanted = wanted_by(order);
      auto const found = wanted.find(sku);
      auto const pieces = found == wanted.end() ? 0 : found->second;
      auto const has = stock.reserved_for(id);
      if (order.state == order_state::confirmed || order.state == order_state::paid)
        RC_ASSERT(has == pieces);
      if (order.state == order_state::fulfilled)  // others may have shipped, and not booked it out
        RC_ASSERT(has == 0 || has == pieces);
      if (order.state == order_state::none || order.state == order_state::completed ||
          order.state == order_state::cancelled)
        RC_ASSERT(has == 0);
      known.insert(id);
    }
    for (auto const& one : stock.reservations) RC_ASSERT(known.count(one.order_id) == 1);
  }
}

void random_step(shop& all) {
  auto const id = *order_id();
  switch (one_of(10)) {
    case 0: {
      retail::create_order command;
      command.order_id = id;
      command.items = *order_items();
      all.run_order(id, command);
      return;
    }
    case 1: all.run_order(id, retail::add_order_lines{*order_items()}); return;
    case 2: all.run_order(id, retail::update_order{*order_items(), {}}); return;
    case 3: {
      auto const sku = *product_id();
      all.run_stock(sku,
                    retail::receive_stock{.sku = sku, .quantity = *between<std::int64_t>(1, 60)});
      return;
    }
    case 4: {
      auto const stocks = all.stocks;
      auto const before = all.orders[id].state;
      all.run_both(id, retail::reserve_order{});
      // All or none: only the order that is confirmed by this has moved any stock.
      if (all.orders[id].state != order_state::confirmed || before == order_state::confirmed)
        RC_ASSERT(all.stocks == stocks);
      return;
    }
    case 5: all.run_order(id, retail::complete_payment{"p-1", all.orders[id].total, {}}); return;
    case 6: all.run_both(id, retail::ship_order{"s-1", {}, {}}); return;
    case 7: all.run_both(id, retail::release_order{"changed my mind"}); return;
    case 8: all.run_order(id, retail::complete_shipping{"s-1", {}, {}}); return;
    default: all.run_both(id, retail::complete_order{}); return;
  }
}

TEST(shop_property, reserves_whole_orders_or_nothing) {
  holds("shop: an order has all of its pieces or none, and no piece is lost", [] {
    shop all;
    for (auto const* sku : {"85123A", "85123a", "71053", "POST", "22423"})
      all.run_stock(sku, retail::receive_stock{.sku = sku, .quantity = 40});
    auto const steps = one_of(200);
    bool someone_waited = false;
    for (int step = 0; step < steps; ++step) {
      random_step(all);
      check(all);
      for (auto const& [id, order] : all.orders)
        someone_waited = someone_waited || order.state == order_state::pending_inventory;
    }
    RC_CLASSIFY(someone_waited, "an order waited for stock");
  });
}

}  // namespace
