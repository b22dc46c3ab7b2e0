// SPDX-License-Identifier: Apache-2.0
// Recursive descent over a rule's SQL. It recurses for brackets alone, which rule_depth bounds.
#include "sql_parser.hpp"

#include <array>
#include <limits>
#include <utility>

#include "evsrc/core/limits.hpp"
#include "letter_case.hpp"
#include "sql_token.hpp"

namespace evsrc::inline v0::detail {
namespace {

/// What a part of an expression may be used as.
enum class shape : std::uint8_t {
  condition,  ///< true, false or unknown: for AND, OR, NOT and the whole
  value,      ///< for operators
  either,     ///< a property may hold a bool: both
};

constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

/// After a failure, which is kept, every token reads as the end: callers run out of work.
class sql_parser {
 public:
  explicit sql_parser(std::vector<sql_token> tokens) : tokens_(std::move(tokens)) {}

  result<sql_program> condition() {
    demand_condition(disjunction(), 0);
    if (peek().kind != token_kind::end) fail_at(peek(), "expected AND, OR, an operator or the end");
    if (failure_) return fail(*std::move(failure_));
    return std::move(program_);
  }

  result<std::vector<sql_statement>> statements() {
    std::vector<sql_statement> all;
    do {
      if (all.size() == limits::rule_actions)
        fail_at(peek(), "at most " + std::to_string(limits::rule_actions) + " statements",
                errc::limit_exceeded);
      else
        all.push_back(statement());
      while (take(";")) continue;
    } while (!failure_ && peek().kind != token_kind::end);
    if (failure_) return fail(*std::move(failure_));
    return all;
  }

 private:
  // Tokens.

  [[nodiscard]] sql_token const& peek(std::size_t ahead = 0) const noexcept {
    return failure_ || next_ + ahead >= tokens_.size() ? tokens_.back() : tokens_[next_ + ahead];
  }
  [[nodiscard]] bool is_symbol(std::string_view text, std::size_t ahead = 0) const noexcept {
    auto const& token = peek(ahead);
    return token.kind == token_kind::symbol && token.source == text;
  }
  [[nodiscard]] bool is_word(std::string_view text, std::size_t ahead = 0) const noexcept {
    auto const& token = peek(ahead);
    return token.kind == token_kind::word && is_same_name(token.source, text);
  }
  bool take(std::string_view symbol) {
    if (!is_symbol(symbol)) return false;
    ++next_;
    return true;
  }
  bool take_word(std::string_view word) {
    if (!is_word(word)) return false;
    ++next_;
    return true;
  }
  void demand(std::string_view symbol) {
    if (!take(symbol)) fail_at(peek(), "expected '" + std::string{symbol} + "'");
  }

  // Failures.

  void fail_at(std::size_t at, std::string const& what, errc code = errc::invalid_argument) {
    if (!failure_) failure_ = error{code, "at " + std::to_string(at) + ": " + what};
  }
  void fail_at(sql_token const& token, std::string const& what,
               errc code = errc::invalid_argument) {
    auto const found = token.kind == token_kind::end
                           ? std::string{"the end"}
                           : "\"" + std::string{token.source.substr(0, 40)} + "\"";
    fail_at(token.at, what + ", found " + found, code);
  }
  void demand_condition(shape is, std::size_t at) {
    if (is == shape::value) fail_at(at, "expected a condition, found a value");
  }
  void demand_value(shape is, std::size_t at) {
    if (is == shape::condition) fail_at(at, "expected a value, found a condition");
  }

  // Instructions.

  sql_instruction& emit(sql_op op) {
    program_.emplace_back();
    program_.back().op = op;
    return program_.back();
  }
  void emit_constant(property_value value) { emit(sql_op::constant).value = std::move(value); }
  void land(std::size_t skip) {
    program_[skip].count = static_cast<std::uint32_t>(program_.size());
  }

  // Conditions, loosest first.

  shape disjunction() {
    return chain("OR", sql_op::skip_if_true, sql_op::either, &sql_parser::conjunction);
  }
  shape conjunction() {
    return chain("AND", sql_op::skip_if_false, sql_op::both, &sql_parser::negation);
  }
  shape chain(char const* word, sql_op skip_op, sql_op op, shape (sql_parser::*part)()) {
    auto at = peek().at;
    auto is = (this->*part)();
    while (is_word(word)) {
      demand_condition(is, at);
      ++next_;
      auto const skip = program_.size();
      emit(skip_op);
      at = peek().at;
      demand_condition((this->*part)(), at);
      emit(op);
      land(skip);
      is = shape::condition;
    }
    return is;
  }

