// SPDX-License-Identifier: Apache-2.0
// The operators of a rule's SQL on values.
#include "sql_value.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "evsrc/core/limits.hpp"

namespace evsrc::inline v0::detail {
namespace {

double as_double(property_value const& value) noexcept {
  auto const* const integer = std::get_if<std::int64_t>(&value);
  return integer != nullptr ? static_cast<double>(*integer) : *std::get_if<double>(&value);
}

template <class T>
bool holds(comparison how, T const& left, T const& right) noexcept {
  switch (how) {
    case comparison::equal: return left == right;
    case comparison::unequal: return left != right;
    case comparison::less: return left < right;
    case comparison::greater: return left > right;
    case comparison::at_most: return left <= right;
    case comparison::at_least: return left >= right;
  }
  return false;
}

/// Nothing of other types; of those without an order nothing but equality.
template <class T>
truth compare_as(bool is_ordered, comparison how, property_value const& left,
                 property_value const& right) noexcept {
  auto const* const a = std::get_if<T>(&left);
  auto const* const b = std::get_if<T>(&right);
  if (a == nullptr || b == nullptr) return std::nullopt;
  if (!is_ordered && how != comparison::equal && how != comparison::unequal) return std::nullopt;
  return holds(how, *a, *b);
}

tl::unexpected<error> beyond_64_bits() {
  return fail(errc::invalid_argument, "an integer leaves 64 bits");
}

result<property_value> divide(arithmetic how, std::int64_t left, std::int64_t right) {
  if (right == 0) return fail(errc::invalid_argument, "an integer is divided by zero");
  if (right == -1 && left == std::numeric_limits<std::int64_t>::min()) return beyond_64_bits();
  return how == arithmetic::divide ? left / right : left % right;
}

/// The product of two magnitudes and its sign, checked before it is made.
bool multiplies(std::int64_t left, std::int64_t right) noexcept {
  using limit = std::numeric_limits<std::int64_t>;
  if (left == 0 || right == 0) return true;
  if (left > 0) return right > 0 ? left <= limit::max() / right : right >= limit::min() / left;
  return right > 0 ? left >= limit::min() / right : right >= limit::max() / left;
}

bool adds(std::int64_t left, std::int64_t right) noexcept {
  using limit = std::numeric_limits<std::int64_t>;
  return right >= 0 ? left <= limit::max() - right : left >= limit::min() - right;
}

bool subtracts(std::int64_t left, std::int64_t right) noexcept {
  using limit = std::numeric_limits<std::int64_t>;
  return right >= 0 ? left >= limit::min() + right : left <= limit::max() + right;
}

result<property_value> compute_integers(arithmetic how, std::int64_t left, std::int64_t right) {
  switch (how) {
    case arithmetic::add:
      if (!adds(left, right)) return beyond_64_bits();
      return left + right;
    case arithmetic::subtract:
      if (!subtracts(left, right)) return beyond_64_bits();
      return left - right;
    case arithmetic::multiply:
      if (!multiplies(left, right)) return beyond_64_bits();
      return left * right;
    case arithmetic::divide:
    case arithmetic::remainder: return divide(how, left, right);
  }
  return unknown;
}

double compute_doubles(arithmetic how, double left, double right) noexcept {
  switch (how) {
    case arithmetic::add: return left + right;
    case arithmetic::subtract: return left - right;
    case arithmetic::multiply: return left * right;
    case arithmetic::divide: return left / right;
    case arithmetic::remainder: return std::fmod(left, right);
  }
  return 0;
}

result<property_value> join(property_value const& left, property_value const& right) {
  auto first = text_of(left);
  auto const second = text_of(right);
  if (!first || !second) return unknown;
  if (first->size() + second->size() > limits::message_property_bytes)
    return fail(errc::limit_exceeded,
                "a text grows beyond " + std::to_string(limits::message_property_bytes) + " bytes");
  return property_value{*std::move(first) + *second};
}

/// The next character of UTF-8; a byte that belongs to none stands for itself.
std::string_view next_character(std::string_view text) noexcept {
  auto const lead = static_cast<unsigned char>(text.front());
  std::size_t const length = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  std::size_t have = 1;
  while (have < length && have < text.size() &&
         (static_cast<unsigned char>(text[have]) & 0xc0U) == 0x80)
    ++have;
  return text.substr(0, have);
}

struct pattern_part {
  enum class kind : std::uint8_t { literal, any_one, any_run } what = kind::literal;
  std::string_view literal{};
};

result<std::vector<pattern_part>> parts_of(std::string_view pattern,
                                           std::optional<std::string_view> escape) {
  using kind = pattern_part::kind;
  if (pattern.size() > limits::rule_expression_bytes)
    return fail(errc::limit_exceeded, "the pattern of LIKE has " + std::to_string(pattern.size()) +
                                          " bytes, at most " +
                                          std::to_string(limits::rule_expression_bytes));
  if (escape && (escape->empty() || next_character(*escape).size() != escape->size()))
    return fail(errc::invalid_argument, "the ESCAPE of LIKE is not one character");
  std::vector<pattern_part> parts;
  while (!pattern.empty()) {
    auto one = next_character(pattern);
    pattern.remove_prefix(one.size());
    if (escape && one == *escape) {
      if (pattern.empty())
        return fail(errc::invalid_argument, "the pattern of LIKE ends with its escape");
      one = next_character(pattern);
      pattern.remove_prefix(one.size());
      parts.push_back({kind::literal, one});
    } else if (one == "%") {
      if (parts.empty() || parts.back().what != kind::any_run) parts.push_back({kind::any_run, {}});
    } else {
      parts.push_back({one == "_" ? kind::any_one : kind::literal, one});
    }
  }
  return parts;
}

/// On a mismatch the last '%' takes one character more; earlier ones never need to.
bool matches(std::string_view text, std::vector<pattern_part> const& parts) {
  using kind = pattern_part::kind;
  std::size_t part = 0;
  auto run = parts.size();  // the last '%' passed; all of them: none yet
  std::string_view run_text;
  while (true) {
    if (part != parts.size() && parts[part].what == kind::any_run) {
      run = part++;
      run_text = text;
    } else if (text.empty()) {
      return part == parts.size();
    } else if (auto const one = next_character(text);
               part != parts.size() &&
               (parts[part].what == kind::any_one || parts[part].literal == one)) {
      text.remove_prefix(one.size());
      ++part;
    } else {
      if (run == parts.size()) return false;
      run_text.remove_prefix(next_character(run_text).size());
      text = run_text;
      part = run + 1;
    }
  }
}

struct text_writer {
  using maybe = std::optional<std::string>;

