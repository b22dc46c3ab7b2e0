// SPDX-License-Identifier: Apache-2.0
// The kinds of events that a file has: category, name and version under one small number.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "connection.hpp"

namespace evsrc::sqlite::inline v0::detail {

struct event_kind {
  std::int64_t id = 0;
  std::string category;
  std::string name;
  std::uint32_t version = 1;
};

/// One connection's copy of evsrc_kinds. Rows are only ever added, with the next id; the writer
/// forgets its copy when a transaction is undone.
class kind_directory {
 public:
  /// Loads what was added since. @cost one look at the end of the table where nothing was
  [[nodiscard]] result<void> refresh(connection& from);
  void add(event_kind kind);
  void clear() noexcept;

  [[nodiscard]] event_kind const* find(std::int64_t id) const noexcept {
    auto const at = static_cast<std::size_t>(id - 1);
    return id > 0 && at < kinds_.size() ? kinds_[at].get() : nullptr;
  }
  [[nodiscard]] event_kind const* find(std::string_view category, std::string_view name,
                                       std::uint32_t version) const;
  [[nodiscard]] std::size_t size() const noexcept { return kinds_.size(); }
  [[nodiscard]] std::vector<std::unique_ptr<event_kind>> const& all() const noexcept {
    return kinds_;
  }

 private:
  using key = std::tuple<std::string_view, std::string_view, std::uint32_t>;
  std::vector<std::unique_ptr<event_kind>> kinds_;
  std::map<key, event_kind const*> by_text_;
  mutable event_kind const* last_ = nullptr;
  statement load_;
};

}  // namespace evsrc::sqlite::inline v0::detail
