// SPDX-License-Identifier: Apache-2.0
// Cuts a rule's SQL into words.
#include "sql_token.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "letter_case.hpp"

namespace evsrc::inline v0::detail {
namespace {

constexpr std::array<std::string_view, 13> reserved_words{
    "AND", "ESCAPE", "EXISTS", "FALSE",  "IN",  "IS",  "LIKE",
    "NOT", "NULL",   "OR",     "REMOVE", "SET", "TRUE"};

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_letter(char c) noexcept {
  auto const lower = in_lower_case(c);
  // Beyond ASCII every character counts as a letter: telling them apart takes a table.
  return (lower >= 'a' && lower <= 'z') || static_cast<unsigned char>(c) >= 0x80;
}
bool is_word_byte(char c) noexcept { return is_letter(c) || is_digit(c) || c == '_'; }
bool is_hex_digit(char c) noexcept {
  auto const lower = in_lower_case(c);
  return is_digit(c) || (lower >= 'a' && lower <= 'f');
}
bool is_blank(char c) noexcept {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

class sql_scanner {
 public:
  explicit sql_scanner(std::string_view sql) : sql_(sql) {}

  result<std::vector<sql_token>> all() {
    std::vector<sql_token> found;
    do {
      while (at_ != sql_.size() && is_blank(sql_[at_])) ++at_;
      auto one = next();
      if (!one) return fail(std::move(one.error()));
      found.push_back(std::move(*one));
    } while (found.back().kind != token_kind::end);
    return found;
  }

 private:
  [[nodiscard]] char peek(std::size_t ahead = 0) const noexcept {
    return at_ + ahead < sql_.size() ? sql_[at_ + ahead] : '\0';
  }
  [[nodiscard]] std::size_t end_of(std::size_t from, bool (*belongs)(char)) const noexcept {
    while (from != sql_.size() && belongs(sql_[from])) ++from;
    return from;
  }
  [[nodiscard]] sql_token taken(token_kind kind, std::size_t end) noexcept {
    sql_token made;
    made.kind = kind;
    made.at = at_;
    made.source = sql_.substr(at_, end - at_);
    at_ = end;
    return made;
  }
  [[nodiscard]] static tl::unexpected<error> wrong(std::size_t at, std::string const& what) {
    return fail(errc::invalid_argument, "at " + std::to_string(at) + ": " + what);
  }

  result<sql_token> next() {
    if (at_ == sql_.size()) return taken(token_kind::end, at_);
    auto const first = peek();
    if (is_letter(first)) return taken(token_kind::word, end_of(at_, is_word_byte));
    if (is_digit(first)) return number();
    if (first == '\'') return marked(token_kind::text, '\'', "a text");
    if (first == '"') return marked(token_kind::name, '"', "a name");
    if (first == '[') return marked(token_kind::name, ']', "a name");
    return symbol();
  }

  /// Between marks; the closing one stands twice for itself.
  result<sql_token> marked(token_kind kind, char closing, char const* what) {
    std::string text;
    for (auto at = at_ + 1; at != sql_.size(); ++at) {
      if (sql_[at] != closing) {
        text += sql_[at];
      } else if (at + 1 != sql_.size() && sql_[at + 1] == closing) {
        text += sql_[at++];
      } else {
        if (kind == token_kind::name && text.empty())
          return wrong(at_, "expected a name, found none");
        auto made = taken(kind, at + 1);
        made.text = std::move(text);
        return made;
      }
    }
    return wrong(at_, std::string{what} + " begins here and has no end: expected " + closing);
  }

  result<sql_token> number() {
    if (peek() == '0' && in_lower_case(peek(1)) == 'x')
      return integer(at_ + 2, end_of(at_ + 2, is_hex_digit), 16);
    auto end = end_of(at_, is_digit);
    bool is_real = false;
    if (end != sql_.size() && sql_[end] == '.') {
      is_real = true;
      auto const digits = end + 1;
      end = end_of(digits, is_digit);
      if (end == digits) return wrong(end, "expected digits behind the point");
    }
    if (end != sql_.size() && in_lower_case(sql_[end]) == 'e') {
      is_real = true;
      auto digits = end + 1;
      if (digits != sql_.size() && (sql_[digits] == '+' || sql_[digits] == '-')) ++digits;
      end = end_of(digits, is_digit);
      if (end == digits) return wrong(end, "expected digits of an exponent");
    }
    return is_real ? real(end) : integer(at_, end, 10);
  }

  result<sql_token> integer(std::size_t digits, std::size_t end, int base) {
    if (end == digits) return wrong(end, "expected hexadecimal digits");
    std::uint64_t value = 0;
    auto const read = std::from_chars(sql_.data() + digits, sql_.data() + end, value, base);
    if (read.ec != std::errc{}) return wrong(at_, "the number is beyond 64 bits");
    EVSRC_TRY(check_end_of_number(end));
    auto made = taken(token_kind::integer, end);
    made.integer = value;
    return made;
  }

  result<sql_token> real(std::size_t end) {
    double value = 0;
    auto const read = std::from_chars(sql_.data() + at_, sql_.data() + end, value);
    if (read.ec != std::errc{}) return wrong(at_, "the number is beyond what a double holds");
    EVSRC_TRY(check_end_of_number(end));
    auto made = taken(token_kind::real, end);
    made.real = value;
    return made;
  }

  [[nodiscard]] result<void> check_end_of_number(std::size_t end) const {
    if (end == sql_.size() || !is_word_byte(sql_[end])) return {};
    return wrong(end, "expected the end of a number; names that begin with a digit go in brackets");
  }

  result<sql_token> symbol() {
    constexpr std::array<std::string_view, 16> symbols{"<>", "<=", ">=", "!=", "<", ">", "=", "(",
                                                       ")",  ",",  ";",  ".",  "+", "-", "*", "/"};
    for (auto const each : symbols)
      if (sql_.substr(at_, each.size()) == each)
        return taken(token_kind::symbol, at_ + each.size());
    if (peek() == '%') return taken(token_kind::symbol, at_ + 1);
    if (peek() == '@') return wrong(at_, "parameters are not supported: write the value");
    if (peek() == '_')
      return wrong(at_, "expected a name that begins with a letter; others go in brackets");
    return wrong(at_, "expected a name, a value or an operator, found \"" +
                          std::string{sql_.substr(at_, 1)} + "\"");
  }

  std::string_view sql_;
  std::size_t at_ = 0;
};

}  // namespace

result<std::vector<sql_token>> tokenize(std::string_view sql) { return sql_scanner{sql}.all(); }

bool is_reserved(std::string_view word) noexcept {
  return std::any_of(reserved_words.begin(), reserved_words.end(),
                     [&](auto each) { return is_same_name(each, word); });
}

}  // namespace evsrc::inline v0::detail
