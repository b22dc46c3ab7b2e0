// SPDX-License-Identifier: Apache-2.0
// Returns, adjustments and rejected rows.
#include "checks.hpp"
#include "evsrc/retail/adjustment.hpp"
#include "evsrc/retail/return.hpp"
#include "evsrc/retail/row_rejected.hpp"

namespace evsrc::inline v0::retail {
namespace {

using namespace detail;

template <class Return>
result<> check_return(Return const& value) {
  EVSRC_TRY(check_id("return_id", value.return_id));
  EVSRC_TRY(check_id("customer_id", value.customer_id));
  if (value.items.empty()) return invalid("items", "must not be empty");
  if (value.items.size() > order_items_max)
    return invalid("items", "must be at most " + std::to_string(order_items_max));
  for (std::size_t at = 0; at < value.items.size(); ++at) {
    auto const& item = value.items[at];
    auto const field = "items[" + std::to_string(at) + "].";
    EVSRC_TRY(check_id(field + "product_id", item.product_id));
    EVSRC_TRY(check_quantity(field + "quantity", item.quantity));
    if (item.price < money{0, 0})
      return invalid(field + "price", "must not be below zero, is " + to_string(item.price));
  }
  EVSRC_TRY(total_of(value.items));
  return check_currency(value.currency);
}

template <class Adjustment>
result<money> amount_of(Adjustment const& value) {
  EVSRC_TRY(check_id("adjustment_id", value.adjustment_id));
  EVSRC_TRY(check_id("product_id", value.product_id));
  if (value.quantity < -quantity_max || value.quantity > quantity_max)
    return invalid("quantity", "must not be beyond " + std::to_string(quantity_max) +
                                   " either way, is " + std::to_string(value.quantity));
  EVSRC_TRY(check_currency(value.currency));
  auto const amount = checked_multiply(value.price, value.quantity);
  if (!amount) return invalid("price", "times quantity does not fit 64 bits");
  return *amount;
}

}  // namespace

result<> return_recorded::validate() const {
  EVSRC_TRY(check_return(*this));
  return check_sum("refund_amount", items, refund_amount);
}

result<> record_return::validate() const { return check_return(*this); }

void return_note::apply(return_recorded const& event) {
  return_id = event.return_id;
  customer_id = event.customer_id;
  lines += static_cast<std::int64_t>(event.items.size());
  for (auto const& item : event.items) units += item.quantity;
  refund = checked_add(refund, event.refund_amount).value_or(refund);
}

decision<return_note> decide(return_note const&, record_return const& command) {
  return return_recorded{command.return_id, command.customer_id,
                         command.items,     total_of(command.items).value_or(money{}),
                         command.currency,  command.country};
}

result<> adjustment_recorded::validate() const {
  auto const exact = amount_of(*this);
  if (!exact) return fail(exact.error());
  if (*exact == amount) return {};
  return invalid("amount", "must equal quantity times price, " + to_string(*exact) + ", is " +
                               to_string(amount));
}

result<> record_adjustment::validate() const {
  EVSRC_TRY(amount_of(*this));
  return {};
}

void adjustment_note::apply(adjustment_recorded const& event) {
  adjustment_id = event.adjustment_id;
  ++lines;
  amount = checked_add(amount, event.amount).value_or(amount);
}

decision<adjustment_note> decide(adjustment_note const&, record_adjustment const& command) {
  return adjustment_recorded{command.adjustment_id,
                             command.product_id,
                             command.quantity,
                             command.price,
                             checked_multiply(command.price, command.quantity).value_or(money{}),
                             command.currency,
                             command.description,
                             command.line,
                             command.country};
}

result<> row_rejected::validate() const {
  EVSRC_TRY(check_text("file", file));
  if (row < 1) return invalid("row", "must be above zero, is " + std::to_string(row));
  EVSRC_TRY(check_id("reason", reason));
  return check_text("message", message);
}

}  // namespace evsrc::inline v0::retail
