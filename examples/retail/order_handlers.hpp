// SPDX-License-Identifier: Apache-2.0
// The services by choreography: which events of others each takes, and which of its steps follows.
// order_services.hpp has the way of an order; order_saga.hpp goes the same way with a conductor.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "evsrc/core/clock.hpp"
#include "evsrc/runtime/router.hpp"
#include "order_steps.hpp"

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
