// SPDX-License-Identifier: Apache-2.0
// Text to typed rows. A reason is one word, so that rejections can be counted by it.
#include "sale_row.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <limits>

#include "csv_reader.hpp"

namespace retail_example {
namespace {

constexpr std::array<std::string_view, 8> names{"InvoiceNo",  "StockCode",   "Description",
                                                "Quantity",   "InvoiceDate", "UnitPrice",
                                                "CustomerID", "Country"};
enum column : std::size_t {
  invoice,
  stock_code,
  description,
  quantity,
  time,
  price,
  customer,
  country
};

/// Beyond these a number is a misreading; quantity times price still fits 64 bits.
constexpr std::int64_t quantity_max = 1'000'000'000;
constexpr std::int64_t price_milli_max = 1'000'000'000;
/// Of a whole row: ten million pounds. What is summed over all rows of a file then fits 64 bits,
/// unless they are more than 900 million, which is a file of more than 20 GB and days of import.
constexpr std::int64_t value_milli_max = 10'000'000'000;
static_assert(std::numeric_limits<std::int64_t>::max() / value_milli_max > 900'000'000);
constexpr std::size_t key_bytes_max = 64;

bool is_text(std::string_view field) noexcept {
  auto const* at = reinterpret_cast<unsigned char const*>(field.data());
  auto const* const end = at + field.size();
  while (at != end) {
    if (*at < 0x20) return false;  // NUL and other control characters
    if (*at < 0x80) {
      ++at;
      continue;
    }
    int const more = *at >= 0xF0 ? 3 : *at >= 0xE0 ? 2 : 1;  // bytes behind the first
    unsigned code = *at & (0x3FU >> more);
    if (*at < 0xC2 || *at > 0xF4 || end - at <= more) return false;
    for (int i = 1; i <= more; ++i) {
      if ((at[i] & 0xC0U) != 0x80) return false;
      code = code << 6U | (at[i] & 0x3FU);
    }
    constexpr unsigned least[] = {0, 0x80, 0x800, 0x10000};
    if (code < least[more] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return false;
    at += more + 1;
  }
  return true;
}

bool read_integer(std::string_view text, std::int64_t& to) noexcept {
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), to);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::int64_t value_milli_gbp(std::int64_t quantity, evsrc::money price) noexcept {
  auto const total = evsrc::checked_multiply(price, quantity);
  auto const milli = total ? evsrc::rescale(*total, 3) : std::nullopt;
  return milli ? milli->units : 0;
}

evsrc::result<sale_columns> sale_columns::from_header(std::string_view header) {
  std::vector<std::string_view> fields;
  std::string storage;
  std::string wrong;
  if (auto const why = split_csv(header, fields, storage); !why.empty()) wrong = why;
  sale_columns found;
  found.count_ = fields.size();
  for (std::size_t i = 0; i != names.size(); ++i) {
    auto const at = std::find(fields.begin(), fields.end(), names[i]);
    found.index_[i] = static_cast<std::size_t>(at - fields.begin());
    if (at == fields.end())
      wrong += (wrong.empty() ? "" : ", ") + ("no column " + std::string(names[i]));
    else if (std::find(at + 1, fields.end(), names[i]) != fields.end())
      wrong += (wrong.empty() ? "" : ", ") + ("two columns " + std::string(names[i]));
  }
  if (wrong.empty()) return found;
  return evsrc::fail(evsrc::errc::malformed,
                     "line 1 is not the header of an Online Retail file: " + wrong, "sale_columns");
}

std::string_view sale_columns::read(std::string_view line, std::vector<std::string_view>& fields,
                                    std::string& storage, sale_row& row) const {
  if (!split_csv(line, fields, storage).empty()) return "quotes";
  if (fields.size() != count_) return "columns";
  auto const field = [&](column which) { return fields[index_[which]]; };
  // Numbers first: a row that is rejected for another reason still counts in units and value.
  bool const has_quantity = read_integer(field(quantity), row.quantity) &&
                            row.quantity >= -quantity_max && row.quantity <= quantity_max;
  if (!has_quantity) row.quantity = 0;
  auto const amount = evsrc::parse_money(field(price));
  auto const milli = amount ? evsrc::rescale(*amount, 3) : std::nullopt;
  bool const has_price =
      milli && milli->units <= price_milli_max && milli->units >= -price_milli_max;
  if (has_price) row.price = *amount;
  // A rejected row is summed as well, so this one comes without its price.
  bool const has_value = std::abs(value_milli_gbp(row.quantity, row.price)) <= value_milli_max;
  if (!has_value) row.price = {};
  auto const when = evsrc::parse_timestamp(field(time));
  if (when) row.time = *when;
  for (auto const which : {invoice, stock_code, description, customer, country})
    if (!is_text(field(which))) return "text";
  row.invoice = field(invoice);
  row.stock_code = field(stock_code);
  row.description = field(description);
  row.customer = field(customer);
  row.country = field(country);
  if (row.invoice.empty() || row.invoice.size() > key_bytes_max) return "invoice";
  if (row.stock_code.empty() || row.stock_code.size() > key_bytes_max) return "stock_code";
  if (row.customer.size() > key_bytes_max) return "customer";
  if (!has_quantity) return "quantity";
  if (!has_price) return "price";
  if (!has_value) return "value";
  if (!when) return "date";
  return {};
}

}  // namespace retail_example
