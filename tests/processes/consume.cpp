// SPDX-License-Identifier: Apache-2.0
// The consuming process: both consumers on one handle of the store, stepped or on threads.
#include <thread>

#include "evsrc/testing/forwarding_store.hpp"
#include "traffic.hpp"

namespace evsrc_test {
namespace {

using clock_of_calls = std::chrono::steady_clock;

/// Notes how long commits take, failed ones too, but for those in which the process was stopped.
class measured_store final : public evsrc::testing::forwarding_store {
 public:
  measured_store(evsrc::testing::store_ports inner, process_notes& notes)
      : forwarding_store(inner), notes_(&notes) {}

  evsrc::result<evsrc::receipt> commit(evsrc::commit what,
                                       evsrc::commit_options const& options) override {
    auto const since = start();
    auto done = forwarding_store::commit(std::move(what), options);
    note(since, done);
    return done;
  }
  void submit(evsrc::commit what, evsrc::completion done) override {
    forwarding_store::submit(std::move(what), [this, since = start(), done = std::move(done)](
                                                  evsrc::result<evsrc::receipt> got) mutable {
      note(since, got);
      done(std::move(got));
    });
  }

 private:
  struct call_start {
    clock_of_calls::time_point at;
    std::uint64_t stops;
  };
  [[nodiscard]] call_start start() const { return {clock_of_calls::now(), notes_->stops}; }
  void note(call_start const& since, evsrc::result<evsrc::receipt> const& got) {
    auto const took =
        std::chrono::duration_cast<std::chrono::microseconds>(clock_of_calls::now() - since.at);
    if (notes_->stops == since.stops && since.stops % 2 == 0) notes_->figures.note(took);
    if (got) ++notes_->commits;
  }

  process_notes* notes_;
};

/// What nobody may meet, whatever others do.
bool is_fault(evsrc::error const& why) {
  switch (why.code) {
    case evsrc::errc::corrupt:
    case evsrc::errc::io_failed:
    case evsrc::errc::invalid_argument:
    case evsrc::errc::limit_exceeded:
    case evsrc::errc::malformed:
    case evsrc::errc::not_found:
    case evsrc::errc::closed:
    case evsrc::errc::unsupported: return true;
    default: return false;
  }
}

class consuming {
 public:
  consuming(shared_stage& stage, std::size_t process, traffic_options const& how,
            std::uint64_t seed)
      : stage_(stage),
        notes_(stage.of[process]),
        how_(how),
        key_(std::to_string(process)),
        time_(stage, &notes_.clock_offset_us),
        random_(seed) {}

  [[nodiscard]] bool open() {
    auto opened = open_store(how_, time_);
    if (!opened) return flaw("open", opened.error()), false;
    store_ = std::move(*opened);
    planted_ = plant_in_consumer(how_.defect, evsrc::testing::ports_of(*store_));
    seen_ = std::make_unique<measured_store>(evsrc::testing::ports_of(*planted_), notes_);
    bus_ = std::make_unique<evsrc::sqlite::message_bus>(*store_, &random_);
    seen_bus_ = plant_in_consumer(how_.defect, *bus_);
    books_ = std::make_unique<booking::books>(
        *store_, evsrc::command_handler_options{.clock = &time_, .random = &random_});
    booking_ = std::make_unique<booking>(*books_, &stage_, &notes_, &random_);
    for (auto const* queue : queue_names)
      consumers_.push_back(std::make_unique<evsrc::consumer>(
          *seen_, *seen_bus_, booking_->way(), consumer_options_of(queue, time_, random_)));
    auto const page = store_->read({.stream = {"pulses", key_}, .max_events = 1});
    if (!page) return flaw("read", page.error()), false;
    if (auto const why = flaw_of_count("pulses", notes_.pulses, page->version(), 1); !why.empty())
      notes_.tell_flaw(why);
    notes_.pulses = page->version();
    return true;
  }
  void step_until_told() {
    constexpr unsigned polls_per_redrive = 200;
    while (!notes_.must_end && !notes_.is_flawed) {
      bool is_idle = true;
      for (auto const& one : consumers_) {
        auto const done = one->poll();
        if (!done && is_fault(done.error())) flaw("poll", done.error());
        is_idle = is_idle && (!done || *done == 0);
      }
      if (is_idle) pulse();
      if (random_.next() % polls_per_redrive == 0) redrive_all(*store_, *bus_, time_, random_);
    }
  }
  void run_until_told() {
    {
      std::vector<evsrc::background_loop> loops;
      loops.reserve(consumers_.size());
      for (auto const& one : consumers_) loops.push_back(one->start());
      while (!notes_.must_end) pulse();
      for (auto const& one : consumers_)
        static_cast<void>(one->drain(std::chrono::seconds(10)));  // what is left is given back
    }
    for (auto const& one : consumers_)
      if (auto const told = one->explain(); told.standing == evsrc::consumer_standing::stopped)
        notes_.tell_flaw(to_string(told));
  }

 private:
  void flaw(char const* where, evsrc::error const& why) {
    notes_.tell_flaw("consumer, " + std::string(where) + ": " + to_string(why));
  }
  void pulse() {
    evsrc::new_event event;
    event.name = "pulse";
    event.payload = std::to_string(notes_.pulses + 1);
    event.meta.time = time_.now();
    event.meta.id = evsrc::make_event_id(event.meta.time, random_);
    evsrc::commit what;
    what.appends.push_back(
        {{"pulses", key_}, evsrc::expected_version::exactly(notes_.pulses), {std::move(event)}});
    auto const done = seen_->commit(std::move(what), {});
    if (done)
      ++notes_.pulses;
    else
      flaw("pulse", done.error());
  }

  shared_stage& stage_;
  process_notes& notes_;
  traffic_options const& how_;
  std::string key_;
  lease_clock time_;
  evsrc::testing::seeded_random random_;
  std::unique_ptr<evsrc::sqlite::event_store> store_;
  std::unique_ptr<evsrc::testing::forwarding_store> planted_;
  std::unique_ptr<measured_store> seen_;
  std::unique_ptr<evsrc::sqlite::message_bus> bus_;
  std::unique_ptr<evsrc::message_bus> seen_bus_;
  std::unique_ptr<booking::books> books_;
  std::unique_ptr<booking> booking_;
  std::vector<std::unique_ptr<evsrc::consumer>> consumers_;
};

}  // namespace

void consume(shared_stage& stage, std::size_t process, traffic_options const& how,
             std::uint64_t seed) {
  consuming both(stage, process, how, seed);
  if (both.open()) both.step_until_told();
}

void consume_on_threads(shared_stage& stage, std::size_t process, traffic_options const& how,
                        std::uint64_t seed) {
  consuming both(stage, process, how, seed);
  if (both.open()) both.run_until_told();
}

}  // namespace evsrc_test
