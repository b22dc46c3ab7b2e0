// SPDX-License-Identifier: Apache-2.0
// Order lines and the rules that events share.
#include "evsrc/retail/order_item.hpp"

#include <algorithm>

#include "checks.hpp"

namespace evsrc::inline v0::retail {
namespace detail {

result<> check_id(std::string_view field, std::string_view value) {
  if (value.empty()) return invalid(std::string(field), "must not be empty");
  constexpr auto most = std::min(limits::stream_key_bytes, limits::tag_value_bytes);
  if (value.size() > most)
    return invalid(std::string(field), "must have at most " + std::to_string(most) +
                                           " bytes, has " + std::to_string(value.size()));
  return {};
}

result<> check_optional_id(std::string_view field, std::string_view value) {
  return value.empty() ? result<>{} : check_id(field, value);
}

result<> check_text(std::string_view field, std::string_view value) {
  if (value.empty()) return invalid(std::string(field), "must not be empty");
  return {};
}

result<> check_currency(std::string_view value) {
  bool const letters =
      std::all_of(value.begin(), value.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  if (value.size() == 3 && letters) return {};
  return invalid("currency",
                 "must be three capital letters, is \"" + std::string(value.substr(0, 16)) + "\"");
}

result<> check_quantity(std::string_view field, std::int64_t value) {
  if (value <= 0)
    return invalid(std::string(field), "must be above zero, is " + std::to_string(value));
  if (value > quantity_max)
    return invalid(std::string(field), "must be at most " + std::to_string(quantity_max) + ", is " +
                                           std::to_string(value));
  return {};
}

result<> check_above_zero(std::string_view field, money value) {
  if (value > money{0, 0}) return {};
  return invalid(std::string(field), "must be above zero, is " + to_string(value));
}

result<> check_items(std::vector<order_item> const& items, bool may_be_empty) {
  if (items.empty() && !may_be_empty) return invalid("items", "must not be empty");
  if (items.size() > order_items_max)
    return invalid("items", "must be at most " + std::to_string(order_items_max) + ", are " +
                                std::to_string(items.size()));
  for (std::size_t at = 0; at < items.size(); ++at) {
    auto const sound = items[at].validate();
    if (!sound)
      return fail(errc::invalid_argument,
                  "items[" + std::to_string(at) + "]." + sound.error().message);
  }
  return {};
}

result<> check_sum(std::string_view field, std::vector<order_item> const& items, money stated) {
  if (items.empty()) return {};
  auto const sum = total_of(items);
  if (!sum) return fail(sum.error());
  if (*sum == stated) return {};
  return invalid(std::string(field), "must equal the sum of the items, " + to_string(*sum) +
                                         ", is " + to_string(stated));
}

}  // namespace detail

result<> order_item::validate() const {
  EVSRC_TRY(detail::check_id("product_id", product_id));
  EVSRC_TRY(detail::check_quantity("quantity", quantity));
  return detail::check_above_zero("price", price);
}

result<money> total_of(std::vector<order_item> const& items) {
  money sum;
  sum.scale = 0;
  for (auto const& item : items) {
    auto const amount = checked_multiply(item.price, item.quantity);
    auto const next = amount ? checked_add(sum, *amount) : std::nullopt;
    if (!next) return invalid("total_amount", "the sum of the items does not fit 64 bits");
    sum = *next;
  }
  return sum;
}

}  // namespace evsrc::inline v0::retail
