// SPDX-License-Identifier: Apache-2.0
// What the shop does with a row, and at the end of a day.
#pragma once

#include <functional>
#include <string>
#include <unordered_set>
#include <vector>

#include "bulk_writer.hpp"
#include "evsrc/retail/adjustment.hpp"
#include "evsrc/retail/order.hpp"
#include "evsrc/retail/order_commands.hpp"
#include "evsrc/retail/return.hpp"
#include "evsrc/retail/row_rejected.hpp"
#include "evsrc/retail/stock.hpp"
#include "evsrc/retail/stock_commands.hpp"
#include "import_book.hpp"
#include "sale_row.hpp"

namespace retail_example {

/// Works off all messages of the services, at a moment of the data's own time, by the rules that
/// the import began with.
using order_worker =
    std::function<evsrc::result<void>(evsrc::timestamp, evsrc::retail::stock_policy const&)>;

/// More lines than this and the order's further rows are rejected: an order is reserved in one
/// commit.
inline constexpr std::int64_t order_lines_max = 2'000;

/// The stream of rows that broke a rule. Key: the book's.
struct rejected_rows {
  static constexpr evsrc::category category{"rejected"};
  using events = evsrc::events<evsrc::retail::row_rejected>;
  std::int64_t count = 0;
  void apply(evsrc::retail::row_rejected const&) { ++count; }
};

/// Turns rows into events and commits them together with the book. One thread.
class shop {
 public:
  /// @errors what reading the book says
  [[nodiscard]] static evsrc::result<shop> open(evsrc::event_store& store, std::string book_key,
                                                order_worker work_off);

  [[nodiscard]] import_book const& book() const noexcept { return *book_; }
  [[nodiscard]] evsrc::result<void> start(std::string file, shop_options const& options);

  /// Takes one row; `broken` is why it could not be read, empty where it could.
  [[nodiscard]] evsrc::result<void> take(sale_row const& row, std::string_view broken);
  /// Commits the rows that were taken since the last time, with the book.
  [[nodiscard]] evsrc::result<void> flush(std::string prefix_hash);
  /// True where `flush` is due: a commit has limits.
  [[nodiscard]] bool is_full() const noexcept;
  /// True where `row` begins a later day, so that `flush` and `close_day` come first.
  [[nodiscard]] bool ends_day(sale_row const& row) const noexcept;
  [[nodiscard]] evsrc::result<void> close_day();
  /// The end of the latest day that is closed; the epoch before the first.
  [[nodiscard]] evsrc::timestamp closed_until() const noexcept;
  [[nodiscard]] evsrc::retail::stock_policy policy() const noexcept;

 private:
  using writer =
      bulk_writer<import_book, evsrc::retail::order, evsrc::retail::stock,
                  evsrc::retail::return_note, evsrc::retail::adjustment_note, rejected_rows>;

  shop(evsrc::event_store& store, std::string book_key, order_worker work_off);

  [[nodiscard]] evsrc::result<void> take_sale(sale_row const& row);
  [[nodiscard]] evsrc::result<void> take_return(sale_row const& row);
  [[nodiscard]] evsrc::result<void> take_adjustment(sale_row const& row);
  [[nodiscard]] evsrc::result<void> take_write_off(sale_row const& row);
  [[nodiscard]] evsrc::result<void> reject(sale_row const& row, std::string reason,
                                           std::string message);

  [[nodiscard]] evsrc::result<void> receive_due(calendar_day through);
  [[nodiscard]] evsrc::result<void> place_orders();
  [[nodiscard]] evsrc::result<void> place(std::string const& order_id);
  [[nodiscard]] evsrc::result<void> note_outcome(std::string const& order_id);
  [[nodiscard]] evsrc::result<std::vector<evsrc::retail::stock_shortage>> shortages_of(
      evsrc::retail::order const& order);
  [[nodiscard]] evsrc::result<void> keep_waiting(
      std::string const& order_id, std::vector<evsrc::retail::stock_shortage> const& shortages);
  [[nodiscard]] evsrc::result<void> order_delivery(std::string const& sku, std::int64_t quantity);
  [[nodiscard]] evsrc::result<void> reorder_if_low(std::string const& sku);
  [[nodiscard]] evsrc::result<evsrc::retail::stock const*> opened_stock(std::string const& sku,
                                                                        evsrc::timestamp time);
  [[nodiscard]] evsrc::timestamp closing_time() const noexcept;

  writer writer_;
  order_worker work_off_;
  std::string book_key_;
  import_book const* book_ = nullptr;
  std::int64_t last_row_ = 0;
  std::int64_t rows_taken_ = 0;
  calendar_day day_ = no_day;
  std::vector<std::string> reopened_;
  std::unordered_set<std::string> reopened_set_;
};

}  // namespace retail_example
