// SPDX-License-Identifier: Apache-2.0
// The summary as text for a person.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "sales_summary.hpp"

namespace retail_example {
namespace {

constexpr std::size_t bar_columns = 36;
constexpr std::size_t rows_shown = 8;

std::string grouped(std::int64_t number) {
  auto digits = fmt::format("{}", std::abs(number));
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), 1, ',');
  return (number < 0 ? "-" : "") + digits;
}

/// 9747747934 (1/1000 GBP) to "9,747,747.93", rounded half away from zero.
std::string pounds(std::int64_t milli) {
  auto const cents = (std::abs(milli) + 5) / 10;
  return fmt::format("{}{}.{:02}", milli < 0 ? "-" : "", grouped(cents / 100), cents % 100);
}

/// Eighths of a column, so that near values can be told apart.
std::string bar(std::int64_t value, std::int64_t largest) {
  if (value <= 0 || largest <= 0) return {};
  static constexpr char const* eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  auto const units = static_cast<std::size_t>(static_cast<double>(value) /
                                              static_cast<double>(largest) * bar_columns * 8);
  std::string drawn;
  for (std::size_t i = 0; i != units / 8; ++i) drawn += "█";
  return drawn + eighths[units % 8];
}

using named_values = std::vector<std::pair<std::string, std::int64_t>>;

void add_bars(std::string& page, named_values const& values, std::size_t name_columns) {
  std::int64_t largest = 0;
  for (auto const& [name, value] : values) largest = std::max(largest, value);
  for (auto const& [name, value] : values)
    fmt::format_to(std::back_inserter(page), "  {:<{}} {:>14}  {}\n", name, name_columns,
                   pounds(value), bar(value, largest));
}

named_values largest_of(std::map<std::string, std::int64_t> const& all) {
  named_values sorted(all.begin(), all.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](auto const& a, auto const& b) { return a.second > b.second; });
  if (sorted.size() > rows_shown) sorted.resize(rows_shown);
  return sorted;
}

void add_low_stock(std::string& page, sales_summary const& summary) {
  std::vector<std::pair<std::int64_t, std::string>> low;
  for (auto const& [sku, stock] : summary.stocks)
    if (stock.available < summary.low_stock) low.emplace_back(stock.available, sku);
  std::sort(low.begin(), low.end());
  fmt::format_to(std::back_inserter(page), "\nLow stock (below {}): {} of {} products\n",
                 summary.low_stock, grouped(static_cast<std::int64_t>(low.size())),
                 grouped(static_cast<std::int64_t>(summary.stocks.size())));
  for (std::size_t i = 0; i != std::min(low.size(), rows_shown); ++i)
    fmt::format_to(std::back_inserter(page), "  {:<14} {:>10}\n", low[i].second,
                   grouped(low[i].first));
}

void add_laws(std::string& page, summary_report const& report) {
  auto out = std::back_inserter(page);
  fmt::format_to(out, "\nCharged {} GBP, refunded {} GBP\n", pounds(report.charged_milli_gbp),
                 pounds(report.refunded_milli_gbp));
  if (report.broken_laws.empty())
    fmt::format_to(out, "  the laws of stock ({} products) and money hold\n",
                   grouped(report.products));
  for (auto const& wrong : report.broken_laws) fmt::format_to(out, "  BROKEN LAW: {}\n", wrong);
}

void add_pipeline(std::string& page, pipeline_report const& through) {
  auto out = std::back_inserter(page);
  fmt::format_to(out, "\nMessages handled by queue, by {}\n", through.style);
  for (auto const& [queue, count] : through.messages_by_queue)
    fmt::format_to(out, "  {:<36} {:>10}\n", queue, grouped(count));
  for (auto const& [reason, count] : through.dead_letters)
    fmt::format_to(out, "  dead letters for {}: {}\n", reason, grouped(count));
  for (auto const& [queue, count] : through.dead_letters_waiting)
    fmt::format_to(out, "  {} of {} wait for a person: evsrc deadletters list STORE --queue {}\n",
                   grouped(count), queue, queue);
  fmt::format_to(out,
                 "  {} duplicates absorbed; placed to completed {:.1f} ms (p50), {:.1f} ms (p99); "
                 "{} orders/s\n",
                 grouped(through.duplicates_absorbed), through.placed_to_completed_p50_ms,
                 through.placed_to_completed_p99_ms,
                 grouped(static_cast<std::int64_t>(through.orders_per_second)));
  if (!through.outage) return;
  fmt::format_to(out,
                 "  {} was away for {} s: {} messages waited, {:.0f} more a second; worked off in "
                 "{:.1f} s, {} "
                 "a second\n",
                 through.outage->service, through.outage->seconds,
                 grouped(through.outage->peak_backlog), through.outage->grown_per_second,
                 through.outage->drain_seconds,
                 grouped(static_cast<std::int64_t>(through.outage->drained_per_second)));
}

}  // namespace

std::string page_of(sales_summary const& summary, summary_report const& report) {
  std::string page;
  auto out = std::back_inserter(page);
  fmt::format_to(out, "\nWhere the rows went\n  {:<14} {:>10} {:>12} {:>16}\n", "", "rows", "units",
                 "GBP");
  for (auto const& [place, rows] : report.rows_by_place)
    fmt::format_to(out, "  {:<14} {:>10} {:>12} {:>16}\n", place, grouped(rows),
                   grouped(report.units_by_place.at(place)),
                   pounds(report.value_milli_gbp_by_place.at(place)));
  fmt::format_to(out, "  {:<14} {:>10} {:>12} {:>16}\n", "all", grouped(report.rows),
                 grouped(report.units), pounds(report.value_milli_gbp));
  for (auto const& [reason, rows] : report.rows_rejected)
    fmt::format_to(out, "  rejected for {}: {}\n", reason, grouped(rows));

  fmt::format_to(out, "\nOrders by state ({} invoices, {} of them cancellations)\n",
                 grouped(report.invoices), grouped(report.cancellations));
  for (auto const& [state, count] : report.orders)
    fmt::format_to(out, "  {:<18} {:>10}\n", state, grouped(count));

  fmt::format_to(out, "\nRevenue per month, GBP\n");
  add_bars(page, {report.value_by_month_milli_gbp.begin(), report.value_by_month_milli_gbp.end()},
           8);
  fmt::format_to(out, "\nTop countries, GBP\n");
  add_bars(page, largest_of(report.value_by_country_milli_gbp), 16);
  add_low_stock(page, summary);
  add_laws(page, report);
  bool const is_of_import = !report.pipeline.style.empty();  // else nothing was done, only asked
  if (is_of_import) add_pipeline(page, report.pipeline);
  fmt::format_to(out, "\n{} events; {} rows", grouped(report.events), grouped(report.rows));
  if (is_of_import)
    fmt::format_to(out, " in {:.1f} s, {} rows/s at durability {}", report.seconds,
                   grouped(static_cast<std::int64_t>(report.rows_per_second)), report.durability);
  page += '\n';
  return page;
}

}  // namespace retail_example
