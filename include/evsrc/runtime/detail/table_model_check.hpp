// SPDX-License-Identifier: Apache-2.0
// The optional functions of a model in tables: one that is there and does not fit does not compile.
#pragma once

#include <concepts>
#include <string>
#include <type_traits>

#include "evsrc/runtime/detail/model_apply.hpp"

namespace evsrc::inline v0::detail {

template <class M, class Transaction>
concept creates = requires(M& model, Transaction& within) {
  { model.create(within) } -> nothing_or_result;
};
template <class M, class Transaction>
concept activates = requires(M& model, Transaction& within) {
  { model.activate(within) } -> nothing_or_result;
};
template <class M, class Transaction>
concept drops = requires(M& model, Transaction& within) {
  { model.drop(within) } -> nothing_or_result;
};

// Whether a class has a member of a name, whatever it is: beside another of that name it is
// ambiguous, while `&M::name` alone would not see overloads and templates.
struct named_create {
  int create;
};
struct named_activate {
  int activate;
};
struct named_drop {
  int drop;
};
struct named_react {
  int react;
};
template <class M, class Named>
struct beside : M, Named {};

template <class M>
consteval bool names_create() {
  if constexpr (std::is_final_v<M>) return requires {
      &M::create;
    };
  else
    return !requires { &beside<M, named_create>::create; };
}
template <class M>
consteval bool names_activate() {
  if constexpr (std::is_final_v<M>) return requires {
      &M::activate;
    };
  else
    return !requires { &beside<M, named_activate>::activate; };
}
template <class M>
consteval bool names_drop() {
  if constexpr (std::is_final_v<M>) return requires {
      &M::drop;
    };
  else
    return !requires { &beside<M, named_drop>::drop; };
}
template <class M>
consteval bool names_react() {
  if constexpr (std::is_final_v<M>) return requires {
      &M::react;
    };
  else
    return !requires { &beside<M, named_react>::react; };
}
template <class M>
consteval bool keeps_label() {
  if constexpr (requires(M & model) { model.label; })
    return std::is_same_v<decltype(M::label), std::string>;
  return true;
}

/// Says, one sentence for each rule, what does not fit.
template <class M, class Store>
[[nodiscard]] consteval bool check_table_model() {
  using transaction = typename Store::transaction;
  static_assert(!model_name<M>().empty(),
                "evsrc: a model in tables needs "
                "`static constexpr std::string_view name = \"...\";`");
  static_assert(creates<M, transaction> || !names_create<M>(),
                "evsrc: the model's `create` would never be called: it is "
                "`evsrc::result<> create(transaction&)` with the transaction of this store");
  static_assert(activates<M, transaction> || !names_activate<M>(),
                "evsrc: the model's `activate` would never be called: it is "
                "`evsrc::result<> activate(transaction&)` with the transaction of this store");
  static_assert(drops<M, transaction> || !names_drop<M>(),
                "evsrc: the model's `drop` would never be called: it is "
                "`evsrc::result<> drop(transaction&)` with the transaction of this store");
  static_assert(reacts_to_any<M, typename M::events> || !names_react<M>(),
                "evsrc: the model's `react` would never be called: it is "
                "`evsrc::result<> react(E const&, evsrc::reaction&)` for one of its events, also "
                "with `evsrc::metadata const&` in between");
  static_assert(keeps_label<M>(), "evsrc: a model's `label` is a `std::string`");
  return true;
}

}  // namespace evsrc::inline v0::detail
