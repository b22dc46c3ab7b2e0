// SPDX-License-Identifier: Apache-2.0
// The producing process: numbers its shipments from where its stream stands, whatever killed it.
#include <deque>

#include "traffic.hpp"

namespace evsrc_test {
namespace {

using clock_of_calls = std::chrono::steady_clock;

class producer {
 public:
  producer(shared_stage& stage, std::size_t process, traffic_options const& how, std::uint64_t seed)
      : notes_(stage.of[process]),
        how_(how),
        sender_(static_cast<int>(process)),
        time_(stage, &notes_.clock_offset_us),
        random_(seed) {}

  void run() {
    auto opened = open_store(how_, time_);
    if (!opened) return flaw("open", opened.error());
    store_ = std::move(*opened);
    seen_ = plant_in_producer(how_.defect, evsrc::testing::ports_of(*store_));
    bus_ = std::make_unique<evsrc::sqlite::message_bus>(*store_, &random_);
    if (!resume("shipments", shipments_, notes_.shipments)) return;
    if (!resume("pulses", pulses_, notes_.pulses)) return;
    for (std::uint64_t step = 0; !notes_.must_end && !notes_.is_flawed; ++step) {
      if (step % 16 == 0) look_at_backlog();
      if (is_behind_)
        pulse();
      else
        ship();
      if (how_.repeats) repeat_some();
      if (how_.commits_per_checkpoint != 0 && step % how_.commits_per_checkpoint == 0) checkpoint();
    }
    while (!repeats_.empty() && !notes_.is_flawed) repeat_one();
  }

