// SPDX-License-Identifier: Apache-2.0
// What the runner of a read model is told.
#pragma once

#include "evsrc/runtime/detail/event_runner.hpp"
#include "evsrc/runtime/detail/model_apply.hpp"
#include "evsrc/runtime/projection_options.hpp"

namespace evsrc::inline v0::detail {

/// For a model of this name that reads these events. `is_durable`: its state is in the store.
[[nodiscard]] runner_settings settings_of(projection_options const& from, std::string_view name,
                                          query names, bool is_durable);

template <class Model>
[[nodiscard]] runner_settings model_settings(projection_options const& from, bool is_durable) {
  query_item item;
  add_wire_names(item.names, static_cast<typename Model::events*>(nullptr));
  return settings_of(from, model_name<Model>(), {{std::move(item)}}, is_durable);
}

}  // namespace evsrc::inline v0::detail
