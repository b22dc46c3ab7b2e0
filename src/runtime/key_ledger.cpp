// SPDX-License-Identifier: Apache-2.0
// Records of keys: plain events, written and read like any other.
#include "evsrc/runtime/detail/key_ledger.hpp"

#include <algorithm>

#include "evsrc/codec/upcast.hpp"
#include "evsrc/runtime/detail/own_event.hpp"
#include "evsrc/runtime/detail/printable_text.hpp"

namespace evsrc::inline v0::detail {

/// Ids are bytes of others: `id` and `type` are their text for people.
struct message_part {
  static constexpr event_name wire_name{"evsrc.message-part", 1};
  bytes body;  ///< belongs to the next event that has a message
};
struct message_record {
  std::string id;
  std::string type;
  bytes origin;
  std::uint32_t round = 0;
  std::uint32_t attempts = 0;
  bool is_copy = false;
  timestamp first_enqueued{};
  timestamp enqueued_at{};
  std::int64_t sequence_number = 0;
  bytes header;  ///< everything but the body, in the encoding of properties
  bytes body;
};
struct key_blocked {
  static constexpr event_name wire_name{"evsrc.key-blocked", 1};
  std::string reason;
  std::string description;
  bool was_held = false;
  timestamp at{};
  message_record message;
};
struct message_held {
  static constexpr event_name wire_name{"evsrc.message-held", 1};
  message_record message;
};
struct message_delayed {
  static constexpr event_name wire_name{"evsrc.message-delayed", 1};
  timestamp due{};
  bool was_held = false;
  message_record message;
};
struct message_redriven {
  static constexpr event_name wire_name{"evsrc.message-redriven", 1};
  bytes origin;
  std::uint32_t round = 0;
};
struct message_carried {
  static constexpr event_name wire_name{"evsrc.message-carried", 1};
  bytes origin;
  std::uint32_t round = 0;
};
struct message_skipped {
  static constexpr event_name wire_name{"evsrc.message-skipped", 1};
  bytes origin;
  std::uint32_t round = 0;
};
struct message_done {
  static constexpr event_name wire_name{"evsrc.message-done", 1};
  bytes origin;
  std::uint32_t round = 0;
};

namespace {

constexpr std::size_t part_bytes = 512 * 1024;  ///< in base64 well below an event's limit

/// Fields of a message by name, for those that are text.
constexpr std::pair<std::string_view, std::string message::*> text_fields[] = {
    {"content_type", &message::content_type},
    {"session_id", &message::session_id},
    {"partition_key", &message::partition_key},
    {"correlation_id", &message::correlation_id},
    {"subject", &message::subject},
    {"reply_to", &message::reply_to},
    {"reply_to_session_id", &message::reply_to_session_id},
    {"to", &message::to}};

bytes pack_header(message const& from) {
  property_list header;
  header.emplace_back("id", from.id.value);
  for (auto const& [name, field] : text_fields)
    if (!(from.*field).empty()) header.emplace_back(std::string(name), from.*field);
  header.emplace_back("time_to_live", std::int64_t{from.time_to_live.count()});
  header.emplace_back("enqueue_at", from.enqueue_at);
  std::string properties;
  encode_properties(from.properties, properties);
  header.emplace_back("properties", to_bytes(properties));
  std::string packed;
  encode_properties(header, packed);
  return to_bytes(packed);
}

result<message> unpack_header(bytes const& packed) {
  auto const header = decode_properties(to_text(packed));
  if (!header) return fail(header.error());
  message made;
  made.id.value = find_text(*header, "id");
  for (auto const& [name, field] : text_fields) made.*field = find_text(*header, name);
  if (auto const* ttl = find_property(*header, "time_to_live"))
    if (auto const* number = std::get_if<std::int64_t>(ttl))
      made.time_to_live = std::chrono::milliseconds(*number);
  if (auto const* at = find_property(*header, "enqueue_at"))
    if (auto const* time = std::get_if<timestamp>(at)) made.enqueue_at = *time;
  if (auto const* packed_list = find_property(*header, "properties"))
    if (auto const* raw = std::get_if<bytes>(packed_list)) {
      auto list = decode_properties(to_text(*raw));
      if (!list) return fail(std::move(list.error()));
      made.properties = std::move(*list);
    }
  return made;
}

message_record record_of(held_message const& from, std::string_view body) {
  message_record made;
  made.id = printable(from.message.id.value);
  made.type = printable(find_text(from.message.properties, property_names::type));
  made.origin = to_bytes(from.identity.origin);
  made.round = from.identity.round;
  made.attempts = from.identity.attempts;
  made.is_copy = from.identity.is_copy;
  made.first_enqueued = from.identity.first_enqueued;
  made.enqueued_at = from.enqueued_at;
  made.sequence_number = from.sequence_number;
  made.header = pack_header(from.message);
  made.body = to_bytes(body);
  return made;
}

class key_fold {
 public:
  explicit key_fold(key_state& state) : state_(state) {}

