// SPDX-License-Identifier: Apache-2.0
// The life of messages: added, locked, settled, expired, dead-lettered.
#include "message_queue.hpp"

#include "evsrc/bus/message_lifecycle.hpp"
#include "evsrc/bus/message_limits.hpp"

namespace evsrc::memory::inline v0::detail {
namespace {

constexpr std::size_t deliveries_reserved_max = 64;

tl::unexpected<error> lock_lost() {
  return fail(errc::lock_lost, "the lock expired, was settled before, or is not of this entity");
}

/// Numbers that a caller named, and whether one of them stands there twice.
class named_numbers {
 public:
  explicit named_numbers(std::span<std::int64_t const> numbers)
      : sorted_(numbers.begin(), numbers.end()) {
    std::sort(sorted_.begin(), sorted_.end());
  }
  [[nodiscard]] bool is_twice(std::int64_t number) const {
    auto const [first, last] = std::equal_range(sorted_.begin(), sorted_.end(), number);
    return last - first > 1;
  }

 private:
  std::vector<std::int64_t> sorted_;
};

std::string at_number(char const* field, std::size_t index, std::int64_t number) {
  return std::string{field} + "[" + std::to_string(index) + "]: " + std::to_string(number);
}

}  // namespace

delivery& handed_out::add(message_content content) {
  if (deliveries_.empty())
    first_ = std::move(content);
  else
    others_.push_back(std::move(content));
  return deliveries_.emplace_back();
}

std::vector<delivery> handed_out::finish(std::string const& entity) && {
  auto const* next = &first_;
  for (auto& each : deliveries_) {
    each.message = **next;
    each.entity = entity;
    next = next == &first_ ? others_.data() : next + 1;
  }
  return std::move(deliveries_);
}

message_queue::message_queue(std::string path, delivery_rules rules, random_source& random,
                             message_queue* dead_letters)
    : path_(std::move(path)), rules_(rules), random_(random), dead_letters_(dead_letters) {}

// ---- time

void message_queue::let_happen(timestamp now) {
  while (sessions_.next_end() <= now) end_session(*sessions_.first_to_end(), true);
  while (!due_.empty() && due_.begin()->first.first <= now) fall_due(*due_.begin()->second);
}

void message_queue::fall_due(stored_message& what) {
  if (what.state == message_state::scheduled)
    activate(what);
  else if (what.is_locked())
    give_back(what, true);
  else
    expire(what);
}

/// As in Service Bus it gets a new number, so that its place is that of its turn; the number that
/// it was scheduled under stays with it.
void message_queue::activate(stored_message& what) {
  clear_due(what);
  auto const scheduled = what.sequence_number;
  what.sequence_number = take_number();
  what.enqueued_at = what.content->enqueue_at;
  what.expires_at =
      expiry_time(what.enqueued_at, what.content->time_to_live, rules_.default_time_to_live);
  set_state(what, message_state::active);
  auto node = messages_.extract(scheduled);
  node.key() = what.sequence_number;
  messages_.insert(messages_.end(), std::move(node));
  if (what.session != nullptr) {
    what.session->messages.erase(scheduled);
    what.session->messages.emplace(what.sequence_number, &what);
  }
  order_of(what).append(what);
  set_due(what, what.expires_at);
  if (what.session != nullptr) sessions_.update(*what.session);
  wake_for_one();
}

void message_queue::expire(stored_message& what) {
  if (rules_.dead_letter_on_expiration && dead_letters_ != nullptr)
    return dead_letter(what, dead_letter_reasons::expired,
                       "The message expired and was dead-lettered.");
  ++expired_;
  remove(what);
}

void message_queue::set_due(stored_message& what, timestamp when) {
  if (when == timestamp::max()) return;
  expect(when);
  if (spare_due_.empty()) {
    what.due = due_.emplace_hint(due_.end(), std::pair{when, what.sequence_number}, &what);
    return;
  }
  spare_due_.key() = {when, what.sequence_number};
  spare_due_.mapped() = &what;
  what.due = due_.insert(due_.end(), std::move(spare_due_));
}

void message_queue::clear_due(stored_message& what) {
  if (!what.due) return;
  spare_due_ = due_.extract(*what.due);
  what.due.reset();
}

// ---- in

stored_message& message_queue::make(std::int64_t number) {
  if (spare_message_.empty()) return messages_.try_emplace(messages_.end(), number)->second;
  spare_message_.key() = number;
  return messages_.insert(messages_.end(), std::move(spare_message_))->second;
}

void message_queue::add(std::int64_t number, incoming_message what) {
  auto& made = make(number);
  made.content = std::move(what.content);
  made.bytes = what.bytes;
  made.sequence_number = number;
  made.enqueued_sequence_number =
      what.enqueued_sequence_number == 0 ? number : what.enqueued_sequence_number;
  made.enqueued_at = what.enqueued_at;
  made.expires_at = what.expires_at;
  made.delivery_count = what.delivery_count;
  bytes_ += made.bytes;
  ++counts_[static_cast<std::size_t>(message_state::active)];
  if (rules_.requires_session) {
    made.session = &sessions_.open(made.content->session_id);
    made.session->messages.emplace_hint(made.session->messages.end(), number, &made);
  }
  order_of(made).append(made);
  set_due(made, made.expires_at);
  if (made.session != nullptr) sessions_.update(*made.session);
  wake_for_one();
}

void message_queue::add_scheduled(std::int64_t number, message_content content, std::size_t bytes) {
  auto& made = make(number);
  made.content = std::move(content);
  made.bytes = bytes;
  made.sequence_number = number;
  made.enqueued_sequence_number = number;
  made.enqueued_at = made.content->enqueue_at;
  made.state = message_state::scheduled;
  bytes_ += made.bytes;
  ++counts_[static_cast<std::size_t>(message_state::scheduled)];
  if (rules_.requires_session) {
    made.session = &sessions_.open(made.content->session_id);
    made.session->messages.emplace_hint(made.session->messages.end(), number, &made);
  }
  set_due(made, made.content->enqueue_at);
}

result<void> message_queue::cancel_scheduled(std::span<std::int64_t const> numbers) {
  named_numbers const named{numbers};
  for (std::size_t i = 0; i != numbers.size(); ++i) {
    auto const found = messages_.find(numbers[i]);
    if (found == messages_.end() || found->second.state != message_state::scheduled)
      return fail(errc::not_found, at_number("numbers", i, numbers[i]) + " is not scheduled");
    if (named.is_twice(numbers[i]))
      return fail(errc::not_found, at_number("numbers", i, numbers[i]) + " stands there twice");
  }
  for (auto const number : numbers) remove(messages_.find(number)->second);
  return {};
}

message_content message_queue::take_scheduled(timestamp now, std::int64_t& number) {
  if (due_.empty() || due_.begin()->first.first > now) return nullptr;
  auto& what = *due_.begin()->second;
  number = what.sequence_number;
  auto content = what.content;
  remove(what);
  return content;
}

// ---- out

void message_queue::describe(stored_message const& what, delivery& out) const {
  out.sequence_number = what.sequence_number;
  out.enqueued_sequence_number = what.enqueued_sequence_number;
  out.enqueued_at = what.enqueued_at;
  out.expires_at = what.expires_at;
  out.delivery_count = what.delivery_count;
  out.state = what.state;
  if (dead_letters_ == nullptr) out.dead_letter_source = path_;
}

void message_queue::hand_out(stored_message& what, receive_mode mode, timestamp now,
                             handed_out& out) {
  order_of(what).remove(what);
  auto& made = out.add(what.content);
  describe(what, made);
  if (mode == receive_mode::receive_and_delete) {
    ++received_and_deleted_;
    return remove(what);
  }
  lock(what, now);
  made.lock = what.lock;
  made.locked_until = what.session == nullptr ? what.locked_until : what.session->locked_until;
}

void message_queue::receive(receive_request const& how, receive_mode mode, session_record* session,
                            timestamp now, handed_out& out) {
  auto& order = session == nullptr ? ready_ : session->ready;
  // Not for all that a caller would take: of those that are active some are locked.
  if (order.front() != nullptr)
    out.reserve(std::min(
        {how.max_messages, std::size_t{count(message_state::active)}, deliveries_reserved_max}));
  for (auto* next = order.front(); next != nullptr && out.size() != how.max_messages;
       next = order.front())
    hand_out(*next, mode, now, out);
}

result<void> message_queue::receive_deferred(std::span<std::int64_t const> numbers,
                                             receive_mode mode, session_record const* session,
                                             timestamp now, handed_out& out) {
  named_numbers const named{numbers};
  std::vector<stored_message*> found;
  for (std::size_t i = 0; i != numbers.size(); ++i) {
    auto const at = messages_.find(numbers[i]);
    auto* const what = at == messages_.end() ? nullptr : &at->second;
    if (what == nullptr || what->state != message_state::deferred || what->session != session)
      return fail(errc::not_found,
                  at_number("sequence_numbers", i, numbers[i]) + " is not deferred here");
    if (what->is_locked() || named.is_twice(numbers[i]))
      return fail(errc::not_found, at_number("sequence_numbers", i, numbers[i]) +
                                       " is deferred, but received already");
    if (is_expired(what->expires_at, now)) {
      expire(*what);
      return fail(errc::not_found, at_number("sequence_numbers", i, numbers[i]) + " expired");
    }
    found.push_back(what);
  }
  for (auto* const what : found) hand_out(*what, mode, now, out);
  return {};
}

void message_queue::peek(std::int64_t from, std::size_t max_messages, session_record const* session,
                         handed_out& out) const {
  auto const add = [&](stored_message const& what) { describe(what, out.add(what.content)); };
  if (session != nullptr) {
    auto const& all = session->messages;
    for (auto at = all.lower_bound(from); at != all.end() && out.size() != max_messages; ++at)
      add(*at->second);
    return;
  }
  for (auto at = messages_.lower_bound(from); at != messages_.end() && out.size() != max_messages;
       ++at)
    add(at->second);
}

result<judged_settlement> message_queue::judge(settlement const& how) const {
  EVSRC_TRY(validate(how));
  auto* const what = locks_.find(how.lock);
  if (what == nullptr) return lock_lost();
  judged_settlement judged{what, &how};
  if (how.what == disposition::dead_letter && dead_letters_ == nullptr)
    return invalid("what", "a dead letter cannot be dead-lettered again");
  if (how.modify.empty()) return judged;
  auto changed = std::make_shared<message>(*what->content);
  modify(*changed, how.modify);
  if (auto const size = header_bytes(*changed); size > limits::message_header_bytes)
    return fail(errc::limit_exceeded, "modify: the headers would have " + std::to_string(size) +
                                          " bytes, at most " +
                                          std::to_string(limits::message_header_bytes));
  judged.changed = std::move(changed);
  return judged;
}

void message_queue::settle(judged_settlement judged) {
  auto& what = *judged.what;
  if (judged.changed) set_content(what, std::move(judged.changed));
  switch (judged.how->what) {
    case disposition::complete: return remove(what);
    case disposition::abandon: return give_back(what, true);
    case disposition::defer: set_state(what, message_state::deferred); return unlock(what);
    case disposition::dead_letter:
      return dead_letter(what, judged.how->reason, judged.how->description);
  }
}

result<timestamp> message_queue::renew(lock_token lock, session_record const* session,
                                       timestamp now) {
  auto* const what = locks_.find(lock);
  if (what == nullptr || what->session != session) return lock_lost();
  if (what->session != nullptr) return hold(*what->session, what->session->holder, now);
  clear_due(*what);
  what->locked_until = now + rules_.lock_duration;
  set_due(*what, what->locked_until);
  return what->locked_until;
}

// ---- sessions

timestamp message_queue::hold(session_record& which, std::uint64_t holder, timestamp now) {
  auto const until = now + rules_.lock_duration;
  sessions_.hold(which, holder, until);
  expect(until);
  return until;
}

void message_queue::end_session(session_record& which, bool is_counted) {
  // It stays held meanwhile, so that its record outlives its messages.
  auto const locked = std::exchange(which.locked, {});
  for (auto const& each : locked) give_back(*each.second, is_counted);
  sessions_.release(which);
  wake_all();
}

// ---- changes

void message_queue::lock(stored_message& what, timestamp now) {
  clear_due(what);
  locks_.add(what, random_);
  if (what.session != nullptr) {
    what.session->locked.emplace(what.sequence_number, &what);
    return;
  }
  what.locked_until = now + rules_.lock_duration;
  set_due(what, what.locked_until);
}

void message_queue::unlock(stored_message& what) {
  clear_due(what);
  locks_.remove(what);
  if (what.session != nullptr) what.session->locked.erase(what.sequence_number);
}

/// Expiry that was put off by the lock is due at once.
void message_queue::give_back(stored_message& what, bool is_counted) {
  unlock(what);
  if (is_counted) ++what.delivery_count;
  if (is_counted && dead_letters_ != nullptr &&
      is_exhausted(what.delivery_count, rules_.max_delivery_count))
    return dead_letter(what, dead_letter_reasons::delivery_count,
                       "The message could not be consumed in " +
                           std::to_string(what.delivery_count) + " deliveries.");
  if (what.state == message_state::deferred) return;
  order_of(what).give_back(what);
  set_due(what, what.expires_at);
  if (what.session != nullptr) sessions_.update(*what.session);
  wake_for_one();
}

void message_queue::dead_letter(stored_message& what, std::string_view reason,
                                std::string_view description) {
  auto marked = std::make_shared<message>(*what.content);
  mark_dead_letter(*marked, reason, description);
  auto const bytes = size_bytes(*marked);
  dead_letters_->add(dead_letters_->take_number(),
                     {.content = std::move(marked),
                      .bytes = bytes,
                      .enqueued_sequence_number = what.sequence_number,
                      .enqueued_at = what.enqueued_at,
                      .delivery_count = what.delivery_count});
  remove(what);
}

void message_queue::remove(stored_message& what) {
  unlock(what);
  order_of(what).remove(what);
  bytes_ -= what.bytes;
  --counts_[static_cast<std::size_t>(what.state)];
  auto* const session = what.session;
  if (session != nullptr) session->messages.erase(what.sequence_number);
  spare_message_ = messages_.extract(what.sequence_number);
  spare_message_.mapped() = {};
  if (session != nullptr) sessions_.update(*session);
}

void message_queue::set_state(stored_message& what, message_state state) {
  --counts_[static_cast<std::size_t>(what.state)];
  what.state = state;
  ++counts_[static_cast<std::size_t>(what.state)];
}

void message_queue::set_content(stored_message& what, message_content content) {
  bytes_ -= what.bytes;
  what.content = std::move(content);
  what.bytes = size_bytes(*what.content);
  bytes_ += what.bytes;
}

void message_queue::wake_for_one() const {
  if (waiting_->waiting == 0) return;
  if (rules_.requires_session)  // they wait for different sessions
    waiting_->changed.notify_all();
  else
    waiting_->changed.notify_one();
}

// ---- pairs

queue_pair::queue_pair(std::string const& path, delivery_rules const& rules, random_source& random)
    : dead_letters(path, {}, random, nullptr), live(path, rules, random, &dead_letters) {
  set_rules(rules);
}

void queue_pair::set_rules(delivery_rules const& rules) {
  live.set_rules(rules);
  dead_letters.set_rules({.lock_duration = rules.lock_duration});
}

void queue_pair::add_counts(entity_counts& to) const {
  to.active += live.count(message_state::active);
  to.scheduled += live.count(message_state::scheduled);
  to.deferred += live.count(message_state::deferred);
  to.dead_letter +=
      dead_letters.count(message_state::active) + dead_letters.count(message_state::deferred);
  to.size_bytes += bytes();
  live.add_losses(to);
  dead_letters.add_losses(to);
}

void queue_pair::wake_all() const {
  live.wake_all();
  dead_letters.wake_all();
}

}  // namespace evsrc::memory::inline v0::detail