  maybe operator()(std::monostate) const { return std::nullopt; }
  maybe operator()(bool value) const { return value ? "True" : "False"; }
  maybe operator()(std::int64_t value) const { return std::to_string(value); }
  maybe operator()(double value) const {
    std::array<char, 32> room{};
    auto const written = std::to_chars(room.data(), room.data() + room.size(), value);
    return std::string(room.data(), written.ptr);
  }
  maybe operator()(std::string const& value) const { return value; }
  maybe operator()(timestamp value) const { return to_string(value); }
  maybe operator()(uuid const& value) const { return to_string(value); }
  maybe operator()(bytes const&) const { return std::nullopt; }
};

}  // namespace

bool is_number(property_value const& value) noexcept {
  return std::holds_alternative<std::int64_t>(value) || std::holds_alternative<double>(value);
}

truth truth_of(property_value const& value) noexcept {
  auto const* const known = std::get_if<bool>(&value);
  return known == nullptr ? truth{} : truth{*known};
}

property_value value_of(truth known) noexcept { return known ? property_value{*known} : unknown; }

truth both(truth left, truth right) noexcept {
  if ((left && !*left) || (right && !*right)) return false;
  return left && right ? truth{true} : truth{};
}

truth either(truth left, truth right) noexcept {
  if ((left && *left) || (right && *right)) return true;
  return left && right ? truth{false} : truth{};
}

truth negated(truth of) noexcept { return of ? truth{!*of} : truth{}; }

truth compare(comparison how, property_value const& left, property_value const& right) noexcept {
  if (is_number(left) && is_number(right)) {
    if (left.index() == right.index() && std::holds_alternative<std::int64_t>(left))
      return compare_as<std::int64_t>(true, how, left, right);
    return holds(how, as_double(left), as_double(right));
  }
  if (left.index() != right.index()) return std::nullopt;
  if (std::holds_alternative<std::string>(left))
    return compare_as<std::string>(true, how, left, right);
  if (std::holds_alternative<timestamp>(left)) return compare_as<timestamp>(true, how, left, right);
  if (std::holds_alternative<bool>(left)) return compare_as<bool>(false, how, left, right);
  if (std::holds_alternative<uuid>(left)) return compare_as<uuid>(false, how, left, right);
  if (std::holds_alternative<bytes>(left)) return compare_as<bytes>(false, how, left, right);
  return std::nullopt;
}

result<property_value> compute(arithmetic how, property_value const& left,
                               property_value const& right) {
  if (is_number(left) && is_number(right)) {
    auto const* const a = std::get_if<std::int64_t>(&left);
    auto const* const b = std::get_if<std::int64_t>(&right);
    if (a != nullptr && b != nullptr) return compute_integers(how, *a, *b);
    return property_value{compute_doubles(how, as_double(left), as_double(right))};
  }
  bool const has_text =
      std::holds_alternative<std::string>(left) || std::holds_alternative<std::string>(right);
  if (how == arithmetic::add && has_text) return join(left, right);
  return unknown;
}

result<property_value> negative(property_value const& of) {
  if (std::holds_alternative<std::int64_t>(of))
    return compute(arithmetic::subtract, std::int64_t{0}, of);
  auto const* const real = std::get_if<double>(&of);
  return real == nullptr ? unknown : property_value{-*real};
}

result<bool> is_like(std::string_view text, std::string_view pattern,
                     std::optional<std::string_view> escape) {
  auto const parts = parts_of(pattern, escape);
  if (!parts) return fail(parts.error());
  return matches(text, *parts);
}

std::optional<std::string> text_of(property_value const& value) {
  return std::visit(text_writer{}, value);
}

}  // namespace evsrc::inline v0::detail
