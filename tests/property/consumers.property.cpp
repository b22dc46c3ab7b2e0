// SPDX-License-Identifier: Apache-2.0
// The duplicate storm: whatever is delivered how often, to whom, and whatever crashes in between,
// the final state is that of the quiet run.
#include <algorithm>
#include <array>
#include <cstdio>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <thread>

#include "checked_property.hpp"
#include "evsrc/memory/event_store.hpp"
#include "evsrc/memory/message_bus.hpp"
#include "evsrc/runtime/consumer.hpp"
#include "evsrc/runtime/redrive.hpp"
#include "evsrc/testing/faults.hpp"
#include "evsrc/testing/manual_clock.hpp"
#include "evsrc/testing/seeded_random.hpp"

namespace {

using namespace std::chrono_literals;
using evsrc::errc;

struct counted {
  static constexpr evsrc::event_name wire_name{"counted", 1};
  int number = 0;
};
struct counter {
  static constexpr evsrc::category category{"counter"};
  using events = evsrc::events<counted>;
  std::vector<int> numbers;
  void apply(counted const& e) { numbers.push_back(e.number); }
};
/// Would be rejected when it is repeated, as a withdrawal may be.
struct count_once {
  int number = 0;
};
struct already_counted {};
evsrc::decision<counter, already_counted> decide(counter const& state, count_once const& c) {
  for (int const one : state.numbers)
    if (one == c.number) return evsrc::reject(already_counted{});
  return counted{c.number};
}

/// Settlements and transactions fail now and then: before or after they were carried out.
class flaky_bus final : public evsrc::message_bus {
 public:
  using dice = std::function<bool(unsigned)>;
  flaky_bus(evsrc::message_bus& inner, dice roll) : inner_(inner), roll_(std::move(roll)) {}

  evsrc::result<std::unique_ptr<evsrc::sender>> open_sender(std::string_view entity) override {
    return inner_.open_sender(entity);
  }
  evsrc::result<std::unique_ptr<evsrc::receiver>> open_receiver(std::string_view entity,
                                                                evsrc::receive_mode mode) override {
    auto opened = inner_.open_receiver(entity, mode);
    if (!opened) return evsrc::fail(opened.error());
    return std::make_unique<flaky_receiver<evsrc::receiver>>(std::move(*opened), roll_);
  }
  evsrc::result<std::unique_ptr<evsrc::session_receiver>> accept_session(
      std::string_view entity, evsrc::session_request const& which) override {
    auto opened = inner_.accept_session(entity, which);
    if (!opened) return evsrc::fail(opened.error());
    return std::make_unique<flaky_session>(std::move(*opened), roll_);
  }
  evsrc::result<std::vector<std::string>> sessions(std::string_view entity, std::string_view after,
                                                   std::size_t max_sessions) override {
    return inner_.sessions(entity, after, max_sessions);
  }
  evsrc::result<void> commit(evsrc::bus_transaction const& what) override {
    if (roll_(20)) return lost();
    auto done = inner_.commit(what);
    if (done && roll_(20)) return lost();
    return done;
  }
  evsrc::topology& topology() override { return inner_.topology(); }
  void close() override { inner_.close(); }

 private:
  static evsrc::result<void> lost() {
    return evsrc::fail(
        evsrc::error{errc::unavailable, "the line broke", "", 0, evsrc::effect::unknown});
  }
  template <class Port>
  class flaky_receiver : public Port {
   public:
    flaky_receiver(std::unique_ptr<Port> inner, dice const& roll)
        : inner_(std::move(inner)), roll_(roll) {}
    using Port::settle;
    evsrc::result<std::vector<evsrc::delivery>> receive(
        evsrc::receive_request const& how) override {
      return inner_->receive(how);
    }
    std::vector<evsrc::result<void>> settle(std::span<evsrc::settlement const> what) override {
      if (roll_(20)) return std::vector<evsrc::result<void>>(what.size(), lost());
      auto done = static_cast<evsrc::receiver&>(*inner_).settle(what);
      if (roll_(20)) return std::vector<evsrc::result<void>>(what.size(), lost());
      return done;
    }
    evsrc::result<evsrc::timestamp> renew(evsrc::lock_token lock) override {
      return inner_->renew(lock);
    }
    evsrc::result<std::vector<evsrc::delivery>> peek(std::int64_t from, std::size_t max) override {
      return inner_->peek(from, max);
    }
    evsrc::result<std::vector<evsrc::delivery>> receive_deferred(
        std::span<std::int64_t const> numbers) override {
      return inner_->receive_deferred(numbers);
    }

