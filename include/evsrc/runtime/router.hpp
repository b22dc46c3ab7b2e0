// SPDX-License-Identifier: Apache-2.0
// From a message's type to its handler.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "evsrc/codec/upcast.hpp"
#include "evsrc/runtime/handling.hpp"
#include "evsrc/runtime/message_context.hpp"

namespace evsrc::inline v0 {

class router;

/// The rest of the way to the handler, as middleware calls it: once, or not at all.
class next_handler {
 public:
  [[nodiscard]] result<handling> operator()(message_context& context) const;

 private:
  friend router;
  next_handler(router& way, std::size_t index) noexcept : way_(&way), index_(index) {}

  router* way_;
  std::size_t index_;
};

/// Stands around every handler: sees the message before and the answer after. An exception of the
/// handler arrives here as errc::handler_failed.
template <class M>
concept middleware = std::is_invocable_r_v<result<handling>, M&, message_context&, next_handler>;

namespace detail {

/// From what a user's handler returns.
template <class F, class... Args>
[[nodiscard]] result<handling> call_for_handling(F& handler, Args&&... args) {
  using answer = std::invoke_result_t<F&, Args...>;
  if constexpr (std::is_same_v<answer, result<void>>) {
    EVSRC_TRY(handler(std::forward<Args>(args)...));
    return handling{ack{}};
  } else {
    static_assert(std::is_convertible_v<answer, result<handling>>,
                  "evsrc: a handler of messages returns evsrc::result<>, "
                  "evsrc::result<evsrc::handling> or one of the kinds of evsrc::handling");
    return handler(std::forward<Args>(args)...);
  }
}
template <class E, class F>
[[nodiscard]] result<handling> call_message_handler(F& handler, E const& event,
                                                    message_context& context) {
  if constexpr (std::is_invocable_v<F&, E const&, message_context&>) {
    return call_for_handling(handler, event, context);
  } else {
    static_assert(std::is_invocable_v<F&, E const&>,
                  "evsrc: a handler of messages takes (E const&) or (E const&, message_context&)");
    return call_for_handling(handler, event);
  }
}

/// What an undecodable body becomes: a dead letter that names type and field.
[[nodiscard]] result<handling> refuse_body(message_context const& context, error const& why);
[[nodiscard]] result<handling> refuse_value(message_context const& context, error const& why);
/// A copy with room behind it for the scanner.
class padded_body {
 public:
  explicit padded_body(std::string_view body);
  [[nodiscard]] padded_json json() const noexcept;

 private:
  std::string text_;
};

}  // namespace detail

/// Handlers by the wire names of what they take; explicit registration, nothing is found by itself.
/// What no handler is registered for, is of a newer version or does not decode becomes a dead
/// letter that says so. @threads register first; a consumer with several threads calls handlers on
/// all of them
class router {
 public:
  /// Older versions and former names of `E` arrive as today's `E` and have passed its `validate()`.
  /// The handler takes (E const&) or (E const&, message_context&). A second one for the same name
  /// replaces the first.
  template <named_event E, class F>
  router& on(F handler) {
    auto decode_and_call =
        [handler = std::move(handler)](message_context& context) mutable -> result<handling> {
      detail::padded_body const body(context.message().body);
      E event{};
      if (auto read = decode_version(event, context.type_version(), body.json()); !read)
        return detail::refuse_body(context, read.error());
      if (auto valid = check_valid(std::as_const(event)); !valid)
        return detail::refuse_value(context, valid.error());
      return detail::call_message_handler(handler, std::as_const(event), context);
    };
    add(wire_names_of<E>(), std::move(decode_and_call));
    return *this;
  }
  /// Any bytes: the handler takes (message_context&) and reads context.message() as it likes.
  template <class F>
  router& on_raw(std::string_view type, F handler) {
    add({&type, 1}, [handler = std::move(handler)](message_context& context) mutable {
      return detail::call_for_handling(handler, context);
    });
    return *this;
  }
  /// For messages of others, which carry no `evsrc-type`: asked before `subject` is taken for the
  /// type. Empty: it does not know either.
  router& type_by(unique_function<std::string(message const&)> find) {
    find_type_ = std::move(find);
    return *this;
  }
  /// Around all handlers; the first one added is the outermost.
  template <middleware M>
  router& use(M layer) {
    layers_.push_back(std::move(layer));
    return *this;
  }

  /// Finds the type and calls the handler through all middleware. An exception becomes
  /// errc::handler_failed.
  [[nodiscard]] result<handling> handle(message_context& context);
  /// Names that handlers are registered for, in byte order.
  [[nodiscard]] std::vector<std::string> types() const;

 private:
  friend next_handler;
  using handler_function = unique_function<result<handling>(message_context&)>;
  using layer_function = unique_function<result<handling>(message_context&, next_handler)>;

  void add(std::span<std::string_view const> names, handler_function handler);
  [[nodiscard]] result<void> find_type(message_context& context);
  [[nodiscard]] result<handling> enter(message_context& context, std::size_t layer);
  [[nodiscard]] result<handling> dispatch(message_context& context);

  std::vector<handler_function> handlers_;
  std::map<std::string, std::size_t, std::less<>> by_name_;  // into handlers_
  std::vector<layer_function> layers_;
  unique_function<std::string(message const&)> find_type_;
};

inline result<handling> next_handler::operator()(message_context& context) const {
  return way_->enter(context, index_);
}

}  // namespace evsrc::inline v0
