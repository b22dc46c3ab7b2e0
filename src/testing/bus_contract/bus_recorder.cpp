// SPDX-License-Identifier: Apache-2.0
// Recording what workers do to a bus.
#include "bus_recorder.hpp"

#include <algorithm>

#include "bus_workbench.hpp"

namespace evsrc::testing::inline v0::detail {
namespace {

std::uint64_t monotonic() noexcept {
  // One clock for all processes of the machine.
  return static_cast<std::uint64_t>(
      std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count());
}

seen_message seen(delivery const& what) {
  seen_message made;
  made.id = what.message.id.value;
  made.session_id = what.message.session_id;
  made.body = what.message.body;
  made.sequence_number = what.sequence_number;
  made.delivery_count = what.delivery_count;
  if (what.lock != lock_token{})
    made.lock = {what.lock, what.locked_until - contest_lock_duration, what.locked_until};
  made.dead_letter_reason = find_text(what.message.properties, property_names::dead_letter_reason);
  made.expires_at = what.expires_at;
  return made;
}

}  // namespace

bus_recorder::bus_recorder(message_bus& bus, contest_clock& time,
                           std::vector<std::string> const& entities, std::uint32_t worker,
                           std::uint64_t seed)
    : bus_(&bus), time_(&time), worker_(worker), dice_(seed + worker) {
  for (auto const& home : entities) {
    senders_.emplace(home, value_of(bus.open_sender(home), "open_sender"));
    for (auto const& entity : {home, dead_letter_path(home)})
      for (auto const mode : {receive_mode::peek_lock, receive_mode::receive_and_delete})
        receivers_.emplace(std::pair{entity, mode},
                           value_of(bus.open_receiver(entity, mode), "open_receiver"));
  }
}

std::string bus_recorder::new_id() {
  return std::to_string(worker_) + "-" + std::to_string(++count_);
}

template <class Call>
Call bus_recorder::begin(std::string const& entity) const {
  Call made;
  made.worker = worker_;
  made.entity = entity;
  made.times.invoked = monotonic();
  return made;
}

template <class T>
bool bus_recorder::finish(bus_call& call, result<T> const& answer, char const* what,
                          std::initializer_list<errc> expected) {
  call.times.completed = monotonic();
  call.bus_time = time_->now();
  call.outcome = call_outcome::done;
  if (answer) return true;
  call.outcome =
      answer.error().effect == effect::none ? call_outcome::refused : call_outcome::unknown;
  call.refusal = answer.error().code;
  if (std::find(expected.begin(), expected.end(), call.refusal) == expected.end())
    fail("worker " + std::to_string(worker_) + ": " + what + ": " + to_string(answer.error()));
  return false;
}

bool bus_recorder::send(std::string const& entity, std::vector<message> const& batch) {
  auto& to = sender(entity);
  auto call = begin<recorded_send>(entity);
  for (auto const& one : batch) call.messages.push_back({one.id.value, one.session_id, one.body});
  bool const is_done = finish(call, to.send(batch), "send", {});
  kept_.sends.push_back(std::move(call));
  return is_done;
}

std::int64_t bus_recorder::schedule(std::string const& entity, message const& what, timestamp at) {
  auto& to = sender(entity);
  auto call = begin<recorded_send>(entity);
  call.is_scheduled = true;
  call.messages.push_back({what.id.value, what.session_id, what.body});
  auto const answer = to.schedule({&what, 1}, at);
  bool const is_done = finish(call, answer, "schedule", {});
  kept_.sends.push_back(std::move(call));
  return is_done ? answer->front() : 0;
}

bool bus_recorder::cancel(std::string const& entity, std::int64_t number, std::string const& id) {
  auto& to = sender(entity);
  auto call = begin<recorded_cancel>(entity);
  call.id = id;
  bool const is_done =
      finish(call, to.cancel_scheduled({&number, 1}), "cancel_scheduled", {errc::not_found});
  kept_.cancels.push_back(std::move(call));
  return is_done;
}

std::vector<kept_delivery> bus_recorder::note(recorded_receive call,
                                              result<std::vector<delivery>> const& answer,
                                              char const* what,
                                              std::initializer_list<errc> expected) {
  std::vector<kept_delivery> got;
  if (finish(call, answer, what, expected))
    for (auto const& one : *answer) {
      call.messages.push_back(seen(one));
      got.push_back({call.entity, one.lock, one.sequence_number, one.message.id.value});
    }
  kept_.receives.push_back(std::move(call));
  return got;
}

std::vector<kept_delivery> bus_recorder::receive(std::string const& entity, std::size_t max,
                                                 receive_mode mode) {
  auto& from = receiver(entity, mode);
  auto call = begin<recorded_receive>(entity);
  call.is_deleting = mode == receive_mode::receive_and_delete;
  auto const answer = from.receive({.max_messages = max});
  return note(std::move(call), answer, "receive", {});
}

std::vector<kept_delivery> bus_recorder::receive_deferred(std::string const& entity,
                                                          std::int64_t number) {
  auto& from = receiver(entity, receive_mode::peek_lock);
  auto call = begin<recorded_receive>(entity);
  call.is_deferred = true;
  auto const answer = from.receive_deferred({&number, 1});
  return note(std::move(call), answer, "receive_deferred", {errc::not_found});
}

namespace {

settlement settlement_of(kept_delivery const& what, disposition how) {
  settlement made{.entity = what.entity, .lock = what.lock, .what = how};
  if (how == disposition::dead_letter) made.reason = "Reason of " + what.id;
  return made;
}

}  // namespace

bool bus_recorder::settle(kept_delivery const& what, disposition how) {
  auto& at = receiver(what.entity, receive_mode::peek_lock);
  auto const asked = settlement_of(what, how);
  auto call = begin<recorded_settle>(what.entity);
  call.lock = what.lock;
  call.what = how;
  call.reason = asked.reason;
  bool const is_done = finish(call, at.settle(asked), "settle", {errc::lock_lost});
  kept_.settles.push_back(std::move(call));
  return is_done;
}

bool bus_recorder::renew(kept_delivery const& what) {
  auto& at = receiver(what.entity, receive_mode::peek_lock);
  auto call = begin<recorded_renewal>(what.entity);
  call.lock = what.lock;
  auto const answer = at.renew(what.lock);
  bool const is_done = finish(call, answer, "renew", {errc::lock_lost});
  if (is_done) call.until = *answer;
  kept_.renewals.push_back(std::move(call));
  return is_done;
}

bool bus_recorder::commit(std::vector<kept_delivery> const& done,
                          std::vector<addressed_message> const& sends) {
  bus_transaction what;
  for (auto const& one : done) what.settles.push_back(settlement_of(one, disposition::complete));
  what.sends = sends;
  auto const number = worker_ * std::uint64_t{1'000'000} + ++count_;
  auto call = begin<bus_call>({});
  bool const is_done = finish(call, bus_->commit(what), "commit", {errc::lock_lost});
  for (auto const& one : done) {
    recorded_settle each{call, number, one.lock, disposition::complete};
    each.entity = one.entity;
    kept_.settles.push_back(std::move(each));
  }
  for (auto const& one : sends) {
    recorded_send each{call, number, false};
    each.entity = one.entity;
    each.messages.push_back({one.message.id.value, one.message.session_id, one.message.body});
    kept_.sends.push_back(std::move(each));
  }
  return is_done;
}

session_hold bus_recorder::accept(std::string const& entity, std::optional<std::string> const& id) {
  session_hold made;
  auto call = begin<recorded_accept>(entity);
  auto answer = bus_->accept_session(entity, {.session_id = id});
  if (finish(call, answer, "accept_session", {errc::session_locked, errc::timed_out})) {
    made.at = std::move(*answer);
    made.holder = worker_ * std::uint64_t{1'000'000} + ++count_;
    call.holder = made.holder;
    call.session_id = made.at->session_id();
    auto const until = made.at->locked_until();
    call.lock = {{}, until - contest_lock_duration, until};
  }
  made.place = kept_.accepts.size();
  kept_.accepts.push_back(std::move(call));
  return made;
}

std::vector<kept_delivery> bus_recorder::receive(session_hold& from, std::size_t max) {
  auto call = begin<recorded_receive>(kept_.accepts[from.place].entity);
  call.holder = from.holder;
  auto const answer = from.at->receive({.max_messages = max});
  return note(std::move(call), answer, "receive in a session", {errc::lock_lost});
}

bool bus_recorder::settle(session_hold& in, kept_delivery const& what, disposition how) {
  auto const asked = settlement_of(what, how);
  auto call = begin<recorded_settle>(what.entity);
  call.lock = what.lock;
  call.what = how;
  call.reason = asked.reason;
  bool const is_done = finish(call, in.at->settle(asked), "settle", {errc::lock_lost});
  kept_.settles.push_back(std::move(call));
  return is_done;
}

bool bus_recorder::renew(session_hold& what) {
  auto call = begin<recorded_renewal>(kept_.accepts[what.place].entity);
  call.holder = what.holder;
  auto const answer = what.at->renew_session();
  bool const is_done = finish(call, answer, "renew_session", {errc::lock_lost});
  if (is_done) call.until = *answer;
  kept_.renewals.push_back(std::move(call));
  return is_done;
}

void bus_recorder::close(session_hold& what) {
  if (what.at == nullptr) return;
  auto& closing = kept_.accepts[what.place].closing;
  closing.invoked = monotonic();
  what.at.reset();
  closing.completed = monotonic();
}

void bus_recorder::close_all() {
  for (auto& each : sessions_in_hand) close(each);
  senders_.clear();
  receivers_.clear();
}

std::vector<standing_entity> everything(message_bus& bus,
                                        std::vector<std::string> const& entities) {
  std::vector<standing_entity> found;
  for (auto const& home : entities)
    for (auto const& entity : {home, dead_letter_path(home)}) {
      found.push_back({entity, {}});
      auto const from = value_of(bus.open_receiver(entity), "open_receiver");
      for (std::int64_t next = 0;;) {
        auto const page = value_of(from->peek(next, 100), "peek");
        if (page.empty()) break;
        for (auto const& one : page) found.back().messages.push_back(seen(one));
        next = page.back().sequence_number + 1;
      }
    }
  return found;
}

}  // namespace evsrc::testing::inline v0::detail
