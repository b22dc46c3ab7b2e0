// SPDX-License-Identifier: Apache-2.0
// Orders through services: created, reserved, paid, shipped, completed, each step by a message.
#include <atomic>
#include <thread>

#include "evsrc/retail/order.hpp"
#include "evsrc/retail/order_commands.hpp"
#include "evsrc/retail/reserve_order.hpp"
#include "evsrc/runtime/consumer.hpp"
#include "evsrc/sqlite/message_bus.hpp"
#include "stores.hpp"
#include "suite.hpp"

namespace bench {
namespace {

namespace retail = evsrc::retail;
using evsrc::message_context;
using namespace std::chrono_literals;

constexpr char const* at_fsync = "pipeline/orders of two lines/fsync";
constexpr char const* at_os = "pipeline/orders of two lines/os";

constexpr std::size_t at_once = 64;  // messages of one commit, callers that place orders
constexpr std::size_t products = 500;
constexpr std::size_t customers = 1'000;
/// What one order comes to: order.created, two reservations, order.confirmed, payment.completed,
/// shipping.shipped, two pieces booked out, order.completed.
constexpr std::size_t events_per_order = 9;
constexpr std::size_t messages_per_order = 4;
constexpr std::size_t commits_per_batch = 5;  // placing and four services

constexpr auto outgoing =
    evsrc::publications(evsrc::publish<retail::order_created>().to("inventory").key("main"),
                        evsrc::publish<retail::order_confirmed>()
                            .to("order-fulfillment")
                            .key(&retail::order_confirmed::customer_id),
                        evsrc::publish<retail::payment_completed>()
                            .to("shipping")
                            .key(&retail::payment_completed::customer_id),
                        evsrc::publish<retail::shipping_shipped>().to("inventory").key("main"));

std::string product_key(std::size_t which) { return "sku-" + std::to_string(which); }

/// An answer of a desk that is no rejection and no error.
template <class Outcome>
evsrc::result<void> must_be_done(Outcome const& outcome) {
  if (!outcome) give_up("pipeline: an order was refused");
  return {};
}

class order_line {
 public:
  order_line(std::filesystem::path const& path, durability level)
      : store_(open_store(path, level)), bus_(*store_) {
    for (auto const* queue : {"inventory", "order-fulfillment", "shipping"}) {
      evsrc::queue_options with;
      with.requires_session = true;
      must(bus_.topology().create_queue(queue, with));
    }
    evsrc::command_handler<retail::stock> shelf{*store_, {.cache = &states_}};
    for (std::size_t i = 0; i != products; ++i) {
      retail::receive_stock const command{.sku = product_key(i), .quantity = 1'000'000'000};
      if (!shelf.handle(command.sku, command)) give_up("pipeline: no stock");
    }
    reserve_.on<retail::order_created>(
        [this](retail::order_created const& event, message_context& context) {
          return must_be_done(context.handle(with_stocks_,
                                             {event.order_id, retail::stock_keys(event.items)},
                                             retail::reserve_order{}));
        });
    reserve_.on<retail::shipping_shipped>([this](retail::shipping_shipped const& event,
                                                 message_context& context) {
      auto const order = must(orders_.load(event.order_id));
      ++completed_;
      return must_be_done(context.handle(with_stocks_,
                                         {event.order_id, retail::stock_keys(order.state.items)},
                                         retail::complete_order{}));
    });
    pay_.on<retail::order_confirmed>(
        [this](retail::order_confirmed const& event, message_context& context) {
          return must_be_done(context.handle(
              orders_, event.order_id,
              retail::complete_payment{"card-" + event.order_id, event.total_amount, {}}));
        });
    ship_.on<retail::payment_completed>(
        [this](retail::payment_completed const& event, message_context& context) {
          return must_be_done(context.handle(
              orders_, event.order_id, retail::complete_shipping{"parcel-" + event.order_id}));
        });
    add("inventory", reserve_, 1);
    add("order-fulfillment", pay_, at_once);
    add("shipping", ship_, at_once);
  }

  /// `at_once` callers place orders while two threads work them off. @return orders per second,
  /// from the first that is placed to the last that is completed
  double run(std::size_t count) {
    completed_ = 0;
    auto const first = placed_;
    placed_ += count;
    std::atomic<std::size_t> next{first};
    std::vector<std::thread> threads;
    stopwatch const watch;
    for (std::size_t caller = 0; caller != at_once; ++caller)
      threads.emplace_back([&] {
        for (auto i = next++; i < first + count; i = next++) place(i);
      });
    threads.emplace_back([&] { work_off({0}, count); });
    threads.emplace_back([&] { work_off({1, 2}, count); });
    for (auto& thread : threads) thread.join();
    return watch.per_second(count);
  }

 private:
  void add(char const* queue, evsrc::router& way, std::size_t sessions) {
    evsrc::consumer_options with;
    with.name = with.entity = queue;
    with.sessions = sessions;
    with.messages_per_commit = at_once;
    services_.push_back(std::make_unique<evsrc::consumer>(*store_, bus_, way, with));
  }
  void place(std::size_t which) {
    retail::create_order command;
    command.order_id = "order-" + std::to_string(which);
    command.customer_id = "customer-" + std::to_string(which % customers);
    command.items = {{product_key(which % products), 1, {1995, 2}},
                     {product_key(which * 7 % products), 2, {495, 2}}};
    if (which % products == which * 7 % products) command.items.pop_back();
    command.shipping_address = {{"line1", "1 Some Street"}};
    if (!orders_.handle(command.order_id, command)) give_up("pipeline: an order was not placed");
  }
  void work_off(std::vector<std::size_t> const& which, std::size_t count) {
    while (completed_ < count) {
      std::size_t done = 0;
      for (auto const one : which) done += must(services_[one]->poll());
      // Spinning would take the processor from the callers that are to make work for it.
      if (done == 0) std::this_thread::sleep_for(200us);
    }
  }

  std::unique_ptr<evsrc::sqlite::event_store> store_;
  evsrc::sqlite::message_bus bus_;
  evsrc::aggregate_cache states_{65'536};
  evsrc::command_handler<retail::order, std::remove_const_t<decltype(outgoing)>> orders_{
      *store_, {.cache = &states_}, outgoing};
  evsrc::command_handler<retail::order_with_stocks, std::remove_const_t<decltype(outgoing)>>
      with_stocks_{*store_, {.cache = &states_}, outgoing};
  evsrc::router reserve_, pay_, ship_;
  std::vector<std::unique_ptr<evsrc::consumer>> services_;
  std::atomic<std::size_t> completed_{0};
  std::size_t placed_ = 0;
};

/// The rows alone: an order's events, each message going in, each note that it is done.
double insert_rows(plain_store& limit, stream_choice& choice, std::size_t count) {
  constexpr auto rows = events_per_order + 2 * messages_per_order;
  stopwatch const watch;
  for (std::size_t done = 0; done < count; done += at_once)
    for (std::size_t part = 0; part != commits_per_batch; ++part) {
      limit.begin();
      for (auto row = part; row < rows * at_once; row += commits_per_batch)
        limit.insert(choice.next(), sample_payload(), sample_metadata());
      limit.commit();
    }
  return watch.per_second((count + at_once - 1) / at_once * at_once);
}

void measure_at(bench_run& run, durability level) {
  bool const is_synced = level == durability::fsync;
  store_files const files(run.options().folder, "pipeline", stream_count);
  auto const own = run.options().folder / "pipeline" / "shop.db";
  order_line shop(own, level);
  plain_store limit(files.limit(), level);
  stream_choice choice;
  auto const count = run.amount(4'000);
  run.compare({is_synced ? at_fsync : at_os, "orders/s", is_synced ? "fsync" : "os"},
              {[&] { return shop.run(count); }, [&] { return insert_rows(limit, choice, count); }});
}

}  // namespace

std::vector<row_group> pipeline_rows() {
  return {{{at_fsync}, [](bench_run& run) { measure_at(run, durability::fsync); }},
          {{at_os}, [](bench_run& run) { measure_at(run, durability::os); }}};
}

}  // namespace bench
