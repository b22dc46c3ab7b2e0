// SPDX-License-Identifier: Apache-2.0
// The threads of a relay, and what they wait for.
#include "evsrc/runtime/outbox_relay.hpp"

#include <algorithm>
#include <condition_variable>
#include <thread>

#include "evsrc/runtime/detail/relay_engine.hpp"

namespace evsrc::inline v0 {

using std::chrono::milliseconds;

namespace {

/// How long one wait for rows lasts: also how late a request to stop may be seen.
constexpr milliseconds idle_slice{50};
constexpr milliseconds backoff_first{10};
constexpr milliseconds backoff_last{1'000};

void pause(std::stop_token const& stop, milliseconds span) {
  std::mutex nobody;
  std::unique_lock alone(nobody);
  std::condition_variable_any never;
  never.wait_for(alone, stop, span, [] { return false; });
}

bool is_final(error const& why) noexcept {
  return why.code == errc::closed || why.code == errc::invalid_argument;
}

}  // namespace

namespace detail {

result<void> relay_engine::run(std::stop_token const& stop) {
  EVSRC_TRY(validate(options_));
  result<void> outcome;
  {
    std::stop_source end;
    std::stop_callback const told(stop, [&] { end.request_stop(); });
    std::mutex guard;
    auto const work_on = [&] {
      auto const ended = run_one(end.get_token());
      if (ended) return;
      end.request_stop();
      std::scoped_lock const lock(guard);
      if (outcome) outcome = ended;
    };
    std::vector<std::jthread> others;
    for (std::size_t at = 1; at < options_.threads; ++at) others.emplace_back(work_on);
    work_on();
  }
  leases_.release();
  return outcome;
}

result<void> relay_engine::run_one(std::stop_token const& stop) {
  std::uint64_t seen = 0;
  auto backoff = backoff_first;
  while (!stop.stop_requested()) {
    auto const done = poll();
    if (!done) {
      if (is_final(done.error())) return fail(done.error());
      pause(stop, backoff);
      backoff = std::min(backoff * 2, backoff_last);
      continue;
    }
    backoff = backoff_first;
    if (*done == 0) idle(stop, seen);
  }
  return {};
}

/// Until the next circuit may be tried or the next row is due; at most a slice.
milliseconds relay_engine::next_event() {
  using std::chrono::ceil;
  auto wait = idle_slice;
  if (auto const due = rows_.next_due(time_.now()); due && *due != timestamp::max())
    wait = std::min(wait, ceil<milliseconds>(*due - time_.now()));
  std::scoped_lock const lock(mutex_);
  auto const now = time_.steady();
  for (auto const& [name, one] : destinations_)
    if (one.circuit.standing(now) == circuit_standing::open)
      wait = std::min(wait, ceil<milliseconds>(one.circuit.retry_at() - now));
  return std::max(wait, milliseconds(1));
}

void relay_engine::idle(std::stop_token const& stop, std::uint64_t& seen) {
  if (leases_.held().none()) {
    pause(stop, idle_slice);
    return;
  }
  // Its failure is the next step's to tell.
  static_cast<void>(rows_.wait_for_rows(seen, next_event()));
}

}  // namespace detail

outbox_relay::outbox_relay(event_store& store, outbox_store& rows, message_bus* bus,
                           relay_options options)
    : engine_(std::make_unique<detail::relay_engine>(store, rows, bus, std::move(options))) {}

outbox_relay::~outbox_relay() = default;

void outbox_relay::send_to(std::string const& destination, sender& to) {
  engine_->send_to(destination, to);
}

result<std::size_t> outbox_relay::poll() { return engine_->poll(); }

result<void> outbox_relay::run(std::stop_token const& stop) { return engine_->run(stop); }

void outbox_relay::resume() { engine_->resume(); }

relay_explanation outbox_relay::explain() { return engine_->explain(); }

result<std::string> outbox_relay::explain(message_id const& row) { return engine_->explain(row); }

}  // namespace evsrc::inline v0
