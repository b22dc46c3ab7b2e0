// SPDX-License-Identifier: Apache-2.0
// One line of the results, and how the contenders of a line are timed against each other.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace bench {

/// What a line says before anything was measured.
struct row_title {
  std::string name;  ///< "commit/one caller/fsync": filters look for a part of it
  std::string unit = "1/s";
  std::string durability = "";       ///< "fsync" or "os"; empty where nothing is written
  std::optional<double> at_least{};  ///< the ratio that is wanted
};

/// One line. `ratio` is above 1 where evsrc is better than the limit.
struct row {
  row_title title;
  double ours = 0;
  std::optional<double> limit{};
  std::optional<double> floor{};
  std::optional<double> ratio{};
  std::size_t repeats = 1;
  double spread = 0;  ///< of `ours`: the middle half of the rounds, as part of the median
};

/// Does a fixed amount of work. @return how much of it per second
using timed_work = std::function<double()>;

/// Those without a function do not take part.
struct contenders {
  timed_work ours;
  timed_work limit{};
  timed_work floor{};
};

/// Lets the contenders take turns, each round beginning with another one, after a round that does
/// not count. Medians; the ratio is the median of the rounds' own ratios, so that what disturbs a
/// round disturbs both sides of it.
[[nodiscard]] row measure(row_title title, std::size_t rounds, contenders const& who);

[[nodiscard]] double median(std::vector<double> values);
/// The value below which `part` (0 to 1) of the values are.
[[nodiscard]] double quantile(std::vector<double> values, double part);

class stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  }
  [[nodiscard]] double per_second(std::size_t done) const {
    return static_cast<double>(done) / seconds();
  }

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

/// Seconds that this thread was on a processor, for work that waits for nothing: a busy machine
/// changes it less.
class cpu_stopwatch {
 public:
  [[nodiscard]] double seconds() const { return now() - began_; }
  [[nodiscard]] double per_second(std::size_t done) const {
    return static_cast<double>(done) / seconds();
  }

 private:
  [[nodiscard]] static double now();
  double began_ = now();
};

/// Of this process, now. Linux.
[[nodiscard]] std::size_t resident_bytes();

/// Ends the program: a measurement of something that failed is worth nothing.
[[noreturn]] void give_up(std::string const& why);

/// The value of a result, or the end of the program.
template <class Result>
decltype(auto) must(Result&& outcome) {
  if (!outcome) give_up(outcome.error().origin + ": " + outcome.error().message);
  if constexpr (requires { *std::forward<Result>(outcome); }) return *std::forward<Result>(outcome);
}

}  // namespace bench
