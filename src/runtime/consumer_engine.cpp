// SPDX-License-Identifier: Apache-2.0
// Start, pauses, counts and explanation of a consumer.
#include "evsrc/runtime/detail/consumer_engine.hpp"

#include <algorithm>

#include "evsrc/runtime/waiting_keys.hpp"
#include "long_time.hpp"

namespace evsrc::inline v0::detail {

using std::chrono::milliseconds;

result<entity_facts> find_facts(message_bus& bus, std::string_view entity) {
  auto const path = parse_entity_path(entity);
  if (!path) return fail(path.error());
  if (path->is_dead_letter)
    return invalid("entity", "a dead-letter queue; use evsrc::redriver to bring messages back");
  entity_facts facts;
  facts.send_path = path->name;
  facts.is_subscription = !path->subscription.empty();
  if (!facts.is_subscription) {
    auto const queue = bus.topology().describe_queue(path->name);
    if (!queue) return fail(queue.error());
    facts.lock_duration = queue->lock_duration;
    facts.max_delivery_count = queue->max_delivery_count;
    facts.time_to_live = queue->default_time_to_live;
    facts.has_sessions = queue->requires_session;
    return facts;
  }
  auto const topic = bus.topology().describe_topic(path->name);
  if (!topic) return fail(topic.error());
  auto const settings = bus.topology().describe_subscription(path->name, path->subscription);
  if (!settings) return fail(settings.error());
  facts.lock_duration = settings->lock_duration;
  facts.max_delivery_count = settings->max_delivery_count;
  facts.time_to_live = std::min(topic->default_time_to_live, settings->default_time_to_live);
  facts.has_sessions = settings->requires_session;
  return facts;
}

std::string cut_text(std::string text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  while (max_bytes > 0 && (static_cast<unsigned char>(text[max_bytes]) & 0xC0U) == 0x80U)
    --max_bytes;
  text.resize(max_bytes);
  return text;
}

namespace {

/// What is added to a time; the terms of the inbox window are not.
consumer_options without_overflow(consumer_options from) {
  for (auto* const span :
       {&from.max_lock_renewal, &from.conflict_deadline, &from.pause, &from.clean_up_every})
    *span = std::min(*span, long_time);
  return from;
}

/// Each pause of a consumer is as long as the last one.
circuit_options circuit_of(consumer_options const& from) {
  circuit_options made;
  made.failures = from.failures_before_pause;
  made.first_pause = made.max_pause = from.pause;
  made.growth_percent = 100;
  made.jitter_percent = 0;
  return made;
}

}  // namespace

consumer_engine::consumer_engine(event_store& of_store, idempotency_store& keys,
                                 message_bus& of_bus, router& of_way, consumer_options of_options)
    : store(of_store),
      known_keys(keys),
      bus(of_bus),
      way(of_way),
      options(without_overflow(std::move(of_options))),
      time(options.clock != nullptr ? *options.clock : system_clock()),
      random(options.random != nullptr ? *options.random : system_random()),
      inbox(keys, time, options.name),
      ledger(of_store, time, random, options.name),
      locks(time, options.max_lock_renewal),
      circuit_(circuit_of(options)) {
  told_.name = options.name;
  told_.entity = options.entity;
  told_.attempts = options.retry.attempts();
}

result<void> consumer_engine::start() {
  std::scoped_lock const lock(mutex_);
  if (is_started_) return {};
  auto ready = check();
  if (!ready) {
    told_.trouble = ready.error();
    told_.standing = consumer_standing::stopped;
    return ready;
  }
  is_started_ = true;
  clean_up_at_ = time.steady() + options.clean_up_every;
  told_.trouble.reset();
  return {};
}

result<void> consumer_engine::check() {
  EVSRC_TRY(validate(options));
  auto found = find_facts(bus, options.entity);
  if (!found) return fail(std::move(found.error()));
  facts = std::move(*found);
  locks.set_duration(facts.lock_duration);
  EVSRC_TRY(check_failures_to());
  is_one_place = !store.place().empty() && store.place() == bus.place();
  if (facts.has_sessions != (options.sessions != 0))
    return invalid("sessions", facts.has_sessions
                                   ? options.entity + " has sessions: say how many to hold"
                                   : "must be 0: " + options.entity + " has none");
  // One delivery is one try of ours; one more is for a crash, and at the last we dead-letter.
  constexpr std::uint32_t needed = 3;
  if (facts.max_delivery_count < needed)
    return invalid("entity", options.entity + " dead-letters after " +
                                 std::to_string(facts.max_delivery_count) +
                                 " deliveries, before this consumer could: max_delivery_count "
                                 "must be at least 3");
  auto& terms = told_.window_terms;
  terms.message_age =
      std::min(facts.time_to_live, options.max_message_age.value_or(no_time_to_live));
  terms.deliveries = facts.lock_duration * facts.max_delivery_count;
  terms.delays = options.retry.total_delay();
  terms.relay_outage = options.relay_outage;
  auto window = terms.sum();
  if (options.inbox_window) {
    if (window == window_for_ever)
      return invalid("inbox_window",
                     "no time to live bounds the age of messages: state max_message_age, or leave "
                     "the window out and entries are kept for ever");
    if (*options.inbox_window < window)
      return invalid("inbox_window", "must be at least " + to_string(terms));
    window = *options.inbox_window;
  }
  inbox.set_window(window);
  told_.inbox_window = window;
  return {};
}

result<void> consumer_engine::check_failures_to() {
  auto const& to = options.failures_to;
  if (to.empty()) return {};
  if (folded(to) == folded(facts.send_path))
    return invalid("failures_to", to + " is where the failed messages came from");
  if (bus.topology().describe_queue(to) || bus.topology().describe_topic(to)) return {};
  return fail(errc::not_found, "failures_to: no queue or topic " + to, "consumer");
}

void consumer_engine::count(std::uint64_t consumer_counts::*what, std::uint64_t by) {
  std::scoped_lock const lock(mutex_);
  told_.counts.*what += by;
}

void consumer_engine::count_dead_letter(std::string const& reason) {
  constexpr std::size_t reasons_max = 100;  // handlers may make them up
  std::scoped_lock const lock(mutex_);
  auto& all = told_.counts.dead_letters;
  bool const is_new = all.find(reason) == all.end();
  ++all[is_new && all.size() >= reasons_max ? "others" : reason];
}

void consumer_engine::add_in_hand(std::ptrdiff_t by) {
  std::scoped_lock const lock(mutex_);
  told_.in_hand += static_cast<std::size_t>(by);
}

std::size_t consumer_engine::in_hand() const {
  std::scoped_lock const lock(mutex_);
  return told_.in_hand;
}

void consumer_engine::note_success() {
  std::scoped_lock const lock(mutex_);
  circuit_.note_success();
  told_.trouble.reset();
}

void consumer_engine::note_failure(error const& why) {
  std::scoped_lock const lock(mutex_);
  told_.trouble = why;
  circuit_.note_failure(time.steady(), random);
}

void consumer_engine::stop_for(error why) {
  std::scoped_lock const lock(mutex_);
  told_.trouble = why;
  told_.standing = consumer_standing::stopped;
  stopped_ = std::move(why);
}

void consumer_engine::resume() {
  std::scoped_lock const lock(mutex_);
  stopped_.reset();
  circuit_.note_success();
}

std::optional<error> consumer_engine::stopped() const {
  std::scoped_lock const lock(mutex_);
  return stopped_;
}

bool consumer_engine::may_take() {
  std::scoped_lock const lock(mutex_);
  return !is_draining_ && !stopped_ && circuit_.may_try(time.steady());
}

bool consumer_engine::is_paused() {
  std::scoped_lock const lock(mutex_);
  return !circuit_.may_try(time.steady());
}

void consumer_engine::clean_up() {
  constexpr std::size_t at_once = 500;
  {
    std::scoped_lock const lock(mutex_);
    if (options.clean_up_every <= milliseconds(0) || time.steady() < clean_up_at_) return;
    clean_up_at_ = time.steady() + options.clean_up_every;
  }
  // What cannot be removed now is removed the next time.
  auto const removed = known_keys.remove_expired(at_once);
  if (!removed || *removed < at_once) return;
  std::scoped_lock const lock(mutex_);
  clean_up_at_ = time.steady();  // there may be more: with the next step
}

void consumer_engine::set_standing(consumer_standing now) {
  std::scoped_lock const lock(mutex_);
  if (stopped_) return;
  if (is_draining_)
    now = consumer_standing::draining;
  else if (!circuit_.may_try(time.steady()))
    now = consumer_standing::paused;
  told_.standing = now;
}

void consumer_engine::set_draining(bool value) {
  std::scoped_lock const lock(mutex_);
  is_draining_ = value;
  is_giving_back_ = false;
}

void consumer_engine::give_back() {
  std::scoped_lock const lock(mutex_);
  is_giving_back_ = true;
}

bool consumer_engine::is_giving_back() const {
  std::scoped_lock const lock(mutex_);
  return is_giving_back_;
}

bool consumer_engine::is_draining() const {
  std::scoped_lock const lock(mutex_);
  return is_draining_;
}

consumer_explanation consumer_engine::explain() {
  consumer_explanation made;
  {
    std::scoped_lock const lock(mutex_);
    made = told_;
  }
  if (!options.keep_order) return made;
  if (auto waiting = find_waiting_keys(store, options.name)) made.keys = std::move(*waiting);
  return made;
}

}  // namespace evsrc::inline v0::detail
