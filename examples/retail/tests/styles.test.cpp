// SPDX-License-Identifier: Apache-2.0
// The sample through the shop, once by choreography and once by the saga, with a world outside that
// fails for the same orders: the orders, the stock and the money end the same, and the laws hold.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "evsrc/retail/laws.hpp"
#include "evsrc/runtime/projection.hpp"
#include "evsrc/sqlite/event_store.hpp"
#include "importer.hpp"
#include "order_pipeline.hpp"
#include "outside_process.hpp"
#include "sale_row.hpp"
#include "sales_summary.hpp"

namespace {

using namespace retail_example;
namespace retail = evsrc::retail;
using order_ways = std::map<std::string, std::vector<std::string>>;

/// Given on the command line.
std::string& sample_file() {
  static std::string path;
  return path;
}

/// What the bank did, in 1/1000 GBP.
struct bank_totals {
  std::int64_t charged = 0;
  std::int64_t refunded = 0;
};

/// What a run came to.
struct outcome {
  std::unordered_map<std::string, retail::stock> stocks;
  summary_report report;
  order_ways ways;  ///< the events of each order, by name
  bank_totals bank;
};

/// The first rows of the sample, or all of it where EVSRC_SOAK is set. @return whether it is
/// written
bool cut_sample(std::string const& to) {
  std::size_t const rows = std::getenv("EVSRC_SOAK") != nullptr ? SIZE_MAX : 15'000;
  std::ifstream from(sample_file());
  std::ofstream into(to);
  std::string line;
  for (std::size_t row = 0; row <= rows && std::getline(from, line); ++row) into << line << '\n';
  return from.is_open() && into.good();
}

/// Few pieces of each product and slow deliveries, so that many orders wait; many cards and parcels
/// fail, so that all ways are gone.
import_request scarce_import(std::string const& file) {
  import_request made;
  made.path = file;
  made.shop.opening_stock = 40;
  made.shop.lead_days = 3;
  return made;
}
outside_options unlucky(std::uint64_t seed) {
  return {.seed = seed, .payment_failures_per_mille = 100, .shipping_failures_per_mille = 80};
}

bank_totals read_ledger(std::string const& path) {
  bank_totals found;
  std::ifstream lines(path);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::string kind, key, order, amount, said;
    fields >> kind >> key >> order >> amount >> said;
    if (said != "ok" || kind == "ship") continue;
    auto& total = kind == "charge" ? found.charged : found.refunded;
    total += value_milli_gbp(1, evsrc::parse_money(amount).value_or(evsrc::money{}));
  }
  return found;
}

evsrc::result<order_ways> read_ways(evsrc::event_store& store) {
  order_ways found;
  for (evsrc::scope_read from{.scope = evsrc::events_of_category{"order"}};;) {
    auto const page = store.query(from);
    if (!page) return evsrc::fail(page.error());
    for (auto const& event : page->events()) found[std::string(event.key)].emplace_back(event.name);
    if (page->events().empty()) return found;
    from.from = page->next();
  }
}