 private:
  void flaw(char const* where, evsrc::error const& why) {
    notes_.tell_flaw("producer, " + std::string(where) + ": " + to_string(why));
  }
  [[nodiscard]] evsrc::stream_id stream(char const* category) const {
    return {category, std::to_string(sender_)};
  }
  /// What was acknowledged is there, and at most one more that was not.
  bool resume(char const* category, std::uint64_t& last, std::atomic<std::uint64_t>& acknowledged) {
    auto const page = store_->read({.stream = stream(category), .max_events = 1});
    if (!page) return flaw(category, page.error()), false;
    last = page->version();
    if (auto const why = flaw_of_count(category, acknowledged, last, 1); !why.empty())
      notes_.tell_flaw(why);
    acknowledged = last;
    return !notes_.is_flawed;
  }
  void look_at_backlog() {
    std::uint64_t waiting = 0;
    for (auto const* queue : queue_names) {
      auto const counts = bus_->topology().counts(queue);
      if (!counts) return flaw("counts", counts.error());
      waiting += counts->active;
    }
    is_behind_ = waiting > how_.backlog_max;
  }
  [[nodiscard]] evsrc::new_event event_of(char const* name, std::string payload) {
    evsrc::new_event made;
    made.name = name;
    made.payload = std::move(payload);
    made.meta.time = time_.now();
    made.meta.id = evsrc::make_event_id(made.meta.time, random_);
    return made;
  }
  /// Commits `what` as the next of its stream; whatever the answer is, `last` is right afterwards.
  bool write(char const* category, evsrc::commit what, std::uint64_t& last,
             std::atomic<std::uint64_t>& acknowledged) {
    auto const stops = notes_.stops.load();
    auto const from = clock_of_calls::now();
    auto const done = seen_->commit(std::move(what));
    auto const took =
        std::chrono::duration_cast<std::chrono::microseconds>(clock_of_calls::now() - from);
    if (notes_.stops == stops && stops % 2 == 0) notes_.figures.note(took);
    if (!done) {
      // Nobody else writes here: a conflict means that the stream is not as it was acknowledged.
      bool const is_passing = done.error().code == evsrc::errc::timed_out;
      bool const is_to_be_read = is_passing || done.error().code == evsrc::errc::version_conflict;
      bool const is_as_told = !is_to_be_read || resume(category, last, acknowledged);
      if (is_as_told && !is_passing) flaw("commit", done.error());
      return false;
    }
    acknowledged = ++last;
    ++notes_.commits;
    return true;
  }
  void pulse() {
    evsrc::commit what;
    what.appends.push_back({stream("pulses"),
                            evsrc::expected_version::exactly(pulses_),
                            {event_of("pulse", std::to_string(pulses_ + 1))}});
    static_cast<void>(write("pulses", std::move(what), pulses_, notes_.pulses));
  }
  void ship() {
    auto const number = shipments_ + 1;
    bool const is_letter = number % 3 == 0;
    std::string const key = key_names[random_.next() % key_names.size()];
    evsrc::outgoing_message row;
    row.id.value = std::to_string(sender_) + "-" + std::to_string(number);
    row.destination = is_letter ? "letters" : "parcels";
    row.key = key;
    row.type = is_letter ? "letter" : "parcel";
    row.body = "{\"sender\":" + std::to_string(sender_) + ",\"number\":" + std::to_string(number) +
               ",\"key\":\"" + key + "\"}";
    if (!write("shipments", command_of(row), shipments_, notes_.shipments) || !how_.repeats) return;
    for (auto more = random_.next() % 5; more > 0; --more) repeats_.push_back(row);
  }
  /// Keeps no version: that it takes effect once is up to its key.
  [[nodiscard]] evsrc::commit command_of(evsrc::outgoing_message const& row) {
    evsrc::commit what;
    what.appends.push_back({stream("shipments"),
                            evsrc::expected_version::any(),
                            {event_of(row.type.c_str(), row.body)}});
    what.messages.push_back(row);
    what.once.push_back({"shipments", row.id.value, "the same", "shipped"});
    return what;
  }
  /// Later than what came first, in an order of their own.
  void repeat_some() {
    constexpr std::size_t kept = 20;
    for (auto count = random_.next() % 5; count > 0 && repeats_.size() > kept; --count)
      repeat_one();
  }
  void repeat_one() {
    auto const which = random_.next() % repeats_.size();
    std::swap(repeats_[which], repeats_.back());
    if (random_.next() % 4 == 0) return repeat_command();
    auto to = bus_->open_sender(repeats_.back().destination);
    if (!to) return flaw("open_sender", to.error());
    auto const sent = (*to)->send(to_message(repeats_.back()));
    if (!sent && sent.error().code != evsrc::errc::timed_out) return flaw("send", sent.error());
    repeats_.pop_back();
  }
  void repeat_command() {
    auto const done = seen_->commit(command_of(repeats_.back()));
    if (!done && done.error().code != evsrc::errc::timed_out)
      return flaw("repeated command", done.error());
    repeats_.pop_back();  // whether it was known as a repeat is seen in the file
  }
  void checkpoint() {
    auto const done = store_->checkpoint_wal();
    if (done) ++notes_.checkpoints;
    bool const is_passing = done || done.error().code == evsrc::errc::timed_out ||
                            done.error().code == evsrc::errc::unavailable;
    if (!is_passing) flaw("checkpoint", done.error());
  }

  process_notes& notes_;
  traffic_options const& how_;
  int sender_;
  lease_clock time_;
  evsrc::testing::seeded_random random_;
  std::unique_ptr<evsrc::sqlite::event_store> store_;
  std::unique_ptr<evsrc::testing::forwarding_store> seen_;
  std::unique_ptr<evsrc::sqlite::message_bus> bus_;
  std::uint64_t shipments_ = 0;
  std::uint64_t pulses_ = 0;
  bool is_behind_ = false;
  std::deque<evsrc::outgoing_message> repeats_;
};

}  // namespace

void produce(shared_stage& stage, std::size_t process, traffic_options const& how,
             std::uint64_t seed) {
  producer(stage, process, how, seed).run();
}

}  // namespace evsrc_test
