// SPDX-License-Identifier: Apache-2.0
// A read model in memory with the runner that moves it.
#pragma once

#include <shared_mutex>

#include "evsrc/runtime/detail/event_runner.hpp"
#include "evsrc/runtime/detail/model_apply.hpp"

namespace evsrc::inline v0::detail {

template <class Model, class Family>
class memory_target;

/// Applies events under a lock that readers share. Decodes in place: no allocation for an event
/// whose strings and vectors fit those of the one before.
template <class Model, class... Es>
class memory_target<Model, events<Es...>> final : public batch_target {
 public:
  [[nodiscard]] result<receipt> process(event_batch& batch) override {
    std::unique_lock const lock(mutex_);
    std::size_t at = 0;
    try {
      for (; at != batch.events.size(); ++at) {
        if (auto applied = apply(*batch.events[at]); !applied) {
          batch.blamed = at;
          return fail(history_error(*batch.events[at], std::move(applied.error())));
        }
      }
    } catch (...) {
      batch.blamed = at;
      return fail(history_error(*batch.events[at], thrown_error("apply")));
    }
    return receipt{};
  }

  template <class Read>
  decltype(auto) read(Read&& use) const {
    std::shared_lock const lock(mutex_);
    return use(model_);
  }
  /// Readers see the model of `other` from now on.
  void take(memory_target& other) {
    std::scoped_lock const lock(mutex_, other.mutex_);
    model_ = std::move(other.model_);
  }

 private:
  [[nodiscard]] result<void> apply(event_view const& view) {
    return decoder_.decode(view.name, view.event_version, padded_json{view.payload},
                           [&]<class E>(E const& event) -> result<void> {
                             if constexpr (applies_with_metadata<Model, E>) {
                               auto const meta = view.meta();
                               if (!meta) return fail(meta.error());
                               model_.apply(event, *meta);
                             } else if constexpr (applies_with_view<Model, E>) {
                               model_.apply(event, view);
                             } else {
                               model_.apply(event);
                             }
                             return {};
                           });
  }

  mutable std::shared_mutex mutex_;
  Model model_{};
  event_decoder<Es...> decoder_;
};

/// A model and its runner; there are two of them while a rebuild runs.
template <class Model>
struct memory_build {
  memory_target<Model, typename Model::events> target{};
  event_runner runner;

  memory_build(event_store& store, runner_settings settings)
      : runner(store, std::move(settings), target) {}
};

}  // namespace evsrc::inline v0::detail
