// SPDX-License-Identifier: Apache-2.0
// Judges generated conditions twice: as SQL, and by an oracle that knows each part's value from how
// it was made and never reads a text.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <map>

#include "judging.hpp"

namespace {

using integers = std::numeric_limits<std::int64_t>;

struct failed {};
using known = std::variant<std::monostate, failed, bool, std::int64_t, double, std::string>;

bool is_failed(known const& is) { return std::holds_alternative<failed>(is); }
bool is_number(known const& is) { return is.index() == 3 || is.index() == 4; }
double real(known const& is) {
  return is.index() == 3 ? static_cast<double>(std::get<std::int64_t>(is)) : std::get<double>(is);
}

/// How loosely a text binds: what must stand in brackets beside tighter operators.
enum level { any_or, any_and, any_not, predicate, sum, product, sign, operand };

struct part {
  std::string text;
  level binds = operand;
  known is{};
};

known wide(long double exact) {
  // Exact in 64 bits of mantissa up to the edge; beyond it only the size matters.
  if (exact > static_cast<long double>(integers::max()) ||
      exact < static_cast<long double>(integers::min()))
    return failed{};
  return static_cast<std::int64_t>(exact);
}

known oracle_compute(char op, known const& a, known const& b) {
  if (is_failed(a) || is_failed(b)) return failed{};
  if (a.index() == 5 && b.index() == 5 && op == '+')
    return std::get<std::string>(a) + std::get<std::string>(b);
  if (!is_number(a) || !is_number(b)) return {};
  if (a.index() == 3 && b.index() == 3) {
    auto const x = std::get<std::int64_t>(a);
    auto const y = std::get<std::int64_t>(b);
    if (op == '+') return wide(static_cast<long double>(x) + static_cast<long double>(y));
    if (op == '-') return wide(static_cast<long double>(x) - static_cast<long double>(y));
    if (op == '*') return wide(static_cast<long double>(x) * static_cast<long double>(y));
    if (y == 0 || (y == -1 && x == integers::min())) return failed{};
    return op == '/' ? x / y : x % y;
  }
  switch (op) {
    case '+': return real(a) + real(b);
    case '-': return real(a) - real(b);
    case '*': return real(a) * real(b);
    case '/': return real(a) / real(b);
    default: return std::fmod(real(a), real(b));
  }
}

template <class T>
bool holds(std::string const& op, T const& a, T const& b) {
  if (op == "=") return a == b;
  if (op == "<>" || op == "!=") return a != b;
  if (op == "<") return a < b;
  if (op == ">") return a > b;
  return op == "<=" ? a <= b : a >= b;
}

known oracle_compare(std::string const& op, known const& a, known const& b) {
  if (is_failed(a) || is_failed(b)) return failed{};
  if (a.index() == 3 && b.index() == 3)
    return holds(op, std::get<std::int64_t>(a), std::get<std::int64_t>(b));
  if (is_number(a) && is_number(b)) return holds(op, real(a), real(b));
  if (a.index() == 5 && b.index() == 5)
    return holds(op, std::get<std::string>(a), std::get<std::string>(b));
  bool const is_equality = op == "=" || op == "<>" || op == "!=";
  if (a.index() == 2 && b.index() == 2 && is_equality)
    return holds(op, std::get<bool>(a), std::get<bool>(b));
  return {};
}

bool oracle_like(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() == '%')
    return oracle_like(text, pattern.substr(1)) ||
           (!text.empty() && oracle_like(text.substr(1), pattern));
  return !text.empty() && (pattern.front() == '_' || pattern.front() == text.front()) &&
         oracle_like(text.substr(1), pattern.substr(1));
}

known truth(known const& is) { return is_failed(is) || is.index() == 2 ? is : known{}; }
bool is_known(known const& is, bool what) { return is.index() == 2 && std::get<bool>(is) == what; }

/// Left to right, no further than needed.
known oracle_chain(bool decides, known const& left, known const& right) {
  auto a = truth(left);
  auto b = truth(right);
  if (is_failed(a) || is_known(a, decides)) return a;
  if (is_failed(b) || is_known(b, decides)) return b;
  return a.index() == 0 || b.index() == 0 ? known{} : known{!decides};
}

known oracle_not(known const& of) {
  auto const is = truth(of);
  return is.index() == 2 ? known{!std::get<bool>(is)} : is;
}

