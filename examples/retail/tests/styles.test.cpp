// SPDX-License-Identifier: Apache-2.0
// The sample through the shop, once by choreography and once by the saga, with a world outside that
// fails for the same orders: the orders, the stock and the money end the same, and the laws hold.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <sstream>

#include "evsrc/codec/json_codec.hpp"
#include "evsrc/retail/laws.hpp"
#include "evsrc/retail/notification.hpp"
#include "evsrc/retail/order_commands.hpp"
#include "evsrc/runtime/command_handler.hpp"
#include "evsrc/runtime/projection.hpp"
#include "evsrc/sqlite/event_store.hpp"
#include "evsrc/sqlite/message_bus.hpp"
#include "importer.hpp"
#include "order_pipeline.hpp"
#include "outside_process.hpp"
#include "sale_row.hpp"
#include "sales_summary.hpp"

namespace {

using namespace retail_example;
namespace retail = evsrc::retail;
using order_ways = std::map<std::string, std::vector<std::string>>;
using counts_by_name = std::map<std::string, std::int64_t>;

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

/// Events of the orders, and of stocks what goes back to the shelf.
evsrc::result<order_ways> read_ways(evsrc::event_store& store) {
  constexpr auto released = retail::inventory_released::wire_name.name;
  order_ways found;
  for (evsrc::scope_read from{.scope = evsrc::all_events{}};;) {
    auto const page = store.query(from);
    if (!page) return evsrc::fail(page.error());
    for (auto const& event : page->events()) {
      std::string order(event.key);
      if (event.category == "stock" && event.name == released) {
        auto const of = evsrc::decode_json<retail::inventory_released>(event.payload);
        if (!of) return evsrc::fail(of.error());
        order = of->order_id;
      } else if (event.category != "order") {
        continue;
      }
      found[order].emplace_back(event.name);
    }
    if (page->events().empty()) return found;
    from.from = page->next();
  }
}

/// What an order's customer is told, in order.
evsrc::result<std::vector<std::string>> read_notices(evsrc::event_store& store,
                                                     std::string const& order_id) {
  auto const page = store.read({.stream = {"notification", order_id}});
  if (!page) return evsrc::fail(page.error());
  std::vector<std::string> found;
  for (auto const& event : page->events()) {
    auto const one = evsrc::decode_json<retail::notification_requested>(event.payload);
    if (!one) return evsrc::fail(one.error());
    found.push_back(one->message_template);
  }
  return found;
}

/// How a run goes, but for the rows.
struct circumstances {
  outside_options outside{};
  outage_plan outage{};
  /// Called after the services had their turn at the end of a day.
  std::function<evsrc::result<void>(evsrc::sqlite::event_store&)> after_day{};
};

evsrc::result<outcome> run(std::string const& file, order_style style, circumstances const& how) {
  std::string const ledger = file + ".ledger";
  auto outside = outside_process::start(ledger, how.outside);
  if (!outside) return evsrc::fail(outside.error());
  auto const store =
      evsrc::sqlite::open(":memory:", {.durability = evsrc::sqlite::durability::memory});
  if (!store) return evsrc::fail(store.error());
  auto request = scarce_import(file);
  auto const pipeline = order_pipeline::open(**store, {outside->socket_path(), how.outage, style});
  if (!pipeline) return evsrc::fail(pipeline.error());
  request.work_off = [&](evsrc::timestamp closing,
                         retail::stock_policy const& policy) -> evsrc::result<void> {
    EVSRC_TRY((*pipeline)->work_off(closing, policy));
    return how.after_day ? how.after_day(**store) : evsrc::result<void>{};
  };
  auto const imported = import_file(**store, request);
  if (!imported) return evsrc::fail(imported.error());
  EVSRC_TRY((*pipeline)->finish(imported->closed_until, imported->policy));
  auto const bank = (*pipeline)->payments();
  if (!bank) return evsrc::fail(bank.error());

  outcome done;
  evsrc::projection<sales_summary> summary(**store, {.name = "summary", .batch_events = 10'000});
  for (;;) {
    auto const passed = summary.poll();
    if (!passed) return evsrc::fail(passed.error());
    if (*passed == 0) break;
  }
  EVSRC_TRY(summary.read([&](sales_summary const& model) -> evsrc::result<> {
    done.report = report_of(model, *bank);
    done.stocks = model.stocks;
    return {};
  }));
  auto const through = (*pipeline)->report();
  if (!through) return evsrc::fail(through.error());
  done.report.pipeline = *through;
  auto ways = read_ways(**store);
  if (!ways) return evsrc::fail(std::move(ways.error()));
  done.ways = std::move(*ways);
  done.bank = read_ledger(ledger);
  unlink(ledger.c_str());
  return done;
}

void expect_laws(outcome const& of) {
  EXPECT_EQ(of.report.broken_laws, std::vector<std::string>{});
  EXPECT_EQ(of.report.pipeline.dead_letters, counts_by_name{});
  EXPECT_EQ(of.report.pipeline.dead_letters_waiting, counts_by_name{});
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

/// Whether an order went by these events, in this order, with others between them.
bool went_by(std::vector<std::string> const& way, std::vector<std::string> const& names) {
  auto at = way.begin();
  for (auto const& name : names) {
    at = std::find(at, way.end(), name);
    if (at == way.end()) return false;
  }
  return true;
}

/// A file of few rows, which is removed.
class small_file {
 public:
  explicit small_file(std::string const& rows)
      : path_("rows.test." + std::to_string(getpid()) + ".csv") {
    std::ofstream(path_) << "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,"
                            "CustomerID,Country\n"
                         << rows;
  }
  small_file(small_file const&) = delete;
  small_file& operator=(small_file const&) = delete;
  ~small_file() {
    unlink(path_.c_str());
    unlink((path_ + ".ledger").c_str());
  }
  [[nodiscard]] std::string const& path() const { return path_; }

 private:
  std::string path_;
};

class order_style_of : public testing::TestWithParam<order_style> {
 protected:
  static constexpr outside_options lucky{.payment_failures_per_mille = 0,
                                         .shipping_failures_per_mille = 0};
  static outcome run_with(small_file const& file, circumstances const& how) {
    auto done = run(file.path(), GetParam(), how);
    EXPECT_TRUE(done) << to_string(done.error());
    return done ? std::move(*done) : outcome{};
  }
};

/// The bank is away, so that the order is confirmed and not paid when a row of it comes late.
TEST_P(order_style_of, charges_an_order_once_whose_rows_stand_on_two_days) {
  small_file const file(
      "1,A,LANTERN,6,2010-12-01T08:26:00,2.50,17850,France\n"
      "1,B,HOLDER,1,2010-12-02T08:26:00,3.00,17850,France\n"
      "2,A,LANTERN,2,2010-12-02T09:00:00,2.50,17851,France\n"
      "3,A,LANTERN,1,2010-12-03T09:00:00,2.50,17852,France\n");
  auto const calm = run_with(file, {lucky});
  auto const away = run_with(file, {lucky, {"payment", 1}});
  EXPECT_EQ(away.report.rows_rejected, (counts_by_name{{"order_state", 1}}));
  EXPECT_EQ(away.report.rows_rejected, calm.report.rows_rejected);
  EXPECT_TRUE(away.ways == calm.ways);
  EXPECT_EQ(away.report.orders, calm.report.orders);
  EXPECT_EQ(away.bank.charged, 20'000) << "6 and 2 lanterns";
  expect_laws(away);
  expect_laws(calm);
}

/// A single order, and a run that has nothing else to do.
TEST_P(order_style_of, waits_for_the_end_of_an_outage) {
  small_file const file(
      "1,A,LANTERN,6,2010-12-01T08:26:00,2.50,17850,France\n"
      "2,A,LANTERN,2,2010-12-02T09:00:00,2.50,17851,France\n");
  for (auto const* const service : {"payment", "shipping"}) {
    auto const done = run_with(file, {lucky, {service, 1}});
    EXPECT_EQ(done.report.orders, (counts_by_name{{"completed", 1}, {"created", 1}})) << service;
    ASSERT_TRUE(done.report.pipeline.outage);
    EXPECT_GT(done.report.pipeline.outage->peak_backlog, 0) << service;
    EXPECT_GT(done.report.pipeline.outage->drain_seconds, 0) << service;
    expect_laws(done);
  }
}

TEST_P(order_style_of, gives_back_what_a_cancelled_order_was_charged) {
  small_file const file(
      "1,A,LANTERN,6,2010-12-01T08:26:00,2.50,17850,France\n"
      "2,A,LANTERN,2,2010-12-02T09:00:00,2.50,17851,France\n");
  auto const cancel = [](evsrc::sqlite::event_store& store) -> evsrc::result<void> {
    evsrc::command_handler<retail::order> desk(store);
    auto const told = desk.handle("1", retail::cancel_order{"changed my mind"});
    EXPECT_TRUE(told);
    return {};
  };
  auto const done = run_with(file, {lucky, {"payment", 1}, cancel});
  EXPECT_EQ(done.report.orders.at("cancelled"), 1);
  EXPECT_EQ(done.bank.charged, 15'000);
  EXPECT_EQ(done.bank.refunded, 15'000);
  EXPECT_EQ(done.report.charged_milli_gbp, 0) << "the order knows of no payment";
  EXPECT_EQ(done.report.broken_laws, std::vector<std::string>{});
}

/// The first order takes all that there is; the second waits for what comes days later, and gets
/// another row meanwhile.
TEST_P(order_style_of, tells_a_customer_once_that_an_order_was_received) {
  small_file const file(
      "1,A,LANTERN,30,2010-12-01T08:26:00,2.50,17850,France\n"
      "2,A,LANTERN,30,2010-12-01T09:00:00,2.50,17851,France\n"
      "2,B,HOLDER,1,2010-12-02T09:00:00,2.50,17851,France\n"
      "3,B,HOLDER,1,2010-12-06T09:00:00,2.50,17852,France\n"
      "4,B,HOLDER,1,2010-12-12T09:00:00,2.50,17852,France\n");
  std::vector<std::string> notices;
  auto const read = [&](evsrc::event_store& store) -> evsrc::result<void> {
    auto found = read_notices(store, "2");
    if (!found) return evsrc::fail(found.error());
    notices = std::move(*found);
    return {};
  };
  static_cast<void>(run_with(file, {lucky, {}, read}));
  EXPECT_EQ(notices, (std::vector<std::string>{"order_received", "stock_alert", "stock_alert",
                                               "order_completed"}))
      << "it was short of stock twice: as it came, and with the row that was added";
}

INSTANTIATE_TEST_SUITE_P(both, order_style_of,
                         testing::Values(order_style::choreography, order_style::saga),
                         [](auto const& of) { return std::string(to_string(of.param)); });

TEST(order_styles, end_the_same) {
  auto const* const chosen = std::getenv("EVSRC_SEED");
  std::uint64_t const seed = chosen != nullptr ? std::strtoull(chosen, nullptr, 10) : 7;
  std::cout << "EVSRC_SEED=" << seed << '\n';
  std::string const file = "styles.test." + std::to_string(getpid()) + ".csv";
  ASSERT_TRUE(cut_sample(file));
  auto const loose = run(file, order_style::choreography, {unlucky(seed)});
  ASSERT_TRUE(loose) << to_string(loose.error());
  auto const led = run(file, order_style::saga, {unlucky(seed)});
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
  for (auto const& [id, way] : led->ways) {
    if (!went_by(way, {"payment.refunded"})) continue;
    EXPECT_TRUE(went_by(way, {"payment.refunded", "inventory.released", "order.cancelled"}))
        << id << " is undone in this order";
  }
}

TEST(order_styles, are_kept_by_a_store) {
  auto const outside = outside_process::start("/dev/null", {});
  ASSERT_TRUE(outside) << to_string(outside.error());
  auto const store =
      evsrc::sqlite::open(":memory:", {.durability = evsrc::sqlite::durability::memory});
  ASSERT_TRUE(store) << to_string(store.error());
  auto const open = [&](std::optional<order_style> style) {
    return order_pipeline::open(**store, {outside->socket_path(), {}, style});
  };
  ASSERT_TRUE(open(order_style::saga));
  auto const again = open({});
  ASSERT_TRUE(again) << to_string(again.error());
  EXPECT_EQ((*again)->report()->style, "saga");
  auto const other = open(order_style::choreography);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().message,
            "style: the orders of this store go by saga; leave the style out to go on, or choose "
            "another store by --store");
}

/// The messages that stand in an entity, scheduled ones as well.
std::vector<evsrc::message> standing_in(evsrc::sqlite::event_store& store, char const* entity) {
  evsrc::sqlite::message_bus bus(store);
  auto const from = bus.open_receiver(entity);
  auto const found = from ? (*from)->peek(0, 100) : evsrc::fail(from.error());
  EXPECT_TRUE(found) << to_string(found.error());
  std::vector<evsrc::message> messages;
  if (found)
    for (auto const& one : *found) messages.push_back(one.message);
  return messages;
}

TEST(order_styles, queue_confirmed_orders_in_the_session_of_their_customer) {
  small_file const file(
      "1,A,LANTERN,6,2010-12-01T08:26:00,250.00,17850,France\n"
      "2,A,LANTERN,2,2010-12-02T09:00:00,2.50,17851,France\n");
  std::vector<evsrc::message> waiting;
  auto const look = [&](evsrc::sqlite::event_store& store) -> evsrc::result<void> {
    waiting = standing_in(store, "order-fulfillment");
    return {};
  };
  ASSERT_TRUE(run(file.path(), order_style::choreography, {{}, {"payment", 1}, look}));
  ASSERT_EQ(waiting.size(), 1U) << "the bank is away";
  EXPECT_EQ(waiting[0].session_id, "17850");
  EXPECT_EQ(waiting[0].subject, "order.confirmed");
  EXPECT_EQ(find_text(waiting[0].properties, "order_id"), "1");
  EXPECT_EQ(find_text(waiting[0].properties, "priority"), "high");
}

TEST(order_styles, tell_of_dead_letters_whichever_run_left_them) {
  auto const outside = outside_process::start("/dev/null", {});
  ASSERT_TRUE(outside) << to_string(outside.error());
  auto const store =
      evsrc::sqlite::open(":memory:", {.durability = evsrc::sqlite::durability::memory});
  ASSERT_TRUE(store) << to_string(store.error());
  auto const open = [&] { return order_pipeline::open(**store, {outside->socket_path()}); };
  auto const first = open();
  ASSERT_TRUE(first) << to_string(first.error());
  evsrc::message nonsense;
  nonsense.body = "{\"order_id\": 7}";
  nonsense.id.value = "nonsense";
  nonsense.subject = "order.created";
  nonsense.session_id = "main";
  evsrc::sqlite::message_bus bus(**store);
  auto const orders = bus.open_sender("orders");
  ASSERT_TRUE((*orders)->send(nonsense));
  ASSERT_TRUE((*first)->work_off(evsrc::system_clock().now()));
  EXPECT_EQ((*first)->report()->dead_letters.size(), 1U);
  EXPECT_EQ((*first)->report()->dead_letters_waiting.at("orders/Subscriptions/inventory"), 1);
  auto const again = open();
  ASSERT_TRUE(again) << to_string(again.error());
  EXPECT_EQ((*again)->report()->dead_letters, counts_by_name{}) << "none in this run";
  EXPECT_EQ((*again)->report()->dead_letters_waiting.at("orders/Subscriptions/inventory"), 1);
  auto const reports = standing_in(**store, "order-processing-dlq");
  ASSERT_FALSE(reports.empty());
  EXPECT_NE(find_text(reports[0].properties, "error").find("order_id"), std::string_view::npos);
  EXPECT_EQ(find_text(reports[0].properties, "event_id"), "nonsense");
  EXPECT_NE(find_property(reports[0].properties, "retry_count"), nullptr);
}

TEST(outside, does_nothing_that_its_ledger_has_no_room_for) {
  small_file const file("");
  auto const ledger = file.path() + ".ledger";
  std::string const first = "charge\tkey-1\torder-1\t1.00\tok\tcharge-key-1\n";
  outside_options const reliable{.payment_failures_per_mille = 0};
  {
    // As a full disk: the second line fits in part. For the outside only, which inherits it.
    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
    rlimit const small{first.size() + 10, before.rlim_max};
    auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
    auto const outside = outside_process::start(ledger, reliable);
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
    static_cast<void>(std::signal(SIGXFSZ, handler));
    ASSERT_TRUE(outside) << to_string(outside.error());
    auto bank = outside_services::connect(outside->socket_path());
    ASSERT_TRUE(bank) << to_string(bank.error());
    EXPECT_TRUE(bank->charge("key-1", "order-1", {100, 2}));
    auto const refused = bank->charge("key-2", "order-2", {100, 2});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, evsrc::errc::unavailable);
    EXPECT_EQ(bank->payments()->charged, (evsrc::money{100, 2}));
    std::ifstream lines(ledger);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(lines), {}), first);
  }
  auto const outside = outside_process::start(ledger, reliable);
  ASSERT_TRUE(outside) << to_string(outside.error());
  auto bank = outside_services::connect(outside->socket_path());
  ASSERT_TRUE(bank) << to_string(bank.error());
  EXPECT_TRUE(bank->charge("key-2", "order-2", {100, 2})) << "there is room again";
  EXPECT_EQ(bank->payments()->charged, (evsrc::money{200, 2}));
}

TEST(outside, has_its_ledger_alone) {
  small_file const file("");
  auto const ledger = file.path() + ".ledger";
  auto const first = outside_process::start(ledger, {});
  ASSERT_TRUE(first) << to_string(first.error());
  auto const second = outside_process::start(ledger, {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().message, "another import of this store is running: it holds " + ledger);
}

TEST(outside, tidies_up_behind_a_shop_that_was_killed) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);  // the outside has an end of it, too, until it ends
  auto const shop = fork();
  if (shop == 0) {
    auto const outside = outside_process::start("/dev/null", {});
    auto const path = outside ? outside->socket_path() : std::string{};
    bool const is_told =
        write(ends[1], path.data(), path.size()) == static_cast<ssize_t>(path.size());
    raise(is_told ? SIGKILL : SIGABRT);
  }
  close(ends[1]);
  std::string path;
  char buffer[256];
  for (ssize_t count = 0; (count = read(ends[0], buffer, sizeof buffer)) > 0;)
    path.append(buffer, static_cast<std::size_t>(count));
  close(ends[0]);
  EXPECT_EQ(waitpid(shop, nullptr, 0), shop);
  ASSERT_FALSE(path.empty());
  EXPECT_FALSE(std::filesystem::exists(std::filesystem::path(path).parent_path()));
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
