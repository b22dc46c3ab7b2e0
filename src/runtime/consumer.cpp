// SPDX-License-Identifier: Apache-2.0
// The threads of a consumer, and how it ends.
#include "evsrc/runtime/consumer.hpp"

#include <algorithm>
#include <condition_variable>
#include <thread>

#include "evsrc/runtime/detail/consumer_worker.hpp"
#include "long_time.hpp"

namespace evsrc::inline v0 {

using std::chrono::milliseconds;

namespace detail {

/// Engine and workers. `poll` steps the first worker, which takes all that the options allow;
/// `run` shares that among its threads.
class consumer_core {
 public:
  consumer_core(event_store& store, idempotency_store& keys, message_bus& bus, router& way,
                consumer_options options)
      : engine(store, keys, bus, way, std::move(options)) {}

  [[nodiscard]] result<std::size_t> poll() {
    std::scoped_lock const lock(stepping_);
    EVSRC_TRY(engine.start());
    if (!stepped_)
      stepped_ = std::make_unique<consumer_worker>(engine, engine.options.sessions,
                                                   engine.options.max_in_flight);
    return note(stepped_->step(milliseconds(0)));
  }
  void give_back() {
    std::scoped_lock const lock(stepping_);
    stepped_.reset();
  }
  [[nodiscard]] result<void> run(std::stop_token const& stop);
  [[nodiscard]] bool is_running() const { return running_.load() != 0; }

  consumer_engine engine;

 private:
  [[nodiscard]] result<std::size_t> note(result<std::size_t> outcome) {
    if (outcome)
      engine.set_standing(*outcome == 0 && engine.in_hand() == 0 ? consumer_standing::empty
                                                                 : consumer_standing::running);
    return outcome;
  }
  [[nodiscard]] result<void> work(std::stop_token const& stop, consumer_worker& worker);
  void renew(std::stop_token const& stop);
  void idle(std::stop_token const& stop, milliseconds pause);

  std::mutex stepping_;
  std::unique_ptr<consumer_worker> stepped_;
  std::atomic<std::size_t> running_ = 0;
  std::mutex mutex_;
  std::condition_variable_any woken_;
};

void consumer_core::idle(std::stop_token const& stop, milliseconds pause) {
  std::unique_lock lock(mutex_);
  woken_.wait_for(lock, stop, pause, [] { return false; });
}

void consumer_core::renew(std::stop_token const& stop) {
  constexpr milliseconds most{1'000};
  auto const pause = std::min(engine.facts.lock_duration / 8, most);
  while (!stop.stop_requested()) {
    engine.locks.renew_due();
    idle(stop, pause);
  }
}

result<void> consumer_core::work(std::stop_token const& stop, consumer_worker& worker) {
  constexpr milliseconds first_pause{10};
  constexpr milliseconds last_pause{1'000};
  auto pause = first_pause;
  while (!stop.stop_requested()) {
    auto const done = note(worker.step(engine.options.receive_wait));
    if (done) {
      pause = first_pause;
      // With messages in hand that wait for their time, or none to be taken, the step did not wait.
      bool const has_waited = !worker.next_due() && engine.may_take();
      if (*done == 0 && !has_waited) idle(stop, first_pause);
      continue;
    }
    if (engine.stopped() || done.error().code == errc::closed) return fail(done.error());
    idle(stop, pause);
    pause = std::min(pause * 2, last_pause);
  }
  return {};
}

result<void> consumer_core::run(std::stop_token const& stop) {
  give_back();  // what poll() had in hand
  EVSRC_TRY(engine.start());
  auto const& options = engine.options;
  auto const threads = std::max<std::size_t>(options.threads, 1);
  auto const share = [&](std::size_t all) { return all == 0 ? 0 : (all + threads - 1) / threads; };
  ++running_;
  result<void> outcome;
  {
    std::stop_source end;
    std::stop_callback const told(stop, [&] { end.request_stop(); });
    std::jthread const renewer([this](std::stop_token const& own) { renew(own); });
    std::mutex guard;
    auto const run_one = [&] {
      consumer_worker worker(engine, share(options.sessions), share(options.max_in_flight),
                             end.get_token());
      auto const ended = work(end.get_token(), worker);
      if (ended) return;
      end.request_stop();
      std::scoped_lock const lock(guard);
      if (outcome) outcome = ended;
    };
    std::vector<std::jthread> others;
    for (std::size_t at = 1; at < threads; ++at) others.emplace_back(run_one);
    run_one();
  }
  --running_;
  return outcome;
}

}  // namespace detail

consumer::consumer(event_store& store, idempotency_store& known_keys, message_bus& bus, router& way,
                   consumer_options options)
    : core_(std::make_unique<detail::consumer_core>(store, known_keys, bus, way,
                                                    std::move(options))) {}

consumer::~consumer() = default;

result<std::size_t> consumer::poll() { return core_->poll(); }

result<void> consumer::run(std::stop_token const& stop) { return core_->run(stop); }

result<void> consumer::drain(milliseconds deadline) {
  auto& engine = core_->engine;
  engine.set_draining(true);
  auto const end = engine.time.steady() + detail::bounded(deadline);
  constexpr milliseconds pause{5};
  while (engine.in_hand() != 0 && engine.time.steady() < end) {
    if (!core_->is_running()) {
      if (auto const done = core_->poll(); done && *done != 0) continue;
    }
    engine.time.sleep(pause);
  }
  auto const left = engine.in_hand();
  if (!core_->is_running())
    core_->give_back();
  else if (left != 0)
    engine.give_back();  // its threads do, once the handlers that they are in have returned
  if (left == 0) return {};
  return fail(errc::timed_out,
              engine.options.name + ": " + std::to_string(left) + " messages are given back",
              "consumer.drain");
}

void consumer::resume() {
  core_->engine.set_draining(false);
  core_->engine.resume();
}

consumer_explanation consumer::explain() { return core_->engine.explain(); }

}  // namespace evsrc::inline v0
