// SPDX-License-Identifier: Apache-2.0
// What everything that a bus in memory opened shares.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>

#include "bus_entity.hpp"
#include "evsrc/core/clock.hpp"

namespace evsrc::memory::inline v0::detail {

/// Entities by name. One that was asked for stands here before it is created and after it was
/// removed, so that what was opened finds it without a search. @threads any
class entity_directory {
 public:
  [[nodiscard]] std::shared_ptr<bus_entity> open(std::string_view name);
  [[nodiscard]] std::vector<std::shared_ptr<bus_entity>> all();

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<bus_entity>> by_name_;
  std::size_t prune_at_ = 64;
};

struct bus_context {
  evsrc::clock& time;
  bool is_system_time = true;
  random_source& random;
  entity_directory entities{};
  std::atomic<bool> is_closed = false;
  std::atomic<std::uint64_t> last_holder = 0;  ///< of sessions

  [[nodiscard]] result<void> check_open() const {
    if (is_closed) return closed();
    return {};
  }
  [[nodiscard]] static tl::unexpected<error> closed();
};

/// How long a caller is willing to sleep, in real time. Made and left under the lock that it sleeps
/// without.
class patience {
 public:
  explicit patience(std::chrono::milliseconds wait);
  patience(patience const&) = delete;
  patience& operator=(patience const&) = delete;
  /// Whoever leaves has another one look out for what is due.
  ~patience();
  [[nodiscard]] bool is_over() const;
  /// Until `where` has changed, something is due, or it is over.
  void sleep(bus_context& context, std::unique_lock<std::mutex>& held,
             std::shared_ptr<arrivals> where, timestamp due, timestamp now);

 private:
  bool const is_none_;
  std::chrono::steady_clock::time_point until_{};
  std::shared_ptr<arrivals> slept_at_{};
};

}  // namespace evsrc::memory::inline v0::detail
