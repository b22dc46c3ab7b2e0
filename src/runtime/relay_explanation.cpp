// SPDX-License-Identifier: Apache-2.0
// Checks of a relay's options, and why rows do not move, as text.
#include "evsrc/runtime/relay_explanation.hpp"

#include "evsrc/runtime/detail/relay_engine.hpp"

namespace evsrc::inline v0 {

using std::chrono::milliseconds;

result<void> validate(relay_options const& what) {
  constexpr std::size_t batch_max = 1'000;
  constexpr std::size_t threads_max = 100;
  if (what.slots.none()) return invalid("slots", "none: such a relay would own nothing");
  if (what.batch_rows == 0 || what.batch_rows > batch_max)
    return invalid("batch_rows", "must be 1 to 1000");
  if (what.threads == 0 || what.threads > threads_max)
    return invalid("threads", "must be 1 to 100");
  if (auto circuit = validate(what.circuit); !circuit) {
    circuit.error().message = "circuit." + circuit.error().message;
    return circuit;
  }
  if (what.send_timeout <= milliseconds(0)) return invalid("send_timeout", "must be above zero");
  if (what.heartbeat <= milliseconds(0)) return invalid("heartbeat", "must be above zero");
  if (what.patience < what.send_timeout || what.heartbeat > (what.patience - what.send_timeout) / 2)
    return invalid("patience", "must be at least send_timeout and two heartbeats");
  return {};
}

namespace {

std::string count(std::uint64_t number, char const* one, char const* many) {
  return std::to_string(number) + " " + (number == 1 ? one : many);
}

std::string of_key(std::string const& key) { return key.empty() ? "" : " (key " + key + ")"; }

std::string describe_pause(relay_destination const& what) {
  std::string text;
  if (!what.has_sender) text = "nothing sends to it";
  if (what.circuit == circuit_standing::open) text = "it pauses until " + to_string(what.retry_at);
  if (what.circuit == circuit_standing::half_open)
    text = "one row finds out whether it works again";
  if (what.failures != 0) {
    text += (text.empty() ? "" : " after ") + count(what.failures, "failure", "failures");
    text += " in a row";
  }
  if (what.trouble) text += ": " + to_string(*what.trouble);
  return text;
}

}  // namespace

std::string to_string(refused_row const& dead) {
  auto const& row = dead.row.message;
  auto text = "row " + std::to_string(dead.row.sequence) + ", " + row.id.value + " to " +
              row.destination + of_key(row.key) + ", is a dead letter since " +
              to_string(dead.refused_at) + ": " + dead.reason;
  if (!dead.description.empty()) text += ": " + dead.description;
  if (dead.holds_key) text += "; later rows of its key wait";
  return text;
}

std::string to_string(relay_destination const& what) {
  auto const& waits = what.waits;
  auto text = waits.destination + ": " + count(waits.rows, "row waits", "rows wait");
  if (waits.due != 0) text += ", " + std::to_string(waits.due) + " of them due";
  if (waits.oldest_due != timestamp::max()) text += " since " + to_string(waits.oldest_due);
  if (waits.next_due != timestamp::max())
    text += ", the next of the others at " + to_string(waits.next_due);
  if (auto const pause = describe_pause(what); !pause.empty()) text += "; " + pause;
  if (waits.held != 0)
    text += "; " + std::to_string(waits.held) + " behind a dead letter that holds the key";
  if (waits.refused != 0) text += "; " + count(waits.refused, "dead letter", "dead letters");
  return text;
}

std::string to_string(relay_explanation const& what) {
  auto text = what.holder + " owns " + std::to_string(what.slots) + " of " +
              std::to_string(outbox_slots) + " slots";
  for (auto const& [holder, slots] : what.others)
    text +=
        "; " + (holder.empty() ? std::string("nobody") : holder) + " owns " + std::to_string(slots);
  if (what.trouble) text += "; " + to_string(*what.trouble);
  auto const& counts = what.counts;
  auto const add = [&](std::uint64_t number, char const* name) {
    if (number != 0) text += "; " + std::to_string(number) + " " + name;
  };
  add(counts.sent, "sent");
  add(counts.removed, "removed");
  add(counts.refused, "refused");
  add(counts.failures, "failed sends");
  add(counts.leases_lost, "slots lost to others");
  add(counts.slow_sends, "sends longer than send_timeout");
  if (what.destinations.empty()) text += "\nthe outbox is empty";
  for (auto const& one : what.destinations) text += "\n" + to_string(one);
  for (auto const& one : what.refused) text += "\n" + to_string(one);
  return text;
}

namespace detail {

relay_destination relay_engine::describe(outbox_backlog waits) {
  relay_destination made;
  made.waits = std::move(waits);
  std::scoped_lock const lock(mutex_);
  auto const found = destinations_.find(made.waits.destination);
  made.has_sender = bus_ != nullptr;
  if (found == destinations_.end()) return made;
  auto const& known = found->second;
  auto const now = time_.steady();
  made.has_sender = has_way(known);
  made.circuit = known.circuit.standing(now);
  made.failures = known.circuit.failures();
  made.trouble = known.trouble;
  if (made.circuit == circuit_standing::open)
    made.retry_at = time_.now() + std::chrono::duration_cast<std::chrono::microseconds>(
                                      known.circuit.retry_at() - now);
  return made;
}

relay_explanation relay_engine::explain() {
  constexpr std::size_t refused_max = 100;
  relay_explanation made;
  made.holder = leases_.holder();
  made.slots = leases_.held().count();
  {
    std::scoped_lock const lock(mutex_);
    made.counts = counts_;
    made.trouble = trouble_;
  }
  auto const note = [&](error const& why) {
    if (!made.trouble) made.trouble = why;
  };
  if (auto others = leases_.others())
    made.others = std::move(*others);
  else
    note(others.error());
  if (auto const all = rows_.outbox(time_.now())) {
    for (auto const& one : *all) made.destinations.push_back(describe(one));
  } else {
    note(all.error());
  }
  if (auto refused = rows_.read_refused({.max_rows = refused_max})) {
    made.refused = std::move(*refused);
    for (auto& one : made.refused) one.row.message.body.clear();
  } else {
    note(refused.error());
  }
  return made;
}

result<std::string> relay_engine::explain(message_id const& id) {
  constexpr std::size_t page = 256;
  for (outbox_read next{.max_rows = page};;) {
    auto const rows = rows_.read_refused(next);
    if (!rows) return fail(rows.error());
    if (rows->empty()) break;
    for (auto const& one : *rows)
      if (one.row.message.id == id) return to_string(one);
    next.after = rows->back().row.sequence;
  }
  for (outbox_read next{.max_rows = page};;) {
    auto const rows = rows_.read_outbox(next);
    if (!rows) return fail(rows.error());
    if (rows->empty()) break;
    for (auto const& one : *rows)
      if (one.message.id == id) return explain_waiting(one);
    next.after = rows->back().sequence;
  }
  return fail(errc::not_found,
              id.value + " is not in the outbox: it was handed on, cancelled, or never committed",
              "relay.explain");
}

result<std::string> relay_engine::explain_waiting(outbox_row const& row) {
  auto const& what = row.message;
  auto const text = "row " + std::to_string(row.sequence) + ", " + what.id.value + " to " +
                    what.destination + of_key(what.key) + ", ";
  if (what.not_before > time_.now())
    return text + "is not due before " + to_string(what.not_before);
  // A dead letter in front of it is the one reason that no retry removes.
  for (outbox_read next{};;) {
    auto const dead = rows_.read_refused(next);
    if (!dead) return fail(dead.error());
    if (dead->empty()) break;
    for (auto const& one : *dead)
      if (one.holds_key && one.row.message.destination == what.destination &&
          one.row.message.key == what.key)
        return text + "waits for a dead letter of its key: " + to_string(one);
    next.after = dead->back().row.sequence;
  }
  auto const slot = outbox_slot(what.destination, what.key);
  if (!leases_.held().test(slot)) {
    auto const owner = store_.find_owner(slot_leases::name_of(slot));
    if (!owner) return fail(owner.error());
    return text + "is in slot " + std::to_string(slot) + ", which " +
           (owner->holder.empty() ? std::string("nobody") : owner->holder) + " owns";
  }
  if (auto const pause = describe_pause(describe({.destination = what.destination}));
      !pause.empty())
    return text + "waits for its destination: " + pause;
  return text + "is due and goes as soon as those before it have gone";
}

}  // namespace detail

}  // namespace evsrc::inline v0
