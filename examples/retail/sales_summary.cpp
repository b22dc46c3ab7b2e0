// SPDX-License-Identifier: Apache-2.0
// How the summary follows from the events.
#include "sales_summary.hpp"

#include <algorithm>
#include <charconv>

#include "evsrc/retail/laws.hpp"
#include "sale_row.hpp"

namespace retail_example {

namespace retail = evsrc::retail;

namespace {

constexpr char const* unknown = "unknown";

std::string month_of(evsrc::timestamp time) { return evsrc::to_string(time).substr(0, 7); }

std::string_view header_of(evsrc::metadata const& meta, std::string_view name) {
  for (auto const& [key, value] : meta.headers)
    if (key == name) return value;
  return {};
}

}  // namespace

void sales_summary::add_row(place_total& place, std::string const& month,
                            std::string const& country, std::int64_t units,
                            std::int64_t value_milli_gbp) {
  ++place.rows;
  place.units += units;
  place.value_milli_gbp += value_milli_gbp;
  by_month[month] += value_milli_gbp;
  by_country[country.empty() ? unknown : country] += value_milli_gbp;
}

void sales_summary::add_items(std::vector<retail::order_item> const& items,
                              std::string const& country, evsrc::timestamp time, place_total& place,
                              int sign) {
  auto const month = month_of(time);
  for (auto const& item : items)
    add_row(place, month, country, sign * item.quantity,
            retail_example::value_milli_gbp(sign * item.quantity, item.price));
}

void sales_summary::apply(retail::order_created const& event, evsrc::metadata const& meta) {
  ++event_count;
  auto const named = event.shipping_address.find("country");
  auto const& country =
      by_country
          .try_emplace(named == event.shipping_address.end() ? std::string(unknown) : named->second)
          .first->first;
  order_states[event.order_id] = {retail::order_state::created, &country,
                                  retail_example::value_milli_gbp(1, event.total_amount)};
  add_items(event.items, country, meta.time, orders, 1);
}

void sales_summary::apply(retail::order_lines_added const& event, evsrc::metadata const& meta) {
  ++event_count;
  auto& order = order_states[event.order_id];
  order.state = retail::order_state::created;
  order.value_milli_gbp = retail_example::value_milli_gbp(1, event.total_amount);
  add_items(event.items, order.country == nullptr ? std::string() : *order.country, meta.time,
            orders, 1);
}

void sales_summary::become(std::string const& order_id, retail::order_state state) {
  ++event_count;
  order_states[order_id].state = state;
}

void sales_summary::apply(retail::order_confirmed const& event) {
  become(event.order_id, retail::order_state::confirmed);
}
void sales_summary::apply(retail::inventory_insufficient const& event) {
  become(event.order_id, retail::order_state::pending_inventory);
}
void sales_summary::apply(retail::payment_completed const& event) {
  become(event.order_id, retail::order_state::paid);
  charged_milli_gbp += retail_example::value_milli_gbp(1, event.amount);
}
void sales_summary::apply(retail::payment_refunded const& event) {
  ++event_count;
  refunded_milli_gbp += retail_example::value_milli_gbp(1, event.amount);
}
void sales_summary::apply(retail::shipping_shipped const& event) {
  become(event.order_id, retail::order_state::fulfilled);
}
void sales_summary::apply(retail::order_completed const& event) {
  become(event.order_id, retail::order_state::completed);
}
void sales_summary::apply(retail::order_cancelled const& event) {
  become(event.order_id, retail::order_state::cancelled);
}

void sales_summary::apply(retail::return_recorded const& event, evsrc::metadata const& meta) {
  ++event_count;
  other_invoices.insert(event.return_id);
  add_items(event.items, event.country.value_or(std::string()), meta.time, returns, -1);
}

void sales_summary::apply(retail::adjustment_recorded const& event, evsrc::metadata const& meta) {
  ++event_count;
  other_invoices.insert(event.adjustment_id);
  add_row(adjustments, month_of(meta.time), event.country.value_or(std::string()), event.quantity,
          retail_example::value_milli_gbp(event.quantity, event.price));
}

template <class Event>
void sales_summary::change_stock(Event const& event, evsrc::metadata const& meta) {
  ++event_count;
  stocks[event.sku].apply(event);
  auto const price = evsrc::parse_money(header_of(meta, "price"));
  if (event.reason != retail::stock_reason::written_off || !price) return;
  other_invoices.emplace(header_of(meta, "invoice"));
  add_row(write_offs, month_of(meta.time), std::string(header_of(meta, "country")),
          event.change_amount, retail_example::value_milli_gbp(event.change_amount, *price));
}

void sales_summary::apply(retail::inventory_updated const& event, evsrc::metadata const& meta) {
  change_stock(event, meta);
}
void sales_summary::apply(retail::inventory_low_stock const& event, evsrc::metadata const& meta) {
  change_stock(event, meta);
}
void sales_summary::apply(retail::inventory_out_of_stock const& event,
                          evsrc::metadata const& meta) {
  change_stock(event, meta);
}

void sales_summary::apply(retail::inventory_reserved const& event) {
  ++event_count;
  stocks[event.sku].apply(event);
}

void sales_summary::apply(retail::inventory_released const& event) {
  ++event_count;
  stocks[event.sku].apply(event);
}

void sales_summary::apply(retail::inventory_shipped const& event) {
  ++event_count;
  stocks[event.sku].apply(event);
}

void sales_summary::apply(retail::row_rejected const& event) {
  ++event_count;
  if (!event.invoice.empty()) other_invoices.insert(event.invoice);
  ++rejected_by_reason[event.reason];
  auto const units = event.quantity.value_or(0);
  add_row(rejected, event.time ? month_of(*event.time) : unknown,
          event.country.value_or(std::string()), units,
          event.price ? retail_example::value_milli_gbp(units, *event.price) : 0);
}

std::vector<std::string> broken_laws_of(sales_summary const& summary,
                                        std::optional<payments_made> const& bank) {
  std::vector<std::string> found;
  for (auto const& [sku, stock] : summary.stocks)
    if (auto const wrong = retail::imbalance_of(stock)) found.push_back(to_string(*wrong));
  constexpr std::uint8_t milli = 3;
  retail::payment_totals totals{.charged = {summary.charged_milli_gbp, milli},
                                .refunded = {summary.refunded_milli_gbp, milli},
                                .kept = {0, milli}};
  if (bank) {
    totals.charged = bank->charged;
    totals.refunded = bank->refunded;
  }
  for (auto const& [id, order] : summary.order_states)
    if (retail::keeps_payment(order.state)) totals.kept.units += order.value_milli_gbp;
  if (auto const wrong = retail::imbalance_of(totals)) found.push_back(to_string(*wrong));
  std::sort(found.begin(), found.end());
  return found;
}

summary_report report_of(sales_summary const& summary, std::optional<payments_made> const& bank) {
  summary_report made;
  std::pair<char const*, place_total const*> const places[] = {
      {"orders", &summary.orders},
      {"returns", &summary.returns},
      {"adjustments", &summary.adjustments},
      {"write_offs", &summary.write_offs},
      {"rejected", &summary.rejected}};
  for (auto const& [name, place] : places) {
    made.rows += place->rows;
    made.units += place->units;
    made.value_milli_gbp += place->value_milli_gbp;
    made.rows_by_place[name] = place->rows;
    made.units_by_place[name] = place->units;
    made.value_milli_gbp_by_place[name] = place->value_milli_gbp;
  }
  made.charged_milli_gbp = summary.charged_milli_gbp;
  made.refunded_milli_gbp = summary.refunded_milli_gbp;
  made.rows_rejected = summary.rejected_by_reason;
  made.invoices = static_cast<std::int64_t>(summary.order_states.size());
  for (auto const& invoice : summary.other_invoices) {
    if (!summary.order_states.contains(invoice)) ++made.invoices;
    if (invoice.starts_with('C')) ++made.cancellations;
    if (invoice.starts_with('A')) ++made.adjustments;
  }
  for (auto const& [id, order] : summary.order_states)
    ++made.orders[std::string(retail::to_string(order.state))];
  made.write_offs = summary.write_offs.rows;
  made.events = summary.event_count;
  made.products = static_cast<std::int64_t>(summary.stocks.size());
  made.broken_laws = broken_laws_of(summary, bank);
  made.value_by_month_milli_gbp = summary.by_month;
  made.value_by_country_milli_gbp = summary.by_country;
  return made;
}

}  // namespace retail_example
