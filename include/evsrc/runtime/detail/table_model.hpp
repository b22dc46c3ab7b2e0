// SPDX-License-Identifier: Apache-2.0
// A read model in tables of the store, with the runner that moves it.
#pragma once

#include "evsrc/runtime/detail/model_labels.hpp"
#include "evsrc/runtime/detail/table_model_check.hpp"

namespace evsrc::inline v0::detail {

/// The model as it stands under one label: its tables carry the label in their names.
template <class Model>
[[nodiscard]] Model labelled(std::string const& label) {
  Model made{};
  if constexpr (requires { made.label = label; }) made.label = label;
  return made;
}

// The model's optional functions, on the tables under `label`.

template <class Model, class Transaction>
[[nodiscard]] result<void> create(Transaction& within, std::string const& label) {
  Model model = labelled<Model>(label);
  if constexpr (creates<Model, Transaction>)
    return call_for_result([&] { return model.create(within); });
  return {};
}
template <class Model, class Transaction>
[[nodiscard]] result<void> activate(Transaction& within, std::string const& label) {
  Model model = labelled<Model>(label);
  if constexpr (activates<Model, Transaction>)
    return call_for_result([&] { return model.activate(within); });
  return {};
}
template <class Model, class Transaction>
[[nodiscard]] result<void> drop(Transaction& within, std::string const& label) {
  Model model = labelled<Model>(label);
  if constexpr (drops<Model, Transaction>)
    return call_for_result([&] { return model.drop(within); });
  return {};
}

/// New tables under `label` instead of `leftovers`; `is_first`: readers find them from now on.
template <class Model, class Transaction>
[[nodiscard]] result<void> begin(Transaction& within, std::string const& label,
                                 std::vector<std::string> const& leftovers, bool is_first) {
  return guarded("create", [&]() -> result<void> {
    for (auto const& one : leftovers) EVSRC_TRY(drop<Model>(within, one));
    EVSRC_TRY(create<Model>(within, label));
    return is_first ? activate<Model>(within, label) : result<void>{};
  });
}
/// Readers find the tables under `label` from now on; those under `old` go.
template <class Model, class Transaction>
[[nodiscard]] result<void> go_over(Transaction& within, std::string const& old,
                                   std::string const& label) {
  return guarded("activate", [&]() -> result<void> {
    EVSRC_TRY(activate<Model>(within, label));
    return drop<Model>(within, old);
  });
}

/// Says nothing about the event at which it came: the next would meet it as well.
[[nodiscard]] constexpr bool is_of_the_store(errc code) noexcept {
  return code == errc::disk_full || code == errc::read_only || code == errc::corrupt ||
         code == errc::io_failed || code == errc::closed;
}

/// Applies events in the transaction of their checkpoint.
template <class Model, class Store>
class table_target final : public batch_target {
 public:
  using transaction = typename Store::transaction;
  static constexpr bool can_react = reacts_to_any<Model, typename Model::events>;

  table_target(Store& store, runner_settings const& with, std::string scope)
      : store_(&store), clock_(with.clock), random_(with.random), scope_(std::move(scope)) {
    if (clock_ == nullptr) clock_ = &system_clock();
    if (random_ == nullptr) random_ = &system_random();
  }

  void set_label(std::string const& label) { model_ = labelled<Model>(label); }
  /// Only the live model has effects.
  void set_live(bool is_live) { is_live_ = is_live; }

  [[nodiscard]] result<receipt> process(event_batch& batch) override {
    if (batch.events.empty()) return store_->commit(std::move(batch.with));
    if constexpr (can_react) {
      if (is_live_ && batch.has_effects) EVSRC_TRY(react(batch));
      if (batch.full_at != event_batch::nobody) return receipt{};
    }
    return store_->commit(std::move(batch.with),
                          [this, &batch](transaction& within) { return apply(within, batch); });
  }

 private:
  [[nodiscard]] result<void> react(event_batch& batch) {
    for (std::size_t at = 0; at != batch.events.size(); ++at) {
      if (at != 0 && is_half_full(batch.with)) {
        batch.full_at = at;
        break;
      }
      batch.blamed = at;
      event_view const& event = *batch.events[at];
      auto const before = count_effects(batch.with);
      reaction effects(event, batch.with, *clock_, *random_, scope_);
      try {
        EVSRC_TRY(react_to(model_, event, effects));
      } catch (...) {
        return fail(history_error(event, thrown_error("react")));
      }
      if (count_effects(batch.with) != before) add_effect_key(batch.with, scope_, event);
    }
    batch.blamed = event_batch::nobody;
    return {};
  }

  /// The store may call it twice, the first time in vain.
  [[nodiscard]] result<void> apply(transaction& within, event_batch& batch) {
    for (std::size_t at = 0; at != batch.events.size(); ++at) {
      batch.blamed = at;
      try {
        if (auto applied = apply_in(model_, within, *batch.events[at]); !applied) {
          if (is_of_the_store(applied.error().code)) batch.blamed = event_batch::nobody;
          return fail(std::move(applied.error()));
        }
      } catch (...) {
        return fail(history_error(*batch.events[at], thrown_error("apply")));
      }
    }
    batch.blamed = event_batch::nobody;
    return {};
  }

  Store* store_;
  clock* clock_;
  random_source* random_;
  std::string scope_;
  Model model_{};
  bool is_live_ = false;
};

/// Tables under one label and their runner; there are two of them while a rebuild runs.
template <class Model, class Store>
struct table_build {
  table_target<Model, Store> target;
  event_runner runner;
  std::string label{};

  table_build(Store& store, runner_settings settings, std::string scope)
      : target(store, settings, std::move(scope)), runner(store, settings, target) {}
};

}  // namespace evsrc::inline v0::detail
