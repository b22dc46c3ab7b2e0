// SPDX-License-Identifier: Apache-2.0
// Compares snapshots with what their events say.
#pragma once

#include <concepts>
#include <string>
#include <utility>
#include <vector>

#include "evsrc/runtime/detail/snapshot_keeper.hpp"
#include "evsrc/runtime/state_reader.hpp"

namespace evsrc::inline v0 {

struct snapshot_check_options {
  /// One in how many streams is looked at; 1 looks at all.
  std::uint32_t one_in = 100;
  /// Which ones: rounds 0 to one_in - 1 cover all streams between them.
  std::uint32_t round = 0;
};

struct snapshot_check {
  std::size_t streams = 0;               ///< in the category
  std::size_t compared = 0;              ///< had a snapshot of today's shape
  std::vector<std::string> differing{};  ///< keys whose snapshot was wrong, and has been removed
};

namespace detail {

/// True for about one in `one_in` keys, for the same ones every time.
[[nodiscard]] bool is_sampled(std::string_view key, snapshot_check_options const& options);

/// nullopt where there is no snapshot that today's program would use.
template <aggregate A, class Store>
[[nodiscard]] result<std::optional<bool>> snapshot_holds(Store& store, std::string const& key) {
  auto const kept = store.load_snapshot({std::string(A::category.name), key});
  if (!kept) return fail(kept.error());
  if (!*kept || (*kept)->fingerprint != state_fingerprint<A>()) return std::optional<bool>{};
  auto const replayed = state_reader<A>(store).state_at(key, (*kept)->version);
  if (!replayed) {
    if (replayed.error().code == errc::not_found) return std::optional<bool>(false);
    return fail(replayed.error());
  }
  std::string text;
  EVSRC_TRY(encode_json(replayed->state, text, limits::snapshot_bytes));
  return std::optional<bool>(text == (*kept)->state);
}

}  // namespace detail

/// Replays a sample of the streams of `A` and removes the snapshots that say something else, as
/// happens when `apply` changes its meaning and `state_version` was not raised.
/// @cost replays each sampled stream that has a snapshot
template <aggregate A, std::derived_from<event_store> Store>
[[nodiscard]] result<snapshot_check> verify_snapshots(Store& store,
                                                      snapshot_check_options const& options = {}) {
  static_assert(std::derived_from<Store, snapshot_store>, "evsrc: this store keeps no snapshots");
  snapshot_check found;
  streams_read next{.category = std::string(A::category.name)};
  for (;;) {
    auto const page = store.streams(next);
    if (!page) return fail(page.error());
    found.streams += page->size();
    for (auto const& one : *page) {
      if (!detail::is_sampled(one.key, options)) continue;
      auto const holds = detail::snapshot_holds<A>(store, one.key);
      if (!holds) return fail(holds.error());
      if (!*holds) continue;
      ++found.compared;
      if (**holds) continue;
      found.differing.push_back(one.key);
      EVSRC_TRY(store.remove_snapshot({next.category, one.key}));
    }
    if (page->size() < next.max_streams) return found;
    next.after_key = page->back().key;
  }
}

}  // namespace evsrc::inline v0