known oracle_in(known const& wanted, std::vector<part> const& list) {
  if (is_failed(wanted)) return failed{};
  known found = false;
  for (auto const& each : list)
    if (is_failed(each.is)) return failed{};
  for (auto const& each : list)
    found = oracle_chain(true, found, oracle_compare("=", wanted, each.is));
  return found;
}

class maker {
 public:
  explicit maker(std::uint64_t seed) : random_(seed) {}

  part condition(int depth) {
    if (depth == 0) return random_.is_one_in(3) ? flag() : compared(0);
    switch (random_.below(8)) {
      case 0:
      case 1: return chained(depth, word(" OR "), any_or, any_and, true);
      case 2:
      case 3: return chained(depth, word(" AND "), any_and, any_not, false);
      case 4: {
        auto const of = condition(depth - 1);
        return {word("NOT ") + in_brackets(of, any_not), any_not, oracle_not(of.is)};
      }
      case 5: return asked_for(depth);
      case 6: return listed(depth);
      default: return random_.is_one_in(3) ? liked(depth) : compared(depth);
    }
  }
  [[nodiscard]] static evsrc::message const& sent() {
    static evsrc::message const made{.subject = "ab",
                                     .properties = {{"one", std::int64_t{1}},
                                                    {"Ten", std::int64_t{10}},
                                                    {"most", integers::max()},
                                                    {"half", 0.5},
                                                    {"text", std::string{"ab"}},
                                                    {"blank", std::string{}},
                                                    {"yes", true},
                                                    {"no", false},
                                                    {"nil", std::monostate{}}}};
    return made;
  }

 private:
  std::string word(std::string text) {
    bool const is_lower = random_.is_one_in(3);
    for (auto& each : text)
      if (is_lower && each >= 'A' && each <= 'Z') each = static_cast<char>(each - 'A' + 'a');
    return text;
  }
  std::string in_brackets(part const& of, level least) {
    return of.binds < least || random_.is_one_in(8) ? "(" + of.text + ")" : of.text;
  }
  template <std::size_t N>
  std::string one_of(std::array<char const*, N> const& all) {
    return all[random_.below(N)];
  }

  part chained(int depth, std::string const& op, level binds, level tighter, bool decides) {
    auto const left = condition(depth - 1);
    auto const right = condition(depth - 1);
    return {in_brackets(left, binds) + op + in_brackets(right, tighter), binds,
            oracle_chain(decides, left.is, right.is)};
  }
  part compared(int depth) {
    auto const left = value(depth);
    auto const right = value(depth);
    auto const op = one_of<7>({"=", "<>", "!=", "<", ">", "<=", ">="});
    return {in_brackets(left, sum) + " " + op + " " + in_brackets(right, sum), predicate,
            oracle_compare(op, left.is, right.is)};
  }
  part asked_for(int depth) {
    if (random_.is_one_in(3)) {
      auto const name = one_of<3>({"one", "nil", "missing"});
      return {word("EXISTS(") + name + ")", operand, name != "missing"};
    }
    auto const of = value(depth - 1);
    known is = is_failed(of.is) ? of.is : known{of.is.index() == 0};
    bool const is_turned = random_.is_one_in(2);
    return {in_brackets(of, sum) + word(is_turned ? " IS NOT NULL" : " IS NULL"), predicate,
            is_turned ? oracle_not(is) : is};
  }
  part listed(int depth) {
    auto const wanted = value(depth - 1);
    std::vector<part> list;
    std::string text;
    for (auto left = 1 + random_.below(3); left != 0; --left) {
      list.push_back(value(0));
      text += (text.empty() ? "" : ", ") + in_brackets(list.back(), sum);
    }
    auto const is = oracle_in(wanted.is, list);
    bool const is_turned = random_.is_one_in(2);
    return {in_brackets(wanted, sum) + word(is_turned ? " NOT IN (" : " IN (") + text + ")",
            predicate, is_turned ? oracle_not(is) : is};
  }
  part liked(int depth) {
    auto const text = value(depth - 1);
    auto const pattern = one_of<8>({"a%", "%b", "%", "", "_b", "__", "%a%b%", "_%_"});
    known is{};
    if (is_failed(text.is))
      is = failed{};
    else if (text.is.index() == 5)
      is = oracle_like(std::get<std::string>(text.is), pattern);
    bool const is_turned = random_.is_one_in(2);
    return {in_brackets(text, sum) + word(is_turned ? " NOT LIKE '" : " LIKE '") + pattern + "'",
            predicate, is_turned ? oracle_not(is) : is};
  }

