// SPDX-License-Identifier: Apache-2.0
// Read models: events to something that is easy to ask.
// Start with examples/05_projection; docs/projections.md tells the rest.
#pragma once

#include "evsrc/runtime/memory_projection.hpp"
#include "evsrc/runtime/table_projection.hpp"

namespace evsrc::inline v0 {

/// `evsrc::projection<totals> orders{store};` for a model with `apply(E const&)`, see
/// memory_projection; `evsrc::projection<totals, evsrc::sqlite::event_store> orders{store};` for a
/// model with `apply(transaction&, E const&)`, see table_projection. `store` is the store itself,
/// `**opened` where `opened` is what `open` answered. Then `poll()` until it moved nothing, or
/// `start()`; and `read`.
template <class Model, class Store = event_store>
using projection = std::conditional_t<detail::table_model<Model, Store>,
                                      table_projection<Model, Store>, memory_projection<Model>>;

}  // namespace evsrc::inline v0
