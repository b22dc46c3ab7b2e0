// SPDX-License-Identifier: Apache-2.0
// Entities and consumers of the shop. Store and bus are one file: messages enter their queues
// within the commits that send them, and the relay has what a queue did not take at once.
#include "order_pipeline.hpp"

#include <algorithm>
#include <chrono>

#include "evsrc/runtime/consumer.hpp"
#include "evsrc/runtime/outbox_relay.hpp"
#include "evsrc/runtime/saga_routes.hpp"
#include "evsrc/sqlite/message_bus.hpp"
#include "order_handlers.hpp"
#include "order_saga.hpp"
#include "order_saga_services.hpp"

namespace retail_example {
namespace {

using namespace std::chrono_literals;

/// Without progress for so long: longer than any lock or pause of a retry lasts.
constexpr auto patience = 60s;
/// For services that ask the outside: an hour without it makes no dead letter.
constexpr evsrc::retry_policy until_it_is_back{.immediate = 0, .delayed = 1'000, .max_delay = 10s};
static_assert(until_it_is_back.total_delay() * (100 - until_it_is_back.jitter_percent) / 100 >
              outage_max);
static_assert(2 * until_it_is_back.max_delay < patience);
constexpr auto nap = 5ms;
/// Of each kind: the products of the shop and the orders on their way fit.
constexpr std::size_t states_max = 16'384;
/// What is committed together is synced together.
constexpr std::size_t at_once = 64;

/// Subscriptions that tell the styles apart.
constexpr char const* inventory_subscription = "inventory";
constexpr char const* saga_subscription = "order-saga";

/// Messages of a session are taken in order; `sessions` of them at a time.
evsrc::consumer_options in_order(std::size_t sessions) {
  evsrc::consumer_options made{.messages_per_commit = at_once};
  made.sessions = sessions;
  return made;
}
evsrc::consumer_options in_any_order() {
  return {.max_in_flight = at_once, .messages_per_commit = at_once};
}
evsrc::consumer_options asking_outside(evsrc::consumer_options made) {
  made.retry = until_it_is_back;
  return made;
}

evsrc::result<void> unless_there(evsrc::result<void> done) {
  if (!done && done.error().code != evsrc::errc::already_exists) return done;
  return {};
}

/// "sys.Label IN ('order.created', 'payment.failed')": what a service has handlers for.
std::string condition_for(std::vector<std::string> const& types) {
  std::string condition = "sys.Label IN (";
  for (auto const& type : types) {
    if (condition.back() != '(') condition += ", ";
    condition += "'" + type + "'";
  }
  return condition + ")";
}

struct service {
  std::string entity;
  bool asks_outside = false;
  std::unique_ptr<evsrc::router> router;  ///< lent to the consumer
  std::unique_ptr<evsrc::consumer> consumer;
};

}  // namespace

struct order_pipeline::parts {
  parts(evsrc::sqlite::event_store& lent, pipeline_options const& options)
      : store(&lent),
        with(options),
        bus(lent),
        relay(lent, bus),
        orders(lent, {.clock = &time, .source = "examples/retail", .cache = &states},
               order_publications),
        orders_with_stocks(lent, {.clock = &time, .source = "examples/retail", .cache = &states},
                           order_publications),
        saga(lent, {.source = "examples/retail", .clock = &time}) {}

  evsrc::result<void> declare();
  evsrc::result<void> choose_style();
  evsrc::result<void> declare_choreography();
  evsrc::result<void> declare_saga();
  evsrc::result<void> subscribe(std::string const& name, evsrc::router router,
                                evsrc::consumer_options options);
  evsrc::result<void> take_commands(std::string const& queue, evsrc::router router,
                                    evsrc::consumer_options options);
  evsrc::result<void> add(evsrc::router router, evsrc::consumer_options options);
  service_surroundings around() { return {&orders, &orders_with_stocks, &policy}; }
  evsrc::router saga_inputs() {
    evsrc::router made;
    evsrc::add_saga(made, saga);
    return made;
  }
  evsrc::result<std::size_t> step();
  evsrc::result<std::map<std::string, std::int64_t>> backlog();
  [[nodiscard]] bool waits_outside(std::string const& entity) const;

