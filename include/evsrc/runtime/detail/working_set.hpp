// SPDX-License-Identifier: Apache-2.0
// The streams that one command reads and writes: one aggregate, from its stream or by a query.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "evsrc/runtime/command_outcome.hpp"
#include "evsrc/runtime/detail/event_writer.hpp"
#include "evsrc/runtime/detail/joint_states.hpp"
#include "evsrc/runtime/detail/replay.hpp"
#include "evsrc/runtime/detail/snapshot_keeper.hpp"

namespace evsrc::inline v0::detail {

/// Says in the compiler's messages what a state lacks.
template <class State>
struct state_check {
  static constexpr bool value = check_aggregate<State>();
};
template <class State>
consteval bool check_state() {
  return state_check<State>::value;
}

/// The port that reads a state: one stream is what every store can, a query is not.
template <class State>
struct port_of {
  using type = stream_store;
};
template <class A>
requires has_query_scope<A>
struct port_of<A> {
  using type = event_store;
};

/// One state on loan from the cache, or read. Its functions take the state, which a together<...>
/// keeps elsewhere meanwhile.
template <aggregate A>
class part_state {
 public:
  using port = typename port_of<A>::type;
  static constexpr bool by_query = has_query_scope<A>;
  /// Knows its state after its own events without reading them.
  static constexpr bool follows = !by_query && !wants_metadata<A>;

  /// With `joint` it is the state as that commit will leave it.
  part_state(state_memory<A>& memory, std::string key, joint_states* joint)
      : memory_(&memory), joint_(joint == nullptr ? nullptr : &joint->of(memory)) {
    bool const is_known = joint_ != nullptr && joint_->knows(key);
    auto pending = is_known ? joint_->take(key, follows) : std::nullopt;
    is_first_ = !is_known;
    is_lost_ = is_known && !pending;
    loan_ = pending ? std::move(*pending) : memory.cache.take(std::move(key));
  }

  [[nodiscard]] A& state() noexcept { return loan_->state; }
  [[nodiscard]] A const& state() const noexcept { return loan_->state; }
  [[nodiscard]] std::string const& key() const noexcept { return loan_->slot.key; }
  [[nodiscard]] stream_id stream() const { return {std::string(A::category.name), key()}; }
  /// Of the stream; a query has none.
  [[nodiscard]] stream_version version() const noexcept {
    return by_query ? 0 : loan_->slot.version;
  }
  /// Was read in this command, not only found in the cache.
  [[nodiscard]] bool is_proven() const noexcept { return loan_->slot.proven; }

  /// Makes the state usable. A cached one of a stream is: the commit will check its version.
  [[nodiscard]] result<void> acquire(port& store, A& state) {
    auto& slot = loan_->slot;
    if (is_lost_) return fail(joint_state_lost(stream()));
    if (!slot.behind) return {};
    if constexpr (!by_query) {
      if (slot.version == 0) memory_->snapshots.load(state, slot);
    }
    auto read = refresh(store, state);
    if (!read) return fail(std::move(read.error()));
    return {};
  }
  /// Reads on. @return true where the state has changed
  [[nodiscard]] result<bool> refresh(port& store, A& state) {
    auto& slot = loan_->slot;
    auto read = read_on(store, state, slot);
    if constexpr (by_query) {
      if (!read && read.error().code == errc::checkpoint_ahead && !slot.seen.is_start()) {
        state = A{};  // the store was restored to before what the cache had seen
        slot.seen = {};
        return read_on(store, state, slot);
      }
    }
    return read;
  }

  /// An append behind `events_before` others of the same commit. A query has a condition instead of
  /// an expected version.
  [[nodiscard]] append guarded_append(stream_version events_before = 0) const {
    return {stream(), by_query ? expected_version::any()
                               : expected_version::exactly(loan_->slot.version + events_before)};
  }
  void add_condition(commit& to) const {
    if constexpr (by_query) to.unless.push_back({query_of<A>(key()), loan_->slot.seen});
  }
  template <class Writer>
  [[nodiscard]] result<void> write(typename A::events::variant const& event, append& to,
                                   Writer& writer) const {
    return std::visit(
        [&](auto const& one) -> result<void> {
          if constexpr (by_query)
            return writer.write_tagged(one, to, {std::string(A::scope.name), key()});
          else
            return writer.write(one, to);
        },
        event);
  }

