// SPDX-License-Identifier: Apache-2.0
// The read side of an aggregate: what it is, what it was, and how it came to be.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "evsrc/runtime/detail/replay.hpp"
#include "evsrc/runtime/detail/store_behind.hpp"

namespace evsrc::inline v0 {

template <class State>
struct loaded_state {
  State state{};
  stream_version version = 0;  ///< 0: no event yet, or a state over a query or several streams
};

/// One event of a history, decoded and in today's version.
template <aggregate A>
struct recorded_event {
  typename A::events::variant event;
  metadata meta{};
  stream_version version = 0;
  evsrc::position position{};
  std::string wire_name{};         ///< as stored
  std::uint32_t wire_version = 1;  ///< as stored
};

template <aggregate A>
struct state_history {
  std::vector<recorded_event<A>> events{};
  stream_version version = 0;  ///< of the stream when it was read
};

/// Reads the streams of `A`. The store is lent and must outlive it.
/// @errors of every function: unknown_event, newer_version, malformed: names stream, version and
///   event; handler_failed: apply threw; and what the store says
/// @threads every function may be called from any thread
template <aggregate A>
class state_reader {
  static_assert(check_aggregate<A>());
  static_assert(!has_query_scope<A>, "evsrc: this aggregate is read by a query and has no stream");

 public:
  explicit state_reader(stream_store& store) noexcept : store_(&store) {}
  /// Does not compile, and says why.
  template <detail::leads_to<stream_store> Handle>
  explicit state_reader(Handle&& handle)
      : state_reader(detail::store_behind<stream_store>(handle)) {}

  /// The state now. @cost one read per 1,000 events
  [[nodiscard]] result<loaded_state<A>> load(std::string const& key) const {
    return read_while(key, [](event_view const&) { return true; });
  }
  /// The state when the stream had `version` events. @errors not_found: it never had as many
  [[nodiscard]] result<loaded_state<A>> state_at(std::string const& key,
                                                 stream_version version) const {
    auto found = read_while(key, [&](event_view const& one) { return one.version <= version; });
    if (found && found->version < version)
      return fail(errc::not_found,
                  "stream " + to_string(stream_of(key)) + " has " + std::to_string(found->version) +
                      " events, not " + std::to_string(version),
                  "state_reader.state_at");
    return found;
  }
  /// The state before the first event that is later than `time`.
  [[nodiscard]] result<loaded_state<A>> state_at(std::string const& key, timestamp time) const {
    return read_while(key, [&](event_view const& one) { return one.time <= time; });
  }
  /// At most `max_events` events behind the version `from`, with their metadata.
  [[nodiscard]] result<state_history<A>> history(std::string const& key, stream_version from = 0,
                                                 std::size_t max_events = 1'000) const {
    try {
      auto const page =
          store_->read({.stream = stream_of(key), .from = from, .max_events = max_events});
      if (!page) return fail(page.error());
      state_history<A> found;
      found.version = page->version();
      found.events.reserve(page->size());
      for (auto const& view : *page)
        EVSRC_TRY(add(found, view, static_cast<typename A::events*>(nullptr)));
      return found;
    } catch (...) {
      return fail(detail::thrown_error("an upcaster"));
    }
  }

 private:
  [[nodiscard]] static stream_id stream_of(std::string const& key) {
    return {std::string(A::category.name), key};
  }
  template <class Wanted>
  [[nodiscard]] result<loaded_state<A>> read_while(std::string const& key, Wanted&& wanted) const {
    try {
      loaded_state<A> found;
      detail::event_applier<A> events;
      for (;;) {
        auto const page = store_->read({.stream = stream_of(key), .from = found.version});
        if (!page) return fail(page.error());
        for (auto const& view : *page) {
          if (!wanted(view)) return found;
          EVSRC_TRY(events.apply(found.state, view));
          found.version = view.version;
        }
        if (page->at_end()) return found;
      }
    } catch (...) {
      return fail(detail::thrown_error("apply"));
    }
  }
  template <class... Es>
  [[nodiscard]] static result<void> add(state_history<A>& to, event_view const& view,
                                        events<Es...>*) {
    auto meta = view.meta();
    if (!meta) return fail(detail::history_error(view, std::move(meta.error())));
    auto const decoded = decode_event<Es...>(
        view.name, view.event_version, padded_json{view.payload}, [&]<class E>(E const& event) {
          to.events.push_back({event, std::move(*meta), view.version, view.position,
                               std::string(view.name), view.event_version});
        });
    if (!decoded) return fail(detail::history_error(view, decoded.error()));
    return {};
  }

  stream_store* store_;
};

}  // namespace evsrc::inline v0
