// SPDX-License-Identifier: Apache-2.0
// The directory of entities, and sleeping until something comes.
#include "bus_context.hpp"

#include <algorithm>

namespace evsrc::memory::inline v0::detail {
namespace {

using namespace std::chrono_literals;

/// The longest sleep that no clock's arithmetic overflows on.
constexpr std::chrono::milliseconds long_time = 365 * 24h;
/// A clock of the caller's wakes nobody when it moves: it is looked at this often while something
/// is due by it.
constexpr std::chrono::microseconds foreign_clock_step = 2ms;

}  // namespace

std::shared_ptr<bus_entity> entity_directory::open(std::string_view name) {
  std::lock_guard const held{mutex_};
  if (by_name_.size() >= prune_at_) {
    for (auto at = by_name_.begin(); at != by_name_.end();)
      at =
          at->second.use_count() == 1 && !at->second->exists() ? by_name_.erase(at) : std::next(at);
    prune_at_ = std::max<std::size_t>(64, 2 * by_name_.size());
  }
  auto& found = by_name_[folded(name)];
  if (!found) found = std::make_shared<bus_entity>();
  return found;
}

std::vector<std::shared_ptr<bus_entity>> entity_directory::all() {
  std::lock_guard const held{mutex_};
  std::vector<std::shared_ptr<bus_entity>> found;
  for (auto const& each : by_name_) found.push_back(each.second);
  return found;
}

tl::unexpected<error> bus_context::closed() {
  return fail(errc::closed, "the bus was closed", "memory.bus");
}

patience::patience(std::chrono::milliseconds wait) : is_none_(wait <= 0ms) {
  if (!is_none_) until_ = std::chrono::steady_clock::now() + std::min(wait, long_time);
}

bool patience::is_over() const { return is_none_ || std::chrono::steady_clock::now() >= until_; }

void patience::sleep(bus_context& context, std::unique_lock<std::mutex>& held,
                     std::shared_ptr<arrivals> where, timestamp due, timestamp now) {
  auto until = until_;
  bool const keeps_watch = due < where->alarm;
  if (keeps_watch) {
    where->alarm = due;
    std::chrono::microseconds away = std::min<std::chrono::microseconds>(due - now, long_time);
    if (!context.is_system_time) away = std::min(away, foreign_clock_step);
    until = std::min(until, std::chrono::steady_clock::now() + away);
  }
  where->lacks_watch = false;
  ++where->waiting;
  where->changed.wait_until(held, until);
  --where->waiting;
  if (keeps_watch) {
    where->alarm = timestamp::max();
    where->lacks_watch = true;
  }
  slept_at_ = std::move(where);
}

patience::~patience() {
  if (slept_at_ && slept_at_->lacks_watch && slept_at_->waiting != 0)
    slept_at_->changed.notify_one();
}

}  // namespace evsrc::memory::inline v0::detail
