// SPDX-License-Identifier: Apache-2.0
// The streams and queries that one command of a together<...> reads and writes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "evsrc/model/together.hpp"
#include "evsrc/runtime/detail/working_set.hpp"

namespace evsrc::inline v0::detail {

template <class... Parts>
struct state_check<together<Parts...>> {
  static constexpr bool value = (check_aggregate<typename part_of<Parts>::aggregate_type>() && ...);
};

/// The states of one part in the order of their keys: one, or as many as were asked for.
template <class Part>
class part_members {
 public:
  using aggregate_type = typename part_of<Part>::aggregate_type;
  using memory = state_memory<aggregate_type>;
  struct member {
    part_state<aggregate_type> part;
    aggregate_type* state = nullptr;  ///< in the together<...>
    stream_version written = 0;       ///< events in the commit that is being made
    /// ... where another makes it
    std::vector<typename aggregate_type::events::variant> events{};
  };

  [[nodiscard]] static std::vector<std::string> sorted(typename part_of<Part>::keys const& keys) {
    if constexpr (part_of<Part>::is_many) {
      auto order = keys;
      std::sort(order.begin(), order.end());
      order.erase(std::unique(order.begin(), order.end()), order.end());
      return order;
    } else {
      return {keys};
    }
  }

  part_members(memory& remembered, typename part_of<Part>::keys const& keys,
               typename part_of<Part>::state& states, joint_states* joint) {
    for (auto& key : sorted(keys)) {
      auto& added = members_.emplace_back(member{{remembered, key, joint}});
      if constexpr (part_of<Part>::is_many)
        added.state =
            &states.try_emplace(std::move(key), std::move(added.part.state())).first->second;
      else
        added.state = &(states = std::move(added.part.state()));
    }
  }

  [[nodiscard]] member* find(std::string const& key) {
    if constexpr (!part_of<Part>::is_many) return &members_.front();
    auto const at = std::lower_bound(
        members_.begin(), members_.end(), key,
        [](member const& one, std::string const& wanted) { return one.part.key() < wanted; });
    return at != members_.end() && at->part.key() == key ? &*at : nullptr;
  }
  [[nodiscard]] auto begin() noexcept { return members_.begin(); }
  [[nodiscard]] auto end() noexcept { return members_.end(); }
  [[nodiscard]] auto begin() const noexcept { return members_.begin(); }
  [[nodiscard]] auto end() const noexcept { return members_.end(); }
  [[nodiscard]] std::size_t size() const noexcept { return members_.size(); }

 private:
  std::vector<member> members_;
};

template <class... Parts>
class working_set<together<Parts...>> {
  static constexpr auto indices = std::index_sequence_for<Parts...>{};

 public:
  using port = event_store;
  using state_type = together<Parts...>;
  using keys = typename state_type::keys;
  using event = typename decided<state_type>::event;
  static constexpr bool follows =
      (part_state<typename part_of<Parts>::aggregate_type>::follows && ...);
  struct memory {
    template <class Cache>
    explicit memory(Cache& cache)
        : of_parts(&cache.template of<typename part_of<Parts>::aggregate_type>()...) {}
    std::tuple<typename part_members<Parts>::memory*...> of_parts;
  };

  working_set(memory& remembered, keys const& wanted, joint_states* joint = nullptr)
      : working_set(remembered, wanted, joint, indices) {}

  [[nodiscard]] static std::string scope() {
    std::string name = "command:";
    ((name.append(part_of<Parts>::aggregate_type::category.name).append("+")), ...);
    name.pop_back();
    return name;
  }
  [[nodiscard]] static std::string keys_text(keys const& wanted) {
    std::string text;
    for (auto const& one : streams_of(wanted))
      text.append(one.stream.category)
          .append(" ")
          .append(std::to_string(one.stream.key.size()))
          .append(" ")
          .append(one.stream.key)
          .append("\n");
    return text;
  }

  [[nodiscard]] state_type const& state() const noexcept { return state_; }
  [[nodiscard]] state_type& state() noexcept { return state_; }
  [[nodiscard]] static stream_version version() noexcept { return 0; }
  /// Several streams were read one after the other; a second look that finds nothing new proves
  /// that they were so together.
  [[nodiscard]] static bool is_proven() noexcept { return false; }

  [[nodiscard]] result<void> acquire(port& store) {
    result<void> outcome;
    each([&](auto& one) {
      if (outcome) outcome = one.part.acquire(store, *one.state);
    });
    return outcome;
  }
  [[nodiscard]] result<bool> refresh(port& store) {
    result<bool> outcome = false;
    each([&](auto& one) {
      if (!outcome) return;
      auto const changed = one.part.refresh(store, *one.state);
      if (!changed)
        outcome = fail(changed.error());
      else if (*changed)
        outcome = true;
    });
    return outcome;
  }