  evsrc::sqlite::event_store* store;
  pipeline_options with;
  evsrc::retail::stock_policy policy;
  shop_clock time;
  outside_services outside;
  order_times times;
  evsrc::sqlite::message_bus bus;
  evsrc::outbox_relay relay;
  evsrc::aggregate_cache states{states_max};
  order_desk orders;
  order_and_stock_desk orders_with_stocks;
  evsrc::saga_handler<order_saga> saga;
  order_style style = order_style::choreography;
  std::vector<service> services;
  using time_point = std::chrono::steady_clock::time_point;
  [[nodiscard]] evsrc::result<void> begin_outage();
  void watch_outage(std::map<std::string, std::int64_t> const& waiting);
  [[nodiscard]] bool is_outage() const {
    return outage && std::chrono::steady_clock::now() < outage_ends;
  }
  [[nodiscard]] evsrc::result<void> work_off(bool waits_for_outage);
  [[nodiscard]] evsrc::error stuck(std::map<std::string, std::int64_t> const& waiting);

  std::chrono::steady_clock::duration working{};
  std::optional<outage_report> outage;
  time_point outage_ends{};
};

evsrc::result<void> order_pipeline::parts::add(evsrc::router router,
                                               evsrc::consumer_options options) {
  auto& made = services.emplace_back();
  made.entity = options.entity;
  made.asks_outside = options.retry.delayed == until_it_is_back.delayed;
  options.failures_to = failures_queue;
  made.router = std::make_unique<evsrc::router>(std::move(router));
  made.consumer = std::make_unique<evsrc::consumer>(*store, bus, *made.router, std::move(options));
  return {};
}

evsrc::result<void> order_pipeline::parts::subscribe(std::string const& name, evsrc::router router,
                                                     evsrc::consumer_options options) {
  evsrc::rule const mine{"by_type", evsrc::sql_rule_filter{condition_for(router.types())}, {}};
  evsrc::subscription_settings settings;
  settings.lock_duration = 5s;
  settings.requires_session = options.sessions > 0;
  EVSRC_TRY(unless_there(bus.topology().create_subscription(orders_topic, name, settings, {mine})));
  options.name = name;
  options.entity = evsrc::subscription_path(orders_topic, name);
  return add(std::move(router), std::move(options));
}

evsrc::result<void> order_pipeline::parts::take_commands(std::string const& queue,
                                                         evsrc::router router,
                                                         evsrc::consumer_options options) {
  evsrc::queue_options settings;
  settings.lock_duration = 5s;
  settings.requires_session = options.sessions > 0;
  EVSRC_TRY(unless_there(bus.topology().create_queue(queue, settings)));
  options.name = queue;
  options.entity = queue;
  return add(std::move(router), std::move(options));
}

evsrc::result<void> order_pipeline::parts::declare() {
  EVSRC_TRY(unless_there(bus.topology().create_topic(orders_topic)));
  evsrc::queue_options fulfillment;
  fulfillment.lock_duration = 5s;
  fulfillment.requires_session = true;
  EVSRC_TRY(unless_there(bus.topology().create_queue(fulfillment_queue, fulfillment)));
  EVSRC_TRY(unless_there(bus.topology().create_queue(failures_queue)));
  EVSRC_TRY(choose_style());
  EVSRC_TRY(style == order_style::saga ? declare_saga() : declare_choreography());
  EVSRC_TRY(subscribe("notification", notification_service(), in_any_order()));
  return subscribe("analytics", analytics_service(times), in_any_order());
}

/// In another style than it began in, a store's messages would wait for nobody.
evsrc::result<void> order_pipeline::parts::choose_style() {
  auto const there = bus.topology().subscriptions(orders_topic);
  if (!there) return evsrc::fail(there.error());
  std::optional<order_style> began;
  for (auto const& name : *there) {
    if (name == inventory_subscription) began = order_style::choreography;
    if (name == saga_subscription) began = order_style::saga;
  }
  if (began && with.style && *began != *with.style)
    return evsrc::invalid("style", "the orders of this store go by " +
                                       std::string(to_string(*began)) +
                                       "; leave the style out to go on, or choose another store "
                                       "by --store");
  style = began.value_or(with.style.value_or(order_style::choreography));
  return {};
}

evsrc::result<void> order_pipeline::parts::declare_choreography() {
  EVSRC_TRY(subscribe(inventory_subscription, inventory_service(around()), in_order(1)));
  auto options = asking_outside(in_order(at_once));
  EVSRC_TRY(subscribe("payment", refund_service(around(), outside), options));
  EVSRC_TRY(subscribe("shipping", shipping_service(around(), outside), options));
  options.name = "fulfillment";
  options.entity = fulfillment_queue;
  return add(payment_service(around(), outside), std::move(options));
}

/// The saga hears of confirmed orders by their queue, of all else by the topic: what moves stock in
/// the session of the warehouse, so that the reservations of a day come before what it gives back.
evsrc::result<void> order_pipeline::parts::declare_saga() {
  EVSRC_TRY(subscribe(saga_subscription, saga_inputs(), in_order(at_once)));
  auto options = in_order(at_once);
  options.name = "order-saga-fulfillment";
  options.entity = fulfillment_queue;
  EVSRC_TRY(add(saga_inputs(), std::move(options)));
  EVSRC_TRY(take_commands(inventory_queue, inventory_commands(around()), in_order(1)));
  auto const asking = asking_outside(in_any_order());
  EVSRC_TRY(take_commands(payment_queue, payment_commands(around(), outside), asking));
  return take_commands(shipping_queue, shipping_commands(around(), outside), asking);
}

/// One round over the services. @return how much was done
evsrc::result<std::size_t> order_pipeline::parts::step() {
  evsrc::result<std::size_t> done{0};
  for (auto& one : services) {
    auto handled = one.consumer->poll();
    if (!handled) return handled;
    *done += *handled;
  }
  return done;
}

evsrc::result<std::map<std::string, std::int64_t>> order_pipeline::parts::backlog() {
  std::map<std::string, std::int64_t> waiting;
  auto const outbox = store->outbox(evsrc::system_clock().now());
  if (!outbox) return evsrc::fail(outbox.error());
  for (auto const& one : *outbox)
    if (one.due > 0) waiting["outbox of " + one.destination] = static_cast<std::int64_t>(one.due);
  for (auto const& one : services) {
    auto const counts = bus.topology().counts(one.entity);
    if (!counts) return evsrc::fail(counts.error());
    auto const here = counts->active + counts->scheduled;
    if (here > 0) waiting[one.entity] = static_cast<std::int64_t>(here);
  }
  // What a subscription's consumer tries again later is scheduled on the topic.
  auto const later = bus.topology().counts(orders_topic);
  if (!later) return evsrc::fail(later.error());
  if (later->scheduled > 0) waiting[orders_topic] = static_cast<std::int64_t>(later->scheduled);
  return waiting;
}

/// Of what backlog() names: whether an outage is what holds it up.
bool order_pipeline::parts::waits_outside(std::string const& entity) const {
  return entity == orders_topic || std::any_of(services.begin(), services.end(), [&](auto& one) {
           return one.asks_outside && one.entity == entity;
         });
}

std::string_view to_string(order_style style) noexcept {
  return style == order_style::saga ? "saga" : "choreography";
}

order_pipeline::order_pipeline(std::unique_ptr<parts> made) : parts_(std::move(made)) {}
order_pipeline::~order_pipeline() = default;

evsrc::result<std::unique_ptr<order_pipeline>> order_pipeline::open(
    evsrc::sqlite::event_store& store, pipeline_options const& with) {
  auto made = std::make_unique<parts>(store, with);
  auto outside = outside_services::connect(with.outside_socket);
  if (!outside) return evsrc::fail(outside.error());
  made->outside = std::move(*outside);
  EVSRC_TRY(made->declare());
  return std::unique_ptr<order_pipeline>(new order_pipeline(std::move(made)));
}

evsrc::result<void> order_pipeline::parts::begin_outage() {
  if (outage || with.outage.service.empty()) return {};
  EVSRC_TRY(outside.begin_outage(with.outage.service, with.outage.seconds * 1'000));
  outage = outage_report{with.outage.service, with.outage.seconds};
  outage_ends = std::chrono::steady_clock::now() + std::chrono::seconds(with.outage.seconds);
  return {};
}

/// The backlog grows while it lasts; how long it takes to be gone afterwards is the drain.
void order_pipeline::parts::watch_outage(std::map<std::string, std::int64_t> const& waiting) {
  if (!outage || outage->drain_seconds > 0) return;
  std::int64_t messages = 0;
  for (auto const& [queue, count] : waiting) messages += count;
  if (is_outage()) {
    outage->peak_backlog = std::max(outage->peak_backlog, messages);
    outage->grown_per_second =
        static_cast<double>(outage->peak_backlog) / static_cast<double>(outage->seconds);
  } else if (messages == 0) {
    std::chrono::duration<double> const drain = std::chrono::steady_clock::now() - outage_ends;
    outage->drain_seconds = std::max(drain.count(), 0.001);
    outage->drained_per_second = static_cast<double>(outage->peak_backlog) / outage->drain_seconds;
  }
}

evsrc::error order_pipeline::parts::stuck(std::map<std::string, std::int64_t> const& waiting) {
  std::string text = "nothing moves, and messages wait:";
  for (auto const& [queue, count] : waiting) text += " " + queue + " " + std::to_string(count);
  text += "; " + to_string(relay.explain());
  for (auto const& one : services) text += "; " + to_string(one.consumer->explain());
  return {evsrc::errc::unavailable, text, "order_pipeline.work_off"};
}

evsrc::result<void> order_pipeline::parts::work_off(bool waits_for_outage) {
  EVSRC_TRY(begin_outage());
  auto const begin = std::chrono::steady_clock::now();
  auto last_progress = begin;
  for (;;) {
    auto const done = step();
    if (!done) return evsrc::fail(done.error());
    auto const now = std::chrono::steady_clock::now();
    if (*done > 0) {
      last_progress = now;
      continue;
    }
    // What a commit could not put into its queue at once.
    auto const relayed = relay.poll();
    if (!relayed) return evsrc::fail(relayed.error());
    auto const waiting = backlog();
    if (!waiting) return evsrc::fail(waiting.error());
    watch_outage(*waiting);
    // What does not ask the outside is worked off during an outage, too: the shop goes by it.
    bool const is_held_up = is_outage() && !waits_for_outage;
    if (std::all_of(waiting->begin(), waiting->end(),
                    [&](auto const& one) { return is_held_up && waits_outside(one.first); }))
      break;
    if (!is_outage() && now - last_progress > patience) return evsrc::fail(stuck(*waiting));
    evsrc::system_clock().sleep(nap);
  }
  working += std::chrono::steady_clock::now() - begin;
  return {};
}

evsrc::result<void> order_pipeline::work_off(evsrc::timestamp shop_time,
                                             evsrc::retail::stock_policy const& policy) {
  parts_->time.set(shop_time);
  parts_->policy = policy;
  return parts_->work_off(false);
}
evsrc::result<void> order_pipeline::finish(evsrc::timestamp shop_time,
                                           evsrc::retail::stock_policy const& policy) {
  parts_->time.set(shop_time);
  parts_->policy = policy;
  return parts_->work_off(true);
}

evsrc::result<std::map<std::string, std::int64_t>> order_pipeline::backlog() {
  return parts_->backlog();
}

evsrc::result<payments_made> order_pipeline::payments() { return parts_->outside.payments(); }

evsrc::result<pipeline_report> order_pipeline::report() const {
  pipeline_report told;
  told.style = to_string(parts_->style);
  for (auto const& one : parts_->services) {
    auto const counts = one.consumer->explain().counts;
    told.messages_by_queue[one.entity] = static_cast<std::int64_t>(counts.done);
    told.duplicates_absorbed += static_cast<std::int64_t>(counts.duplicates);
    for (auto const& [reason, count] : counts.dead_letters)
      told.dead_letters[reason] += static_cast<std::int64_t>(count);
    auto const standing = parts_->bus.topology().counts(one.entity);
    if (!standing) return evsrc::fail(standing.error());
    if (standing->dead_letter > 0)
      told.dead_letters_waiting[one.entity] = static_cast<std::int64_t>(standing->dead_letter);
  }
  auto const times = parts_->times.measured();
  std::chrono::duration<double> const seconds = parts_->working;
  told.orders_completed = static_cast<std::int64_t>(times.orders);
  told.placed_to_completed_p50_ms = static_cast<double>(times.p50.count()) / 1000;
  told.placed_to_completed_p99_ms = static_cast<double>(times.p99.count()) / 1000;
  if (seconds.count() > 0)
    told.orders_per_second = static_cast<double>(times.orders) / seconds.count();
  told.outage = parts_->outage;
  return told;
}

}  // namespace retail_example
