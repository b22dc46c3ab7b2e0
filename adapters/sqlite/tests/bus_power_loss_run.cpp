// SPDX-License-Identifier: Apache-2.0
// One life of a bus on a simulated disk, and what must be true of what the power loss leaves.
#include "bus_power_loss_run.hpp"

#include <algorithm>
#include <map>
#include <memory>

#include "evsrc/testing/manual_clock.hpp"

namespace evsrc_test {
namespace {

using namespace std::chrono_literals;
using evsrc::sqlite::durability;
using evsrc::sqlite::event_store;

constexpr std::size_t attempts_per_life = 5;
constexpr char const* file_name = "store.db";
constexpr auto lock_duration = 60s;

evsrc::sqlite::options options_of(durability level, evsrc::clock& time) {
  evsrc::sqlite::options with;
  with.durability = level;
  with.threads = evsrc::sqlite::threads::none;
  with.wal_checkpoint_bytes = 65'536;  // the least: several checkpoints in one life
  with.clock = &time;
  return with;
}

std::string id_of(char const* what, std::size_t number) {
  return std::string{what} + "-" + std::to_string(number);
}

evsrc::message with_id(std::string id) {
  evsrc::message made;
  made.body = std::string(700, 'b');
  made.id.value = std::move(id);
  return made;
}

evsrc::commit one_event(std::size_t number) {
  evsrc::append to{{"cut", std::to_string(number)}, evsrc::expected_version::none()};
  evsrc::new_event event;
  event.name = "cut.happened";
  event.payload = std::string(500, 'e');
  event.meta.id.octets[15] = static_cast<std::uint8_t>(number + 1);
  to.events.push_back(std::move(event));
  evsrc::commit made;
  made.appends.push_back(std::move(to));
  return made;
}

evsrc::outgoing_message for_queue(char const* queue, std::string id) {
  evsrc::outgoing_message made;
  made.id.value = std::move(id);
  made.destination = queue;
  made.body = std::string(700, 'o');
  return made;
}

/// A life at work.
struct worker {
  event_store& store;
  evsrc::sqlite::message_bus bus{store};
  std::unique_ptr<evsrc::sender> sending = std::move(*bus.open_sender("orders"));
  std::unique_ptr<evsrc::receiver> receiving = std::move(*bus.open_receiver("orders"));

  explicit worker(event_store& at) : store(at) {}

  void work(bus_life& lived, std::size_t number) {
    auto& one = lived.attempts.emplace_back();
    if (lived.kind == bus_work::send) {
      std::vector<evsrc::message> const batch{with_id(id_of("in", number)),
                                              with_id(id_of("too", number))};
      one.is_sent = sending->send(batch).has_value();
    } else if (lived.kind == bus_work::hop) {
      auto what = one_event(number);
      what.messages.push_back(for_queue("orders", id_of("in", number)));
      one.is_sent = store.commit(std::move(what)).has_value();
    } else {
      one.is_sent = sending->send(with_id(id_of("in", number))).has_value();
      if (one.is_sent) end(lived, number, one);
    }
  }