  result<void> operator()(message_part const& event) {
    parts_.append(to_text(event.body));
    return {};
  }
  result<void> operator()(key_blocked const& event) {
    EVSRC_TRY(set_front(event.message, event.was_held));
    state_.is_waiting = false;
    state_.reason = event.reason;
    state_.description = event.description;
    state_.since = event.at;
    return {};
  }
  result<void> operator()(message_delayed const& event) {
    EVSRC_TRY(set_front(event.message, event.was_held));
    state_.is_waiting = true;
    state_.due = event.due;
    return {};
  }
  result<void> operator()(message_held const& event) {
    auto what = take(event.message);
    if (!what) return fail(std::move(what.error()));
    state_.held.push_back(std::move(*what));
    return {};
  }
  result<void> operator()(message_redriven const& event) {
    if (!state_.front) return {};
    state_.front->identity.round = event.round;
    state_.front->identity.attempts = 0;
    state_.is_waiting = true;
    state_.wants_carrier = false;
    state_.due = {};
    return {};
  }
  result<void> operator()(message_carried const&) {
    state_.wants_carrier = false;
    return {};
  }
  result<void> operator()(message_skipped const& event) {
    remove(to_text(event.origin));
    return {};
  }
  result<void> operator()(message_done const& event) {
    remove(to_text(event.origin));
    return {};
  }

 private:
  result<held_message> take(message_record const& from) {
    auto header = unpack_header(from.header);
    if (!header) return fail(std::move(header.error()));
    held_message made;
    made.message = std::move(*header);
    made.message.body = std::exchange(parts_, {}) + to_text(from.body);
    made.identity.origin = to_text(from.origin);
    made.identity.round = from.round;
    made.identity.attempts = from.attempts;
    made.identity.is_copy = from.is_copy;
    made.identity.first_enqueued = from.first_enqueued;
    made.sequence_number = from.sequence_number;
    made.enqueued_at = from.enqueued_at;
    return made;
  }
  result<void> set_front(message_record const& from, bool was_held) {
    auto what = take(from);
    if (!what) return fail(std::move(what.error()));
    remove(what->identity.origin);
    state_.front = std::move(*what);
    state_.wants_carrier = was_held;
    return {};
  }
  void remove(std::string const& origin) {
    if (state_.front && state_.front->identity.origin == origin) {
      state_.front.reset();
      state_.is_waiting = state_.wants_carrier = false;
      state_.reason.clear();
      state_.description.clear();
    }
    std::erase_if(state_.held,
                  [&](held_message const& one) { return one.identity.origin == origin; });
  }

