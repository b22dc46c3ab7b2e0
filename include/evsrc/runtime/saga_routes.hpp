// SPDX-License-Identifier: Apache-2.0
// Feeds a saga from the messages of a consumer.
#pragma once

#include "evsrc/runtime/router.hpp"
#include "evsrc/runtime/saga_handler.hpp"

namespace evsrc::inline v0 {
namespace detail {

template <class Input, saga S, class Publications>
void add_saga_route(router& to, saga_handler<S, Publications> const& of) {
  to.on<Input>([&of](Input const& input, message_context& context) -> result<handling> {
    auto const outcome = of.react(input, cause_of(context.message()), context.writes());
    if (!outcome) return fail(outcome.error());
    return ack{};
  });
}

}  // namespace detail

/// Registers all inputs of the saga and its time-outs at `to`; `of` outlives it. A consumer of
/// `of.timeouts_to()` and one of the queue that the inputs come by may share a router. Feed one
/// type of input one way only: its event and its message have different ids.
template <saga S, class Publications>
router& add_saga(router& to, saga_handler<S, Publications> const& of) {
  detail::add_saga_route<saga_timeout<S>>(to, of);
  [&]<class... Inputs>(events<Inputs...>*) {
    (detail::add_saga_route<Inputs>(to, of), ...);
  }(static_cast<typename S::reacts_to*>(nullptr));
  return to;
}

}  // namespace evsrc::inline v0
