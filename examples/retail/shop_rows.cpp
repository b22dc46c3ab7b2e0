// SPDX-License-Identifier: Apache-2.0
// Rows to events: each row ends as an event of an order, a return, an adjustment or a stock, or as
// a rejected row with its reason.
#include <chrono>

#include "evsrc/model/decision_context.hpp"
#include "shop.hpp"
#include "shop_events.hpp"

namespace retail_example {

namespace retail = evsrc::retail;

namespace {

constexpr std::size_t rows_per_commit = 1'000;
constexpr std::size_t events_per_commit = 2'500;

std::string customer_of(sale_row const& row) {
  return row.customer.empty() ? retail::anonymous_customer : std::string(row.customer);
}

retail::order_item item_of(sale_row const& row, std::int64_t quantity) {
  return {std::string(row.stock_code), quantity, row.price, std::string(row.description),
          static_cast<std::int64_t>(row.number)};
}

std::string reference_of(sale_row const& row) {
  return std::string(row.invoice) + " row " + std::to_string(row.number);
}

bool is_above_zero(evsrc::money price) noexcept { return price.units > 0; }

}  // namespace

shop::shop(evsrc::event_store& store, std::string book_key, order_worker work_off)
    : writer_(store, "examples/retail"),
      work_off_(std::move(work_off)),
      book_key_(std::move(book_key)) {}

evsrc::result<shop> shop::open(evsrc::event_store& store, std::string book_key,
                               order_worker work_off) {
  shop opened(store, std::move(book_key), std::move(work_off));
  auto const book = opened.writer_.open<import_book>(opened.book_key_);
  if (!book) return evsrc::fail(book.error());
  opened.book_ = &(*book)->state;
  opened.last_row_ = opened.book_->through_row;
  opened.day_ = opened.book_->day;
  return opened;
}

evsrc::result<void> shop::start(std::string file, shop_options const& options) {
  auto const now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  return writer_.add<import_book>(book_key_, import_started{std::move(file), options}, now);
}

retail::stock_policy shop::policy() const noexcept {
  return {book_->shop.low_stock, book_->shop.reorder_point, book_->shop.allow_backorder};
}

bool shop::is_full() const noexcept {
  return rows_taken_ >= static_cast<std::int64_t>(rows_per_commit) ||
         writer_.events() >= events_per_commit;
}

bool shop::ends_day(sale_row const& row) const noexcept {
  // A day that is closed already stays so: an import may be cut off between the close and this row.
  return last_row_ != 0 && day_of(row.time) > day_ && book_->closed < day_;
}

evsrc::result<void> shop::take(sale_row const& row, std::string_view broken) {
  ++rows_taken_;
  last_row_ = static_cast<std::int64_t>(row.number);
  if (row.time != evsrc::timestamp{}) day_ = std::max(day_, day_of(row.time));
  if (!broken.empty())
    return reject(row, std::string(broken), std::string(broken) + ": cannot be read");
  if (row.quantity == 0) return reject(row, "quantity", "quantity: must not be zero");
  if (row.invoice.front() == 'C') return take_return(row);
  if (row.invoice.front() == 'A') return take_adjustment(row);
  return row.quantity < 0 ? take_write_off(row) : take_sale(row);
}

evsrc::result<void> shop::take_sale(sale_row const& row) {
  if (!is_above_zero(row.price))
    return reject(row, "price", "price: must be above zero, is " + to_string(row.price));
  std::string const key(row.invoice);
  auto const found = writer_.open<retail::order>(key);
  if (!found) return evsrc::fail(found.error());
  retail::order const& order = (*found)->state;
  if (static_cast<std::int64_t>(order.items.size()) >= order_lines_max)
    return reject(row, "order_too_large",
                  "order: has " + std::to_string(order.items.size()) + " lines already");
  if (!order.exists()) {
    retail::create_order command{key, customer_of(row), {item_of(row, row.quantity)}, {}, "GBP",
                                 {}};
    if (!row.country.empty()) command.shipping_address["country"] = row.country;
    if (auto const valid = command.validate(); !valid)
      return reject(row, "rule", valid.error().message);
    EVSRC_TRY(add_all<retail::order>(writer_, key, decide(order, command), row.time));
  } else {
    retail::add_order_lines const command{{item_of(row, row.quantity)}};
    if (auto const valid = command.validate(); !valid)
      return reject(row, "rule", valid.error().message);
    auto const decided = decide(order, command);
    if (decided.is_rejected())
      return reject(row, "order_state", "order: takes no more lines, or its total does not fit");
    EVSRC_TRY(add_all<retail::order>(writer_, key, decided, row.time));
  }
  if (reopened_set_.insert(key).second) reopened_.push_back(key);
  return {};
}

evsrc::result<void> shop::take_return(sale_row const& row) {
  if (row.quantity > 0)
    return reject(row, "return_quantity", "quantity: a return takes pieces back, is above zero");
  if (row.price.units < 0)
    return reject(row, "price", "price: must not be below zero, is " + to_string(row.price));
  std::string const key(row.invoice);
  retail::record_return command{key, customer_of(row), {item_of(row, -row.quantity)}, "GBP", {}};
  if (!row.country.empty()) command.country = row.country;
  if (auto const valid = command.validate(); !valid)
    return reject(row, "rule", valid.error().message);
  auto const note = writer_.open<retail::return_note>(key);
  if (!note) return evsrc::fail(note.error());
  EVSRC_TRY(add_all<retail::return_note>(writer_, key, decide((*note)->state, command), row.time));

  std::string const sku(row.stock_code);
  auto const stock = opened_stock(sku, row.time);
  if (!stock) return evsrc::fail(stock.error());
  retail::receive_stock const back{
      sku, -row.quantity, retail::stock_reason::returned, {}, "main", reference_of(row), policy()};
  return add_all<retail::stock>(writer_, sku, decide(**stock, back), row.time);
}

evsrc::result<void> shop::take_adjustment(sale_row const& row) {
  std::string const key(row.invoice);
  retail::record_adjustment command{key,
                                    std::string(row.stock_code),
                                    row.quantity,
                                    row.price,
                                    "GBP",
                                    std::string(row.description),
                                    static_cast<std::int64_t>(row.number),
                                    {}};
  if (!row.country.empty()) command.country = row.country;
  if (auto const valid = command.validate(); !valid)
    return reject(row, "rule", valid.error().message);
  auto const note = writer_.open<retail::adjustment_note>(key);
  if (!note) return evsrc::fail(note.error());
  return add_all<retail::adjustment_note>(writer_, key, decide((*note)->state, command), row.time);
}

/// Pieces that the book does not have are counted in first: that they were written off says that
/// they were there. The row itself is the second event, which carries its text as headers.
evsrc::result<void> shop::take_write_off(sale_row const& row) {
  std::string const sku(row.stock_code);
  auto const stock = opened_stock(sku, row.time);
  if (!stock) return evsrc::fail(stock.error());
  retail::adjust_stock command{
      sku, 0, retail::stock_reason::corrected, {}, "main", reference_of(row), policy()};
  auto const missing = -row.quantity - (*stock)->available;
  if (missing > 0 && !book_->shop.allow_backorder) {
    command.change_amount = missing;
    EVSRC_TRY(add_all<retail::stock>(writer_, sku, decide(**stock, command), row.time));
  }
  command.change_amount = row.quantity;
  command.reason = retail::stock_reason::written_off;
  EVSRC_TRY(add_all<retail::stock>(writer_, sku, decide(**stock, command), row.time,
                                   {{"row", std::to_string(row.number)},
                                    {"invoice", std::string(row.invoice)},
                                    {"price", to_string(row.price)},
                                    {"country", std::string(row.country)}}));
  return reorder_if_low(sku);
}

evsrc::result<void> shop::reject(sale_row const& row, std::string reason, std::string message) {
  retail::row_rejected event{book_->file,
                             static_cast<std::int64_t>(row.number),
                             std::move(reason),
                             std::move(message),
                             std::string(row.invoice),
                             std::string(row.stock_code),
                             row.quantity,
                             row.price,
                             {},
                             {}};
  bool const has_time = row.time != evsrc::timestamp{};
  if (has_time) event.time = row.time;
  if (!row.country.empty()) event.country = row.country;
  auto const time = has_time ? row.time : evsrc::timestamp(std::chrono::sys_days(day_));
  return writer_.add<rejected_rows>(book_key_, event, time);
}

evsrc::result<retail::stock const*> shop::opened_stock(std::string const& sku,
                                                       evsrc::timestamp time) {
  auto const found = writer_.open<retail::stock>(sku);
  if (!found) return evsrc::fail(found.error());
  retail::stock const& stock = (*found)->state;
  if (!stock.exists() && book_->shop.opening_stock > 0) {
    retail::receive_stock const opening{
        sku, book_->shop.opening_stock, retail::stock_reason::opening, {}, "main", {}, policy()};
    EVSRC_TRY(add_all<retail::stock>(writer_, sku, decide(stock, opening), time));
  }
  return &stock;
}

evsrc::result<void> shop::flush(std::string prefix_hash) {
  if (last_row_ > book_->through_row) {
    auto const now =
        std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    EVSRC_TRY(writer_.add<import_book>(
        book_key_, rows_imported{last_row_, std::move(prefix_hash), day_, std::move(reopened_)},
        now));
  }
  reopened_.clear();
  reopened_set_.clear();
  rows_taken_ = 0;
  return writer_.commit();
}

}  // namespace retail_example
