// SPDX-License-Identifier: Apache-2.0
// The shop as a program that is killed. It carries out a list of keyed commands, tells of each in a
// log before it goes on, and lets the services of examples/retail work off what follows. Run again
// it does the same from the beginning: what was done is known by its key.
//
//   crash_shop outside SOCKET LEDGER SEED PAYMENTS PARCELS LATENCY GARBLED   see retail's outside
//   crash_shop orders NAME=VALUE...
//     store, commands, log, socket    paths; commands has one in a line:
//       receive KEY SKU QUANTITY
//       order KEY ORDER CUSTOMER SKU QUANTITY CENTS [SKU QUANTITY CENTS]...
//       work
//     durability=os|fsync, style=choreography|saga
//     ahead_s=N      its clock, before the machine's: what dead processes locked is free again
//     die_at=POINT die_number=N, counts=PATH    see crash_points
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include "crash_points.hpp"
#include "order_handlers.hpp"
#include "order_pipeline.hpp"
#include "reply_log.hpp"

namespace {

using namespace retail_example;
namespace retail = evsrc::retail;
using evsrc_test::told;
using settings = std::map<std::string, std::string>;

class clock_ahead final : public evsrc::clock {
 public:
  explicit clock_ahead(std::chrono::seconds by) : by_(by) {}
  [[nodiscard]] evsrc::timestamp now() noexcept override {
    return evsrc::system_clock().now() + by_;
  }
  [[nodiscard]] steady_time steady() noexcept override { return evsrc::system_clock().steady(); }
  void sleep(std::chrono::microseconds duration) override { evsrc::system_clock().sleep(duration); }

 private:
  std::chrono::seconds by_;
};

constexpr auto publications_of_client =
    evsrc::publications(evsrc::publish<retail::order_created>().to(orders_topic).key(warehouse));
using client_publications = std::remove_const_t<decltype(publications_of_client)>;

class client {
 public:
  client(evsrc::sqlite::event_store& store, std::string const& log)
      : log_(log),
        orders_(store, {.source = "crash_shop"}, publications_of_client),
        stocks_(store, {.source = "crash_shop"}) {}

  evsrc::result<void> receive(std::istream& line) {
    std::string key;
    retail::receive_stock command;
    line >> key >> command.sku >> command.quantity;
    command.reason = retail::stock_reason::opening;
    auto const outcome = stocks_.handle(command.sku, command, {.key = key});
    if (outcome) return log(key, told(*outcome));
    if (outcome.is_rejected()) return log(key, "rejected");
    return evsrc::fail(outcome.error());
  }

  evsrc::result<void> order(std::istream& line) {
    std::string key;
    retail::create_order command;
    line >> key >> command.order_id >> command.customer_id;
    for (retail::order_item item; line >> item.product_id >> item.quantity >> item.price.units;)
      command.items.push_back(item);
    auto const outcome = orders_.handle(command.order_id, command, {.key = key});
    if (outcome) return log(key, told(*outcome));
    if (auto const* const no = outcome.rejection<retail::order_exists>())
      return log(key, "rejected: it exists, " + std::string(to_string(no->state)));
    return evsrc::fail(outcome.error());
  }

 private:
  [[nodiscard]] evsrc::result<void> log(std::string const& key, std::string const& reply) const {
    if (log_.write(key, reply)) return {};
    return evsrc::fail(evsrc::errc::io_failed, "cannot write the log of replies", "crash_shop");
  }

  evsrc_test::reply_log log_;
  evsrc::command_handler<retail::order, client_publications> orders_;
  evsrc::command_handler<retail::stock> stocks_;
};

evsrc::result<void> run_orders(settings& with) {
  clock_ahead time{std::chrono::seconds(std::atoll(with["ahead_s"].c_str()))};
  evsrc::sqlite::options options;
  options.vfs = evsrc_test::crash_points::vfs_name();
  options.clock = &time;
  options.threads = evsrc::sqlite::threads::none;
  options.wal_checkpoint_bytes = std::size_t{128} << 10U;  // so that there are some
  if (with["durability"] == "os") options.durability = evsrc::sqlite::durability::os;
  auto const store = evsrc::sqlite::open(with["store"], options);
  if (!store) return evsrc::fail(store.error());
  auto const style = with["style"] == "saga" ? order_style::saga : order_style::choreography;
  auto const pipeline = order_pipeline::open(**store, {with["socket"], {}, style});
  if (!pipeline) return evsrc::fail(pipeline.error());
  client shopper{**store, with["log"]};

  std::ifstream commands{with["commands"]};
  for (std::string line; std::getline(commands, line);) {
    std::istringstream words{line};
    std::string verb;
    words >> verb;
    if (verb == "receive") EVSRC_TRY(shopper.receive(words));
    if (verb == "order") EVSRC_TRY(shopper.order(words));
    if (verb == "work") EVSRC_TRY((*pipeline)->work_off(time.now()));
  }
  return (*pipeline)->work_off(time.now());
}

}  // namespace

int main(int argc, char** argv) {
  std::string_view const what = argc > 1 ? argv[1] : "";
  auto const number = [&](int at) { return std::strtoll(argv[at], nullptr, 10); };
  if (what == "outside" && argc == 9)
    return serve_outside(
        argv[2], argv[3],
        {static_cast<std::uint64_t>(number(4)), number(5), number(6), number(7), number(8)});
  settings with;
  for (int at = 2; at < argc; ++at) {
    std::string const one = argv[at];
    auto const sign = one.find('=');
    with[one.substr(0, sign)] = sign == std::string::npos ? "" : one.substr(sign + 1);
  }
  auto& points = evsrc_test::crash_points::install();
  if (with.contains("die_at"))
    points.arm(with["die_at"], std::strtoull(with["die_number"].c_str(), nullptr, 10));
  if (what != "orders") {
    std::cerr << "crash_shop: orders or outside\n";
    return 2;
  }
  if (auto const done = run_orders(with); !done) {
    std::cerr << "crash_shop: " << evsrc::to_string(done.error()) << '\n';
    return 1;
  }
  if (with.contains("counts")) points.write_counts(with["counts"]);
  return 0;
}
