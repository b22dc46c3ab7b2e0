// SPDX-License-Identifier: Apache-2.0
// Loads and saves the states of one aggregate as snapshots.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "evsrc/codec/json_codec.hpp"
#include "evsrc/model/aggregate.hpp"
#include "evsrc/runtime/detail/fingerprint.hpp"
#include "evsrc/runtime/detail/state_cache.hpp"
#include "evsrc/runtime/detail/state_shape.hpp"
#include "evsrc/store/snapshot_store.hpp"

namespace evsrc::inline v0::detail {

/// Changes with the names and types of the state's fields and with its `state_version`.
template <aggregate A>
[[nodiscard]] std::string const& state_fingerprint() {
  static std::string const made = [] {
    state_shape shape;
    shape.add<A>();
    return fingerprint_of(shape.text() + "\nstate_version " +
                          std::to_string(state_version_of<A>()));
  }();
  return made;
}

/// Does nothing until `keep` names a store; only then must the state be known to the codec.
template <aggregate A>
class snapshot_keeper {
 public:
  void keep(snapshot_store& store, std::uint64_t every) noexcept {
    store_ = &store;
    every_ = every == 0 ? 1 : every;
    load_ = &load_from;
    save_ = &save_to;
  }

  /// Fills a state that nothing is known of; leaves it where there is no snapshot of its shape.
  void load(A& state, stream_slot& slot) const {
    if (store_ != nullptr) load_(*store_, state, slot);
  }
  /// Saves where the state has reached a multiple of `every` since the last look, by own events or
  /// by those that were read.
  void save(A const& state, stream_slot& slot) const {
    if (store_ == nullptr) return;
    auto const before = std::exchange(slot.kept, slot.version);
    if (before / every_ != slot.version / every_) save_(*store_, state, slot);
  }

 private:
  // A snapshot is a cache: whatever goes wrong with it, the events are there.
  static void load_from(snapshot_store& store, A& state, stream_slot& slot) {
    auto found = store.load_snapshot({std::string(A::category.name), slot.key});
    if (!found || !*found || (*found)->fingerprint != state_fingerprint<A>()) return;
    auto decoded = decode_json<A>((*found)->state, limits::snapshot_bytes);
    if (!decoded) return;
    state = std::move(*decoded);
    slot.version = slot.kept = (*found)->version;
  }
  static void save_to(snapshot_store& store, A const& state, stream_slot const& slot) {
    snapshot made{slot.version, state_fingerprint<A>(), {}};
    if (!encode_json(state, made.state, limits::snapshot_bytes)) return;
    auto const saved =
        store.save_snapshot({std::string(A::category.name), slot.key}, std::move(made));
    static_cast<void>(saved);
  }

  snapshot_store* store_ = nullptr;
  std::uint64_t every_ = 1;
  void (*load_)(snapshot_store&, A&, stream_slot&) = nullptr;
  void (*save_)(snapshot_store&, A const&, stream_slot const&) = nullptr;
};

/// What handlers remember of one aggregate type.
template <aggregate A>
struct state_memory : std::enable_shared_from_this<state_memory<A>> {
  explicit state_memory(std::size_t cache_entries) : cache(cache_entries) {}

  state_cache<A> cache;
  snapshot_keeper<A> snapshots{};
};

}  // namespace evsrc::inline v0::detail