   protected:
    std::unique_ptr<Port> inner_;
    dice roll_;
  };
  class flaky_session final : public flaky_receiver<evsrc::session_receiver> {
   public:
    using flaky_receiver::flaky_receiver;
    std::string const& session_id() const override { return inner_->session_id(); }
    evsrc::timestamp locked_until() const override { return inner_->locked_until(); }
    evsrc::result<evsrc::timestamp> renew_session() override { return inner_->renew_session(); }
    evsrc::result<std::optional<std::string>> state() override { return inner_->state(); }
    evsrc::result<void> set_state(std::optional<std::string> state) override {
      return inner_->set_state(std::move(state));
    }
  };

  evsrc::message_bus& inner_;
  dice roll_;
};

/// What happened in all runs of a property: a storm that spares the consumers proves nothing.
struct storm_tally {
  std::uint64_t runs = 0;
  std::uint64_t duplicates = 0;         ///< absorbed
  std::uint64_t nested = 0;             ///< handlings of one message inside another
  std::uint64_t stale = 0;              ///< of those: the lock of the outer one had ended
  std::uint64_t after_dead_letter = 0;  ///< repeats of what is in the dead letters
  std::uint64_t after_redrive = 0;      ///< repeats of what was brought back from there
  std::uint64_t inside = 0;             ///< repeats one second before the inbox window ends
  std::uint64_t outside = 0;            ///< and one second behind it
  std::uint64_t set_aside = 0;          ///< as too old

  void print(char const* of) const {
    std::printf(
        "%s: %llu runs: %llu duplicates absorbed, %llu nested handlings, %llu on a stale lock, "
        "repeats: %llu after dead-letter, %llu after redrive, %llu inside and %llu outside the "
        "window; %llu set aside\n",
        of, wide(runs), wide(duplicates), wide(nested), wide(stale), wide(after_dead_letter),
        wide(after_redrive), wide(inside), wide(outside), wide(set_aside));
  }
  /// Of a whole property; one repeated seed owes nothing.
  [[nodiscard]] bool is_whole() const { return runs >= 50; }

 private:
  static unsigned long long wide(std::uint64_t value) { return value; }
};

struct storm_kind {
  bool keeps_order = false;
  bool has_window = false;
};

class storm {
 public:
  storm(std::uint64_t seed, storm_kind kind, storm_tally& tally)
      : random_(seed), keeps_order_(kind.keeps_order), has_window_(kind.has_window), tally_(tally) {
    ++tally_.runs;
    evsrc::queue_options with;
    with.requires_session = keeps_order_;
    with.max_delivery_count = 200;  // the storm is worse than any broker's limit
    RC_ASSERT(memory_bus_.topology().create_queue("q", with).has_value());
    way_.on<counted>([this](counted const& event, evsrc::message_context& context) {
      return handle(event, context);
    });
    for (auto& one : consumers_) revive(one);
    RC_ASSERT(consumers_[0]->poll().has_value());
    window_ = consumers_[0]->explain().inbox_window;
  }

  void run() {
    deal();
    for (int step = 0; step < 150; ++step) act();
    is_calm_ = true;
    for (int round = 0; round < 60 && !has_settled(); ++round) {
      for (std::size_t one = 0; one < consumers_.size(); ++one) poll(one);
      time_.advance(1min);
      if (round % 3 == 2) redrive_all();
      if (has_window_ && round > 20) skip_what_is_too_old();
    }
    for (auto& one : consumers_) count(*one);
    judge();
  }

 private:
  using handle_result = evsrc::result<evsrc::handling>;

  bool roll(unsigned one_in) { return !is_calm_ && random_.next() % one_in == 0; }
  std::size_t below(std::size_t bound) { return random_.next() % bound; }

