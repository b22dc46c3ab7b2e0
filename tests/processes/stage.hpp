// SPDX-License-Identifier: Apache-2.0
// What the parent and its processes share: a clock that runs fast, orders, and figures.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <string>

#include "evsrc/core/clock.hpp"
#include "evsrc/testing/manual_clock.hpp"

namespace evsrc_test {

inline constexpr std::size_t process_count = 4;

/// How long the calls of one process took, in real time. Written by it, read by the parent.
class call_figures {
 public:
  void note(std::chrono::microseconds took) noexcept {
    auto const us = static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 0));
    ++by_length_[slot_of(us)];
    if (us > longest_us_) longest_us_ = us;
  }
  void add_to(call_figures& all) const noexcept {
    for (std::size_t at = 0; at < by_length_.size(); ++at) all.by_length_[at] += by_length_[at];
    all.longest_us_ = std::max(all.longest_us_.load(), longest_us_.load());
  }
  [[nodiscard]] std::uint64_t longest_us() const noexcept { return longest_us_; }
  /// Upper bound, an eighth too much at most.
  [[nodiscard]] std::uint64_t percentile_us(unsigned percent) const noexcept {
    std::uint64_t all = 0;
    for (auto const& count : by_length_) all += count;
    std::uint64_t seen = 0;
    for (std::size_t at = 0; at < by_length_.size(); ++at) {
      seen += by_length_[at];
      if (seen * 100 >= all * percent) return end_of(at);
    }
    return 0;
  }

 private:
  // Eight slots for each power of two.
  static std::size_t slot_of(std::uint64_t us) noexcept {
    if (us < 8) return us;
    auto const power = static_cast<unsigned>(std::bit_width(us)) - 1;
    return std::min<std::size_t>((power - 2) * 8 + ((us >> (power - 3)) & 7U), slots - 1);
  }
  static std::uint64_t end_of(std::size_t slot) noexcept {
    if (slot < 8) return slot + 1;
    return (slot % 8 + 9) << (slot / 8 - 1);
  }

  static constexpr std::size_t slots = 256;
  std::array<std::atomic<std::uint64_t>, slots> by_length_{};
  std::atomic<std::uint64_t> longest_us_ = 0;
};

/// Of one of the processes, over all its lives.
struct process_notes {
  // The parent says:
  std::atomic<std::int64_t> clock_offset_us = 0;
  std::atomic<bool> must_end = false;
  std::atomic<std::uint64_t> stops = 0;  ///< odd while it is stopped
  // The process says:
  std::atomic<std::uint64_t> commits = 0;       ///< acknowledged
  std::atomic<std::uint64_t> shipments = 0;     ///< the last number that was acknowledged
  std::atomic<std::uint64_t> pulses = 0;        ///< likewise
  std::atomic<std::uint64_t> checkpoints = 0;   ///< of its own, that went through
  std::atomic<std::uint32_t> most_returns = 0;  ///< of a message that came again
  call_figures figures{};
  std::atomic<bool> is_flawed = false;
  std::array<char, 500> flaw{};

  void tell_flaw(std::string const& what) noexcept {
    if (is_flawed) return;
    std::strncpy(flaw.data(), what.c_str(), flaw.size() - 1);
    is_flawed = true;
  }
};

/// What is wrong where `found` events of a stream are there: as many as were acknowledged, and
/// `more` at most of which nobody heard whether they were made. Empty where nothing is.
inline std::string flaw_of_count(std::string const& stream, std::uint64_t acknowledged,
                                 std::uint64_t found, std::uint64_t more) {
  if (found >= acknowledged && found <= acknowledged + more) return {};
  return std::string(found < acknowledged ? "acknowledged_is_there: "
                                          : "commands_take_effect_once: ") +
         stream + ": " + std::to_string(acknowledged) + " were acknowledged, " +
         std::to_string(found) + " are there";
}

/// Lies in memory that forked processes inherit.
struct shared_stage {
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
  std::int64_t speed = 1;  ///< seconds of the clock in a real one
  std::atomic<std::int64_t> advanced_us = 0;
  std::atomic<bool> is_rough = false;  ///< handlers fail now and then
  std::atomic<bool> is_slow = false;   ///< handlers take 20 to 50 ms
  std::array<process_notes, process_count> of{};
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

/// Wall time runs fast, so that leases are short in real time, and jumps where the parent says so.
/// Who waits for another process really waits.
class lease_clock final : public evsrc::clock {
 public:
  explicit lease_clock(shared_stage const& stage,
                       std::atomic<std::int64_t> const* offset_us = nullptr)
      : stage_(&stage), offset_us_(offset_us) {}

  [[nodiscard]] evsrc::timestamp now() noexcept override {
    auto const real = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - stage_->start);
    auto const offset = offset_us_ == nullptr ? 0 : offset_us_->load();
    return evsrc::testing::manual_clock::default_start +
           std::chrono::microseconds(real.count() * stage_->speed + stage_->advanced_us + offset);
  }
  [[nodiscard]] steady_time steady() noexcept override { return evsrc::system_clock().steady(); }
  void sleep(std::chrono::microseconds duration) override { evsrc::system_clock().sleep(duration); }

 private:
  shared_stage const* stage_;
  std::atomic<std::int64_t> const* offset_us_;
};

}  // namespace evsrc_test
