// SPDX-License-Identifier: Apache-2.0
// Positions from several indexes, in one order.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "connection.hpp"
#include "evsrc/store/query.hpp"
#include "evsrc/store/stream_store.hpp"
#include "kind_directory.hpp"

namespace evsrc::sqlite::inline v0::detail {

/// Behind every position.
inline constexpr auto no_position =
    static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

/// Statements of one connection that walks borrow, so that they are prepared once.
class walk_statements {
 public:
  enum class index : std::uint8_t { all, kind, tag, tag_seek };

  explicit walk_statements(connection& of) noexcept : of_(of) {}
  [[nodiscard]] result<statement> borrow(index which, direction order);
  void give_back(index which, direction order, statement used);

 private:
  [[nodiscard]] static constexpr std::size_t slot(index which, direction order) noexcept {
    return static_cast<std::size_t>(which) * 2 + static_cast<std::size_t>(order);
  }
  connection& of_;
  std::vector<statement> free_[8];
};

/// Merges the positions of its sources, each once. Inside one read transaction.
class position_walk {
 public:
  /// From behind `after` (before it, backwards), exclusive.
  position_walk(walk_statements& statements, direction order, std::uint64_t after) noexcept
      : statements_(statements), order_(order), after_(after) {}
  position_walk(position_walk const&) = delete;
  position_walk& operator=(position_walk const&) = delete;
  ~position_walk();

  [[nodiscard]] result<void> add_all();
  [[nodiscard]] result<void> add_kind(std::int64_t kind);
  /// Positions that have every one of `tags`.
  [[nodiscard]] result<void> add_tags(std::vector<std::int64_t> tags);
  /// Adds the smallest sources that together hold every event that `what` matches.
  [[nodiscard]] result<void> add_query(query const& what, kind_directory const& kinds);

  [[nodiscard]] result<std::optional<std::uint64_t>> next();

 private:
  struct source {
    walk_statements::index index;
    statement sql;
    std::vector<std::int64_t> tags;  ///< of a meeting of several tags
    std::uint64_t at = 0;
  };
  [[nodiscard]] result<void> add(source one);
  [[nodiscard]] result<bool> advance(source& one);
  [[nodiscard]] result<bool> advance_together(source& one);
  [[nodiscard]] bool is_later(source const& a, source const& b) const noexcept {
    return order_ == direction::forwards ? a.at > b.at : a.at < b.at;
  }

  walk_statements& statements_;
  direction order_;
  std::uint64_t after_;
  std::optional<std::uint64_t> last_;
  std::vector<source> sources_;  ///< a heap, the next one in front
};

/// True where the event that has this kind and these metadata is one that `what` asks for.
[[nodiscard]] result<bool> is_match(query const& what, event_kind const& kind,
                                    std::string_view encoded_metadata);
[[nodiscard]] bool has_tags(query const& what) noexcept;

}  // namespace evsrc::sqlite::inline v0::detail