evsrc::result<outcome> run(std::string const& file, order_style style, std::uint64_t seed) {
  std::string const ledger = file + ".ledger";
  auto outside = outside_process::start(ledger, unlucky(seed));
  if (!outside) return evsrc::fail(outside.error());
  auto const store =
      evsrc::sqlite::open(":memory:", {.durability = evsrc::sqlite::durability::memory});
  if (!store) return evsrc::fail(store.error());
  auto request = scarce_import(file);
  retail::stock_policy const policy{request.shop.low_stock, request.shop.reorder_point, false};
  auto const pipeline = order_pipeline::open(**store, {outside->socket_path(), policy, {}, style});
  if (!pipeline) return evsrc::fail(pipeline.error());
  request.work_off = [&](evsrc::timestamp closing) { return (*pipeline)->work_off(closing); };
  auto const imported = import_file(**store, request);
  if (!imported) return evsrc::fail(imported.error());

  outcome done;
  evsrc::projection<sales_summary> summary(**store, {.name = "summary", .batch_events = 10'000});
  for (;;) {
    auto const passed = summary.poll();
    if (!passed) return evsrc::fail(passed.error());
    if (*passed == 0) break;
  }
  EVSRC_TRY(summary.read([&](sales_summary const& model) -> evsrc::result<> {
    done.report = report_of(model);
    done.stocks = model.stocks;
    return {};
  }));
  done.report.pipeline = (*pipeline)->report();
  auto ways = read_ways(**store);
  if (!ways) return evsrc::fail(std::move(ways.error()));
  done.ways = std::move(*ways);
  done.bank = read_ledger(ledger);
  unlink(ledger.c_str());
  return done;
}

void expect_laws(outcome const& of) {
  EXPECT_EQ(of.report.broken_laws, std::vector<std::string>{});
  EXPECT_EQ(of.report.pipeline.dead_letters, (std::map<std::string, std::int64_t>{}));
  EXPECT_EQ(of.bank.charged, of.report.charged_milli_gbp) << "no payment is in doubt";
  EXPECT_EQ(of.bank.refunded, of.report.refunded_milli_gbp);
}

/// How many orders have come by this event, and how many of those also by `then`.
std::pair<int, int> came_by(order_ways const& ways, std::string const& name,
                            std::string const& then) {
  std::pair<int, int> counts;
  for (auto const& [id, way] : ways) {
    auto const at = std::find(way.begin(), way.end(), name);
    if (at == way.end()) continue;
    ++counts.first;
    if (std::find(at, way.end(), then) != way.end()) ++counts.second;
  }
  return counts;
}

TEST(order_styles, end_the_same) {
  auto const* const chosen = std::getenv("EVSRC_SEED");
  std::uint64_t const seed = chosen != nullptr ? std::strtoull(chosen, nullptr, 10) : 7;
  std::cout << "EVSRC_SEED=" << seed << '\n';
  std::string const file = "styles.test." + std::to_string(getpid()) + ".csv";
  ASSERT_TRUE(cut_sample(file));
  auto const loose = run(file, order_style::choreography, seed);
  ASSERT_TRUE(loose) << to_string(loose.error());
  auto const led = run(file, order_style::saga, seed);
  unlink(file.c_str());
  ASSERT_TRUE(led) << to_string(led.error());
  ASSERT_EQ(loose->report.pipeline.style, "choreography");
  ASSERT_EQ(led->report.pipeline.style, "saga");

  EXPECT_EQ(led->report.orders, loose->report.orders);
  EXPECT_EQ(led->report.value_by_month_milli_gbp, loose->report.value_by_month_milli_gbp);
  EXPECT_EQ(led->report.value_by_country_milli_gbp, loose->report.value_by_country_milli_gbp);
  EXPECT_EQ(led->report.charged_milli_gbp, loose->report.charged_milli_gbp);
  EXPECT_EQ(led->report.refunded_milli_gbp, loose->report.refunded_milli_gbp);
  EXPECT_EQ(led->report.events, loose->report.events);
  EXPECT_TRUE(led->stocks == loose->stocks) << "of every product, reservations included";
  EXPECT_TRUE(led->ways == loose->ways) << "each order goes by the same events";
  expect_laws(*loose);
  expect_laws(*led);

  // All ways were gone.
  EXPECT_GT(came_by(led->ways, "inventory.insufficient", "order.confirmed").second, 0);
  auto const unpaid = came_by(led->ways, "payment.failed", "order.cancelled");
  EXPECT_GT(unpaid.first, 0);
  EXPECT_EQ(unpaid.first, unpaid.second);
  auto const unshipped = came_by(led->ways, "shipping.failed", "payment.refunded");
  EXPECT_GT(unshipped.first, 0);
  EXPECT_EQ(unshipped.first, unshipped.second);
  EXPECT_EQ(came_by(led->ways, "payment.refunded", "order.cancelled").second, unshipped.first);
}

TEST(order_styles, are_kept_by_a_store) {
  auto const outside = outside_process::start("/dev/null", {});
  ASSERT_TRUE(outside) << to_string(outside.error());
  auto const store =
      evsrc::sqlite::open(":memory:", {.durability = evsrc::sqlite::durability::memory});
  ASSERT_TRUE(store) << to_string(store.error());
  auto const open = [&](std::optional<order_style> style) {
    return order_pipeline::open(**store, {outside->socket_path(), {}, {}, style});
  };
  ASSERT_TRUE(open(order_style::saga));
  auto const again = open({});
  ASSERT_TRUE(again) << to_string(again.error());
  EXPECT_EQ((*again)->report().style, "saga");
  auto const other = open(order_style::choreography);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().message,
            "style: the orders of this store go by saga; leave the style out to go on");
}

}  // namespace

/// This program is also the world outside: see outside_process.
int main(int argc, char** argv) {
  if (argc == 8 && std::string_view(argv[1]) == "outside") {
    auto const number = [&](int at) { return std::strtoll(argv[at], nullptr, 10); };
    return serve_outside(argv[2], argv[3],
                         {static_cast<std::uint64_t>(number(4)), number(5), number(6), number(7)});
  }
  testing::InitGoogleTest(&argc, argv);
  if (argc > 1) sample_file() = argv[1];
  return RUN_ALL_TESTS();
}
