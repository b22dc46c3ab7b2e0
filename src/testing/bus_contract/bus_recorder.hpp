// SPDX-License-Identifier: Apache-2.0
// Workers that write down what they do to a bus, on a clock that all processes share.
#pragma once

#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "contest_clock.hpp"
#include "evsrc/bus/message_bus.hpp"
#include "evsrc/testing/bus_history.hpp"
#include "evsrc/testing/seeded_random.hpp"

namespace evsrc::testing::inline v0::detail {

/// A session that a worker holds.
struct session_hold {
  std::uint64_t holder = 0;
  std::size_t place = 0;  ///< of the accept in the history
  std::unique_ptr<session_receiver> at;
};

/// A delivery that its worker still has to settle.
struct kept_delivery {
  std::string entity;
  lock_token lock{};
  std::int64_t sequence_number = 0;
  std::string id;
};

/// One worker: does a call and records it. Nothing but the constructor throws. Errors that a
/// contest does not expect of a call are flaws.
class bus_recorder {
 public:
  /// Opens senders and receivers of these, and receivers of their dead-letter queues.
  bus_recorder(message_bus& bus, contest_clock& time, std::vector<std::string> const& entities,
               std::uint32_t worker, std::uint64_t seed);

  /// 0 to `sides` - 1.
  [[nodiscard]] std::uint64_t roll(std::uint64_t sides) { return dice_.next() % sides; }
  [[nodiscard]] std::string new_id();
  void advance(std::chrono::microseconds duration) { time_->advance(duration); }

  bool send(std::string const& entity, std::vector<message> const& batch);
  /// The sequence number; 0 where it was refused.
  std::int64_t schedule(std::string const& entity, message const& what, timestamp at);
  bool cancel(std::string const& entity, std::int64_t number, std::string const& id);
  std::vector<kept_delivery> receive(std::string const& entity, std::size_t max,
                                     receive_mode mode = receive_mode::peek_lock);
  std::vector<kept_delivery> receive_deferred(std::string const& entity, std::int64_t number);
  bool settle(kept_delivery const& what, disposition how);
  bool renew(kept_delivery const& what);
  /// Completes and sends in one transaction.
  bool commit(std::vector<kept_delivery> const& done, std::vector<addressed_message> const& sends);

  /// Of that id, or the next. Null where there is none to have.
  session_hold accept(std::string const& entity, std::optional<std::string> const& id);
  std::vector<kept_delivery> receive(session_hold& from, std::size_t max);
  bool settle(session_hold& in, kept_delivery const& what, disposition how);
  bool renew(session_hold& what);
  void close(session_hold& what);
  /// Sessions, receivers and senders; call it in the end.
  void close_all();

  void fail(std::string why) { flaw_ = flaw_.empty() ? std::move(why) : flaw_; }
  [[nodiscard]] timestamp now() const { return time_->now(); }
  [[nodiscard]] std::uint32_t worker() const { return worker_; }
  [[nodiscard]] bus_history& kept() { return kept_; }
  [[nodiscard]] std::string const& flaw() const { return flaw_; }

  std::vector<kept_delivery> in_hand{};  ///< what a contest keeps between its rounds
  std::vector<kept_delivery> set_aside{};
  std::vector<session_hold> sessions_in_hand{};

 private:
  template <class Call>
  [[nodiscard]] Call begin(std::string const& entity) const;
  /// Notes the answer; an error that is not among `expected` is a flaw.
  template <class T>
  bool finish(bus_call& call, result<T> const& answer, char const* what,
              std::initializer_list<errc> expected);
  std::vector<kept_delivery> note(recorded_receive call,
                                  result<std::vector<delivery>> const& answer, char const* what,
                                  std::initializer_list<errc> expected);
  [[nodiscard]] evsrc::sender& sender(std::string const& entity) { return *senders_.at(entity); }
  [[nodiscard]] evsrc::receiver& receiver(std::string const& entity, receive_mode mode) {
    return *receivers_.at({entity, mode});
  }

  message_bus* bus_;
  contest_clock* time_;
  std::uint32_t worker_;
  std::uint64_t count_ = 0;
  seeded_random dice_;
  bus_history kept_;
  std::string flaw_;
  std::map<std::string, std::unique_ptr<evsrc::sender>> senders_;
  std::map<std::pair<std::string, receive_mode>, std::unique_ptr<evsrc::receiver>> receivers_;
};

/// All that stands in these and their dead-letter queues.
[[nodiscard]] std::vector<standing_entity> everything(message_bus& bus,
                                                      std::vector<std::string> const& entities);

/// One worker's part of one round.
struct bus_round {
  std::uint64_t number = 1;  ///< from 1
  std::size_t racer = 0;     ///< from 0, among all processes
  std::size_t racers = 1;
  contest_ground* ground = nullptr;
  void* between = nullptr;
  void (*wait)(void* between) = nullptr;
  void wait_for_others() const { wait(between); }
};

/// Entities, what each worker does in each round, and what the whole must show.
struct bus_contest {
  std::vector<std::string> (*prepare)(topology&);  ///< creates queues; answers their names
  void (*race)(bus_recorder&, bus_round const&);
  bool is_in_step = false;  ///< each round calls `wait_for_others` twice
  std::vector<std::string> detecting{};
  verdict (*judge)(bus_history const&) = nullptr;  ///< beside the judges of every history
};

inline constexpr std::chrono::seconds contest_lock_duration{5};
[[nodiscard]] bus_contest many_receivers();
[[nodiscard]] bus_contest lock_races();
[[nodiscard]] bus_contest session_races();
[[nodiscard]] bus_contest cancel_races();
[[nodiscard]] bus_contest duplicate_races();
[[nodiscard]] bus_contest transaction_races();

[[nodiscard]] verdict judge_contest(bus_contest const& what, bus_history const& of);

}  // namespace evsrc::testing::inline v0::detail
