// SPDX-License-Identifier: Apache-2.0
// What becomes of a message between a sender and the queues that it ends in.
#include "bus_entity.hpp"

#include <algorithm>

#include "bus_context.hpp"
#include "evsrc/bus/addressee.hpp"
#include "evsrc/bus/message_lifecycle.hpp"
#include "evsrc/bus/message_limits.hpp"

namespace evsrc::memory::inline v0::detail {
namespace {

delivery_rules rules_of(queue_options const& with) {
  return {with.lock_duration, with.max_delivery_count, with.default_time_to_live,
          with.dead_letter_on_expiration, with.requires_session};
}

delivery_rules rules_of(subscription_settings const& with) {
  return {with.lock_duration, with.max_delivery_count, with.default_time_to_live,
          with.dead_letter_on_expiration, with.requires_session};
}

bool is_send_disabled(entity_status status) {
  return status == entity_status::send_disabled || status == entity_status::disabled;
}

/// Dead-lettered where a subscription cannot hold it.
void check_copy(routed_copy& copy) {
  auto const blame = [&](std::string_view reason, char const* description) {
    copy.dead_letter_reason = reason;
    copy.dead_letter_description = description;
  };
  if (header_bytes(*copy.content) > limits::message_header_bytes)
    blame(dead_letter_reasons::header_size, "An action made the headers larger than they may be.");
  else if (lacks_session(*copy.content, copy.to->settings.requires_session))
    blame(dead_letter_reasons::session_id_null,
          "The subscription has sessions, and the message has no session id.");
}

/// Copies for one subscription, as its rules say.
void route(subscription_entity& to, sent_message const& sent, timestamp enqueued_at,
           random_source& random, std::vector<routed_copy>& out) {
  auto selected = to.compiled.select(*sent.content, random, {.enqueued_at = enqueued_at});
  if (selected.unchanged) check_copy(out.emplace_back(routed_copy{&to, sent.content, sent.bytes}));
  for (auto& each : selected.changed) {
    auto const bytes = size_bytes(each);
    check_copy(out.emplace_back(
        routed_copy{&to, std::make_shared<message const>(std::move(each)), bytes}));
  }
  if (selected.failed && to.settings.dead_letter_on_filter_error)
    out.push_back({&to, sent.content, sent.bytes, std::string{dead_letter_reasons::filter_failed},
                   to_string(*selected.failed)});
}

std::vector<routed_copy> route(bus_entity const& by, sent_message const& sent,
                               timestamp enqueued_at, random_source& random) {
  std::vector<routed_copy> copies;
  auto const only = addressee_of(*sent.content, by.name);
  for (auto const& [name, to] : by.topic->subscriptions) {
    if (!only)
      route(*to, sent, enqueued_at, random, copies);
    else if (*only == folded(subscription_path(by.name, name)))
      check_copy(copies.emplace_back(routed_copy{to.get(), sent.content, sent.bytes}));
  }
  return copies;
}

void put(topic_entity const& topic, routed_copy copy, std::int64_t number, timestamp enqueued_at) {
  auto& queues = copy.to->messages;
  bool const is_dead = !copy.dead_letter_reason.empty();
  auto& queue = is_dead ? queues.dead_letters : queues.live;
  incoming_message made{.content = std::move(copy.content),
                        .bytes = copy.bytes,
                        .enqueued_sequence_number = number,
                        .enqueued_at = enqueued_at};
  if (is_dead) {
    auto marked = std::make_shared<message>(*made.content);
    mark_dead_letter(*marked, copy.dead_letter_reason, copy.dead_letter_description);
    made.bytes = size_bytes(*marked);
    made.content = std::move(marked);
  } else {
    made.expires_at = expiry_time(
        enqueued_at, made.content->time_to_live,
        std::min(topic.options.default_time_to_live, copy.to->settings.default_time_to_live));
  }
  queue.add(queue.take_number(), std::move(made));
}

duplicate_window* detection(queue_entity* queue, topic_entity* topic) {
  if (queue != nullptr) return queue->options.requires_duplicate_detection ? &queue->seen : nullptr;
  return topic->options.requires_duplicate_detection ? &topic->seen : nullptr;
}

}  // namespace

subscription_entity::subscription_entity(std::string const& path, subscription_settings const& with,
                                         random_source& random)
    : settings(with), messages(path, rules_of(with), random) {}

void subscription_entity::update(subscription_settings const& with) {
  settings = with;
  messages.set_rules(rules_of(with));
  messages.wake_all();  // it may be disabled now, or enabled
}

queue_entity::queue_entity(std::string const& path, queue_options const& with,
                           random_source& random)
    : options(with), messages(path, rules_of(with), random) {}

void queue_entity::update(queue_options const& with) {
  options = with;
  messages.set_rules(rules_of(with));
  messages.wake_all();  // it may be disabled now, or enabled
}

topic_entity::topic_entity(std::string const& path, topic_options const& with,
                           random_source& random)
    : options(with), scheduled(path, {}, random, nullptr) {}

void topic_entity::expect(timestamp when) const {
  for (auto const& each : subscriptions) each.second->messages.live.expect(when);
}

sent_message prepare(message const& what, bus_context& context) {
  auto copy = std::make_shared<message>(what);
  if (copy->id.value.empty()) {
    auto const ms = std::chrono::floor<std::chrono::milliseconds>(context.time.now());
    copy->id.value = to_string(
        make_uuid_v7(ms.time_since_epoch().count(), context.random.next(), context.random.next()));
  }
  auto const bytes = size_bytes(*copy);
  return {std::move(copy), bytes};
}

bool bus_entity::exists() {
  std::lock_guard const held{mutex};
  return queue != nullptr || topic != nullptr;
}

result<void> bus_entity::check_exists(std::string_view asked) const {
  if (queue || topic) return {};
  return fail(errc::not_found, "there is no queue or topic \"" + std::string{asked} + "\"",
              "memory.bus");
}

void bus_entity::advance(timestamp now, random_source& random) {
  advance_schedule(now, random);
  if (!topic) return;
  for (auto const& each : topic->subscriptions) each.second->messages.advance(now);
}

/// The subscriptions and rules of the time when it is due decide, as in Service Bus.
void bus_entity::advance_schedule(timestamp now, random_source& random) {
  if (queue) return queue->messages.advance(now);
  std::int64_t number = 0;
  while (auto const content = topic->scheduled.take_scheduled(now, number))
    for (auto& copy : route(*this, {content, size_bytes(*content)}, content->enqueue_at, random))
      put(*topic, std::move(copy), number, content->enqueue_at);
}

timestamp receive_source::next_due() const noexcept {
  auto const of_pair = pair->next_due();
  return topic == nullptr ? of_pair : std::min(of_pair, topic->scheduled.next_due());
}

result<void> bus_entity::find(entity_path const& path, timestamp now, random_source& random,
                              receive_source& found) {
  queue_pair* pair = nullptr;
  if (queue && path.subscription.empty()) {
    pair = &queue->messages;
    found.status = queue->options.status;
  } else if (topic && !path.subscription.empty()) {
    auto const at = topic->subscriptions.find(folded(path.subscription));
    if (at != topic->subscriptions.end()) {
      advance_schedule(now, random);
      pair = &at->second->messages;
      found.status = at->second->settings.status;
      found.topic = topic.get();
    }
  }
  if (pair == nullptr)
    return fail(errc::not_found, "there is no queue or subscription \"" + to_string(path) + "\"",
                "memory.bus");
  pair->advance(now);
  found.pair = pair;
  found.queue = path.is_dead_letter ? &pair->dead_letters : &pair->live;
  return {};
}

result<void> bus_entity::check_sending(std::string_view asked) const {
  if (!queue && !topic) return check_exists(asked);
  if (!is_send_disabled(queue ? queue->options.status : topic->options.status)) return {};
  return fail(errc::entity_disabled, "\"" + name + "\" takes no messages now", "memory.send");
}

result<void> bus_entity::check(message const& what) const {
  return queue ? validate(what, queue->options) : validate(what, topic->options);
}

result<void> bus_entity::check_batch(std::span<message const> batch) const {
  return queue ? validate_batch(batch, queue->options) : validate_batch(batch, topic->options);
}

result<void> bus_entity::judge(send_plan& plan, timestamp now, random_source& random) {
  auto& next = plan.entries[plan.judged++];
  auto const& content = *next.sent.content;
  if (auto* const seen = detection(queue.get(), topic.get())) {
    auto const window = queue ? queue->options.duplicate_detection_window
                              : topic->options.duplicate_detection_window;
    seen->advance(now, window);
    next.is_duplicate =
        seen->has(content.id.value, now, window) || !plan.ids.insert(duplicate_key(content)).second;
  }
  if (next.is_duplicate) return {};
  if (topic && !is_scheduled(content, now)) {
    next.copies = route(*this, next.sent, now, random);
    for (auto const& each : next.copies) plan.bytes += each.bytes;
  } else {
    plan.bytes += next.sent.bytes;
  }
  auto const limit = queue ? queue->options.max_size_bytes : topic->options.max_size_bytes;
  if (bytes() + plan.bytes > limit) advance(now, random);  // what expired makes room
  if (bytes() + plan.bytes <= limit) return {};
  return fail(errc::quota_exceeded,
              "\"" + name + "\" holds " + std::to_string(bytes()) + " bytes, and " +
                  std::to_string(plan.bytes) + " more would exceed its " + std::to_string(limit),
              "memory.send");
}

void bus_entity::send(send_plan& what, timestamp now, std::vector<std::int64_t>* numbers) {
  auto* const seen = detection(queue.get(), topic.get());
  for (auto& each : what.entries) {
    auto const& content = *each.sent.content;
    auto& own = queue ? queue->messages.live : topic->scheduled;
    if (each.is_duplicate && numbers == nullptr) continue;
    auto const number = own.take_number();
    if (numbers != nullptr) numbers->push_back(number);
    if (each.is_duplicate) continue;
    if (seen != nullptr) seen->add(content.id.value, now);
    if (is_scheduled(content, now)) {
      if (topic) topic->expect(content.enqueue_at);
      own.add_scheduled(number, std::move(each.sent.content), each.sent.bytes);
    } else if (queue) {
      auto const expires =
          expiry_time(now, content.time_to_live, queue->options.default_time_to_live);
      own.add(number, {.content = std::move(each.sent.content),
                       .bytes = each.sent.bytes,
                       .enqueued_at = now,
                       .expires_at = expires});
    } else {
      for (auto& copy : each.copies) put(*topic, std::move(copy), number, now);
    }
  }
}

void bus_entity::add_counts(entity_counts& to) const {
  if (queue) return queue->messages.add_counts(to);
  to.scheduled += topic->scheduled.count(message_state::scheduled);
  to.size_bytes += topic->scheduled.bytes();
  for (auto const& each : topic->subscriptions) each.second->messages.add_counts(to);
}

void bus_entity::wake_all() const {
  if (queue) queue->messages.wake_all();
  if (!topic) return;
  for (auto const& each : topic->subscriptions) each.second->messages.wake_all();
}

std::uint64_t bus_entity::bytes() const {
  if (queue) return queue->messages.bytes();
  auto total = topic->scheduled.bytes();
  for (auto const& each : topic->subscriptions) total += each.second->messages.bytes();
  return total;
}

}  // namespace evsrc::memory::inline v0::detail