  evsrc::message make(int number) {
    evsrc::outgoing_message row;
    row.id.value = "m" + std::to_string(number);
    row.key = keys_[static_cast<std::size_t>(number) % keys_.size()];
    row.type = "counted";
    row.body = "{\"number\":" + std::to_string(number) + "}";
    return to_message(row);
  }
  /// Every message one to five times, in any order in which repeats follow the first of theirs and
  /// the first ones of a key keep their order. Some repeats are kept for after a redrive.
  void deal() {
    constexpr std::size_t gap = 10;
    std::multimap<std::size_t, int> places;
    for (std::size_t at = 0; at < messages_; ++at) {
      auto const number = static_cast<int>(at);
      places.emplace(at * gap, number);
      for (auto extra = below(5); extra > 0; --extra) {
        if (below(3) == 0)
          late_.push_back(number);
        else
          places.emplace(at * gap + 1 + below((messages_ - at) * gap), number);
      }
    }
    for (auto const& [place, number] : places) queue_.push_back(number);
  }
  void send_next() {
    if (queue_.empty()) return;
    auto const number = queue_.front();
    queue_.pop_front();
    auto what = make(number);
    auto const [first, is_first] = first_sent_.emplace(number, time_.now());
    if (!is_first) set_property(what.properties, "evsrc-first-enqueued", first->second);
    if (!is_first && dead_ids().count(what.id.value) != 0) ++tally_.after_dead_letter;
    if (!is_first && redriven_.count(what.id.value) != 0) ++tally_.after_redrive;
    auto to = memory_bus_.open_sender("q");
    RC_ASSERT((*to)->send(what).has_value());
  }
  /// To one second before or after the end of the window of a message, which is repeated then.
  void jump() {
    if (first_sent_.empty()) return;
    auto const which =
        std::next(first_sent_.begin(), static_cast<std::ptrdiff_t>(below(first_sent_.size())));
    bool const is_inside = below(2) == 0;
    auto const there = which->second + window_ + (is_inside ? -1s : 1s);
    if (there <= time_.now()) return;
    time_.advance(there - time_.now());
    ++(is_inside ? tally_.inside : tally_.outside);
    queue_.push_front(which->first);
    send_next();
  }
  std::set<std::string> dead_ids() {
    constexpr std::size_t all = 250;
    std::set<std::string> ids;
    auto const letters =
        (*memory_bus_.open_receiver("q/$DeadLetterQueue", evsrc::receive_mode::peek_lock))
            ->peek(0, all);
    for (auto const& one : *letters) ids.insert(origin_of(one.message));
    return ids;
  }
  static std::string origin_of(evsrc::message const& of) {
    auto const origin = find_text(of.properties, "evsrc-origin-id");
    return origin.empty() ? of.id.value : std::string(origin);
  }
  void revive(std::unique_ptr<evsrc::consumer>& one) {
    evsrc::consumer_options options;
    options.name = "counting";
    options.entity = "q";
    options.sessions = keeps_order_ ? 2 : 0;
    options.keep_order = keeps_order_;
    options.max_in_flight = below(4) + 1;
    options.messages_per_commit = below(2) == 0 ? 1 : below(5) + 1;
    options.retry.immediate = 1;
    options.retry.delayed = 3;
    options.max_lock_renewal = below(2) == 0 ? 20s : 5min;
    options.failures_before_pause = 1'000;
    options.clock = &time_;
    options.random = &random_;
    if (has_window_) options.max_message_age = 1h;
    options.relay_outage = 0ms;
    if (one) count(*one);
    one.reset();
    one = std::make_unique<evsrc::consumer>(store_, bus_, way_, options);
  }
  /// The handler of what has taken effect is called again, and is rejected; the inbox must know
  /// that before it counts.
  void count(evsrc::consumer& of) {
    auto const counts = of.explain().counts;
    tally_.duplicates += counts.duplicates;
    RC_ASSERT(counts.dead_letters.count(counted_twice) == 0U);
  }
  void poll(std::size_t which) {
    polling_.push_back(which);
    auto const work = [&] { static_cast<void>(consumers_[which]->poll()); };
    if (polling_.size() == 1) {
      work();
    } else {
      // Another consumer has another thread: on this one their locks would seem to be nested.
      std::thread(work).join();
    }
    polling_.pop_back();
  }
  void act() {
    switch (below(10)) {
      case 0:
        if (has_window_ && below(3) == 0) jump();
        break;
      case 1: revive(consumers_[below(2)]); break;
      case 2:
        store_.fail_commits({.failure = {errc::io_failed, "lost", "", 0, evsrc::effect::unknown},
                             .is_carried_out = below(2) == 0,
                             .skip = below(3)});
        break;
      case 3: time_.advance(std::chrono::seconds(below(100))); break;
      case 4: redrive_all(); break;
      default: poll(below(2));
    }
    if (below(5) < 2) send_next();
  }
  handle_result handle(counted const& event, evsrc::message_context& context) {
    bool const is_nested = in_hand_.count(event.number) != 0;
    if (is_nested) ++tally_.nested;
    if (is_nested && is_stale_) ++tally_.stale;
    auto const here = in_hand_.insert(event.number);
    auto const leave = [&](auto*) { in_hand_.erase(here); };
    std::unique_ptr<int const, decltype(leave)> const until_it_returns_or_throws{&*here, leave};
    return handle_here(event, context);
  }
  handle_result handle_here(counted const& event, evsrc::message_context& context) {
    if (polling_.size() == 1 && roll(6)) let_the_other_in();  // while this one still runs
    if (roll(8)) time_.advance(90s);                          // beyond its lock
    if (roll(5)) throw std::runtime_error("unlucky");
    if (roll(12)) return evsrc::invalid("number", "unlucky for good");
    if (roll(12)) return evsrc::handling{evsrc::retry_in{std::chrono::seconds(below(60))}};
    auto const key = context.message().session_id;
    auto const done = context.handle(counters_, key, count_once{event.number});
    if (done.is_rejected()) return evsrc::handling{evsrc::dead_letter{counted_twice}};
    if (!done) return evsrc::fail(done.error());
    return evsrc::handling{evsrc::ack{}};
  }
  /// Now and then after the lock of this one has ended: it decides on what the other changed.
  void let_the_other_in() {
    is_stale_ = below(2) == 0;
    if (is_stale_) time_.advance(90s);
    poll(1 - polling_.front());
    is_stale_ = false;
  }
  evsrc::redriver make_redriver() {
    return {store_,
            bus_,
            {.consumer = "counting",
             .entity = "q",
             .inbox_window = window_,
             .clock = &time_,
             .random = &random_}};
  }
  void redrive_all() {
    auto const before = dead_ids();
    auto again = make_redriver();
    for (auto const& key : keys_)
      if (keeps_order_) static_cast<void>(again.redrive(key));
    static_cast<void>(again.redrive_dead_letters());
    auto const after = dead_ids();
    for (auto const& one : before)
      if (after.count(one) == 0) redriven_.insert(one);
    repeat_late();
  }
  /// What was kept for after its redrive is sent once more; in the end whatever is left.
  void repeat_late() {
    auto const is_due = [&](int number) {
      return is_calm_ || redriven_.count("m" + std::to_string(number)) != 0;
    };
    auto const due = std::stable_partition(late_.begin(), late_.end(), std::not_fn(is_due));
    for (auto at = due; at != late_.end(); ++at) queue_.push_back(*at);
    late_.erase(due, late_.end());
  }
  /// An operator's last word on what nobody knows any more.
  void skip_what_is_too_old() {
    evsrc::dead_letter_selection what;
    what.wanted = [&](evsrc::delivery const& one) {
      auto const* first = find_property(one.message.properties, "evsrc-first-enqueued");
      auto const at = first == nullptr ? one.enqueued_at : std::get<evsrc::timestamp>(*first);
      if (at + window_ >= time_.now()) return false;
      skipped_.insert(origin_of(one.message));
      return true;
    };
    auto again = make_redriver();
    static_cast<void>(again.skip_dead_letters(std::move(what)));
  }
  bool has_settled() {
    while (!queue_.empty()) send_next();
    auto const counts = memory_bus_.topology().counts("q");
    // A redrive that was cut off before its copy was sent leaves its key waiting: it is called
    // again.
    return late_.empty() && counts->active + counts->scheduled + counts->dead_letter == 0 &&
           consumers_[0]->explain().keys.empty();
  }
  void judge() {
    auto const counts = memory_bus_.topology().counts("q");
    auto const told = to_string(consumers_[0]->explain());
    if (counts->active + counts->scheduled + counts->dead_letter != 0) RC_FAIL("left: " + told);
    for (std::size_t at = 0; at < keys_.size(); ++at) {
      auto numbers = counters_.load(keys_[at])->state.numbers;
      if (!keeps_order_) std::sort(numbers.begin(), numbers.end());
      std::vector<int> quiet;
      for (std::size_t one = at; one < messages_; one += keys_.size())
        if (!was_set_aside(static_cast<int>(one), numbers)) quiet.push_back(static_cast<int>(one));
      if (numbers != quiet) RC_LOG() << keys_[at] << ": " << told;
      RC_ASSERT(numbers == quiet);
    }
  }