  shape negation() {
    std::size_t count = 0;
    while (take_word("NOT")) ++count;
    auto const at = peek().at;
    auto const is = predicate();
    if (count == 0) return is;
    demand_condition(is, at);
    while (count-- != 0) emit(sql_op::negate);
    return shape::condition;
  }

  shape predicate() {
    auto const at = peek().at;
    auto const left = sum();
    if (auto const how = take_comparison()) {
      demand_value(left, at);
      value();
      emit(sql_op::compare).comparing = *how;
      return shape::condition;
    }
    if (take_word("IS")) {
      demand_value(left, at);
      bool const is_negated = take_word("NOT");
      if (!take_word("NULL")) fail_at(peek(), "expected NULL");
      emit(sql_op::is_null);
      if (is_negated) emit(sql_op::negate);
      return shape::condition;
    }
    bool const is_negated = take_word("NOT");
    if (is_word("IN") || is_word("LIKE")) {
      demand_value(left, at);
      take_word("IN") ? in() : like();
      if (is_negated) emit(sql_op::negate);
      return shape::condition;
    }
    if (is_negated) fail_at(peek(), "expected IN or LIKE");
    return left;
  }

  std::optional<comparison> take_comparison() {
    constexpr std::array<std::pair<std::string_view, comparison>, 7> signs{
        {{"=", comparison::equal},
         {"<>", comparison::unequal},
         {"!=", comparison::unequal},
         {"<", comparison::less},
         {">", comparison::greater},
         {"<=", comparison::at_most},
         {">=", comparison::at_least}}};
    for (auto const& [sign, how] : signs)
      if (take(sign)) return how;
    return std::nullopt;
  }

  void in() {
    demand("(");
    std::uint32_t count = 0;
    do {
      value();
      ++count;
    } while (take(","));
    if (!take(")")) fail_at(peek(), "expected ',' or ')'");
    emit(sql_op::in).count = count;
  }

  void like() {
    ++next_;
    value();
    bool const has_escape = take_word("ESCAPE");
    if (has_escape) value();
    emit(has_escape ? sql_op::like_with : sql_op::like);
  }

  // Values, loosest first.

  void value() {
    auto const at = peek().at;
    demand_value(sum(), at);
  }

  shape sum() { return operators({{"+", "-"}}, &sql_parser::product); }
  shape product() { return operators({{"*", "/", "%"}}, &sql_parser::sign); }
  shape operators(std::array<std::string_view, 3> signs, shape (sql_parser::*part)()) {
    auto const at = peek().at;
    auto is = (this->*part)();
    while (is_symbol(signs[0]) || is_symbol(signs[1]) || is_symbol(signs[2])) {
      demand_value(is, at);
      auto const how = peek().source;
      ++next_;
      auto const right_at = peek().at;
      demand_value((this->*part)(), right_at);
      emit(sql_op::compute).computing = arithmetic_of(how);
      is = shape::value;
    }
    return is;
  }
  static arithmetic arithmetic_of(std::string_view symbol) noexcept {
    switch (symbol.front()) {
      case '+': return arithmetic::add;
      case '-': return arithmetic::subtract;
      case '*': return arithmetic::multiply;
      case '/': return arithmetic::divide;
      default: return arithmetic::remainder;
    }
  }

  shape sign() {
    auto const first = next_;
    while (is_symbol("+") || is_symbol("-")) ++next_;
    auto outer = next_;
    if (outer == first) return operand();
    // The most negative integer has no positive twin, so it takes its sign with it.
    if (tokens_[outer - 1].source == "-" && peek().kind == token_kind::integer &&
        peek().integer == largest + 1) {
      emit_constant(std::numeric_limits<std::int64_t>::min());
      ++next_;
      --outer;
    } else {
      auto const at = peek().at;
      demand_value(operand(), at);
    }
    while (outer-- != first)
      emit(tokens_[outer].source == "-" ? sql_op::negative : sql_op::positive);
    return shape::value;
  }

  shape operand() {
    auto const& token = peek();
    switch (token.kind) {
      case token_kind::text: emit_constant(token.text); break;
      case token_kind::real: emit_constant(token.real); break;
      case token_kind::integer:
        if (token.integer > largest) fail_at(token.at, "the number is beyond 64 bits");
        emit_constant(static_cast<std::int64_t>(token.integer & largest));
        break;
      case token_kind::name: return property();
      case token_kind::word: return word();
      case token_kind::symbol:
        if (is_symbol("(")) return bracket();
        [[fallthrough]];
      case token_kind::end: fail_at(token, "expected a value"); return shape::either;
    }
    ++next_;
    return shape::value;
  }

