// SPDX-License-Identifier: Apache-2.0
// The end of a day: deliveries, orders that wait, the day's orders. Every step is in the book, so a
// close that was interrupted goes on where it stopped.
#include <chrono>

#include "evsrc/model/decision_context.hpp"
#include "shop.hpp"
#include "shop_events.hpp"

namespace retail_example {

namespace retail = evsrc::retail;

namespace {
/// One order adds at most four events a line (opening, reserved, level, delivery).
constexpr std::size_t events_per_step = 2'000;
}  // namespace

evsrc::timestamp shop::closing_time() const noexcept {
  using namespace std::chrono;
  return sys_days(book_->day) + days(1) - microseconds(1);
}

evsrc::result<void> shop::close_day() {
  EVSRC_TRY(receive_due(book_->day));
  for (auto const* const list : {&book_->waiting, &book_->open}) {
    auto const orders = *list;  // a copy: settling changes the list
    for (auto const& order : orders)
      if (!book_->tried.contains(order)) EVSRC_TRY(settle(order));
  }
  EVSRC_TRY(writer_.add<import_book>(book_key_, day_closed{book_->day}, closing_time()));
  return writer_.commit();
}

evsrc::result<void> shop::receive_due(calendar_day through) {
  while (!book_->due.empty() && book_->due.begin()->first <= through) {
    auto const due = book_->due.begin()->first;
    auto const arrived = book_->due.begin()->second.front();
    auto const stock = opened_stock(arrived.sku, closing_time());
    if (!stock) return evsrc::fail(stock.error());
    retail::receive_stock const command{
        arrived.sku, arrived.quantity, retail::stock_reason::received, {}, "main", {}, policy()};
    EVSRC_TRY(
        add_all<retail::stock>(writer_, arrived.sku, decide(**stock, command), closing_time()));
    EVSRC_TRY(writer_.add<import_book>(
        book_key_, delivery_arrived{arrived.sku, arrived.quantity, due}, closing_time()));
    if (writer_.events() >= events_per_step) EVSRC_TRY(writer_.commit());
  }
  return {};
}

/// Reserves all lines of an order or none, with the decision that the library has for it.
evsrc::result<void> shop::settle(std::string const& order_id) {
  auto const order = writer_.open<retail::order>(order_id);
  if (!order) return evsrc::fail(order.error());
  auto const skus = retail::stock_keys((*order)->state.items);
  std::vector<retail::stock*> stocks;
  for (auto const& sku : skus) {
    if (auto const opened = opened_stock(sku, closing_time()); !opened)
      return evsrc::fail(opened.error());
    auto const found = writer_.open<retail::stock>(sku);
    if (!found) return evsrc::fail(found.error());
    stocks.push_back(&(*found)->state);
  }

  // The states move into the decision's state and back: they are not copied.
  retail::order_with_stocks all;
  all.get<retail::order>() = std::move((*order)->state);
  auto& by_sku = all.get<retail::stock>();
  for (std::size_t i = 0; i != skus.size(); ++i)
    by_sku.emplace_hint(by_sku.end(), skus[i], std::move(*stocks[i]));
  evsrc::metadata const none;
  evsrc::decision_context const context(closing_time(), 0, none, evsrc::system_random());
  auto const decided = decide(all, retail::reserve_order{policy()}, context);
  (*order)->state = std::move(all.get<retail::order>());
  for (std::size_t i = 0; i != skus.size(); ++i)
    *stocks[i] = std::move(by_sku.find(skus[i])->second);

  if (decided.is_rejected()) {  // it waited before, and there is still not enough
    auto const* still = decided.rejection<retail::stock_insufficient>();
    return still == nullptr ? evsrc::result<void>{} : keep_waiting(order_id, still->shortages);
  }
  retail::inventory_insufficient const* insufficient = nullptr;
  for (auto const& addressed : decided.events())
    EVSRC_TRY(std::visit(
        [&](auto const& to) -> evsrc::result<void> {
          using part = typename std::remove_cvref_t<decltype(to)>::aggregate_type;
          auto const& key = to.key.empty() ? order_id : to.key;
          return std::visit(
              [&](auto const& event) {
                if constexpr (std::is_same_v<std::remove_cvref_t<decltype(event)>,
                                             retail::inventory_insufficient>)
                  insufficient = &event;
                return writer_.add<part>(key, event, closing_time());
              },
              to.event);
        },
        addressed));
  if (insufficient != nullptr)
    EVSRC_TRY(keep_waiting(order_id, insufficient->shortages));
  else
    EVSRC_TRY(writer_.add<import_book>(book_key_, order_reserved{order_id}, closing_time()));
  for (auto const& sku : skus) EVSRC_TRY(reorder_if_low(sku));
  if (writer_.events() >= events_per_step) return writer_.commit();
  return {};
}

/// Orders what all who wait want and neither the shelf nor a delivery has.
evsrc::result<void> shop::keep_waiting(std::string const& order_id,
                                       std::vector<retail::stock_shortage> const& shortages) {
  EVSRC_TRY(writer_.add<import_book>(book_key_, order_waits{order_id, shortages}, closing_time()));
  if (!book_->shop.replenish) return {};
  for (auto const& one : shortages) {
    auto const coming = book_->on_order.find(one.product_id);
    auto const missing = book_->wanted.find(one.product_id)->second - one.available -
                         (coming == book_->on_order.end() ? 0 : coming->second);
    if (missing > 0) EVSRC_TRY(order_delivery(one.product_id, missing + book_->shop.opening_stock));
  }
  return {};
}

evsrc::result<void> shop::order_delivery(std::string const& sku, std::int64_t quantity) {
  auto const due = std::chrono::sys_days(day_) + std::chrono::days(book_->shop.lead_days);
  return writer_.add<import_book>(book_key_, delivery_ordered{sku, quantity, calendar_day(due)},
                                  evsrc::timestamp(std::chrono::sys_days(day_)));
}

evsrc::result<void> shop::reorder_if_low(std::string const& sku) {
  if (!book_->shop.replenish || book_->shop.opening_stock == 0) return {};
  auto const found = writer_.open<retail::stock>(sku);
  if (!found) return evsrc::fail(found.error());
  auto const available = (*found)->state.available;
  if (available > book_->shop.reorder_point || book_->on_order.contains(sku)) return {};
  return order_delivery(sku, std::max(book_->shop.opening_stock - available, std::int64_t{1}));
}

}  // namespace retail_example