  /// Too old before it took effect: what the window costs. It may be missing, not be there twice.
  bool was_set_aside(int number, std::vector<int> const& numbers) {
    if (skipped_.count("m" + std::to_string(number)) == 0) return false;
    if (std::find(numbers.begin(), numbers.end(), number) != numbers.end()) return false;
    ++tally_.set_aside;
    return true;
  }

  static constexpr char const* counted_twice = "CountedTwice";
  static constexpr std::size_t messages_ = 14;
  evsrc::testing::manual_clock time_{};
  evsrc::testing::seeded_random random_;
  bool keeps_order_;
  bool has_window_;
  storm_tally& tally_;
  bool is_calm_ = false;
  bool is_stale_ = false;
  std::chrono::milliseconds window_{};
  std::vector<std::size_t> polling_;
  std::multiset<int> in_hand_;  ///< numbers whose handlers run
  std::vector<std::string> keys_{"a", "b", "c"};
  std::deque<int> queue_;
  std::vector<int> late_;  ///< repeats for after a redrive
  std::map<int, evsrc::timestamp> first_sent_;
  std::set<std::string> redriven_;
  std::set<std::string> skipped_;
  evsrc::memory::event_store memory_{{.clock = &time_}};
  evsrc::testing::faulty_store store_{evsrc::testing::ports_of(memory_)};
  evsrc::memory::message_bus memory_bus_{{.clock = &time_, .random = &random_}};
  flaky_bus bus_{memory_bus_, [this](unsigned one_in) { return roll(one_in); }};
  evsrc::command_handler<counter> counters_{memory_};
  evsrc::router way_;
  std::array<std::unique_ptr<evsrc::consumer>, 2> consumers_{};
};

void storms(char const* name, storm_kind kind) {
  storm_tally tally;
  evsrc::property::holds("storm", [&](std::uint64_t seed) { storm(seed, kind, tally).run(); });
  tally.print(name);
  if (!tally.is_whole()) return;
  EXPECT_GT(tally.duplicates, 0U);
  EXPECT_GT(tally.nested, 0U);
  EXPECT_GT(tally.stale, 0U);
  EXPECT_GT(tally.after_dead_letter, 0U);
  EXPECT_GT(tally.after_redrive, 0U);
  if (!kind.has_window) return;
  EXPECT_GT(tally.inside, 0U);
  EXPECT_GT(tally.outside, 0U);
}

TEST(consumers, end_a_storm_of_duplicates_as_the_quiet_run) { storms("in any order", {}); }

TEST(consumers, end_a_storm_of_duplicates_in_order_as_the_quiet_run) {
  storms("in order", {.keeps_order = true});
}

TEST(consumers, let_nothing_take_effect_twice_at_the_end_of_the_inbox_window) {
  storms("with a window", {.has_window = true});
}

TEST(consumers, let_nothing_take_effect_twice_at_the_end_of_the_inbox_window_in_order) {
  storms("with a window, in order", {.keeps_order = true, .has_window = true});
}

}  // namespace
