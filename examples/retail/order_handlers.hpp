// SPDX-License-Identifier: Apache-2.0
// What each service does with the messages that it takes: registered at a router, run by consumers.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "evsrc/core/clock.hpp"
#include "evsrc/retail/order.hpp"
#include "evsrc/retail/order_commands.hpp"
#include "evsrc/retail/reserve_order.hpp"
#include "evsrc/retail/stock.hpp"
#include "evsrc/runtime/command_handler.hpp"
#include "evsrc/runtime/router.hpp"
#include "order_services.hpp"
#include "outside_services.hpp"

namespace retail_example {

/// The time that decisions are dated with: the data's own, from when a day was closed. What loops
/// and locks goes by the system's.
class shop_clock final : public evsrc::clock {
 public:
  void set(evsrc::timestamp now) noexcept { now_ = now; }
  [[nodiscard]] evsrc::timestamp now() noexcept override { return now_; }
  [[nodiscard]] steady_time steady() noexcept override { return evsrc::system_clock().steady(); }
  void sleep(std::chrono::microseconds duration) override { evsrc::system_clock().sleep(duration); }

 private:
  std::atomic<evsrc::timestamp> now_{};
};

/// Which events of an order leave as messages, for every service that decides on orders.
inline constexpr auto order_publications = evsrc::publications(
    evsrc::publish<evsrc::retail::order_confirmed>()
        .to(fulfillment_queue)
        .key(&evsrc::retail::order_confirmed::customer_id),
    evsrc::publish<evsrc::retail::order_cancelled>()
        .to(orders_topic)
        .key(&evsrc::retail::order_cancelled::customer_id),
    evsrc::publish<evsrc::retail::order_completed>()
        .to(orders_topic)
        .key(&evsrc::retail::order_completed::customer_id),
    evsrc::publish<evsrc::retail::inventory_insufficient>()
        .to(orders_topic)
        .key(&evsrc::retail::inventory_insufficient::customer_id),
    evsrc::publish<evsrc::retail::payment_completed>()
        .to(orders_topic)
        .key(&evsrc::retail::payment_completed::customer_id),
    evsrc::publish<evsrc::retail::payment_failed>().to(orders_topic).key(warehouse),
    evsrc::publish<evsrc::retail::payment_refunded>().to(orders_topic).key(warehouse),
    evsrc::publish<evsrc::retail::shipping_scheduled>()
        .to(orders_topic)
        .key(&evsrc::retail::shipping_scheduled::customer_id),
    evsrc::publish<evsrc::retail::shipping_shipped>().to(orders_topic).key(warehouse),
    evsrc::publish<evsrc::retail::shipping_failed>()
        .to(orders_topic)
        .key(&evsrc::retail::shipping_failed::customer_id));
using order_publications_type = std::remove_const_t<decltype(order_publications)>;

using order_desk = evsrc::command_handler<evsrc::retail::order, order_publications_type>;
using order_and_stock_desk =
    evsrc::command_handler<evsrc::retail::order_with_stocks, order_publications_type>;

/// What the services share. One thread each, but for the desks and the book of times.
struct service_surroundings {
  order_desk* orders = nullptr;
  order_and_stock_desk* orders_with_stocks = nullptr;
  evsrc::retail::stock_policy policy{};
};

/// The only one to move stock: reserves for orders, takes back what cancelled ones had, and books
/// out what was shipped, which completes the order.
[[nodiscard]] evsrc::router inventory_service(service_surroundings const& around);
/// Charges outside, under a key that makes repeats harmless.
[[nodiscard]] evsrc::router payment_service(service_surroundings const& around,
                                            outside_services& outside);
/// Gives back outside what was charged for a parcel that did not go out.
[[nodiscard]] evsrc::router refund_service(service_surroundings const& around,
                                           outside_services& outside);
/// Schedules, and ships outside.
[[nodiscard]] evsrc::router shipping_service(service_surroundings const& around,
                                             outside_services& outside);
/// Asks for mails to customers, and alerts those who keep the stock.
[[nodiscard]] evsrc::router notification_service();

/// How long orders took from being placed until they were completed, in real time.
class order_times {
 public:
  void placed(std::string const& order_id, evsrc::timestamp at);
  void completed(std::string const& order_id, evsrc::timestamp at);
  struct spread {
    std::size_t orders = 0;
    std::chrono::microseconds p50{};
    std::chrono::microseconds p99{};
  };
  [[nodiscard]] spread measured() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, evsrc::timestamp> open_;
  std::vector<std::chrono::microseconds> took_;
};

/// Counts and measures; changes nothing in the store.
[[nodiscard]] evsrc::router analytics_service(order_times& times);

}  // namespace retail_example