  /// The appends stand in the order of the decision's events, which is then their order in the
  /// store; what was only read is checked.
  template <class Writer>
  [[nodiscard]] result<void> write(std::vector<event> const& events, Writer& writer, commit& to) {
    each([](auto& one) { one.written = 0; });
    void const* last = nullptr;
    for (auto const& addressed : events) {
      auto const done = visit_member(addressed, [&](auto* one, auto const& body) -> result<void> {
        if (one == nullptr) return not_loaded(addressed);
        if (last != one) to.appends.push_back(one->part.guarded_append(one->written));
        last = one;
        ++one->written;
        return one->part.write(body, to.appends.back(), writer);
      });
      if (!done) return fail(done.error());
    }
    each([&](auto& one) {
      if (one.written == 0 && !one.part.by_query) to.appends.push_back(one.part.guarded_append());
      one.part.add_condition(to);
    });
    return {};
  }

  void committed(std::vector<event> const& events) {
    for (auto const& addressed : events)
      visit_member(addressed,
                   [](auto* one, auto const& body) { one->part.committed(*one->state, body); });
    each([](auto& one) { one.part.give_back(*one.state, true); });
  }
  [[nodiscard]] result<void> check_apart(commit const& whole) {
    result<void> outcome;
    each([&](auto& one) {
      if (outcome) outcome = one.part.check_apart_in(whole);
    });
    return outcome;
  }
  void hand_over(std::vector<event> const& events) {
    for (auto const& addressed : events)
      visit_member(addressed, [](auto* one, auto const& body) { one->events.emplace_back(body); });
    each([](auto& one) { one.part.hand_over(*one.state, std::move(one.events)); });
  }
  void unchanged() {
    each([](auto& one) { one.part.give_back(*one.state, false); });
  }

  [[nodiscard]] std::vector<stream_version> versions_after(std::vector<event> const& events) {
    each([](auto& one) { one.written = one.part.version(); });
    for (auto const& addressed : events)
      visit_member(addressed, [](auto* one, auto const&) {
        if (one != nullptr && !one->part.by_query) ++one->written;
      });
    std::vector<stream_version> versions;
    each([&](auto& one) { versions.push_back(one.written); });
    return versions;
  }
  [[nodiscard]] std::vector<stream_version> versions_to_be(std::vector<event> const& events) {
    return versions_after(events);
  }
  static void fill(handled& done, keys const& wanted, std::vector<stream_version> const& versions) {
    done.streams = streams_of(wanted);
    for (std::size_t at = 0; at < done.streams.size() && at < versions.size(); ++at)
      done.streams[at].version = versions[at];
    if (!done.streams.empty()) done.version = done.streams.front().version;
  }

 private:
  template <std::size_t... I>
  working_set(memory& remembered, keys const& wanted, joint_states* joint,
              std::index_sequence<I...>)
      : members_(part_members<Parts>(*std::get<I>(remembered.of_parts), std::get<I>(wanted),
                                     state_.template get<typename part_of<Parts>::aggregate_type>(),
                                     joint)...) {}

  template <class Visit>
  void each(Visit&& visit) {
    std::apply([&](auto&... part) { (std::for_each(part.begin(), part.end(), visit), ...); },
               members_);
  }
  /// Calls `visit(member or nullptr, the part's event)`.
  template <class Visit>
  auto visit_member(event const& which, Visit&& visit) {
    return std::visit(
        [&]<class A>(addressed<A> const& one) {
          return visit(std::get<state_type::template index_of<A>>(members_).find(one.key),
                       one.event);
        },
        which);
  }
  [[nodiscard]] static tl::unexpected<error> not_loaded(event const& which) {
    return std::visit(
        [&]<class A>(addressed<A> const& one) {
          return fail(errc::handler_failed,
                      "decided for " +
                          to_string(stream_id{std::string(A::category.name), one.key}) +
                          ", which is not among the command's keys",
                      "command_handler.handle");
        },
        which);
  }
  [[nodiscard]] static std::vector<handled_stream> streams_of(keys const& wanted) {
    return streams_of(wanted, indices);
  }
  template <std::size_t... I>
  [[nodiscard]] static std::vector<handled_stream> streams_of(keys const& wanted,
                                                              std::index_sequence<I...>) {
    std::vector<handled_stream> streams;
    auto const add = [&](std::string_view category, std::vector<std::string> sorted) {
      for (auto& key : sorted) streams.push_back({{std::string(category), std::move(key)}});
    };
    (add(part_of<Parts>::aggregate_type::category.name,
         part_members<Parts>::sorted(std::get<I>(wanted))),
     ...);
    return streams;
  }

  state_type state_;
  std::tuple<part_members<Parts>...> members_;
};

}  // namespace evsrc::inline v0::detail
