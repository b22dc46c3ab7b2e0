// SPDX-License-Identifier: Apache-2.0
// Commands to events: load, decide, commit. Start with examples/01_bank_account.
#pragma once

#include <concepts>
#include <utility>

#include "evsrc/model/publication.hpp"
#include "evsrc/runtime/aggregate_cache.hpp"
#include "evsrc/runtime/command_options.hpp"
#include "evsrc/runtime/command_outcome.hpp"
#include "evsrc/runtime/detail/joint_commit.hpp"
#include "evsrc/runtime/detail/store_behind.hpp"
#include "evsrc/runtime/state_reader.hpp"

namespace evsrc::inline v0 {

/// Runs commands on `State`: an aggregate, an aggregate with a query's `scope`, or a together<...>.
/// Store, clock and random source are lent and must outlive the handler, which does not move.
/// @threads every function but keep_snapshots may be called from any thread
/// @source the shape, a decision as a function retried on conflict, is that of Equinox's Decider
template <class State, class Publications = publications<>>
class command_handler {
  static_assert(detail::check_state<State>());
  using set = detail::working_set<State>;

 public:
  /// What `State` needs of a store: a stream_store for an aggregate, else an event_store.
  using port = typename set::port;
  /// What names the state: a key, or for a together<...> its `keys`.
  using keys = typename set::keys;

  /// `store` by its own type, which is also an idempotency_store.
  template <std::derived_from<port> Store>
  explicit command_handler(Store& store, command_handler_options options = {},
                           Publications outgoing = Publications())
      : command_handler(store, keys_of(store), std::move(options), std::move(outgoing)) {}
  /// For a store that is known only as its port.
  command_handler(port& store, idempotency_store& known_keys, command_handler_options options = {},
                  Publications outgoing = Publications())
      : own_(options.cache_entries),
        around_{&store,
                &known_keys,
                options.clock != nullptr ? options.clock : &system_clock(),
                options.random != nullptr ? options.random : &system_random(),
                std::move(options.source),
                options.keep_keys_for,
                std::move(outgoing),
                typename set::memory(options.cache != nullptr ? *options.cache : own_)} {}
  /// Does not compile, and says why.
  template <detail::leads_to<port> Handle>
  explicit command_handler(Handle&& handle, command_handler_options options = {},
                           Publications outgoing = Publications())
      : command_handler(detail::store_behind<port>(handle), std::move(options),
                        std::move(outgoing)) {}
  command_handler(command_handler const&) = delete;
  command_handler& operator=(command_handler const&) = delete;

  /// Decides `command` on the state of `key` and commits the events, once for one `options.key`
  /// (G5). On a conflict with others the state is read on and decided again until the deadline.
  /// @errors invalid_argument: command or event break their own rules; handler_failed: decide or
  ///   apply threw; unknown_event, newer_version, malformed: the history cannot be read;
  ///   version_conflict, condition_failed: the deadline passed; key_reused; all of these wrote
  ///   nothing. What the store says, with its error::effect, where it could not be settled (G2)
  /// @cost from a warm cache one commit; else one read before it; with a key one look-up more
  template <class Command>
  [[nodiscard]] auto handle(keys const& key, Command const& command,
                            command_options const& options = {}) {
    if constexpr (detail::check_decision<State, Command>())
      return detail::command_run<State, Publications, Command>(around_, key, command, options)();
  }

  /// For message_context::handle: decides `command` as part of a commit that another will make. The
  /// answer holds if that commit is made; on a conflict the whole of it is decided again.
  template <class Command>
  [[nodiscard]] auto decide_into(detail::joint_commit& joint, keys const& key,
                                 Command const& command, metadata const& meta = {}) {
    if constexpr (detail::check_decision<State, Command>())
      return detail::joint_run<State, Publications, Command>(around_, key, command, meta, joint)();
  }

  /// The state as the store has it now. @cost one read, short from a warm cache
  [[nodiscard]] result<loaded_state<State>> load(keys const& key) {
    try {
      set found(around_.memory, key);
      EVSRC_TRY(found.acquire(*around_.store));
      EVSRC_TRY(prove(found));
      loaded_state<State> copy{found.state(), found.version()};
      found.unchanged();
      return copy;
    } catch (...) {
      return fail(detail::thrown_error("apply"));
    }
  }

  /// After a command that wrote events, saves a snapshot where the state has passed a multiple of
  /// `every` events since the last one, and starts from it; a state
  /// whose fields or `state_version` have changed since is read from its events. `A` is the
  /// aggregate, or one of the parts of a together<...>; it must be a value that JSON can hold.
  /// Call it before the first command. The store must outlive the handler.
  template <aggregate A = State>
  void keep_snapshots(snapshot_store& store, std::uint64_t every = 100) {
    static_assert(!has_query_scope<A>, "evsrc: a state that is read by a query has no snapshots");
    if constexpr (detail::is_together<State>)
      std::get<detail::state_memory<A>*>(around_.memory.of_parts)->snapshots.keep(store, every);
    else
      around_.memory.of_state->snapshots.keep(store, every);
  }

 private:
  /// Reads on until a look finds nothing new: what several reads found stood so together then.
  [[nodiscard]] result<void> prove(set& found) {
    for (int looks = 0; looks != 100; ++looks) {
      if (found.is_proven()) return {};
      auto const changed = found.refresh(*around_.store);
      if (!changed) return fail(changed.error());
      if (!*changed) return {};
    }
    return fail(errc::unavailable, "the state changed at every look", "command_handler.load");
  }
  template <class Store>
  [[nodiscard]] static idempotency_store& keys_of(Store& store) noexcept {
    static_assert(std::derived_from<Store, idempotency_store>,
                  "evsrc: the handler looks keys up: pass the store by its own type, or an "
                  "idempotency_store as second argument");
    return store;
  }

  aggregate_cache own_;
  detail::command_surroundings<State, Publications> around_;
};

/// A handler whose events leave as messages, in the commit that writes them:
/// `auto orders = evsrc::make_command_handler<order>(store, evsrc::publications{...});`
template <class State, class Store, class... Entries>
[[nodiscard]] auto make_command_handler(Store& store, publications<Entries...> outgoing,
                                        command_handler_options options = {}) {
  return command_handler<State, publications<Entries...>>(store, std::move(options),
                                                          std::move(outgoing));
}

}  // namespace evsrc::inline v0
