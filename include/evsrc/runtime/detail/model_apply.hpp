// SPDX-License-Identifier: Apache-2.0
// What a read model can do, and events on their way into it.
#pragma once

#include <string_view>

#include "evsrc/runtime/detail/replay.hpp"
#include "evsrc/runtime/reaction.hpp"

namespace evsrc::inline v0::detail {

template <class Store>
concept has_transaction = requires {
  typename Store::transaction;
};

template <class M, class Transaction, class E>
concept applies_in_transaction_with_metadata = requires(M& model, Transaction& within,
                                                        E const& event, metadata const& meta) {
  model.apply(within, event, meta);
};
template <class M, class Transaction, class E>
concept applies_in_transaction_with_view = requires(M& model, Transaction& within, E const& event,
                                                    event_view const& view) {
  model.apply(within, event, view);
};
template <class M, class Transaction, class E>
concept applies_in_transaction = applies_in_transaction_with_metadata<M, Transaction, E> ||
    applies_in_transaction_with_view<M, Transaction, E> ||
    requires(M& model, Transaction& within, E const& event) {
  model.apply(within, event);
};

template <class M, class E>
concept applies_with_view = requires(M& model, E const& event, event_view const& view) {
  model.apply(event, view);
};

template <class M, class Store, class Family>
inline constexpr bool applies_any_in_transaction = false;
template <class M, has_transaction Store, class... Es>
inline constexpr bool applies_any_in_transaction<M, Store, events<Es...>> =
    (applies_in_transaction<M, typename Store::transaction, Es> || ...);

/// A model whose state is tables of the store; all others are models in memory.
template <class M, class Store>
concept table_model = has_events<M> && applies_any_in_transaction<M, Store, typename M::events>;

template <class M, class E>
concept model_reacts_with_metadata = requires(M& model, E const& event, metadata const& meta,
                                              reaction& effects) {
  model.react(event, meta, effects);
};
template <class M, class E>
concept model_reacts = model_reacts_with_metadata<M, E> ||
    requires(M& model, E const& event, reaction& effects) {
  model.react(event, effects);
};

template <class M, class Family>
inline constexpr bool reacts_to_any = false;
template <class M, class... Es>
inline constexpr bool reacts_to_any<M, events<Es...>> = (model_reacts<M, Es> || ...);

/// One event of a model; both types stand in the compiler's message.
template <class M, class Store, class E>
struct model_event {
  static constexpr bool check() {
    if constexpr (table_model<M, Store>)
      return applies_in_transaction<M, typename Store::transaction, E>;
    else
      return applies<M, E> || applies_with_view<M, E>;
  }
  static_assert(check(),
                "evsrc: the model has no `apply(E const&)` for this event, or, if its state "
                "is tables, no `apply(transaction&, E const&)` with the transaction of the Store "
                "in `evsrc::projection<Model, Store>`");
  static_assert(
      table_model<M, Store> || !model_reacts<M, E>,
      "evsrc: a model in memory cannot `react`: it has no commit to put effects into; use "
      "a subscription");
  static constexpr bool value = true;
};
template <class M, class Store, class Family>
struct model_family;
template <class M, class Store, class... Es>
struct model_family<M, Store, events<Es...>> {
  static constexpr bool value = (model_event<M, Store, Es>::value && ...);
};

template <class M, class Store>
[[nodiscard]] consteval bool check_model() {
  static_assert(has_events<M>, "evsrc: a model needs `using events = evsrc::events<...>;`");
  static_assert(std::default_initializable<M>,
                "evsrc: a model is default-constructible: that is its state before any event");
  if constexpr (has_events<M>) static_assert(model_family<M, Store, typename M::events>::value);
  return true;
}

template <class M>
[[nodiscard]] constexpr std::string_view model_name() noexcept {
  if constexpr (requires {
                  requires !std::is_member_pointer_v<decltype(&M::name)>;
                  std::string_view(M::name);
                })
    return M::name;
  else
    return {};
}
template <class M>
[[nodiscard]] constexpr std::uint32_t model_version() noexcept {
  if constexpr (requires { M::model_version; }) {
    static_assert(
        requires { typename std::bool_constant<M::model_version == 0>; },
        "evsrc: a model's version is `static constexpr std::uint32_t model_version = 1;`");
    return M::model_version;
  } else {
    return 1;
  }
}

template <class T>
concept nothing_or_result = std::is_void_v<T> || std::convertible_to<T, result<void>>;

/// The user's functions return nothing or a result.
template <class Call>
[[nodiscard]] result<void> call_for_result(Call call) {
  static_assert(nothing_or_result<decltype(call())>,
                "evsrc: a model's functions return nothing or `evsrc::result<>`");
  if constexpr (std::is_void_v<decltype(call())>) {
    call();
    return {};
  } else {
    return call();
  }
}

/// Decodes `view` and hands it to `use(event, metadata or nullptr)`; `wants<E>` says whether the
/// metadata are to be decoded.
template <class Wants, class Use, class... Es>
[[nodiscard]] result<void> with_decoded(event_view const& view, Wants wants, Use use,
                                        events<Es...>*) {
  result<void> outcome;
  auto const decoded = decode_event<Es...>(view.name, view.event_version, padded_json{view.payload},
                                           [&]<class E>(E const& event) {
                                             if (!wants(event)) {
                                               outcome = use(event, nullptr);
                                             } else if (auto const meta = view.meta()) {
                                               outcome = use(event, &*meta);
                                             } else {
                                               outcome = fail(meta.error());
                                             }
                                           });
  if (!decoded) return fail(history_error(view, decoded.error()));
  if (!outcome) return fail(history_error(view, outcome.error()));
  return {};
}

/// Applies one event within the store's transaction.
template <class M, class Transaction>
[[nodiscard]] result<void> apply_in(M& model, Transaction& within, event_view const& view) {
  auto const wants = []<class E>(E const&) {
    return applies_in_transaction_with_metadata<M, Transaction, E>;
  };
  auto const use = [&]<class E>(E const& event, metadata const* meta) -> result<void> {
    return call_for_result([&] {
      if constexpr (applies_in_transaction_with_metadata<M, Transaction, E>)
        return model.apply(within, event, *meta);
      else if constexpr (applies_in_transaction_with_view<M, Transaction, E>)
        return model.apply(within, event, view);
      else
        return model.apply(within, event);
    });
  };
  return with_decoded(view, wants, use, static_cast<typename M::events*>(nullptr));
}

/// Lets the model react to one event.
template <class M>
[[nodiscard]] result<void> react_to(M& model, event_view const& view, reaction& effects) {
  auto const wants = []<class E>(E const&) { return model_reacts_with_metadata<M, E>; };
  auto const use = [&]<class E>(E const& event, metadata const* meta) -> result<void> {
    if constexpr (model_reacts<M, E>) {
      return call_for_result([&] {
        if constexpr (model_reacts_with_metadata<M, E>)
          return model.react(event, *meta, effects);
        else
          return model.react(event, effects);
      });
    } else {
      return {};
    }
  };
  return with_decoded(view, wants, use, static_cast<typename M::events*>(nullptr));
}

}  // namespace evsrc::inline v0::detail
