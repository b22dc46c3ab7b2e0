// SPDX-License-Identifier: Apache-2.0
// What is given in a specification: the state of one aggregate, or of several streams together.
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "evsrc/codec/upcast.hpp"
#include "evsrc/model/fold.hpp"
#include "evsrc/model/together.hpp"
#include "evsrc/model/validation.hpp"
#include "evsrc/runtime/recorded_name.hpp"
#include "evsrc/testing/detail/spec_record.hpp"

namespace evsrc::testing::inline v0::detail {

template <class T>
[[nodiscard]] spec_line line_of(std::string_view name, T const& value) {
  spec_line made{std::string(name), {}};
  if (auto const written = encode_json(value, made.json); !written)
    made.failure = written.error().message;
  return made;
}

/// Puts down what `decide` answered. `check` says why an event cannot be, or nothing.
template <class Decision, class LineOf, class Check>
void fill_record(spec_record& got, Decision const& made, LineOf&& line_of_event, Check&& check) {
  if (made.is_rejected()) {
    static_assert(evsrc::detail::are_rejections_told_apart<Decision>);
    got.what = spec_record::outcome::rejected;
    if constexpr (!std::is_same_v<typename Decision::rejection_variant, std::monostate>)
      std::visit(
          [&]<class R>(R const& why) { got.lines.push_back(line_of(recorded_name<R>(), why)); },
          made.rejection());
    return;
  }
  for (auto const& event : made.events()) {
    got.lines.push_back(line_of_event(event));
    if (std::string why = check(event); !why.empty() && got.failure.empty()) {
      got.what = spec_record::outcome::invalid;
      got.failure = std::move(why);
    }
  }
  refuse_unencoded(got);
}

/// Empty where the event keeps its own rules.
template <class Variant>
[[nodiscard]] std::string broken_rule(Variant const& event) {
  return std::visit(
      []<class E>(E const& one) {
        auto const valid = check_valid(one);
        return valid ? std::string{}
                     : "event " + std::string(E::wire_name.name) + ": " + valid.error().message;
      },
      event);
}
template <class Variant>
[[nodiscard]] spec_line event_line(Variant const& event) {
  return std::visit([]<class E>(E const& one) { return line_of(E::wire_name.name, one); }, event);
}

template <class State>
class spec_scene {
  static_assert(check_aggregate<State>());

 public:
  using event = typename State::events::variant;
  template <class E>
  static constexpr bool is_event = State::events::template contains<E>;

  /// What the given events made of it, to look at: `given<account>(opened{}).state().balance`.
  [[nodiscard]] State const& state() const noexcept { return state_; }
  /// As a handler tells it: of the stream, 0 for a query.
  [[nodiscard]] stream_version version() const noexcept {
    return has_query_scope<State> ? 0 : version_;
  }
  [[nodiscard]] std::string const& given_failure() const noexcept { return failure_; }

  template <class E>
  void add(E const& happened) {
    apply_event(state_, happened, {});
    ++version_;
  }
  void add_json(std::string_view name, std::uint32_t version, std::string_view payload) {
    std::string padded(payload);
    padded.append(payload_padding, '\0');
    padded_json const text{std::string_view(padded).substr(0, payload.size())};
    add_decoded(name, version, text, static_cast<typename State::events*>(nullptr));
  }
  template <class Decision>
  void fill(spec_record& got, Decision const& made) const {
    fill_record(got, made, line_of, broken_rule<event>);
  }
  [[nodiscard]] static spec_line line_of(event const& one) { return event_line(one); }
  template <class E>
  [[nodiscard]] static E const& addressed(E const& one) noexcept {
    return one;
  }

 private:
  template <class... Es>
  void add_decoded(std::string_view name, std::uint32_t version, padded_json text, events<Es...>*) {
    auto const decoded =
        decode_event<Es...>(name, version, text, [&](auto const& happened) { add(happened); });
    if (!decoded && failure_.empty())
      failure_ = "given event " + std::string(name) + ": " + decoded.error().message;
  }

  State state_{};
  stream_version version_ = 0;
  std::string failure_;
};

template <class... Parts>
class spec_scene<together<Parts...>> {
  using all = together<Parts...>;

 public:
  using event = typename decision<all>::event;
  template <class E>
  static constexpr bool is_event = std::is_constructible_v<event, E>;

  [[nodiscard]] all const& state() const noexcept { return state_; }
  [[nodiscard]] static stream_version version() noexcept { return 0; }
  [[nodiscard]] static std::string given_failure() { return {}; }

  template <class A, class... Es>
  void add_to(std::string const& key, Es const&... happened) {
    A& part = part_at<A>(key);
    (apply_event(part, happened, {}), ...);
  }
  template <class Decision>
  void fill(spec_record& got, Decision const& made) const {
    fill_record(got, made, line_of, [&](event const& which) {
      return std::visit(
          [&]<class A>(evsrc::detail::addressed<A> const& one) {
            if (!is_loaded<A>(one.key)) return name_of<A>(one.key) + " was not loaded";
            return broken_rule(one.event);
          },
          which);
    });
  }
  [[nodiscard]] static spec_line line_of(event const& which) {
    return std::visit(
        []<class A>(evsrc::detail::addressed<A> const& one) {
          auto line = event_line(one.event);
          line.name = name_of<A>(one.key) + ": " + line.name;
          return line;
        },
        which);
  }
  template <class A>
  [[nodiscard]] static evsrc::detail::addressed<A> const& addressed(
      evsrc::detail::addressed<A> const& one) noexcept {
    return one;
  }

 private:
  template <class A>
  static constexpr bool is_many =
      ((std::is_same_v<A, typename evsrc::detail::part_of<Parts>::aggregate_type> &&
        evsrc::detail::part_of<Parts>::is_many) ||
       ...);

  template <class A>
  [[nodiscard]] A& part_at(std::string const& key) {
    if constexpr (is_many<A>)
      return state_.template get<A>()[key];
    else
      return state_.template get<A>();
  }
  template <class A>
  [[nodiscard]] bool is_loaded(std::string const& key) const {
    if constexpr (is_many<A>)
      return state_.template get<A>().contains(key);
    else
      return true;
  }
  template <class A>
  [[nodiscard]] static std::string name_of(std::string const& key) {
    std::string const category(A::category.name);
    return key.empty() ? category : category + "-" + key;
  }

  all state_{};
};

}  // namespace evsrc::testing::inline v0::detail