  void end(bus_life& lived, std::size_t number, bus_attempt& one) {
    auto const got = receiving->receive({});
    if (!got || got->empty()) return;
    auto const& held = got->front();
    lived.greatest_number = std::max(lived.greatest_number, held.sequence_number);
    if (lived.kind == bus_work::receive) return;
    one.is_tried = true;
    if (lived.kind == bus_work::complete) {
      one.is_ended = receiving->settle(held.settle()).has_value();
    } else if (lived.kind == bus_work::dead_letter) {
      one.is_ended = receiving->settle(held.dead_letter(id_of("why", number))).has_value();
    } else if (lived.kind == bus_work::settle_commit) {
      auto what = one_event(number);
      what.settles.push_back(held.settle());
      what.messages.push_back(for_queue("bills", id_of("bill", number)));
      one.is_ended = store.commit(std::move(what)).has_value();
    } else {
      one.is_ended = bus.commit({.settles = {held.settle()},
                                 .sends = {{"bills", with_id(id_of("bill", number))}}})
                         .has_value();
    }
  }
};

/// Reason of dead letters, by id; of others empty.
using contents = std::map<std::string, std::string>;

struct aftermath {
  contents orders{};
  contents bills{};
  contents graves{};
  std::size_t outbox_rows = 0;
  std::string trouble{};
};

contents contents_of(evsrc::message_bus& bus, std::string const& entity, std::string& trouble) {
  contents found;
  auto const at = bus.open_receiver(entity);
  auto const all = (*at)->peek(0, 100);
  // Where the power went before the queue was there nothing can be in it.
  if (!all && all.error().code != evsrc::errc::not_found) trouble = to_string(all.error());
  if (!all) return found;
  for (auto const& one : *all) {
    auto const reason =
        find_text(one.message.properties, evsrc::property_names::dead_letter_reason);
    if (!found.emplace(one.message.id.value, reason).second)
      trouble = one.message.id.value + " is twice in " + entity;
  }
  return found;
}

/// G1, G14: what of one piece of work must be there together, and what must be there at all.
std::string judge(bus_life const& lived, std::size_t number, aftermath const& left,
                  bool has_event) {
  auto const& one = lived.attempts[number];
  bool const is_sure = lived.level == durability::fsync;
  bool const stands = left.orders.count(id_of("in", number)) != 0;
  bool const has_bill = left.bills.count(id_of("bill", number)) != 0;
  auto const grave = left.graves.find(id_of("in", number));
  bool const is_dead = grave != left.graves.end();
  switch (lived.kind) {
    case bus_work::send:
      if (stands != (left.orders.count(id_of("too", number)) != 0)) return "torn batch";
      return is_sure && one.is_sent && !stands ? "lost batch" : "";
    case bus_work::hop:
      if (stands != has_event) return "torn commit";
      return is_sure && one.is_sent && !stands ? "lost commit" : "";
    case bus_work::receive: return is_sure && one.is_sent && !stands ? "lost message" : "";
    case bus_work::complete:
      if (is_sure && one.is_ended && stands) return "completed, and there again";
      return is_sure && one.is_sent && !one.is_tried && !stands ? "lost message" : "";
    case bus_work::dead_letter:
      if (stands && is_dead) return "dead and alive";
      if (is_dead && grave->second != id_of("why", number)) return "a dead letter without reason";
      if (is_sure && one.is_ended && !is_dead) return "lost dead letter";
      return is_sure && one.is_sent && !stands && !is_dead ? "lost message" : "";
    case bus_work::settle_commit:
      if (has_event != has_bill) return "torn commit: event and bill";
      [[fallthrough]];
    case bus_work::transaction:
      if (has_bill && stands) return "torn: its input stands beside its bill";
      if (is_sure && one.is_ended && !has_bill) return "lost transaction";
      return is_sure && one.is_sent && !stands && !has_bill ? "lost message" : "";
  }
  return {};
}

/// What stands is delivered when its locks are over, and new messages come behind it.
std::string judge_next(bus_life const& lived, evsrc::message_bus& bus, contents const& standing) {
  auto const created = bus.topology().create_queue("orders", {.lock_duration = lock_duration});
  if (!created && created.error().code != evsrc::errc::already_exists)
    return "no queue: " + to_string(created.error());
  auto const sending = bus.open_sender("orders");
  if (auto const sent = (*sending)->send(with_id("next")); !sent)
    return "the next send failed: " + to_string(sent.error());
  auto const at = bus.open_receiver("orders");
  auto const got = (*at)->receive({.max_messages = 100});
  if (!got) return "the next receive failed: " + to_string(got.error());
  if (got->size() != standing.size() + 1)
    return std::to_string(got->size()) + " were delivered where " +
           std::to_string(standing.size() + 1) + " stand";
  if (got->back().message.id.value != "next") return "the next message is not the last";
  bool const is_sure = lived.level == durability::fsync;
  if (is_sure && got->back().sequence_number <= lived.greatest_number)
    return "a sequence number was given out twice";
  for (auto const& one : *got)
    if (auto const told = (*at)->settle(one.settle()); !told)
      return "completing failed: " + to_string(told.error());
  return {};
}

}  // namespace

std::string_view to_string(bus_work kind) noexcept {
  switch (kind) {
    case bus_work::send: return "send";
    case bus_work::hop: return "hop";
    case bus_work::receive: return "receive";
    case bus_work::complete: return "complete";
    case bus_work::dead_letter: return "dead_letter";
    case bus_work::settle_commit: return "settle_commit";
    case bus_work::transaction: return "transaction";
  }
  return {};
}

bus_life live(simulated_disk& disk, std::filesystem::path const& folder, bus_work kind,
              durability level) {
  bus_life lived{kind, level};
  evsrc::testing::manual_clock time;
  auto with = options_of(level, time);
  with.vfs = disk.name();
  auto const store = evsrc::sqlite::open((folder / file_name).string(), with);
  if (!store) return lived;
  worker at{**store};
  for (auto const* name : {"orders", "bills"})
    if (!at.bus.topology().create_queue(name, {.lock_duration = lock_duration})) return lived;
  lived.operations_before = disk.operations();
  for (std::size_t i = 0; i != attempts_per_life; ++i) at.work(lived, i);
  return lived;
}

std::string find_fault(bus_life const& lived, std::filesystem::path const& folder) {
  evsrc::testing::manual_clock time;
  time.advance(2 * lock_duration);  // what a receive locked is free again
  auto const store =
      evsrc::sqlite::open((folder / file_name).string(), options_of(lived.level, time));
  if (!store) return "does not open: " + to_string(store.error());
  evsrc::sqlite::message_bus bus{**store};
  aftermath left;
  left.orders = contents_of(bus, "orders", left.trouble);
  left.bills = contents_of(bus, "bills", left.trouble);
  left.graves = contents_of(bus, evsrc::dead_letter_path("orders"), left.trouble);
  if (!left.trouble.empty()) return left.trouble;
  for (std::size_t i = 0; i != lived.attempts.size(); ++i) {
    auto const page = (*store)->read({.stream = {"cut", std::to_string(i)}});
    if (!page) return to_string(page.error());
    if (auto const fault = judge(lived, i, left, page->version() == 1); !fault.empty())
      return fault + ": " + std::to_string(i);
  }
  auto const rows = (*store)->read_outbox({});
  if (!rows || !rows->empty()) return "a message that could go straight waits in the outbox";
  if (auto fault = judge_next(lived, bus, left.orders); !fault.empty()) return fault;
  auto const sound = (*store)->check_integrity();
  return sound ? std::string{} : to_string(sound.error());
}

}  // namespace evsrc_test
