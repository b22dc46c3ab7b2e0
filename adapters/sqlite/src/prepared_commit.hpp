// SPDX-License-Identifier: Apache-2.0
// A commit as its caller prepares it before the writer's turn, and the answer that it gets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "evsrc/core/unique_function.hpp"
#include "evsrc/sqlite/transaction.hpp"
#include "evsrc/store/commit.hpp"

namespace evsrc::sqlite::inline v0::detail {

struct prepared_event {
  std::uint32_t meta_begin = 0;
  std::uint32_t meta_size = 0;
  std::uint64_t content_hash = 0;
};

struct prepared_commit {
  evsrc::commit what;
  unique_function<result<void>(transaction&)> work;  ///< a user's part, if any
  std::vector<prepared_event> events;                ///< in the order of the commit
  std::string metas;                                 ///< encoded metadata, one behind the other
  std::size_t bytes = 0;
  result<receipt> answer;  ///< the verdict; told after COMMIT

  [[nodiscard]] std::string_view meta_of(prepared_event const& one) const noexcept {
    return std::string_view{metas}.substr(one.meta_begin, one.meta_size);
  }
};

/// What can be done without the store: checks, encodings, hashes. @errors as validate()
[[nodiscard]] result<void> prepare(prepared_commit& one);

}  // namespace evsrc::sqlite::inline v0::detail
