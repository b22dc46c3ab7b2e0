// SPDX-License-Identifier: Apache-2.0
// One valid event of each type and version, with every field set.
#pragma once

#include "evsrc/retail/all_events.hpp"
#include "order_samples.hpp"

namespace evsrc::retail_samples {

template <class E>
struct sample_of;

template <class E>
E sample() {
  return sample_of<E>::make();
}

inline std::vector<retail::order_item> two_items() {
  auto items = two_line_order().items;
  items[0].name = "WHITE HANGING HEART T-LIGHT HOLDER";
  items[0].line = 1;
  items[1].name = "BLANC \"£\" LANTERN";
  return items;
}

inline timestamp noon() { return *parse_timestamp("2010-12-01T12:00:00.25Z"); }

template <class E>
struct order_sample {
  static E make() {
    E event;
    event.order_id = "536365";
    event.customer_id = "17850";
    event.items = two_items();
    event.total_amount = amount("35.64");
    event.currency = "GBP";
    event.shipping_address = {{"city", "London"}, {"country", "United Kingdom"}};
    if constexpr (requires { event.reason; }) event.reason = "ordered twice";
    if constexpr (requires { event.processed_at; }) event.processed_at = noon();
    return event;
  }
};
template <>
struct sample_of<retail::order_created> : order_sample<retail::order_created> {};
template <>
struct sample_of<retail::order_updated> : order_sample<retail::order_updated> {};
template <>
struct sample_of<retail::order_confirmed> : order_sample<retail::order_confirmed> {};
template <>
struct sample_of<retail::order_cancelled> : order_sample<retail::order_cancelled> {};
template <>
struct sample_of<retail::order_completed> : order_sample<retail::order_completed> {};

template <>
struct sample_of<retail::order_created_v1> {
  static retail::order_created_v1 make() { return {"order-123", amount("45.85")}; }
};
template <>
struct sample_of<retail::order_created_v2> {
  static retail::order_created_v2 make() { return {"order-123", amount("45.80"), "EUR"}; }
};
template <>
struct sample_of<retail::order_lines_added> {
  static retail::order_lines_added make() {
    return {"536365", "17850", {item("84406B", 8, "2.75")}, amount("22.00"), amount("57.64")};
  }
};

template <class E, std::int64_t Now, std::int64_t Before>
struct change_sample {
  static E make() {
    return {"85123A", "85123A",     Now,
            Before,   Now - Before, "main",
            10,       50,           retail::stock_reason::corrected,
            "count-7"};
  }
};
template <>
struct sample_of<retail::inventory_updated> : change_sample<retail::inventory_updated, 94, 100> {};
template <>
struct sample_of<retail::inventory_low_stock> : change_sample<retail::inventory_low_stock, 9, 15> {
};
template <>
struct sample_of<retail::inventory_out_of_stock>
    : change_sample<retail::inventory_out_of_stock, 0, 6> {};

template <>
struct sample_of<retail::inventory_reserved> {
  static retail::inventory_reserved make() { return {"536365", "85123A", "85123A", 6, 94, "main"}; }
};
template <>
struct sample_of<retail::inventory_released> {
  static retail::inventory_released make() {
    return {"536365", "85123A", "85123A", 6, 100, "main", "payment failed"};
  }
};
template <>
struct sample_of<retail::inventory_shipped> {
  static retail::inventory_shipped make() { return {"536365", "85123A", "85123A", 6, "main"}; }
};
template <>
struct sample_of<retail::inventory_insufficient> {
  static retail::inventory_insufficient make() {
    return {"536365", "17850", {{"85123A", 6, 2}, {"71053", 6, 0}}};
  }
};
template <>
struct sample_of<retail::payment_completed> {
  static retail::payment_completed make() {
    return {"536365", "17850", "pay-1", amount("35.64"), "GBP", "card"};
  }
};
template <>
struct sample_of<retail::payment_failed> {
  static retail::payment_failed make() {
    return {"536365", "17850", "pay-1", amount("35.64"), "GBP", "declined"};
  }
};
template <>
struct sample_of<retail::payment_refunded> {
  static retail::payment_refunded make() {
    return {"536365", "17850", "pay-1", amount("5.00"), "GBP", "one cup broken"};
  }
};
template <>
struct sample_of<retail::shipping_scheduled> {
  static retail::shipping_scheduled make() {
    return {"536365", "17850", "ship-1", "a carrier", noon()};
  }
};
template <>
struct sample_of<retail::shipping_shipped> {
  static retail::shipping_shipped make() {
    return {"536365", "17850", "ship-1", "a carrier", "GB-123"};
  }
};
template <>
struct sample_of<retail::shipping_failed> {
  static retail::shipping_failed make() { return {"536365", "17850", "ship-1", "van broke down"}; }
};
template <>
struct sample_of<retail::notification_requested> {
  static retail::notification_requested make() {
    return {"n-1",
            "17850",
            retail::notification_channel::email,
            "order-confirmed",
            {{"total", "35.64"}},
            "536365"};
  }
};
template <>
struct sample_of<retail::product_viewed> {
  static retail::product_viewed make() {
    return {"s-1", "85123A", "gifts", "view", amount("2.55"), {R"({"page":3,"from":"search"})"}};
  }
};
template <>
struct sample_of<retail::product_purchased> {
  static retail::product_purchased make() {
    return {"s-1", "85123A", "gifts", "purchase", amount("15.30"), {"{}"}};
  }
};
template <>
struct sample_of<retail::recommendation_generated> {
  static retail::recommendation_generated make() {
    return {"17850",
            {{R"({"product_id":"71053"})"}, {R"({"product_id":"22423"})"}},
            "also-bought",
            {0.93, 0.5},
            {R"({"basket":["85123A"]})"}};
  }
};
template <>
struct sample_of<retail::health_checked> {
  static retail::health_checked make() {
    return {"order-service", retail::health_status::degraded, json_value{R"({"queue":41})"}};
  }
};
template <>
struct sample_of<retail::error_occurred> {
  static retail::error_occurred make() {
    return {"E-17",
            "no stock service",
            "line 1\nline 2",
            retail::severity::critical,
            {"orders", "stock"},
            "restart"};
  }
};

template <class E>
struct till_sample {
  static E make() {
    E event;
    event.id = "751cb7ed-27ad-4bd5-b3e2-1bd3ba0f8458";
    event.request_id = "0190a5c8-7f3e-7c21-8000-0123456789ab";
    event.store_id = 4;
    event.store_fqdn = "store-4.example.com";
    event.store_ip = "10.0.0.4";
    event.cust_id = 617;
    event.category = "Books";
    event.sku = 44324;
    event.price = amount("56.33");
    event.qty = 14;
    event.discount = amount("18.5");
    event.gift_wrap = true;
    event.variant = "red";
    event.priority_shipping = true;
    event.ts = noon();
    event.contact_me = "the shop";
    event.is_return = false;
    return event;
  }
};
template <>
struct sample_of<retail::sale_event> : till_sample<retail::sale_event> {};
template <>
struct sample_of<retail::inventory_event> : till_sample<retail::inventory_event> {};

template <>
struct sample_of<retail::return_recorded> {
  static retail::return_recorded make() {
    return {"C536379",       "14527", {item("22423", 1, "27.50")},
            amount("27.50"), "GBP",   "United Kingdom"};
  }
};
template <>
struct sample_of<retail::adjustment_recorded> {
  static retail::adjustment_recorded make() {
    return {"A563186",
            "B",
            1,
            amount("-11062.06"),
            amount("-11062.06"),
            "GBP",
            "Adjust bad debt",
            299984,
            "United Kingdom"};
  }
};
template <>
struct sample_of<retail::row_rejected> {
  static retail::row_rejected make() {
    return {"online-retail.csv",
            623,
            "price",
            "price: must be above zero, is 0.00",
            "536414",
            "22139",
            56,
            amount("0.00"),
            noon(),
            "United Kingdom"};
  }
};

}  // namespace evsrc::retail_samples
