// SPDX-License-Identifier: Apache-2.0
// What the threads of one relay share: leases, destinations, chunks on their way, ends to commit.
#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>

#include "evsrc/bus/message_bus.hpp"
#include "evsrc/runtime/detail/relay_chunk.hpp"
#include "evsrc/runtime/detail/slot_leases.hpp"
#include "evsrc/runtime/relay_explanation.hpp"
#include "evsrc/runtime/relay_options.hpp"

namespace evsrc::inline v0::detail {

/// A destination has rows on their way at most once: from when they are read until their removal is
/// committed it is busy, and no more are read for it. That keeps its order on any number of
/// threads.
/// @threads any thread may call
class relay_engine {
 public:
  relay_engine(event_store& store, outbox_store& rows, message_bus* bus, relay_options options);
  ~relay_engine();

  void send_to(std::string const& name, sender& to);
  /// A batch: read, sent, removed. Of several threads that poll, each sends what no other has.
  [[nodiscard]] result<std::size_t> poll();
  [[nodiscard]] result<void> run(std::stop_token const& stop);
  void resume();
  [[nodiscard]] relay_explanation explain();
  [[nodiscard]] result<std::string> explain(message_id const& id);

 private:
  struct destination {
    sender* to = nullptr;
    std::unique_ptr<sender> own{};  // opened at the bus
    bool is_given = false;          // by send_to()
    circuit_breaker circuit{};
    std::optional<error> trouble{};
    std::size_t on_the_way = 0;  // rows read and not yet removed
  };
  struct ended_row {
    std::string to;
    std::uint64_t sequence = 0;
    std::size_t slot = 0;
    std::optional<outbox_refusal> refused{};
  };

  [[nodiscard]] result<std::size_t> work();
  [[nodiscard]] result<void> keep_leases();
  // reading
  [[nodiscard]] result<void> refill();
  [[nodiscard]] std::vector<std::string> not_now();
  [[nodiscard]] bool has_way(destination const& to) const noexcept {
    return to.to != nullptr || bus_ != nullptr;
  }
  void enqueue(std::vector<outbox_row> found);
  [[nodiscard]] destination& find(std::string const& name);
  [[nodiscard]] std::optional<relay_chunk> next_chunk();
  void forget_idle();
  // sending
  void deliver(relay_chunk& chunk);
  [[nodiscard]] bool may_send(relay_chunk const& chunk);
  void finish(relay_chunk& chunk);
  void note_failure(destination& of, error why);
  // removing
  [[nodiscard]] result<std::size_t> remove_ended();
  [[nodiscard]] std::vector<ended_row> take_ended();
  [[nodiscard]] result<std::size_t> judge_removal(std::vector<ended_row> const& ended,
                                                  result<receipt> const& outcome);
  void give_back(std::vector<ended_row> const& ended);
  void free_rows(std::string const& name, std::size_t rows);
  // waiting
  [[nodiscard]] result<void> run_one(std::stop_token const& stop);
  void idle(std::stop_token const& stop, std::uint64_t& seen);
  [[nodiscard]] std::chrono::milliseconds next_event();
  // explaining
  [[nodiscard]] relay_destination describe(outbox_backlog waits);
  [[nodiscard]] result<std::string> explain_waiting(outbox_row const& row);

  event_store& store_;
  outbox_store& rows_;
  message_bus* bus_;
  relay_options const options_;
  clock& time_;
  random_source& random_;
  slot_leases leases_;

  mutable std::mutex mutex_;
  std::map<std::string, destination> destinations_;
  std::deque<relay_chunk> queue_;
  std::vector<ended_row> ended_;
  bool is_reading_ = false;
  bool is_removing_ = false;
  std::optional<error> closed_;   // of the bus: nothing can be sent any more
  std::optional<error> trouble_;  // of the store
  relay_counts counts_;
};

}  // namespace evsrc::inline v0::detail
