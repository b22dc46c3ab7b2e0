// SPDX-License-Identifier: Apache-2.0
// Messages on their way in: judged, filtered, written; at once or for later.
#include <algorithm>

#include "bus_tables.hpp"
#include "encoding.hpp"
#include "evsrc/bus/addressee.hpp"
#include "evsrc/bus/message_lifecycle.hpp"
#include "evsrc/bus/message_limits.hpp"

namespace evsrc::sqlite::inline v0::detail {
namespace {

constexpr char const* origin = "sqlite.bus";

}  // namespace

result<bus_entity*> bus_tables::judge_send(std::string_view entity,
                                           std::span<message const> batch) {
  auto const found = find_for_writing(entity);
  if (!found) return fail(found.error());
  auto& to = *found->entity;
  if (found->is_dead_letter || to.kind == entity_kind::subscription)
    return invalid("entity", std::string{entity} + " takes no sends");
  if (!to.takes_sends())
    return fail(errc::entity_disabled,
                "entity: " + to.path + " is " + std::string{to_string(to.settings.status)} +
                    ": sends are off",
                origin);
  EVSRC_TRY(to.kind == entity_kind::topic ? validate_batch(batch, to.topic_settings())
                                          : validate_batch(batch, to.settings));
  return &to;
}

// Without running the rules: an action may make a copy larger. A scheduled message waits in the
// topic itself.
result<void> bus_tables::add_room(bus_entity& in, std::span<message const> batch,
                                  std::int64_t bytes, needed_room& sum) {
  sum.uncounted.push_back(batch);
  sum.uncounted_max += bytes;
  for (auto* const subscription : in.subscriptions) {
    EVSRC_TRY(compile_rules(*subscription));
    auto const messages = static_cast<std::int64_t>(batch.size());
    constexpr auto largest = static_cast<std::int64_t>(limits::bus_message_bytes);
    // At least once: a message may be for this one alone.
    sum.uncounted_max += subscription->takes_everything
                             ? bytes
                             : std::max(bytes, messages * subscription->copies_max * largest);
  }
  return {};
}

result<bool> bus_tables::judge_room(bus_entity& in, needed_room& needed, timestamp now) {
  auto const limit = static_cast<std::int64_t>(
      std::min<std::uint64_t>(in.settings.max_size_bytes, static_cast<std::uint64_t>(never)));
  auto const fits = [&] {
    return in.numbers.bytes + needed.counted + needed.uncounted_max <= limit;
  };
  if (fits()) return true;
  EVSRC_TRY(count_room(in, needed, now));
  if (fits()) return true;
  // What expired makes room, in a topic's subscriptions as well.
  bool is_clear = true;
  auto parts = in.subscriptions;
  parts.push_back(&in);
  for (auto* const part : parts) {
    auto done = catch_up(queue_ref{part}, now);
    if (!done) return done;
    is_clear = is_clear && *done;
  }
  if (fits()) return true;
  if (!is_clear) return false;
  return fail(errc::quota_exceeded,
              "entity: " + in.path + " holds " + std::to_string(in.numbers.bytes) + " bytes, and " +
                  std::to_string(needed.counted) + " more would exceed its " +
                  std::to_string(limit),
              origin);
}

result<void> bus_tables::count_room(bus_entity& in, needed_room& needed, timestamp now) {
  for (auto const batch : std::exchange(needed.uncounted, {}))
    for (auto const& what : batch) {
      auto const is_known = has_seen(in, what, now);
      if (!is_known) return fail(is_known.error());
      auto const id = duplicate_key(what);
      bool const is_detected = in.settings.requires_duplicate_detection && !id.empty();
      if (*is_known || (is_detected && !needed.ids.insert(id).second)) continue;
      auto const bytes = room_for(in, what, now);
      if (!bytes) return fail(bytes.error());
      needed.counted += *bytes;
    }
  needed.uncounted_max = 0;
  return {};
}

result<std::int64_t> bus_tables::room_for(bus_entity& in, message const& what, timestamp now) {
  auto const bytes = static_cast<std::int64_t>(size_bytes(what));
  if (in.kind != entity_kind::topic || is_scheduled(what, now)) return bytes;
  std::int64_t sum = 0;
  auto const only = addressee_of(what, in.path);
  for (auto* const subscription : in.subscriptions) {
    if (only) {
      if (*only == folded(subscription->path)) sum += bytes;
      continue;
    }
    EVSRC_TRY(compile_rules(*subscription));
    auto const chosen = subscription->rules->select(what, random_, {.enqueued_at = now});
    if (chosen.unchanged) sum += bytes;
    if (chosen.failed && subscription->dead_letters_filter_errors) sum += bytes;
    for (auto const& changed : chosen.changed)
      sum += static_cast<std::int64_t>(size_bytes(changed));
  }
  return sum;
}

result<bool> bus_tables::send(std::string_view entity, prepared_batch const& batch, timestamp now,
                              std::vector<std::int64_t>* numbers) {
  std::int64_t bytes = 0;
  for (auto const each : batch.bytes) bytes += each;
  EVSRC_TRY(get_ready(true));
  // What was scheduled for an earlier time stands before this.
  if (auto activated = activate(now); !activated || !*activated) return activated;
  auto const to = judge_send(entity, batch.messages);
  if (!to) return fail(to.error());
  needed_room needed;
  EVSRC_TRY(add_room(**to, batch.messages, bytes, needed));
  if (auto fits = judge_room(**to, needed, now); !fits || !*fits) return fits;
  if (numbers != nullptr) numbers->clear();
  for (std::size_t i = 0; i != batch.messages.size(); ++i) {
    auto const number = write_one(**to, batch.messages[i], batch.heads[i], batch.bytes[i], now);
    if (!number) return fail(number.error());
    if (numbers != nullptr) numbers->push_back(*number);
  }
  return true;
}

// Messages of one entity are judged together, as its quota has to hold all of them.
result<bus_entity*> bus_tables::judge_in_transaction(
    std::string_view entity, prepared_batch const& one,
    std::unordered_map<bus_entity*, needed_room>& rooms, timestamp now) {
  auto to = judge_send(entity, one.messages);
  if (!to) {
    auto told = std::move(to.error());
    constexpr std::string_view in_batch = "messages[0].";
    if (told.message.starts_with(in_batch)) told.message.erase(0, in_batch.size());
    return fail(std::move(told));
  }
  auto& needed = rooms[*to];
  EVSRC_TRY(add_room(**to, one.messages, one.bytes.front(), needed));
  auto const fits = judge_room(**to, needed, now);
  if (!fits) return fail(fits.error());
  if (!*fits) return nullptr;
  return to;
}

result<bool> bus_tables::commit(bus_transaction const& what,
                                std::vector<prepared_batch> const& sends, timestamp now) {
  EVSRC_TRY(get_ready(true));
  if (auto activated = activate(now); !activated || !*activated) return activated;
  EVSRC_TRY(judge_settles(what.settles, now));
  std::vector<bus_entity*> targets;
  for (std::unordered_map<bus_entity*, needed_room> rooms; targets.size() != sends.size();) {
    auto const i = targets.size();
    auto to = judge_in_transaction(what.sends[i].entity, sends[i], rooms, now);
    if (!to) return fail(at_item("sends", i, std::move(to.error())));
    if (*to == nullptr) return false;
    targets.push_back(*to);
  }
  EVSRC_TRY(write_settles(what.settles, now));
  for (std::size_t i = 0; i != sends.size(); ++i) {
    auto const sent = write_one(*targets[i], sends[i].messages.front(), sends[i].heads.front(),
                                sends[i].bytes.front(), now);
    if (!sent) return fail(sent.error());
  }
  return true;
}

result<bool> bus_tables::has_seen(bus_entity& by, message const& what, timestamp now) {
  auto const id = duplicate_key(what);
  if (!by.settings.requires_duplicate_detection || id.empty()) return false;
  auto& find = sql_[find_id];
  statement::rewind const again{find};
  auto const known = find.integer(1, by.id).text(2, id).next();
  if (!known) return fail(known.error());
  return *known && as_timestamp(find.integer_at(0)) + by.settings.duplicate_detection_window > now;
}

result<bool> bus_tables::is_seen(bus_entity& by, message const& what, timestamp now) {
  auto const id = duplicate_key(what);
  auto known = has_seen(by, what, now);
  if (!known || *known || id.empty() || !by.settings.requires_duplicate_detection) return known;
  auto const oldest = as_integer(now - by.settings.duplicate_detection_window);
  // Each new id takes two old ones with it, so that the table follows the window.
  EVSRC_TRY(sql_[delete_ids].integer(1, by.id).integer(2, oldest).run());
  EVSRC_TRY(sql_[put_id].integer(1, by.id).text(2, id).integer(3, as_integer(now)).run());
  return false;
}

result<std::int64_t> bus_tables::write_one(bus_entity& to, message const& what,
                                           std::string_view head, std::int64_t bytes,
                                           timestamp now) {
  auto const is_known = is_seen(to, what, now);
  if (!is_known) return fail(is_known.error());
  if (*is_known) {
    auto const unused = next_place({&to});
    if (!unused) return fail(unused.error());
    return number_of(*unused);
  }
  if (is_scheduled(what, now)) {
    EVSRC_TRY(schedule(to, what, head, bytes));
    return to.numbers.last_sequence[0];
  }
  incoming sent;
  sent.head = head;
  sent.body = what.body;
  sent.session = what.session_id;
  sent.bytes = bytes;
  sent.enqueued_at = as_integer(now);
  if (to.kind == entity_kind::topic) {
    EVSRC_TRY(fan_out(to, what, sent));
    return to.numbers.last_sequence[0];
  }
  sent.expires_at = as_integer(expiry_time(now, what.time_to_live, to.time_to_live()));
  return enqueue({&to}, sent);
}

result<void> bus_tables::schedule(bus_entity& to, message const& what, std::string_view head,
                                  std::int64_t bytes) {
  auto const place = next_place({&to});
  if (!place) return fail(place.error());
  auto const lane = lane_for({&to}, what.session_id, *place, false);
  if (!lane) return fail(lane.error());
  auto const due = as_integer(what.enqueue_at);
  incoming row;
  row.head = head;
  row.body = what.body;
  row.enqueued_at = due;
  EVSRC_TRY(insert_row(*place, *lane, row, number_of(*place)));
  auto& insert = sql_[insert_scheduled];
  EVSRC_TRY(insert.integer(1, *place).integer(2, *lane).integer(3, bytes).integer(4, due).run());
  if (next_due_ != 0) next_due_ = std::min(next_due_, due);
  // Who waits has to learn of the earlier time.
  note_news(*lane);
  return add_bytes(to, bytes);
}

result<bool> bus_tables::cancel_scheduled(std::string_view entity,
                                          std::span<std::int64_t const> numbers, timestamp now) {
  auto const found = find_for_writing(entity);
  if (!found) return fail(found.error());
  if (auto activated = activate(now); !activated || !*activated) return activated;
  struct planned {
    std::int64_t place;
    std::int64_t lane;
    std::int64_t bytes;
  };
  std::vector<planned> plan;
  for (std::size_t i = 0; i != numbers.size(); ++i) {
    bool const is_number = numbers[i] > 0 && numbers[i] <= number_max;
    auto const place = place_of(found->number(), is_number ? numbers[i] : 0);
    auto& find = sql_[find_scheduled];
    statement::rewind const again{find};
    auto const known = find.integer(1, place).next();
    if (!known) return fail(known.error());
    bool const is_twice = std::any_of(plan.begin(), plan.end(),
                                      [&](planned const& each) { return each.place == place; });
    if (!*known || is_twice)
      return fail(errc::not_found, "numbers[" + std::to_string(i) +
                                       "]: " + std::to_string(numbers[i]) + " is not scheduled" +
                                       (is_twice ? " twice" : ""));
    plan.push_back({place, find.integer_at(0), find.integer_at(1)});
  }
  for (auto const& one : plan) {
    EVSRC_TRY(sql_[delete_scheduled].integer(1, one.place).run());
    EVSRC_TRY(remove_message(*found->entity, one.place, one.bytes));
    if (number_of(one.lane) != 0) EVSRC_TRY(let_go(*found, one.lane));
  }
  return true;
}

result<void> bus_tables::insert_row(std::int64_t place, std::int64_t lane, incoming const& what,
                                    std::int64_t first_sequence) {
  auto& insert = sql_[insert_message];
  insert.integer(1, place).integer(2, lane).integer(3, what.enqueued_at);
  insert.integer(4, first_sequence).text(5, what.source);
  return insert.blob(6, what.head).blob(7, what.body).run();
}

result<std::int64_t> bus_tables::enqueue(queue_ref to, incoming const& what) {
  auto const place = next_place(to);
  if (!place) return fail(place.error());
  auto const lane = lane_for(to, what.session, *place, true);
  if (!lane) return fail(lane.error());
  EVSRC_TRY(insert_row(*place, *lane, what,
                       what.first_sequence != 0 ? what.first_sequence : number_of(*place)));
  EVSRC_TRY(put_ready({*lane, *place, what.deliveries, what.bytes, what.expires_at}));
  EVSRC_TRY(add_bytes(*to.entity, what.bytes));
  return number_of(*place);
}

// ---- topics

result<void> bus_tables::fan_out(bus_entity& topic, message const& what, incoming const& sent) {
  auto const place = next_place({&topic});
  if (!place) return fail(place.error());
  auto copy = sent;
  if (copy.first_sequence == 0) copy.first_sequence = number_of(*place);
  auto const only = addressee_of(what, topic.path);
  for (auto* const subscription : topic.subscriptions) {
    if (only && *only != folded(subscription->path)) continue;
    EVSRC_TRY(compile_rules(*subscription));
    EVSRC_TRY(load_numbers(*subscription));
    if (only || subscription->takes_everything) {
      EVSRC_TRY(add_copy(*subscription, what, copy));
      continue;
    }
    auto const chosen =
        subscription->rules->select(what, random_, {.enqueued_at = as_timestamp(sent.enqueued_at)});
    if (chosen.failed && subscription->dead_letters_filter_errors)
      EVSRC_TRY(add_dead_copy(*subscription, copy, what, dead_letter_reasons::filter_failed,
                              to_string(*chosen.failed)));
    if (chosen.unchanged) EVSRC_TRY(add_copy(*subscription, what, copy));
    for (auto const& changed : chosen.changed) {
      std::string head;
      encode_head(changed, head);
      auto other = copy;
      other.head = head;
      other.body = changed.body;
      other.session = changed.session_id;
      other.bytes = static_cast<std::int64_t>(size_bytes(changed));
      if (header_bytes(changed) > limits::message_header_bytes) {
        EVSRC_TRY(add_dead_copy(*subscription, other, changed, dead_letter_reasons::header_size,
                                "An action made the headers larger than they may be."));
      } else {
        EVSRC_TRY(add_copy(*subscription, changed, other));
      }
    }
  }
  return {};
}

result<void> bus_tables::add_copy(bus_entity& subscription, message const& what,
                                  incoming const& sent) {
  if (lacks_session(what, subscription.settings.requires_session))
    return add_dead_copy(subscription, sent, what, dead_letter_reasons::session_id_null,
                         "The subscription has sessions, and the message has no session id.");
  auto copy = sent;
  copy.expires_at = as_integer(
      expiry_time(as_timestamp(sent.enqueued_at), what.time_to_live, subscription.time_to_live()));
  auto const added = enqueue({&subscription}, copy);
  if (!added) return fail(added.error());
  return {};
}

result<void> bus_tables::add_dead_copy(bus_entity& subscription, incoming const& sent,
                                       message const& what, std::string_view reason,
                                       std::string_view description) {
  auto marked = what;
  mark_dead_letter(marked, reason, description.substr(0, limits::dead_letter_description_bytes));
  std::string head;
  encode_head(marked, head);
  auto copy = sent;
  copy.head = head;
  copy.source = subscription.path;
  copy.bytes = static_cast<std::int64_t>(size_bytes(marked));
  auto const added = enqueue({&subscription, true}, copy);
  if (!added) return fail(added.error());
  return {};
}

}  // namespace evsrc::sqlite::inline v0::detail
