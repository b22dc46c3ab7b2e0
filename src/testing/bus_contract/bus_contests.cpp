// SPDX-License-Identifier: Apache-2.0
// What workers contend for: messages, locks, sessions, times, ids and transactions.
#include <algorithm>
#include <chrono>
#include <cstring>

#include "bus_recorder.hpp"
#include "bus_workbench.hpp"

namespace evsrc::testing::inline v0::detail {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t endless_deliveries = 2'000;

/// What a bus that refuses or forgets everything does not show.
template <class Call, class Condition>
bool is_any(std::vector<Call> const& calls, Condition holds) {
  return std::any_of(calls.begin(), calls.end(), [&](Call const& one) {
    return one.outcome == call_outcome::done && holds(one);
  });
}

verdict messages_were_received_and_completed(bus_history const& of) {
  if (!is_any(of.receives, [](auto const& one) { return !one.messages.empty(); }))
    return verdict::fails("nobody received a message");
  if (!is_any(of.settles, [](auto const& one) { return one.what == disposition::complete; }))
    return verdict::fails("nobody completed a message");
  return verdict::holds();
}

void create(topology& at, std::string const& name, queue_options with) {
  with.lock_duration = contest_lock_duration;
  value_of(at.create_queue(name, with), "create_queue");
}

std::vector<message> some_messages(bus_recorder& racer, std::uint64_t count,
                                   std::string const& session = {}) {
  std::vector<message> made;
  for (std::uint64_t i = 0; i != count; ++i) made.push_back(in_session(session, racer.new_id()));
  return made;
}

template <class T>
T take_any(bus_recorder& racer, std::vector<T>& from) {
  auto const at = from.begin() + static_cast<std::ptrdiff_t>(racer.roll(from.size()));
  T taken = std::move(*at);
  from.erase(at);
  return taken;
}

/// Completes mostly; gives back, sets aside, dead-letters or keeps the rest.
void end_somehow(bus_recorder& racer, kept_delivery const& what) {
  auto const side = racer.roll(20);
  if (side < 10) {
    racer.settle(what, disposition::complete);
  } else if (side < 13) {
    racer.settle(what, disposition::abandon);
  } else if (side < 15) {
    racer.settle(what, disposition::dead_letter);
  } else if (side == 15) {
    if (racer.settle(what, disposition::defer)) racer.set_aside.push_back(what);
  } else if (side < 18) {
    racer.renew(what);
    racer.in_hand.push_back(what);
  } else {
    racer.in_hand.push_back(what);  // some of them too long
  }
}

std::vector<std::string> one_queue(topology& at) {
  create(at, "orders", {.max_delivery_count = 4, .dead_letter_on_expiration = true});
  return {"orders"};
}

void compete(bus_recorder& racer, bus_round const&) {
  if (racer.roll(2) == 0) {
    auto batch = some_messages(racer, 1 + racer.roll(3));
    if (racer.roll(4) == 0) batch.front().time_to_live = 2s;
    racer.send("orders", batch);
  }
  for (auto const& one : racer.receive("orders", 1 + racer.roll(3))) end_somehow(racer, one);
  if (racer.in_hand.size() > 5) end_somehow(racer, take_any(racer, racer.in_hand));
  if (!racer.set_aside.empty() && racer.roll(3) == 0) {
    auto const number = take_any(racer, racer.set_aside).sequence_number;
    for (auto const& one : racer.receive_deferred("orders", number)) end_somehow(racer, one);
  }
  if (racer.roll(10) == 0) {
    auto const graves = dead_letter_path("orders");
    for (auto const& one : racer.receive(graves, 2)) racer.settle(one, disposition::complete);
  }
  if (racer.roll(16) == 0) racer.receive("orders", 1, receive_mode::receive_and_delete);
  if (racer.roll(10) == 0) racer.advance(1s);
}

std::vector<std::string> one_plain_queue(topology& at) {
  create(at, "orders", {.max_delivery_count = endless_deliveries});
  return {"orders"};
}

/// One lock, and everybody settles or renews it at the same time; somebody lets it expire.
void race_on_one_lock(bus_recorder& racer, bus_round const& now) {
  auto& token = now.ground->token;
  if (now.number % now.racers == now.racer) {
    racer.send("orders", some_messages(racer, 1));
    auto const got = racer.receive("orders", 1);
    lock_token const lock = got.empty() ? lock_token{} : got.front().lock;
    std::array<std::uint64_t, 2> halves{};
    std::memcpy(halves.data(), lock.value.octets.data(), sizeof halves);
    token[0] = halves[0];
    token[1] = halves[1];
  }
  now.wait_for_others();
  kept_delivery held{"orders", {}, 0, "the round's"};
  std::array<std::uint64_t, 2> const halves{token[0], token[1]};
  std::memcpy(held.lock.value.octets.data(), halves.data(), sizeof halves);
  if (held.lock != lock_token{}) {
    auto const side = racer.roll(8);
    if (side == 0)
      racer.advance(now.number % 3 == 0 ? contest_lock_duration : 1s);
    else if (side < 3)
      racer.renew(held);
    else if (side < 5)
      racer.settle(held, disposition::abandon);
    else if (side < 6)
      racer.settle(held, disposition::dead_letter);
    else
      racer.settle(held, disposition::complete);
  }
  now.wait_for_others();
}

std::vector<std::string> one_queue_with_sessions(topology& at) {
  create(at, "orders", {.max_delivery_count = endless_deliveries, .requires_session = true});
  return {"orders"};
}

void work_in(bus_recorder& racer, session_hold& held) {
  for (std::uint64_t i = racer.roll(3); i != 0; --i) {
    auto const got = racer.receive(held, 1 + racer.roll(3));
    for (auto const& one : got) {
      auto const side = racer.roll(12);
      if (side < 8)
        racer.settle(held, one, disposition::complete);
      else if (side < 10)
        racer.settle(held, one, disposition::abandon);
      else if (side < 11)
        racer.settle(held, one, disposition::dead_letter);
    }
    if (racer.roll(4) == 0) racer.renew(held);
  }
}

void race_for_sessions(bus_recorder& racer, bus_round const&) {
  auto const session = "s" + std::to_string(racer.roll(4));
  racer.send("orders", some_messages(racer, 1 + racer.roll(2), session));
  auto& held = racer.sessions_in_hand;
  if (held.size() < 2) {
    std::optional<std::string> wanted;
    if (racer.roll(2) == 0) wanted = session;
    if (auto got = racer.accept("orders", wanted); got.at != nullptr)
      held.push_back(std::move(got));
  }
  if (!held.empty()) {
    auto one = take_any(racer, held);
    work_in(racer, one);
    if (racer.roll(3) == 0)
      held.push_back(std::move(one));  // some of them too long
    else
      racer.close(one);
  }
  if (racer.roll(16) == 0) racer.advance(2s);
}

/// Due messages are taken while their senders take them back.
void race_with_cancelling(bus_recorder& racer, bus_round const&) {
  auto const what = some_messages(racer, 1).front();
  auto const at = racer.now() + std::chrono::seconds{racer.roll(4)};
  if (auto const number = racer.schedule("orders", what, at); number != 0)
    racer.set_aside.push_back({"orders", {}, number, what.id.value});
  if (racer.set_aside.size() > 2) {
    auto const back = take_any(racer, racer.set_aside);
    racer.cancel("orders", back.sequence_number, back.id);
  }
  if (racer.roll(3) == 0)
    racer.receive("orders", 1, receive_mode::receive_and_delete);
  else
    for (auto const& one : racer.receive("orders", 2)) racer.settle(one, disposition::complete);
  if (racer.roll(4) == 0) racer.advance(1s);
}

verdict some_were_received_and_some_cancelled(bus_history const& of) {
  if (!is_any(of.cancels, [](auto const&) { return true; }))
    return verdict::fails("nobody cancelled a message");
  return messages_were_received_and_completed(of);
}

std::vector<std::string> one_detecting_queue(topology& at) {
  create(at, "orders",
         {.max_delivery_count = endless_deliveries,
          .requires_duplicate_detection = true,
          .duplicate_detection_window = std::chrono::hours{24 * 7}});
  return {"orders"};
}

/// Everybody sends the round's message at the same time, some of them in a batch with others.
void race_with_one_id(bus_recorder& racer, bus_round const& now) {
  now.wait_for_others();
  auto batch = some_messages(racer, racer.roll(2));
  batch.push_back(with_id("round " + std::to_string(now.number)));
  racer.send("orders", batch);
  if (racer.roll(2) == 0)
    for (auto const& one : racer.receive("orders", 3)) racer.settle(one, disposition::complete);
  now.wait_for_others();
}

/// The round's message of each contest with one id was acknowledged and is there, once.
verdict each_round_has_its_message(bus_history const& of) {
  std::map<std::string, std::size_t> acknowledged;
  for (auto const& one : of.sends)
    for (auto const& each : one.messages)
      if (each.id.rfind("round ", 0) == 0 && one.outcome == call_outcome::done)
        ++acknowledged[each.id];
  for (auto const& [id, count] : acknowledged)
    if (count < 2) return verdict::fails(id + " was not sent by several, as it should have been");
  return verdict::holds();
}

std::vector<std::string> three_queues(topology& at) {
  for (auto const* name : {"orders", "bills", "notes"})
    create(at, name, {.max_delivery_count = endless_deliveries});
  return {"orders", "bills", "notes"};
}

/// What is completed in a transaction makes a bill and a note; some locks are kept too long.
void race_with_transactions(bus_recorder& racer, bus_round const&) {
  racer.send("orders", some_messages(racer, 1));
  for (auto& one : racer.receive("orders", 2)) racer.in_hand.push_back(std::move(one));
  if (racer.roll(8) == 0) racer.advance(2s);
  while (racer.in_hand.size() > racer.roll(4)) {
    std::vector<kept_delivery> done;
    std::vector<addressed_message> sends;
    for (auto i = 1 + racer.roll(2); i != 0 && !racer.in_hand.empty(); --i) {
      done.push_back(take_any(racer, racer.in_hand));
      sends.push_back({"bills", with_id("bill of " + done.back().id + "/" + racer.new_id())});
      sends.push_back({"notes", with_id("note of " + done.back().id + "/" + racer.new_id())});
    }
    racer.commit(done, sends);
  }
  if (racer.roll(2) == 0)
    for (auto const& one : racer.receive("bills", 3)) racer.settle(one, disposition::complete);
}

/// Every message has at most one bill that was acknowledged.
verdict each_has_one_bill(bus_history const& of) {
  std::map<std::string, std::size_t> bills;
  for (auto const& one : of.sends)
    for (auto const& each : one.messages)
      if (one.entity == "bills" && one.outcome == call_outcome::done)
        if (++bills[each.id.substr(0, each.id.find('/'))] == 2)
          return verdict::fails("two transactions completed one message: " + each.id);
  return bills.empty() ? verdict::fails("no transaction was done") : verdict::holds();
}

}  // namespace

bus_contest many_receivers() {
  return {&one_queue, &compete, false, {}, &messages_were_received_and_completed};
}
bus_contest lock_races() {
  return {&one_plain_queue, &race_on_one_lock, true, {}, &messages_were_received_and_completed};
}
bus_contest session_races() {
  return {&one_queue_with_sessions,
          &race_for_sessions,
          false,
          {},
          &messages_were_received_and_completed};
}
bus_contest cancel_races() {
  return {
      &one_plain_queue, &race_with_cancelling, false, {}, &some_were_received_and_some_cancelled};
}
bus_contest duplicate_races() {
  return {&one_detecting_queue, &race_with_one_id, true, {"orders"}, &each_round_has_its_message};
}
bus_contest transaction_races() {
  return {&three_queues, &race_with_transactions, false, {}, &each_has_one_bill};
}

verdict judge_contest(bus_contest const& what, bus_history const& of) {
  if (auto said = judge_all(of); !said) return said;
  return what.judge == nullptr ? verdict::holds() : what.judge(of);
}

}  // namespace evsrc::testing::inline v0::detail