  shape word() {
    if (is_word("TRUE") || is_word("FALSE")) {
      emit_constant(is_word("TRUE"));
      ++next_;
      return shape::either;
    }
    if (take_word("NULL")) {
      emit_constant({});
      return shape::either;
    }
    if (take_word("EXISTS")) return exists();
    if (is_reserved(peek().source)) {
      fail_at(peek(), "expected a value; as a property's name it goes in brackets");
      return shape::either;
    }
    if (is_symbol("(", 1)) return function();
    return property();
  }

  shape bracket() {
    if (!enter()) return shape::either;
    auto const is = disjunction();
    leave();
    return is;
  }

  bool enter() {
    if (depth_ == limits::rule_depth)
      fail_at(peek().at, "brackets within brackets deeper than " + std::to_string(depth_),
              errc::limit_exceeded);
    if (failure_) return false;
    ++depth_;
    demand("(");
    return true;
  }
  void leave() {
    --depth_;
    demand(")");
  }

  shape exists() {
    demand("(");
    property();
    if (!failure_) {
      auto& asked = program_.back();
      asked.op = asked.op == sql_op::system_property ? sql_op::has_system_property
                                                     : sql_op::has_user_property;
    }
    demand(")");
    return shape::condition;
  }

  shape function() {
    if (is_word("newid")) {
      ++next_;
      demand("(");
      demand(")");
      emit(sql_op::new_id);
      return shape::value;
    }
    if (!is_word("property") && !is_word("p")) {
      fail_at(peek(), "expected newid(), property(name) or p(name)");
      return shape::either;
    }
    ++next_;
    if (!enter()) return shape::either;
    value();
    leave();
    emit(sql_op::named_property);
    return shape::either;
  }

  /// [sys. | user.] name
  shape property() {
    bool const has_scope = peek().kind == token_kind::word && is_symbol(".", 1);
    bool const is_system = has_scope && is_word("sys");
    if (has_scope) {
      if (!is_system && !is_word("user")) fail_at(peek(), "expected sys. or user.");
      next_ += 2;
    }
    auto const& token = peek();
    bool const is_name = token.kind == token_kind::name ||
                         (token.kind == token_kind::word && !is_reserved(token.source));
    if (!is_name) {
      fail_at(token, token.kind == token_kind::word
                         ? "expected a property's name; reserved words go in brackets"
                         : "expected a property's name");
      return shape::either;
    }
    auto name = token.kind == token_kind::name ? token.text : std::string{token.source};
    if (is_system) {
      auto const field = find_system_property(name);
      if (!field) fail_at(token, "expected one of " + system_property_names());
      if (field) emit(sql_op::system_property).field = *field;
    } else {
      emit(sql_op::user_property).value = std::move(name);
    }
    ++next_;
    return shape::either;
  }

  // Statements.

  sql_statement statement() {
    sql_statement made;
    made.is_removal = is_word("REMOVE");
    if (!take_word("SET") && !take_word("REMOVE")) {
      fail_at(peek(), "expected SET or REMOVE");
      return made;
    }
    auto const& target = peek();
    property();
    if (failure_) return made;
    if (auto& named = program_.back(); named.op == sql_op::system_property) {
      made.field = named.field;
      if (!is_settable(named.field)) fail_at(target.at, "this system property cannot be changed");
    } else {
      made.name = *std::get_if<std::string>(&named.value);
    }
    program_.clear();
    if (made.is_removal) return made;
    demand("=");
    value();
    made.value = std::exchange(program_, {});
    return made;
  }

  std::vector<sql_token> tokens_;
  std::size_t next_ = 0;
  std::size_t depth_ = 0;
  sql_program program_;
  std::optional<error> failure_;
};

result<std::vector<sql_token>> checked_tokens(std::string_view sql) {
  if (sql.size() > limits::rule_expression_bytes)
    return fail(errc::limit_exceeded, std::to_string(sql.size()) + " bytes, at most " +
                                          std::to_string(limits::rule_expression_bytes));
  return tokenize(sql);
}

}  // namespace

result<sql_program> parse_condition(std::string_view sql) {
  auto tokens = checked_tokens(sql);
  if (!tokens) return fail(std::move(tokens.error()));
  return sql_parser{*std::move(tokens)}.condition();
}

result<std::vector<sql_statement>> parse_action(std::string_view sql) {
  auto tokens = checked_tokens(sql);
  if (!tokens) return fail(std::move(tokens.error()));
  return sql_parser{*std::move(tokens)}.statements();
}

}  // namespace evsrc::inline v0::detail
