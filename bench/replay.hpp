// SPDX-License-Identifier: Apache-2.0
// Reading everything, one thread, with the library.
#pragma once

#include <algorithm>

#include "evsrc/codec/upcast.hpp"
#include "evsrc/sqlite/event_store.hpp"
#include "measurement.hpp"
#include "order.hpp"

namespace bench {

/// Reads, decodes and folds up to `max_events` behind `from`. @return how many
inline std::size_t replay(evsrc::sqlite::event_store& store, evsrc::cursor from,
                          std::size_t max_events, order_book& into) {
  evsrc::event_decoder<order_placed> decoder;
  evsrc::scope_read what{.scope = evsrc::all_events{}, .from = from};
  std::size_t count = 0;
  for (bool is_over = false; !is_over;) {
    what.max_events = std::min<std::size_t>(1'000, max_events - count);
    auto const page = must(store.query(what));
    for (auto const& view : page)
      must(decoder.decode(view.name, view.event_version, evsrc::padded_json{view.payload},
                          [&](order_placed const& order) { into.apply(order); }));
    count += page.size();
    what.from = page.next();
    is_over = page.at_end() || count >= max_events;
  }
  return count;
}

}  // namespace bench
