// SPDX-License-Identifier: Apache-2.0
// The end of a day: deliveries arrive, the orders that wait and the day's orders go to the services
// and are worked off, what is low is ordered. Every step is in the book, so a close that was
// interrupted goes on where it stopped.
#include <chrono>
#include <map>

#include "evsrc/retail/reserve_order.hpp"
#include "order_services.hpp"
#include "shop.hpp"
#include "shop_events.hpp"

namespace retail_example {

namespace retail = evsrc::retail;

namespace {

/// One order adds at most two events a line (opening, delivery).
constexpr std::size_t events_per_step = 2'000;
constexpr std::size_t orders_per_step = 200;

evsrc::timestamp end_of(calendar_day day) noexcept {
  using namespace std::chrono;
  return sys_days(day) + days(1) - microseconds(1);
}

}  // namespace

evsrc::timestamp shop::closing_time() const noexcept { return end_of(book_->day); }

evsrc::timestamp shop::closed_until() const noexcept {
  return book_->closed == no_day ? evsrc::timestamp{} : end_of(book_->closed);
}

evsrc::result<void> shop::close_day() {
  EVSRC_TRY(receive_due(book_->day));
  EVSRC_TRY(place_orders());
  EVSRC_TRY(writer_.commit());
  EVSRC_TRY(work_off_(closing_time(), policy()));
  writer_.reread();
  for (auto const* const list : {&book_->waiting, &book_->open}) {
    auto const orders = *list;  // a copy: noting changes the list
    for (auto const& order : orders)
      if (!book_->tried.contains(order)) EVSRC_TRY(note_outcome(order));
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

/// Hands the day's orders to the services, those that wait already before the others.
evsrc::result<void> shop::place_orders() {
  orders_placed placed;
  for (auto const* const list : {&book_->waiting, &book_->open})
    for (auto const& order : *list) {
      if (book_->placed.contains(order)) continue;
      EVSRC_TRY(place(order));
      placed.order_ids.push_back(order);
      if (writer_.events() < events_per_step && placed.order_ids.size() < orders_per_step) continue;
      EVSRC_TRY(writer_.add<import_book>(book_key_, std::exchange(placed, {}), closing_time()));
      EVSRC_TRY(writer_.commit());
    }
  if (placed.order_ids.empty()) return {};
  return writer_.add<import_book>(book_key_, placed, closing_time());
}

/// The order as it stands, under a key that keeps all of them in the order of their placing: who
/// comes first gets the last pieces.
evsrc::result<void> shop::place(std::string const& order_id) {
  auto const found = writer_.open<retail::order>(order_id);
  if (!found) return evsrc::fail(found.error());
  retail::order const& order = (*found)->state;
  for (auto const& sku : retail::stock_keys(order.items))
    if (auto const opened = opened_stock(sku, closing_time()); !opened)
      return evsrc::fail(opened.error());
  retail::order_created event;
  event.order_id = order.order_id;
  event.customer_id = order.customer_id;
  event.items = order.items;
  event.total_amount = order.total;
  event.currency = order.currency;
  event.shipping_address = order.shipping_address;
  evsrc::outgoing_message message;
  message.id.value = order_id + "/" + evsrc::to_string(closing_time()).substr(0, 10);
  message.destination = orders_topic;
  message.key = warehouse;
  message.type = retail::order_created::wire_name.name;
  message.type_version = retail::order_created::wire_name.version;
  message.correlation = order_id;
  if (order.state == retail::order_state::pending_inventory || book_->known.contains(order_id))
    message.properties = {{placed_again, true}};
  EVSRC_TRY(evsrc::encode_json(event, message.body));
  writer_.send(std::move(message));
  return {};
}

/// What the services made of an order: it waits for stock, or the shop is done with it.
evsrc::result<void> shop::note_outcome(std::string const& order_id) {
  auto const found = writer_.open<retail::order>(order_id);
  if (!found) return evsrc::fail(found.error());
  retail::order const& order = (*found)->state;
  if (order.state == retail::order_state::pending_inventory) {
    auto const shortages = shortages_of(order);
    if (!shortages) return evsrc::fail(shortages.error());
    EVSRC_TRY(keep_waiting(order_id, *shortages));
  } else {
    EVSRC_TRY(writer_.add<import_book>(book_key_, order_reserved{order_id}, closing_time()));
  }
  for (auto const& sku : retail::stock_keys(order.items)) EVSRC_TRY(reorder_if_low(sku));
  if (writer_.events() >= events_per_step) return writer_.commit();
  return {};
}

evsrc::result<std::vector<retail::stock_shortage>> shop::shortages_of(retail::order const& order) {
  std::map<std::string, std::int64_t> requested;
  for (auto const& item : order.items) requested[item.product_id] += item.quantity;
  std::vector<retail::stock_shortage> found;
  for (auto const& [sku, quantity] : requested) {
    auto const stock = writer_.open<retail::stock>(sku);
    if (!stock) return evsrc::fail(stock.error());
    auto const available = (*stock)->state.available;
    if (quantity > available) found.push_back({sku, quantity, available});
  }
  return found;
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
