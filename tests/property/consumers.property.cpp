// SPDX-License-Identifier: Apache-2.0
// The duplicate storm: whatever is delivered how often, to whom, and whatever crashes in between,
// the final state is that of the quiet run.
#include <algorithm>
#include <array>
#include <functional>
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

class storm {
 public:
  storm(std::uint64_t seed, bool keeps_order) : random_(seed), keeps_order_(keeps_order) {
    evsrc::queue_options with;
    with.requires_session = keeps_order;
    with.max_delivery_count = 200;  // the storm is worse than any broker's limit
    RC_ASSERT(memory_bus_.topology().create_queue("q", with).has_value());
    way_.on<counted>([this](counted const& event, evsrc::message_context& context) {
      return handle(event, context);
    });
    for (auto& one : consumers_) revive(one);
  }

  void run() {
    deal();
    for (int step = 0; step < 150; ++step) act();
    is_calm_ = true;
    for (int round = 0; round < 60 && !has_settled(); ++round) {
      for (std::size_t one = 0; one < consumers_.size(); ++one) poll(one);
      time_.advance(1min);
      if (round % 3 == 2) redrive_all();
    }
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
  /// the first ones of a key keep their order.
  void deal() {
    for (std::size_t at = 0; at < messages_; ++at) {
      queue_.push_back(static_cast<int>(at));
      for (auto extra = below(5); extra > 0; --extra)
        queue_.push_back(static_cast<int>(below(at + 1)));
    }
  }
  void send_some() {
    auto to = memory_bus_.open_sender("q");
    for (auto count = below(5) + 1; count > 0 && !queue_.empty(); --count) {
      RC_ASSERT((*to)->send(make(queue_.front())).has_value());
      queue_.erase(queue_.begin());
    }
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
    one.reset();
    one = std::make_unique<evsrc::consumer>(store_, bus_, way_, options);
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
      case 0: send_some(); break;
      case 1: revive(consumers_[below(2)]); break;
      case 2:
        store_.fail_commits({.failure = {errc::io_failed, "lost", "", 0, evsrc::effect::unknown},
                             .is_carried_out = below(2) == 0,
                             .skip = below(3)});
        break;
      case 3: time_.advance(std::chrono::seconds(below(100))); break;
      case 4:
        if (below(4) == 0) redrive_all();
        break;
      default: poll(below(2));
    }
    if (below(3) == 0) send_some();
  }
  handle_result handle(counted const& event, evsrc::message_context& context) {
    if (polling_.size() == 1 && roll(6)) poll(1 - polling_.front());  // while this one still runs
    if (roll(8)) time_.advance(90s);                                  // beyond its lock
    if (roll(5)) throw std::runtime_error("unlucky");
    if (roll(12)) return evsrc::invalid("number", "unlucky for good");
    if (roll(12)) return evsrc::handling{evsrc::retry_in{std::chrono::seconds(below(60))}};
    auto const key = context.message().session_id;
    auto const done = context.handle(counters_, key, count_once{event.number});
    if (done.is_rejected()) return evsrc::handling{evsrc::dead_letter{"CountedTwice"}};
    if (!done) return evsrc::fail(done.error());
    return evsrc::handling{evsrc::ack{}};
  }
  void redrive_all() {
    evsrc::redriver again{
        store_, bus_, {.consumer = "counting", .entity = "q", .clock = &time_, .random = &random_}};
    for (auto const& key : keys_)
      if (keeps_order_) static_cast<void>(again.redrive(key));
    static_cast<void>(again.redrive_dead_letters());
  }
  bool has_settled() {
    while (!queue_.empty()) send_some();
    auto const counts = memory_bus_.topology().counts("q");
    // A redrive that was cut off before its copy was sent leaves its key waiting: it is called
    // again.
    return counts->active + counts->scheduled + counts->dead_letter == 0 &&
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
        quiet.push_back(static_cast<int>(one));
      if (numbers != quiet) RC_LOG() << keys_[at] << ": " << told;
      RC_ASSERT(numbers == quiet);
    }
  }

  static constexpr std::size_t messages_ = 14;
  evsrc::testing::manual_clock time_{};
  evsrc::testing::seeded_random random_;
  bool keeps_order_;
  bool is_calm_ = false;
  std::vector<std::size_t> polling_;
  std::vector<std::string> keys_{"a", "b", "c"};
  std::vector<int> queue_;
  evsrc::memory::event_store memory_{{.clock = &time_}};
  evsrc::testing::faulty_store store_{evsrc::testing::ports_of(memory_)};
  evsrc::memory::message_bus memory_bus_{{.clock = &time_, .random = &random_}};
  flaky_bus bus_{memory_bus_, [this](unsigned one_in) { return roll(one_in); }};
  evsrc::command_handler<counter> counters_{memory_};
  evsrc::router way_;
  std::array<std::unique_ptr<evsrc::consumer>, 2> consumers_{};
};

TEST(consumers, end_a_storm_of_duplicates_as_the_quiet_run) {
  evsrc::property::holds("storm", [](std::uint64_t seed) { storm(seed, false).run(); });
}

TEST(consumers, end_a_storm_of_duplicates_in_order_as_the_quiet_run) {
  evsrc::property::holds("storm", [](std::uint64_t seed) { storm(seed, true).run(); });
}

}  // namespace
