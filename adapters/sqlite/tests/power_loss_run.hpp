// SPDX-License-Identifier: Apache-2.0
// One life of a store on a simulated disk, and what must be true of what the power loss leaves.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evsrc/sqlite/event_store.hpp"
#include "simulated_disk.hpp"
#include "work_folder.hpp"

namespace evsrc_test {

/// What commits of one kind are made of.
enum class commit_kind : std::uint8_t {
  one_event,
  several_streams,
  once,
  checkpoints,
  messages,
  user_function,
  grouped,
};
inline constexpr commit_kind all_commit_kinds[] = {
    commit_kind::one_event,   commit_kind::several_streams, commit_kind::once,
    commit_kind::checkpoints, commit_kind::messages,        commit_kind::user_function,
    commit_kind::grouped};
[[nodiscard]] std::string_view to_string(commit_kind kind) noexcept;

/// One commit that was tried.
struct attempt {
  std::size_t number = 0;
  evsrc::commit what;
  bool has_row = false;  ///< a row of the user's own table
  std::optional<evsrc::result<evsrc::receipt>> answer;

  [[nodiscard]] bool is_acknowledged() const noexcept { return answer && answer->has_value(); }
};

struct life {
  commit_kind kind = commit_kind::one_event;
  evsrc::sqlite::durability level = evsrc::sqlite::durability::fsync;
  std::vector<attempt> attempts;
};

/// Opens a store on `disk`, runs commits of one kind until they are done or the power goes.
[[nodiscard]] life live(simulated_disk& disk, std::filesystem::path const& folder, commit_kind kind,
                        evsrc::sqlite::durability level);

/// What is wrong with the files in `folder` after that life; empty: nothing.
[[nodiscard]] std::string find_fault(life const& lived, std::filesystem::path const& folder);

}  // namespace evsrc_test
