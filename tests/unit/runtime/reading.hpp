// SPDX-License-Identifier: Apache-2.0
// A small shop and its store, which the tests of subscriptions and projections share.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "evsrc/codec/json_codec.hpp"
#include "evsrc/core/random.hpp"
#include "evsrc/memory/event_store.hpp"
#include "evsrc/model/events.hpp"
#include "evsrc/testing/manual_clock.hpp"

namespace reading {

struct item_sold {
  static constexpr evsrc::event_name wire_name{"item.sold", 2, "item.was-sold"};
  std::string sku;
  std::int64_t quantity = 0;
  struct version_1 {
    static constexpr evsrc::event_name wire_name{"item.sold", 1};
    std::string sku;  // one piece at a time
  };
  using previous = version_1;
};
inline item_sold upcast(item_sold::version_1 const& old) { return {old.sku, 1}; }

struct item_returned {
  static constexpr evsrc::event_name wire_name{"item.returned", 1};
  std::string sku;
  std::int64_t quantity = 0;
};
struct shop_opened {
  static constexpr evsrc::event_name wire_name{"shop.opened", 1};
  std::string where;
};
struct thanks_sent {
  static constexpr evsrc::event_name wire_name{"thanks.sent", 1};
  std::string sku;
};

inline evsrc::new_event raw(std::string name, std::uint32_t version, std::string payload) {
  evsrc::new_event made;
  made.name = std::move(name);
  made.version = version;
  made.payload = std::move(payload);
  made.meta.id = evsrc::make_event_id(evsrc::timestamp{}, evsrc::system_random());
  made.meta.correlation = "corr";
  return made;
}
template <class E>
evsrc::new_event event_of(E const& from) {
  auto made = raw(std::string(E::wire_name.name), E::wire_name.version, "");
  auto const encoded = evsrc::encode_json(from, made.payload);
  if (!encoded) throw std::runtime_error(to_string(encoded.error()));
  return made;
}

inline evsrc::receipt write(evsrc::event_store& store, std::string const& key,
                            std::vector<evsrc::new_event> events) {
  evsrc::commit what;
  what.appends.push_back({{"shop", key}, evsrc::expected_version::any(), std::move(events)});
  auto done = store.commit(std::move(what));
  if (!done) throw std::runtime_error(to_string(done.error()));
  return *done;
}
inline evsrc::receipt sell(evsrc::event_store& store, std::string const& key, std::string sku,
                           std::int64_t quantity = 1) {
  return write(store, key, {event_of(item_sold{std::move(sku), quantity})});
}
inline std::uint64_t count_of(evsrc::event_store& store, evsrc::stream_id const& stream) {
  auto const page = store.read({.stream = stream});
  return page ? page->version() : 0;
}
/// Polls until there is nothing to do. @return events passed
template <class Loop>
std::size_t drain(Loop& loop) {
  std::size_t total = 0;
  for (;;) {
    auto const done = loop.poll();
    if (!done || *done == 0) return total;
    total += *done;
  }
}

/// Pieces sold for each sku, in memory. A sku "bomb" throws while `is_armed`.
struct sales {
  static constexpr std::string_view name = "sales";
  using events = evsrc::events<item_sold, item_returned>;
  std::map<std::string, std::int64_t> pieces;
  std::vector<std::string> order;

  inline static bool is_armed = true;

  void apply(item_sold const& e) {
    if (e.sku == "bomb" && is_armed) throw std::runtime_error("bang");
    pieces[e.sku] += e.quantity;
    order.push_back(e.sku);
  }
  void apply(item_returned const& e) { pieces[e.sku] -= e.quantity; }
};
struct with_armed_bombs {
  explicit with_armed_bombs(bool armed = true) { sales::is_armed = armed; }
  ~with_armed_bombs() { sales::is_armed = true; }
};

}  // namespace reading
