// SPDX-License-Identifier: Apache-2.0
// The doors of the redriver, and what it writes and sends.
#include "evsrc/runtime/redrive.hpp"

#include <algorithm>

#include "evsrc/bus/message_limits.hpp"
#include "evsrc/runtime/detail/moved_message.hpp"
#include "evsrc/runtime/detail/printable_text.hpp"
#include "evsrc/runtime/detail/redrive_core.hpp"

namespace evsrc::inline v0 {

stream_id audit_stream_of(std::string_view entity) {
  return {"evsrc.dead-letters", folded(entity)};
}

redriver::redriver(event_store& store, idempotency_store& keys, message_bus& bus,
                   redrive_options options)
    : core_(std::make_unique<detail::redrive_core>(store, keys, bus, std::move(options))) {}
redriver::redriver(redriver&&) noexcept = default;
redriver::~redriver() = default;

result<void> redriver::redrive(std::string const& key) { return core_->redrive_key(key); }

result<void> redriver::skip(std::string const& key, std::string const& origin) {
  return core_->skip_key(key, origin);
}

result<message_id> redriver::redrive_edited(std::int64_t sequence_number,
                                            unique_function<result<void>(message&)> change) {
  return core_->edit(sequence_number, change);
}

namespace detail {
namespace {

/// The row that becomes this message; nullopt where a row cannot say all that is in it.
std::optional<outgoing_message> row_of(addressed_message const& copy) {
  outgoing_message row;
  auto const& what = copy.message;
  row.id = what.id;
  row.destination = copy.entity;
  row.key = what.session_id;
  row.type = what.subject;
  if (auto const* version = find_property(what.properties, property_names::type_version))
    if (auto const* number = std::get_if<std::int64_t>(version))
      row.type_version = static_cast<std::uint32_t>(*number);
  row.body = what.body;
  row.content_type = what.content_type;
  row.correlation = what.correlation_id;
  row.time_to_live = what.time_to_live;
  row.properties = what.properties;
  if (to_message(row) != what) return std::nullopt;
  return row;
}

constexpr char const* decided = "decided";

}  // namespace

redrive_core::redrive_core(event_store& store, idempotency_store& keys, message_bus& bus,
                           redrive_options options)
    : store_(&store),
      keys_(&keys),
      bus_(&bus),
      options_(std::move(options)),
      clock_(options_.clock != nullptr ? options_.clock : &system_clock()),
      random_(options_.random != nullptr ? options_.random : &system_random()),
      inbox_(keys, *clock_, options_.consumer, options_.inbox_window),
      ledger_(store, *clock_, *random_, options_.consumer),
      is_one_place_(!store.place().empty() && store.place() == bus.place()) {}

result<void> redrive_core::check_options() const {
  if (options_.consumer.empty()) return invalid("consumer", "empty");
  auto const path = parse_entity_path(options_.entity);
  if (!path) return fail(path.error());
  if (path->is_dead_letter) return invalid("entity", "name the queue, not its dead letters");
  return {};
}

result<std::string> redrive_core::home() const {
  auto const path = parse_entity_path(options_.entity);
  if (!path) return fail(path.error());
  return path->name;
}

message_identity redrive_core::identity_of(delivery const& one) const {
  return identify_for(options_.consumer, one.message, one.enqueued_at);
}

result<key_state> redrive_core::state_of(message const& what) const {
  if (what.session_id.empty()) return key_state{};
  return ledger_.load(what.session_id);
}

bool redrive_core::has_passed(message_identity const& identity) const {
  return !options_.is_forced && inbox_.has_passed(identity.first_enqueued);
}

bool redrive_core::is_barred(std::string_view reason) const {
  return !options_.is_forced && reason == dead_letter_reasons::window_passed;
}

/// True where another message has its id: one that has ended, or that its key keeps.
result<bool> redrive_core::shares_its_id(delivery const& one, message_identity const& identity,
                                         key_state const& state) const {
  if (state.has_another(identity.origin, one.message.body)) return true;
  return inbox_.is_of_another(identity, one.message.body);
}

result<void> redrive_core::check_destination(std::string const& entity) {
  auto status = entity_status::active;
  if (auto const queue = bus_->topology().describe_queue(entity)) {
    status = queue->status;
  } else {
    if (queue.error().code != errc::not_found) return fail(queue.error());
    auto const topic = bus_->topology().describe_topic(entity);
    if (!topic) return fail(topic.error());
    status = topic->status;
  }
  if (status == entity_status::active || status == entity_status::receive_disabled) return {};
  return fail(errc::entity_disabled, entity + " takes no messages now", "redrive");
}

/// What a bus would say when it is asked to take it: an outbox takes anything, and what is recorded
/// must be possible.
result<void> redrive_core::check_taken(addressed_message const& copy) const {
  auto& topology = bus_->topology();
  auto const queue = topology.describe_queue(copy.entity);
  if (queue) return validate(copy.message, *queue);
  if (queue.error().code != errc::not_found) return fail(queue.error());
  auto const topic = topology.describe_topic(copy.entity);
  if (!topic) return fail(topic.error());
  return validate(copy.message, *topic);
}

/// Adds copies and settlement to the commit, where all of that fits in.
result<bool> redrive_core::ride(commit& record, sends const& copies, delivery const* letter) {
  if (!is_one_place_) return false;
  std::vector<outgoing_message> rows;
  for (auto const& one : copies) {
    auto row = row_of(one);
    if (!row) return false;
    rows.push_back(std::move(*row));
  }
  record.messages = std::move(rows);
  if (letter != nullptr) record.settles.push_back(letter->settle());
  return true;
}

result<bool> redrive_core::carry_out(commit record, std::string const& decision,
                                     sends const& copies, delivery const* letter) {
  for (auto const& one : copies) EVSRC_TRY(check_taken(one));
  auto const rides = ride(record, copies, letter);
  if (!rides) return fail(rides.error());
  if (*rides) {
    auto const done = store_->commit(std::move(record));
    if (!done) return fail(done.error());
    return !done->duplicate;
  }
  if (!record.appends.empty() || !record.once.empty()) {
    // What was decided before a crash is not decided again.
    if (!decision.empty())
      record.once.insert(record.once.begin(), {"redrive:" + options_.consumer, decision, "decision",
                                               decided, inbox_.expiry()});
    auto const done = store_->commit(std::move(record));
    if (!done) return fail(done.error());
    if (done->duplicate && done->outcome != decided) return false;
  }
  EVSRC_TRY(tell_bus(copies, letter));
  return true;
}

/// Where the bus can, copies take the dead letter's place in one transaction; else they are sent
/// first, and a repeat is known by its id.
result<void> redrive_core::tell_bus(sends const& copies, delivery const* letter) {
  auto const settle = [&]() -> result<void> {
    if (letter == nullptr) return {};
    auto opened = bus_->open_receiver(dead_letter_path(options_.entity));
    if (!opened) return fail(std::move(opened.error()));
    return (*opened)->settle(letter->settle());
  };
  if (copies.empty()) return settle();
  bus_transaction both;
  both.sends = copies;
  if (letter != nullptr) both.settles.push_back(letter->settle());
  auto done = bus_->commit(both);
  if (done || done.error().code != errc::unsupported) return done;
  for (auto const& one : copies) {
    auto opened = bus_->open_sender(one.entity);
    if (!opened) return fail(std::move(opened.error()));
    EVSRC_TRY((*opened)->send(one.message));
  }
  return settle();
}

/// A subscription's copies go through its topic, for it alone.
result<void> redrive_core::add_home(sends& copies, message copy) const {
  auto const to = home();
  if (!to) return fail(to.error());
  if (*to != options_.entity) address_to(copy, options_.entity);
  copies.push_back({*to, std::move(copy)});
  return {};
}

/// A copy of a held message makes the consumer look at the key, and at the first of them first: the
/// copy is a duplicate by then. Without one that fits the key's next message has to do.
result<void> redrive_core::add_wake(sends& copies, key_state const& after) const {
  if (after.standing() != key_standing::draining) return {};
  for (auto const& next : after.held) {
    auto copy =
        copy_of(next.message, next.identity,
                std::to_string(next.identity.round) + ".next." + std::to_string(after.version), {},
                timestamp::max());
    copy.time_to_live = no_time_to_live;
    EVSRC_TRY(add_home(copies, std::move(copy)));
    auto const fits = check_taken(copies.back());
    if (fits) return {};
    if (fits.error().code != errc::limit_exceeded) return fail(fits.error());
    copies.pop_back();
  }
  return {};
}

/// For a key that has only to be looked at.
result<void> redrive_core::wake(std::string const& key, key_state const& state) {
  sends copies;
  EVSRC_TRY(add_wake(copies, state));
  if (copies.empty())
    return fail(errc::limit_exceeded,
                "no message that key " + key + " holds fits into " + options_.entity +
                    " with what a copy adds: raise max_message_bytes, or send another of the key",
                "redrive");
  return tell_bus(copies, nullptr);
}

/// The dead letter of one round of a message with that body, locked; nullopt where there is none,
/// or another has it.
result<std::optional<delivery>> redrive_core::lock_letter_of(message_identity const& which,
                                                             std::string_view body,
                                                             dead_letter_locks& locks) {
  dead_letters all(*bus_, options_.entity);
  dead_letter_read next;
  next.which.id = which.origin;
  for (;;) {
    auto const page = all.read(next);
    if (!page) return fail(page.error());
    for (auto const& one : page->letters)
      if (identity_of(one.letter).round == which.round && one.letter.message.body == body)
        return locks.take_one(one.letter.sequence_number);
    if (page->is_last) return std::optional<delivery>{};
    next.from_sequence_number = page->next;
  }
}

}  // namespace detail
}  // namespace evsrc::inline v0
