// SPDX-License-Identifier: Apache-2.0
// A read model over the whole store: what came in, what became of it, what is left on the shelf.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "evsrc/model/events.hpp"
#include "evsrc/retail/adjustment.hpp"
#include "evsrc/retail/order.hpp"
#include "evsrc/retail/return.hpp"
#include "evsrc/retail/row_rejected.hpp"
#include "evsrc/retail/stock.hpp"
#include "import_book.hpp"
#include "order_pipeline.hpp"

namespace retail_example {

/// Rows, pieces and money (1/1000 GBP) of one kind of row.
struct place_total {
  std::int64_t rows = 0;
  std::int64_t units = 0;
  std::int64_t value_milli_gbp = 0;
};

/// Every row is counted in exactly one of the places, by the event that it ended as.
struct sales_summary {
  using events =
      evsrc::events<evsrc::retail::order_created, evsrc::retail::order_lines_added,
                    evsrc::retail::order_confirmed, evsrc::retail::inventory_insufficient,
                    evsrc::retail::return_recorded, evsrc::retail::adjustment_recorded,
                    evsrc::retail::inventory_updated, evsrc::retail::inventory_low_stock,
                    evsrc::retail::inventory_out_of_stock, evsrc::retail::inventory_reserved,
                    evsrc::retail::inventory_released, evsrc::retail::inventory_shipped,
                    evsrc::retail::payment_completed, evsrc::retail::payment_failed,
                    evsrc::retail::payment_refunded, evsrc::retail::shipping_scheduled,
                    evsrc::retail::shipping_shipped, evsrc::retail::shipping_failed,
                    evsrc::retail::order_completed, evsrc::retail::order_cancelled,
                    evsrc::retail::row_rejected, import_started>;

  struct order_entry {
    evsrc::retail::order_state state = evsrc::retail::order_state::none;
    std::string const* country = nullptr;  ///< a key of by_country
    std::int64_t value_milli_gbp = 0;
  };

  place_total orders, returns, adjustments, write_offs, rejected;
  std::map<std::string, std::int64_t> rejected_by_reason;
  std::map<std::string, std::int64_t> by_month;    ///< "2010-12" to 1/1000 GBP
  std::map<std::string, std::int64_t> by_country;  ///< 1/1000 GBP
  std::unordered_map<std::string, order_entry> order_states;
  std::unordered_set<std::string> other_invoices;  ///< of rows that became no order line
  std::unordered_map<std::string, evsrc::retail::stock> stocks;  ///< by SKU
  std::int64_t charged_milli_gbp = 0;                            ///< by the outside
  std::int64_t refunded_milli_gbp = 0;
  std::int64_t event_count = 0;
  std::int64_t low_stock = shop_options{}.low_stock;  ///< as the latest import began with

  void apply(evsrc::retail::order_created const& event, evsrc::metadata const& meta);
  void apply(evsrc::retail::order_lines_added const& event, evsrc::metadata const& meta);
  void apply(evsrc::retail::order_confirmed const& event);
  void apply(evsrc::retail::inventory_insufficient const& event);
  void apply(evsrc::retail::return_recorded const& event, evsrc::metadata const& meta);
  void apply(evsrc::retail::adjustment_recorded const& event, evsrc::metadata const& meta);
  void apply(evsrc::retail::inventory_updated const& event, evsrc::metadata const& meta);
  void apply(evsrc::retail::inventory_low_stock const& event, evsrc::metadata const& meta);
  void apply(evsrc::retail::inventory_out_of_stock const& event, evsrc::metadata const& meta);
  void apply(evsrc::retail::inventory_reserved const& event);
  void apply(evsrc::retail::inventory_released const& event);
  void apply(evsrc::retail::inventory_shipped const& event);
  void apply(evsrc::retail::payment_completed const& event);
  void apply(evsrc::retail::payment_failed const&) { ++event_count; }
  void apply(evsrc::retail::payment_refunded const& event);
  void apply(evsrc::retail::shipping_scheduled const&) { ++event_count; }
  void apply(evsrc::retail::shipping_shipped const& event);
  void apply(evsrc::retail::shipping_failed const&) { ++event_count; }
  void apply(evsrc::retail::order_completed const& event);
  void apply(evsrc::retail::order_cancelled const& event);
  void apply(evsrc::retail::row_rejected const& event);
  void apply(import_started const& event) { low_stock = event.shop.low_stock; }

 private:
  void add_items(std::vector<evsrc::retail::order_item> const& items, std::string const& country,
                 evsrc::timestamp time, place_total& place, int sign);
  void become(std::string const& order_id, evsrc::retail::order_state state);
  void add_row(place_total& place, std::string const& month, std::string const& country,
               std::int64_t units, std::int64_t value_milli_gbp);
  template <class Event>
  void change_stock(Event const& event, evsrc::metadata const& meta);
};

/// What `--json` prints, in this order.
struct summary_report {
  std::int64_t rows = 0;
  std::map<std::string, std::int64_t> rows_rejected;  ///< by reason
  std::int64_t invoices = 0;
  std::map<std::string, std::int64_t> orders;  ///< by state
  std::int64_t cancellations = 0;              ///< invoices
  std::int64_t adjustments = 0;                ///< invoices
  std::int64_t write_offs = 0;                 ///< rows
  std::int64_t events = 0;  ///< of orders, returns, adjustments, stock, rejected rows
  std::int64_t units = 0;
  std::map<std::string, std::int64_t> units_by_place;
  std::int64_t value_milli_gbp = 0;
  std::int64_t charged_milli_gbp = 0;
  std::int64_t refunded_milli_gbp = 0;
  std::map<std::string, std::int64_t> value_milli_gbp_by_place;
  std::map<std::string, std::int64_t> rows_by_place;
  std::map<std::string, std::int64_t> value_by_month_milli_gbp;
  std::map<std::string, std::int64_t> value_by_country_milli_gbp;
  std::int64_t products = 0;
  std::vector<std::string> broken_laws;  ///< of stock and money; see evsrc/retail/laws.hpp
  double seconds = 0;
  double rows_per_second = 0;
  std::string durability;
  pipeline_report pipeline;  ///< of this run
};

/// What the laws of the shop find, in byte order; empty where they hold. The one of money holds
/// only when nothing is on its way. `bank`: what the bank says of it; none: what the orders say.
[[nodiscard]] std::vector<std::string> broken_laws_of(sales_summary const& summary,
                                                      std::optional<payments_made> const& bank);

[[nodiscard]] summary_report report_of(sales_summary const& summary,
                                       std::optional<payments_made> const& bank);

/// The page that a person reads, for a terminal of `width` columns.
[[nodiscard]] std::string page_of(sales_summary const& summary, summary_report const& report);

}  // namespace retail_example
