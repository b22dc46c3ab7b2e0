// SPDX-License-Identifier: Apache-2.0
// Senders and receivers: checks before the writer's turn, the step in it, waiting.
#include "bus_ends.hpp"

#include <algorithm>

#include "evsrc/bus/message_limits.hpp"

namespace evsrc::sqlite::inline v0::detail {
namespace {

constexpr char const* origin = "sqlite.bus";

std::chrono::steady_clock::time_point end_of(std::chrono::milliseconds wait) {
  return std::chrono::steady_clock::now() +
         std::clamp(wait, std::chrono::milliseconds::zero(), long_time);
}

std::size_t sum_of(prepared_batch const& batch) noexcept {
  std::size_t sum = 0;
  for (auto const each : batch.bytes) sum += static_cast<std::size_t>(each);
  return sum;
}

result<void> check_amount(char const* field, std::size_t amount) {
  if (amount <= limits::receive_messages) return {};
  return fail(errc::limit_exceeded,
              std::string{field} + ": " + std::to_string(amount) + ", at most " +
                  std::to_string(limits::receive_messages),
              origin);
}

}  // namespace

bool store_state::look_for_messages(std::vector<bus_waits::question>& asked, bool is_new) {
  auto const looked = with_reader([&](auto& from) -> result<bool> {
    auto& bus = from->bus();
    auto const version = bus.file_version();
    if (!version) return fail(version.error());
    auto* const which = from.operator->();
    bool const is_same = which == looked_with && *version == looked_at;
    // A store in memory has one connection, whose own commits change no number.
    if (is_same && !is_new && with.durability != durability::memory) return false;
    looked_with = which;
    looked_at = *version;
    auto const seen = bus_tables::view::open(bus);
    if (!seen) return fail(seen.error());
    for (auto& each : asked) {
      auto const told = bus.look_out(each.first_lane, each.last_lane);
      if (!told) return fail(told.error());
      each.has_messages = told->has_messages;
      each.next_due = told->next_due;
    }
    return true;
  });
  if (looked) return *looked;
  // Who waits finds out by itself what is wrong.
  for (auto& each : asked) each.has_messages = true;
  return true;
}

result<void> bus_state::catch_up(std::string_view entity) {
  auto const is_behind = read<bool>([&](bus_tables& tables) -> result<bool> {
    auto const found = tables.find(entity);
    if (!found) return fail(found.error());
    return tables.is_behind(*found, store.time->now());
  });
  if (!is_behind) return fail(is_behind.error());
  for (bool is_done = !*is_behind || store.with.read_only; !is_done;) {
    auto const went = write<bool>(
        false, 0, [&](bus_tables& tables, timestamp now) { return tables.catch_up(entity, now); });
    if (!went) return fail(went.error());
    is_done = *went;
  }
  return {};
}

result<void> bus_state::write_after_due(
    std::size_t bytes, unique_function<result<bool>(bus_tables&, timestamp now)> work) {
  for (;;) {
    auto const is_done = write<bool>(
        true, bytes, [&](bus_tables& tables, timestamp now) { return work(tables, now); });
    if (!is_done) return fail(is_done.error());
    if (*is_done) return {};
  }
}

// ---- sessions in hand

void bus_state::hold(std::int64_t holder, session_in_hand what) {
  {
    std::lock_guard const held{mutex_};
    sessions_in_hand_.emplace(holder, std::move(what));
  }
  // Whoever closed the bus meanwhile may not have seen it.
  if (is_closed) release(holder);
}

void bus_state::release(std::int64_t holder) noexcept {
  std::unique_lock held{mutex_};
  auto const found = sessions_in_hand_.extract(holder);
  held.unlock();
  if (found.empty()) return;
  auto const& what = found.mapped();
  // A lock that cannot be given back now ends by itself.
  static_cast<void>(
      write_in_any_case<void>(false, 0, [&](bus_tables& tables, timestamp now) -> result<void> {
        return tables.release_session(what.entity, {what.lane, holder, {}}, now);
      }));
}

void bus_state::close() {
  is_closed = true;
  store.waits->call_all();
  std::vector<std::int64_t> holders;
  {
    std::lock_guard const held{mutex_};
    for (auto const& each : sessions_in_hand_) holders.push_back(each.first);
  }
  for (auto const holder : holders) release(holder);
}

// ---- senders

result<void> bus_sender::send(std::span<message const> batch) {
  auto const prepared = prepare_batch(batch, bus_.store.time->now(), bus_.random);
  return bus_.write_after_due(sum_of(prepared), [&](bus_tables& tables, timestamp now) {
    return tables.send(entity_, prepared, now);
  });
}

result<std::vector<std::int64_t>> bus_sender::schedule(std::span<message const> batch,
                                                       timestamp at) {
  auto const prepared = prepare_batch(batch, bus_.store.time->now(), bus_.random, at);
  std::vector<std::int64_t> numbers;
  EVSRC_TRY(bus_.write_after_due(sum_of(prepared), [&](bus_tables& tables, timestamp now) {
    return tables.send(entity_, prepared, now, &numbers);
  }));
  return numbers;
}

result<void> bus_sender::cancel_scheduled(std::span<std::int64_t const> numbers) {
  return bus_.write_after_due(0, [&](bus_tables& tables, timestamp now) {
    return tables.cancel_scheduled(entity_, numbers, now);
  });
}

// ---- receivers

result<std::vector<delivery>> receiving_end::receive(receive_request const& how) {
  if (how.max_messages == 0) return invalid("max_messages", "must be above zero");
  EVSRC_TRY(check_amount("max_messages", how.max_messages));
  auto const until = end_of(how.wait);
  std::optional<bus_waits::waiter> waits;
  pulled got;
  for (;;) {
    auto const session = held();
    pull const what{entity_, mode_, holder_ != 0 ? &session : nullptr, how.max_messages};
    // What was received and removed must not come back.
    bool const needs_sync = mode_ == receive_mode::receive_and_delete;
    EVSRC_TRY(bus_.write<void>(needs_sync, 0, [&](bus_tables& tables, timestamp now) {
      return tables.receive(what, now, got);
    }));
    if (!got.deliveries.empty()) return std::move(got.deliveries);
    if (got.is_behind) continue;
    if (std::chrono::steady_clock::now() >= until) return std::move(got.deliveries);
    // Looked at once more from there on: nothing that comes meanwhile is missed.
    if (!waits) {
      waits.emplace(*bus_.store.waits, got.first_lane, got.last_lane);
    } else {
      waits->sleep(until);
    }
  }
}

result<void> receiving_end::check(settlement const& what) const {
  EVSRC_TRY(validate(what));
  if (what.entity == entity_ || folded(what.entity) == folded(entity_)) return {};
  return fail(errc::lock_lost, "entity: " + what.entity + " is not " + entity_, origin);
}

std::vector<result<void>> receiving_end::settle(std::span<settlement const> what) {
  std::vector<result<void>> told(what.size());
  auto const session = held();
  auto const ran =
      bus_.write<void>(true, 0, [&](bus_tables& tables, timestamp now) -> result<void> {
        for (std::size_t i = 0; i != what.size(); ++i) {
          told[i] = check(what[i]);
          if (told[i])
            told[i] = tables.settle_one(entity_, what[i], holder_ != 0 ? &session : nullptr, now);
          if (!told[i] && !is_verdict(told[i].error())) return told[i];
        }
        return {};
      });
  if (!ran) std::fill(told.begin(), told.end(), ran);
  return told;
}

result<timestamp> receiving_end::renew(lock_token lock) {
  auto const session = held();
  auto until = bus_.write<timestamp>(false, 0, [&](bus_tables& tables, timestamp now) {
    return tables.renew(entity_, lock, holder_ != 0 ? &session : nullptr, now);
  });
  if (until && holder_ != 0) note(*until);
  return until;
}

result<std::vector<delivery>> receiving_end::peek(std::int64_t from, std::size_t max_messages) {
  EVSRC_TRY(check_amount("max_messages", max_messages));
  EVSRC_TRY(bus_.catch_up(entity_));
  auto const session = held();
  pull const what{entity_, mode_, holder_ != 0 ? &session : nullptr, max_messages};
  return bus_.read<std::vector<delivery>>(
      [&](bus_tables& tables) { return tables.peek(what, from, bus_.store.time->now()); });
}

result<std::vector<delivery>> receiving_end::receive_deferred(
    std::span<std::int64_t const> numbers) {
  EVSRC_TRY(check_amount("sequence_numbers", numbers.size()));
  auto const session = held();
  pull const what{entity_, mode_, holder_ != 0 ? &session : nullptr, numbers.size()};
  pulled got;
  bool const needs_sync = mode_ == receive_mode::receive_and_delete;
  do {
    EVSRC_TRY(bus_.write<void>(needs_sync, 0, [&](bus_tables& tables, timestamp now) {
      return tables.receive_deferred(what, numbers, now, got);
    }));
  } while (got.is_behind);
  return std::move(got.deliveries);
}

// ---- sessions

result<void> receiving_end::accept(session_request const& which) {
  if (which.session_id && which.session_id->empty()) return invalid("session_id", "empty");
  if (which.session_id && which.session_id->size() > limits::session_id_bytes)
    return fail(errc::limit_exceeded,
                "session_id: " + std::to_string(which.session_id->size()) + " bytes, at most " +
                    std::to_string(limits::session_id_bytes),
                origin);
  auto const until = end_of(which.wait);
  // A nonzero number that no other holder has.
  auto const holder = static_cast<std::int64_t>(bus_.random.next() >> 2U) + 1;
  std::optional<bus_waits::waiter> waits;
  accepted got;
  for (;;) {
    auto ran = bus_.write<void>(false, 0, [&](bus_tables& tables, timestamp now) {
      return tables.accept_session(entity_, which.session_id, holder, now, got);
    });
    if (ran && got.is_behind) continue;
    if (ran) break;
    bool const may_wait = ran.error().code == errc::timed_out && got.first_lane != 0;
    if (!may_wait || std::chrono::steady_clock::now() >= until) return ran;
    if (!waits) {
      waits.emplace(*bus_.store.waits, got.first_lane, got.last_lane);
    } else {
      waits->sleep(until);
    }
  }
  lane_ = got.lock.lane;
  holder_ = holder;
  session_id_ = std::move(got.name);
  note(got.lock.until);
  bus_.hold(holder_, {entity_, lane_});
  return {};
}

void receiving_end::release() noexcept {
  if (holder_ != 0) bus_.release(holder_);
}

result<timestamp> receiving_end::renew_session() {
  auto until = bus_.write<timestamp>(false, 0, [&](bus_tables& tables, timestamp now) {
    return tables.renew_session(entity_, held(), now);
  });
  if (until) note(*until);
  return until;
}

result<std::optional<std::string>> receiving_end::state() {
  return bus_.read<std::optional<std::string>>(
      [&](bus_tables& tables) { return tables.session_state(held(), bus_.store.time->now()); });
}

result<void> receiving_end::set_state(std::optional<std::string> const& state) {
  if (state && state->size() > limits::session_state_bytes)
    return fail(errc::limit_exceeded,
                "state: " + std::to_string(state->size()) + " bytes, at most " +
                    std::to_string(limits::session_state_bytes),
                origin);
  return bus_.write<void>(true, state ? state->size() : 0, [&](bus_tables& tables, timestamp now) {
    return tables.set_session_state(entity_, held(), state, now);
  });
}

}  // namespace evsrc::sqlite::inline v0::detail
