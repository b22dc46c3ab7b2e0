// SPDX-License-Identifier: Apache-2.0
// Specifications: given events, when a command, then events or a rejection; of sagas: when an
// input, then events, commands and time-outs. No store, no framework.
#pragma once

#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "evsrc/codec/upcast.hpp"
#include "evsrc/model/decision_context.hpp"
#include "evsrc/model/fold.hpp"
#include "evsrc/model/validation.hpp"
#include "evsrc/runtime/recorded_name.hpp"
#include "evsrc/testing/detail/saga_step.hpp"
#include "evsrc/testing/detail/spec_record.hpp"
#include "evsrc/testing/detail/spec_scene.hpp"
#include "evsrc/testing/manual_clock.hpp"
#include "evsrc/testing/seeded_random.hpp"

namespace evsrc::testing::inline v0 {

/// A command that has run. One of the `then` functions must be asked: a specification that judges
/// nothing says so and aborts.
template <class Decision>
class [[nodiscard]] when_step {
  using scene = detail::spec_scene<typename Decision::state>;

 public:
  explicit when_step(detail::spec_record got) : got_(std::move(got)) {}
  when_step(when_step&& other) noexcept
      : got_(std::move(other.got_)), judged_(std::exchange(other.judged_, true)) {}
  ~when_step() {
    if (!judged_ && std::uncaught_exceptions() == 0) detail::abort_unjudged(got_);
  }

  /// Exactly these events in this order, all fields equal: as JSON, no `operator==` is needed. For
  /// a together<...> they are addressed: `then(to<order>(order_confirmed{}), to<stock>("85123A",
  /// inventory_reserved{}))`.
  template <class... Es>
  [[nodiscard]] verdict then(Es const&... events) {
    static_assert(sizeof...(Es) > 0, "evsrc: no event at all is then_nothing()");
    static_assert(
        (scene::template is_event<Es> && ...),
        "evsrc: then(...) takes events of the aggregate, those of a together<...> made by "
        "to<A>(...); a rejection is then_rejected(...)");
    judged_ = true;
    std::vector<detail::spec_line> expected;
    (expected.push_back(scene::line_of(typename Decision::event(scene::addressed(events)))), ...);
    return judge_events(got_, expected);
  }
  /// Accepted, and no event.
  [[nodiscard]] verdict then_nothing() {
    judged_ = true;
    return judge_events(got_, {});
  }
  /// This rejection, all fields equal.
  template <class R>
  [[nodiscard]] verdict then_rejected(R const& why) {
    static_assert(
        requires(Decision const& made) { made.template rejection<R>(); },
        "evsrc: this is not one of the decision's rejections");
    judged_ = true;
    return judge_rejection(got_, detail::line_of(recorded_name<R>(), why));
  }
  /// A rejection of this type, whatever its fields.
  template <class R>
  [[nodiscard]] verdict then_rejected() {
    static_assert(
        requires(Decision const& made) { made.template rejection<R>(); },
        "evsrc: this is not one of the decision's rejections");
    judged_ = true;
    return judge_rejection_name(got_, recorded_name<R>());
  }
  /// The command or one of its events breaks its own rules, or cannot be written as JSON; the
  /// message contains `part`.
  [[nodiscard]] verdict then_invalid(std::string_view part = {}) {
    judged_ = true;
    return judge_invalid(got_, part);
  }

 private:
  detail::spec_record got_;
  bool judged_ = false;
};

/// The beginning of a specification; made by `given`. May be kept and used for several commands.
/// Everything is repeatable: time stands still at 2026-01-01T00:00:00Z, ids come from seed 1.
template <class State>
class [[nodiscard]] specification : public detail::spec_scene<State> {
 public:
  /// The moment of the decision.
  specification& at(timestamp now) {
    now_ = now;
    return *this;
  }
  /// Where the ids come from.
  specification& seed(std::uint64_t value) {
    seed_ = value;
    return *this;
  }
  /// What the caller says of the command.
  specification& with_meta(metadata meta) {
    meta_ = std::move(meta);
    return *this;
  }
  /// One more event that happened; for a state over one stream or query.
  template <class E>
  specification& and_given(E const& happened) {
    this->add(happened);
    return *this;
  }
  /// An event as it is stored, under any of its names and in any of its versions. One that does not
  /// decode fails the specification.
  specification& given_json(std::string_view name, std::uint32_t version,
                            std::string_view payload) {
    this->add_json(name, version, payload);
    return *this;
  }
  /// Events of one stream of a together<...>; without events its key is loaded and empty.
  template <class A, class... Es>
  specification& with(std::string const& key, Es const&... events) {
    this->template add_to<A>(key, events...);
    return *this;
  }

  /// Runs the command as a handler would, up to the commit; an input of a saga as its process
  /// manager would. What `decide` or `react` throws passes through.
  template <class Command>
  auto when(Command const& command) const {
    seeded_random random(seed_);
    decision_context const context(now_, this->version(), meta_, random);
    if constexpr (detail::is_saga_input<State, Command>)
      return when_input(command, context);
    else
      return when_command(command, context);
  }

 private:
  template <class Input>
  auto when_input(Input const& input, decision_context const& context) const {
    detail::spec_record got;
    got.command = detail::text_of(detail::line_of(recorded_name<Input>(), input));
    if (this->given_failure().empty()) {
      detail::run_saga(got, this->state(), input, context);
    } else {
      got.what = detail::spec_record::outcome::broken;
      got.failure = this->given_failure();
    }
    return reaction_step<State>(std::move(got));
  }
  template <class Command>
  auto when_command(Command const& command, decision_context const& context) const {
    using decision_type = decltype(call_decide(this->state(), command, context));
    detail::spec_record got;
    got.command = detail::text_of(detail::line_of(recorded_name<Command>(), command));
    if (!this->given_failure().empty()) {
      got.what = detail::spec_record::outcome::broken;
      got.failure = this->given_failure();
    } else if (auto const valid = check_valid(command); !valid) {
      got.what = detail::spec_record::outcome::invalid;
      got.failure = valid.error().message;
    } else {
      this->fill(got, call_decide(this->state(), command, context));
    }
    return when_step<decision_type>(std::move(got));
  }

  timestamp now_ = manual_clock::default_start;
  std::uint64_t seed_ = 1;
  metadata meta_{};
};

/// `given<account>(money_deposited{1000}).when(withdraw{500}).then(money_withdrawn{500})`. The
/// events are history: they are applied and never validated.
template <class State, class... Es>
[[nodiscard]] specification<State> given(Es const&... events) {
  specification<State> made;
  (made.and_given(events), ...);
  return made;
}

/// `given_together<order, many<stock>>().with<order>("536365", order_created{}).with<stock>("7")`
template <class... Parts>
[[nodiscard]] specification<together<Parts...>> given_together() {
  return {};
}

/// An event expected in the stream of `A`, the only one of its kind in a together<...>.
template <class A, class E>
[[nodiscard]] evsrc::detail::addressed<A> to(E const& event) {
  return {{}, event};
}
/// An event expected in the stream of `A` with this key.
template <class A, class E>
[[nodiscard]] evsrc::detail::addressed<A> to(std::string key, E const& event) {
  return {std::move(key), event};
}

}  // namespace evsrc::testing::inline v0
