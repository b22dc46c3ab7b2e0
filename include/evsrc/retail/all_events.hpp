// SPDX-License-Identifier: Apache-2.0
// Every event of the retail domain, for schema checks and for readers of the whole store.
#pragma once

#include "evsrc/model/events.hpp"
#include "evsrc/retail/adjustment.hpp"
#include "evsrc/retail/analytics.hpp"
#include "evsrc/retail/notification.hpp"
#include "evsrc/retail/order.hpp"
#include "evsrc/retail/return.hpp"
#include "evsrc/retail/row_rejected.hpp"
#include "evsrc/retail/stock.hpp"
#include "evsrc/retail/store_producer.hpp"
#include "evsrc/retail/system.hpp"

namespace evsrc::inline v0::retail {

using all_events =
    evsrc::events<order_created, order_updated, order_lines_added, order_confirmed, order_cancelled,
                  order_completed, inventory_updated, inventory_low_stock, inventory_out_of_stock,
                  inventory_reserved, inventory_released, inventory_shipped, inventory_insufficient,
                  payment_completed, payment_failed, payment_refunded, shipping_scheduled,
                  shipping_shipped, shipping_failed, notification_requested, product_viewed,
                  product_purchased, recommendation_generated, health_checked, error_occurred,
                  sale_event, inventory_event, return_recorded, adjustment_recorded, row_rejected>;

}  // namespace evsrc::inline v0::retail