  /// Follows a commit of ours. Where `apply` wants metadata, or the state is
  /// that of a query, the next command reads the events instead.
  void committed(A& state, typename A::events::variant const& event) {
    if constexpr (!follows) {
      loan_->slot.behind = true;
    } else {
      apply_any(state, event);
      ++loan_->slot.version;
    }
  }
  /// Ends the loan. A snapshot waits for the writer's turn: what only reads makes none.
  void give_back(A& state, bool has_written) {
    if constexpr (!by_query)
      if (has_written) memory_->snapshots.save(state, loan_->slot);
    if (&state != &loan_->state) loan_->state = std::move(state);
    memory_->cache.give_back(std::move(loan_));
  }
  /// For the first decision of a joint commit on this state.
  [[nodiscard]] result<void> check_apart_in(commit const& whole) const {
    if (!is_first_ || whole.appends.empty()) return {};
    return check_apart(whole, stream());
  }
  /// Ends the loan; the joint commit has it from now on.
  void hand_over(A& state, std::vector<typename A::events::variant> events) {
    if (&state != &loan_->state) loan_->state = std::move(state);
    joint_->put(std::move(loan_), std::move(events));
  }

 private:
  state_memory<A>* memory_;
  joint_parts<A>* joint_;
  bool is_first_ = true;
  bool is_lost_ = false;
  typename state_cache<A>::loan loan_;
};

/// All that a command reads. This one is an aggregate; together_set.hpp has the other.
template <class State>
class working_set {
 public:
  using port = typename port_of<State>::type;
  using keys = std::string;
  struct memory {
    template <class Cache>
    explicit memory(Cache& cache) : of_state(&cache.template of<State>()) {}
    state_memory<State>* of_state;
  };
  using event = typename State::events::variant;
  static constexpr bool follows = part_state<State>::follows;

  working_set(memory& remembered, keys const& key, joint_states* joint = nullptr)
      : part_(*remembered.of_state, key, joint) {}

  /// Names the command's idempotency scope.
  [[nodiscard]] static std::string scope() {
    return "command:" + std::string(State::category.name);
  }
  [[nodiscard]] static std::string keys_text(keys const& key) { return key; }

  [[nodiscard]] State const& state() const noexcept { return part_.state(); }
  [[nodiscard]] State& state() noexcept { return part_.state(); }
  [[nodiscard]] stream_version version() const noexcept { return part_.version(); }
  /// True where the whole state was read in this command, as it was at one moment.
  [[nodiscard]] bool is_proven() const noexcept { return part_.is_proven(); }

  [[nodiscard]] result<void> acquire(port& store) { return part_.acquire(store, part_.state()); }
  [[nodiscard]] result<bool> refresh(port& store) { return part_.refresh(store, part_.state()); }

  template <class Writer>
  [[nodiscard]] result<void> write(std::vector<event> const& events, Writer& writer, commit& to) {
    append& target = to.appends.emplace_back(part_.guarded_append());
    target.events.reserve(events.size());
    for (auto const& one : events) EVSRC_TRY(part_.write(one, target, writer));
    part_.add_condition(to);
    return {};
  }

  void committed(std::vector<event> const& events) {
    for (auto const& one : events) part_.committed(part_.state(), one);
    part_.give_back(part_.state(), true);
  }
  [[nodiscard]] result<void> check_apart(commit const& whole) const {
    return part_.check_apart_in(whole);
  }
  /// After a decision into a joint commit.
  void hand_over(std::vector<event> const& events) { part_.hand_over(part_.state(), events); }
  void unchanged() { part_.give_back(part_.state(), false); }

  /// For answers before there is a receipt.
  [[nodiscard]] std::vector<stream_version> versions_to_be(std::vector<event> const& events) const {
    if constexpr (part_state<State>::by_query) return {0};
    return {version() + events.size()};
  }
  /// What a command's record says of versions; where events are written, the receipt says it.
  [[nodiscard]] std::vector<stream_version> versions_after(std::vector<event> const& events) const {
    if (!events.empty()) return {};
    return {version()};
  }
  static void fill(handled& done, keys const&, std::vector<stream_version> const& versions) {
    if (!versions.empty())
      done.version = versions.front();
    else if (!done.receipt.versions.empty())
      done.version = done.receipt.versions.front();
  }

 private:
  part_state<State> part_;
};

}  // namespace evsrc::inline v0::detail