  key_state& state_;
  std::string parts_;
};

}  // namespace

held_message held_from(delivery const& received, message_identity identity) {
  return {received.message, std::move(identity), received.sequence_number, received.enqueued_at};
}

std::string_view to_string(key_standing value) noexcept {
  switch (value) {
    case key_standing::open: return "open";
    case key_standing::blocked: return "blocked";
    case key_standing::waiting: return "waiting";
    case key_standing::draining: return "draining";
  }
  return "?";
}

key_standing key_state::standing() const noexcept {
  if (front) return is_waiting ? key_standing::waiting : key_standing::blocked;
  return held.empty() ? key_standing::open : key_standing::draining;
}

bool key_state::is_front(message_identity const& which) const noexcept {
  return front && front->identity.origin == which.origin;
}

bool key_state::holds(message_identity const& which) const noexcept {
  return std::any_of(held.begin(), held.end(), [&](held_message const& one) {
    return one.identity.origin == which.origin && one.identity.round == which.round;
  });
}

bool key_state::has_another(std::string_view origin, std::string_view body) const noexcept {
  auto const is_it = [&](held_message const& one) {
    return one.identity.origin == origin && one.message.body != body;
  };
  return (front && is_it(*front)) || std::any_of(held.begin(), held.end(), is_it);
}

key_ledger::key_ledger(event_store& store, clock& time, random_source& random,
                       std::string_view consumer)
    : store_(&store), clock_(&time), random_(&random), category_(category_of(consumer)) {}

std::string key_ledger::category_of(std::string_view consumer) {
  return "evsrc.keys." + std::string(consumer);
}

result<key_state> key_ledger::load(std::string const& key, key_state known) const {
  auto state = std::move(known);
  key_fold fold(state);
  stream_read what{.stream = stream_of(key), .from = state.version};
  for (;;) {
    auto const page = store_->read(what);
    if (!page) return fail(page.error());
    for (auto const& event : *page) {
      auto const done =
          decode_event<message_part, key_blocked, message_held, message_delayed, message_redriven,
                       message_carried, message_skipped, message_done>(
              event.name, event.event_version, padded_json{event.payload}, fold);
      if (!done) {
        error why = done.error();
        why.message = to_string(what.stream) + " version " + std::to_string(event.version) + ": " +
                      why.message;
        return fail(std::move(why));
      }
      what.from = state.version = event.version;
    }
    if (page->at_end()) return state;
  }
}

result<std::vector<std::string>> key_ledger::keys_not_open() const {
  std::vector<std::string> found;
  streams_read what{.category = category_};
  for (;;) {
    auto const some = store_->streams(what);
    if (!some) return fail(some.error());
    for (auto const& one : *some) {
      auto const state = load(one.key);
      if (!state) return fail(state.error());
      if (state->standing() != key_standing::open) found.push_back(one.key);
      what.after_key = one.key;
    }
    if (some->size() < what.max_streams) return found;
  }
}

append key_ledger::guard(std::string const& key, key_state const& at) const {
  return {stream_of(key), expected_version::exactly(at.version)};
}

template <class... Es>
result<append> key_ledger::record(std::string const& key, key_state const& at,
                                  Es const&... events) const {
  append made = guard(key, at);
  result<void> outcome;
  auto const add = [&](auto const& event) {
    if (!outcome) return;
    auto written = own_event(event, clock_->now(), *random_);
    if (written)
      made.events.push_back(std::move(*written));
    else
      outcome = fail(std::move(written.error()));
  };
  (add(events), ...);
  if (!outcome) return fail(std::move(outcome.error()));
  return made;
}

namespace {

/// Writes all but the last part of a large body as events of their own.
template <class Record, class Make>
result<append> with_body(held_message const& what, Record const& record, Make const& make) {
  std::string_view body = what.message.body;
  result<append> made{};
  bool is_first = true;
  while (body.size() > part_bytes) {
    auto part = record(message_part{to_bytes(body.substr(0, part_bytes))});
    if (!part) return part;
    if (is_first)
      made = std::move(part);
    else
      made->events.push_back(std::move(part->events.front()));
    is_first = false;
    body.remove_prefix(part_bytes);
  }
  auto last = record(make(record_of(what, body)));
  if (!last || is_first) return last;
  made->events.push_back(std::move(last->events.front()));
  return made;
}

}  // namespace

result<append> key_ledger::blocked(std::string const& key, key_state const& at,
                                   held_message const& what, std::string_view reason,
                                   std::string_view description, bool was_held) const {
  auto const now = clock_->now();
  return with_body(
      what, [&](auto const& event) { return record(key, at, event); },
      [&](message_record one) {
        return key_blocked{printable(reason), printable(description), was_held, now,
                           std::move(one)};
      });
}

result<append> key_ledger::held(std::string const& key, key_state const& at,
                                held_message const& what) const {
  return with_body(
      what, [&](auto const& event) { return record(key, at, event); },
      [](message_record one) { return message_held{std::move(one)}; });
}

result<append> key_ledger::delayed(std::string const& key, key_state const& at,
                                   held_message const& what, timestamp due, bool was_held) const {
  return with_body(
      what, [&](auto const& event) { return record(key, at, event); },
      [&](message_record one) {
        return message_delayed{due, was_held, std::move(one)};
      });
}

result<append> key_ledger::redriven(std::string const& key, key_state const& at) const {
  auto const& front = at.front->identity;
  return record(key, at, message_redriven{to_bytes(front.origin), front.round + 1});
}

result<append> key_ledger::carried(std::string const& key, key_state const& at) const {
  auto const& front = at.front->identity;
  return record(key, at, message_carried{to_bytes(front.origin), front.round});
}

result<append> key_ledger::skipped(std::string const& key, key_state const& at,
                                   message_identity const& which) const {
  return record(key, at, message_skipped{to_bytes(which.origin), which.round});
}

result<append> key_ledger::done(std::string const& key, key_state const& at,
                                message_identity const& which) const {
  return record(key, at, message_done{to_bytes(which.origin), which.round});
}

}  // namespace evsrc::inline v0::detail
