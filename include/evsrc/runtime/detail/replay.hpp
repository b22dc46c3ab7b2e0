// SPDX-License-Identifier: Apache-2.0
// Stored events to state: reads, decodes by the one decode path, applies.
#pragma once

#include <string>
#include <utility>

#include "evsrc/codec/upcast.hpp"
#include "evsrc/model/fold.hpp"
#include "evsrc/runtime/detail/state_cache.hpp"
#include "evsrc/store/event_store.hpp"

namespace evsrc::inline v0::detail {

/// Says which event of which stream could not be read, before the reason.
[[nodiscard]] error history_error(event_view const& view, error reason);
/// Makes the error of a function of the user out of what it threw. Call it in a catch block.
[[nodiscard]] error thrown_error(std::string_view function);

/// Applies stored events of the family one after the other, reusing the memory of the last ones.
template <class A, class Family = typename A::events>
class event_applier;
template <class A, class... Es>
class event_applier<A, events<Es...>> {
 public:
  [[nodiscard]] result<void> apply(A& state, event_view const& view) {
    auto applied = decoder_.decode(view.name, view.event_version, padded_json{view.payload},
                                   [&]<class E>(E const& event) -> result<void> {
                                     if constexpr (applies_with_metadata<A, E>) {
                                       auto const meta = view.meta();
                                       if (!meta) return fail(meta.error());
                                       state.apply(event, *meta);
                                     } else {
                                       state.apply(event);
                                     }
                                     return {};
                                   });
    if (!applied) return fail(history_error(view, std::move(applied.error())));
    return {};
  }

 private:
  event_decoder<Es...> decoder_;
};

template <class... Es>
void add_wire_names(std::vector<std::string>& to, events<Es...>*) {
  auto const add = [&](auto const& names) {
    for (auto const& name : names) to.emplace_back(name);
  };
  (add(wire_names_of<Es>()), ...);
}

/// What `scope` means: every event of the family, under any of its names, that carries the tag.
template <class A>
requires has_query_scope<A>
[[nodiscard]] query query_of(std::string const& key) {
  query_item item;
  add_wire_names(item.names, static_cast<typename A::events*>(nullptr));
  item.tags.push_back({std::string(A::scope.name), key});
  return {{std::move(item)}};
}

/// Reads on from where `slot` stands to the end and applies what is there; a stream that is shorter
/// than the slot (the store was restored) is read from its first event.
/// @return true where the state has changed
template <aggregate A>
[[nodiscard]] result<bool> read_on(stream_store& store, A& state, stream_slot& slot) {
  bool changed = false;
  event_applier<A> events;
  stream_id const stream{std::string(A::category.name), slot.key};
  for (bool at_end = false; !at_end;) {
    auto const page = store.read({.stream = stream, .from = slot.version});
    if (!page) return fail(page.error());
    at_end = page->at_end();
    if (page->version() < slot.version) {
      state = A{};
      slot.version = 0;
      changed = true;
      at_end = false;
    } else {
      for (auto const& view : *page) {
        EVSRC_TRY(events.apply(state, view));
        slot.version = view.version;
        changed = true;
      }
    }
  }
  slot.behind = false;
  slot.proven = true;
  return changed;
}

/// The same over a query.
template <aggregate A>
requires has_query_scope<A>
[[nodiscard]] result<bool> read_on(event_store& store, A& state, stream_slot& slot) {
  bool changed = false;
  event_applier<A> events;
  scope_read what{.scope = query_of<A>(slot.key), .from = slot.seen};
  for (bool at_end = false; !at_end;) {
    auto const page = store.query(what);
    if (!page) return fail(page.error());
    for (auto const& view : *page) {
      EVSRC_TRY(events.apply(state, view));
      changed = true;
    }
    slot.seen = what.from = page->next();
    at_end = page->at_end();
  }
  slot.proven = true;
  return changed;
}

}  // namespace evsrc::inline v0::detail
