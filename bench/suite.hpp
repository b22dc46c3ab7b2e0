// SPDX-License-Identifier: Apache-2.0
// All lines of the benchmark, each measured only if it is asked for.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "measurement.hpp"

namespace bench {

struct suite_options {
  std::string filter{};            ///< part of a row's name; empty: all rows
  std::filesystem::path folder{};  ///< for the files that are written and removed
  std::size_t rounds = 9;
  double work = 1;                 ///< factor on the work of a round
  std::size_t events = 1'000'000;  ///< in the largest store; messages of the backlog
};

/// What a group of rows is given.
class bench_run {
 public:
  explicit bench_run(suite_options options) : options_(std::move(options)) {}

  [[nodiscard]] suite_options const& options() const noexcept { return options_; }
  [[nodiscard]] std::size_t amount(std::size_t of) const {
    return static_cast<std::size_t>(static_cast<double>(of) * options_.work) + 1;
  }
  [[nodiscard]] bool wants(std::string_view name) const {
    return name.find(options_.filter) != std::string_view::npos;
  }
  /// Interleaved rounds of one row, if it is wanted.
  void compare(row_title title, contenders const& who);
  /// A row that was measured by its group.
  void add(row one);
  [[nodiscard]] std::vector<row> const& rows() const noexcept { return rows_; }

 private:
  suite_options options_;
  std::vector<row> rows_;
};

/// Rows that share what they need. `names` are the rows' names: where none is wanted the group is
/// not set up.
struct row_group {
  std::vector<std::string> names;
  std::function<void(bench_run&)> measure;
};

[[nodiscard]] std::vector<row_group> commit_rows();
[[nodiscard]] std::vector<row_group> command_rows();
[[nodiscard]] std::vector<row_group> replay_rows();
[[nodiscard]] std::vector<row_group> fold_rows();
[[nodiscard]] std::vector<row_group> latency_rows();
[[nodiscard]] std::vector<row_group> relay_rows();
[[nodiscard]] std::vector<row_group> bus_rows();
[[nodiscard]] std::vector<row_group> queue_rows(std::size_t messages);
[[nodiscard]] std::vector<row_group> pipeline_rows();
[[nodiscard]] std::vector<row_group> growth_rows(std::size_t events);

}  // namespace bench