  part value(int depth) {
    if (depth <= 0 || random_.is_one_in(3)) return random_.is_one_in(2) ? property() : literal();
    if (random_.is_one_in(6)) {
      auto const of = value(depth - 1);
      bool const is_minus = random_.is_one_in(2);
      return {(is_minus ? "-" : "+") + in_brackets(of, sign), sign, signed_value(is_minus, of.is)};
    }
    auto const left = value(depth - 1);
    auto const right = value(depth - 1);
    bool const is_sum = random_.is_one_in(2);
    auto const op = is_sum ? one_of<2>({"+", "-"}) : one_of<3>({"*", "/", "%"});
    bool const joins_mixed = op == "+" && (left.is.index() == 5) != (right.is.index() == 5);
    if (joins_mixed) return literal();  // how numbers become text is for the tables to say
    return {in_brackets(left, is_sum ? sum : product) + op +
                in_brackets(right, is_sum ? product : sign),
            is_sum ? sum : product, oracle_compute(op.front(), left.is, right.is)};
  }
  static known signed_value(bool is_minus, known const& of) {
    if (of.index() == 3) return is_minus ? oracle_compute('-', std::int64_t{0}, of) : of;
    if (of.index() == 4) return is_minus ? known{-std::get<double>(of)} : of;
    return is_failed(of) ? of : known{};
  }

  part flag() {
    std::array<part, 5> const all{{{"yes", operand, true},
                                   {"user.NO", operand, false},
                                   {"[nil]", operand, {}},
                                   {word("TRUE"), operand, true},
                                   {"text", operand, std::string{"ab"}}}};
    return all[random_.below(all.size())];
  }
  part property() {
    std::array<part, 11> const all{{{"one", operand, std::int64_t{1}},
                                    {"user.ten", operand, std::int64_t{10}},
                                    {"[MOST]", operand, integers::max()},
                                    {"\"half\"", operand, 0.5},
                                    {"p('text')", operand, std::string{"ab"}},
                                    {"blank", operand, std::string{}},
                                    {"yes", operand, true},
                                    {"nil", operand, {}},
                                    {"missing", operand, {}},
                                    {"sys.label", operand, std::string{"ab"}},
                                    {"sys.To", operand, {}}}};
    return all[random_.below(all.size())];
  }
  part literal() {
    std::array<part, 12> const all{{{"0", operand, std::int64_t{0}},
                                    {"1", operand, std::int64_t{1}},
                                    {"-3", sign, std::int64_t{-3}},
                                    {"0x0a", operand, std::int64_t{10}},
                                    {"-9223372036854775808", sign, integers::min()},
                                    {"9223372036854775807", operand, integers::max()},
                                    {"2.25", operand, 2.25},
                                    {"5e-1", operand, 0.5},
                                    {"'ab'", operand, std::string{"ab"}},
                                    {"''", operand, std::string{}},
                                    {"NULL", operand, {}},
                                    {"FALSE", operand, false}}};
    return all[random_.below(all.size())];
  }

  judging::seeded random_;
};

std::string name_of(known const& is) {
  auto const judged = truth(is);
  if (is_failed(judged)) return "failed";
  return judged.index() == 0 ? "unknown" : std::get<bool>(judged) ? "true" : "false";
}

TEST(sql_oracle, agrees_on_generated_conditions) {
  maker make{judging::chosen_seed()};
  std::map<std::string, std::size_t> seen;
  constexpr std::size_t rounds = 20'000;
  for (std::size_t round = 0; round != rounds; ++round) {
    auto const made = make.condition(static_cast<int>(round % 5));
    if (made.text.size() + 7 > evsrc::limits::rule_expression_bytes) continue;
    auto const expected = name_of(made.is);
    auto const judged = judging::judge(made.text, maker::sent());
    ASSERT_EQ(judged.substr(0, expected.size()), expected) << made.text << "\n" << judged;
    ++seen[expected];
  }
  // Each outcome often enough, or the test would prove little.
  for (auto const* each : {"true", "false", "unknown", "failed"})
    EXPECT_GT(seen[each], rounds / 100) << each;
}

}  // namespace
