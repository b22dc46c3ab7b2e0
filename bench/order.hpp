// SPDX-License-Identifier: Apache-2.0
// The order that is written and read: about 400 bytes of JSON, an aggregate and a command.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "evsrc/core/event_record.hpp"
#include "evsrc/model/aggregate.hpp"
#include "evsrc/model/decision.hpp"

namespace bench {

struct order_line {
  std::string product_id;
  std::int64_t quantity = 0;
  double price = 0;
  std::string name;
};

struct order_placed {
  static constexpr evsrc::event_name wire_name{"order.placed", 1};
  std::string order_id;
  std::string customer_id;
  std::vector<order_line> items;
  double total_amount = 0;
  std::string currency;
  std::string status;
  std::string street;
  std::string city;
  std::string country;
  bool gift_wrap = false;
};

/// What the orders of one customer, or of all, come to.
struct order_book {
  static constexpr evsrc::category category{"order"};
  using events = evsrc::events<order_placed>;

  std::uint64_t orders = 0;
  std::int64_t units = 0;
  double amount = 0;

  void apply(order_placed const& placed) {
    ++orders;
    for (auto const& line : placed.items) units += line.quantity;
    amount += placed.total_amount;
  }
};

struct place_order {
  order_placed order;
};
struct too_many_orders {
  std::uint64_t orders;
};

[[nodiscard]] inline evsrc::decision<order_book, too_many_orders> decide(
    order_book const& book, place_order const& wanted) {
  if (book.orders > 1'000'000'000) return evsrc::reject(too_many_orders{book.orders});
  return wanted.order;
}

[[nodiscard]] order_placed const& sample_order();
/// As the codec writes it, and as the handler's metadata are encoded.
[[nodiscard]] std::string const& sample_payload();
[[nodiscard]] std::string const& sample_metadata();
[[nodiscard]] evsrc::metadata sample_stamp();

/// The same struct by simdjson On-Demand, written by hand: fields in the order in which they are
/// expected. Reuses the memory of `into`, as the library does.
class hand_written_reader {
 public:
  hand_written_reader();
  ~hand_written_reader();
  hand_written_reader(hand_written_reader const&) = delete;
  hand_written_reader& operator=(hand_written_reader const&) = delete;

  /// `json` is copied first, because behind a row's text there is nothing that may be read.
  void read(std::string_view json, order_placed& into);

 private:
  struct parser;
  parser* parser_;
};

}  // namespace bench
