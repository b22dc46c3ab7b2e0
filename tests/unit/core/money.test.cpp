// SPDX-License-Identifier: Apache-2.0
// Tests of exact amounts: borders by hand, everything else against wider arithmetic.
#include "evsrc/core/money.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/multiprecision/cpp_int.hpp>
#include <limits>
#include <ostream>

namespace evsrc::inline v0 {

// Found by GoogleTest and RapidCheck; shows the scale as well.
void PrintTo(money const& amount, std::ostream* out) {
  *out << '{' << amount.units << ", " << int{amount.scale} << '}';
}

}  // namespace evsrc::inline v0

namespace {

using evsrc::checked_add;
using evsrc::checked_multiply;
using evsrc::checked_subtract;
using evsrc::money;
using evsrc::parse_money;
using evsrc::rescale;
using evsrc::round_to;
using wide = boost::multiprecision::int256_t;

constexpr auto most = std::numeric_limits<std::int64_t>::max();
constexpr auto least = std::numeric_limits<std::int64_t>::min();

/// Value and digits: `==` of money is of the value alone.
bool same(std::optional<money> const& a, std::optional<money> const& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->units == b->units && a->scale == b->scale;
}

#define EXPECT_SAME(actual, ...) \
  EXPECT_TRUE(same(actual, __VA_ARGS__)) << #actual << " is " << testing::PrintToString(actual)

TEST(money, is_equal_by_value) {
  EXPECT_EQ((money{150, 2}), (money{15, 1}));
  EXPECT_EQ((money{0, 0}), (money{0, 9}));
  EXPECT_EQ((money{-100, 2}), (money{-1, 0}));
  EXPECT_NE((money{150, 2}), (money{150, 1}));
}

TEST(money, orders_by_value) {
  EXPECT_LT((money{199, 2}), (money{2, 0}));
  EXPECT_GT((money{201, 2}), (money{2, 0}));
  EXPECT_LT((money{-201, 2}), (money{-2, 0}));
  EXPECT_GT((money{-199, 2}), (money{-2, 0}));
  EXPECT_LT((money{-1, 9}), (money{0, 0}));
  EXPECT_GT((money{1, 9}), (money{0, 0}));
  EXPECT_GT((money{most, 0}), (money{most, 9}));
  EXPECT_LT((money{least, 0}), (money{least, 9}));
  EXPECT_LT((money{least, 0}), (money{most, 9}));
}

TEST(money, orders_scales_that_are_out_of_bounds_too) {
  EXPECT_EQ((money{0, 0}), (money{0, 255}));
  EXPECT_GT((money{1, 0}), (money{most, 255}));
  EXPECT_LT((money{0, 0}), (money{1, 255}));
  EXPECT_GT((money{0, 0}), (money{-1, 255}));
  EXPECT_LT((money{-1, 0}), (money{least, 255}));
}

TEST(money, adds_and_subtracts_at_the_larger_scale) {
  EXPECT_SAME(checked_add({150, 2}, {5, 1}), money{200, 2});
  EXPECT_SAME(checked_add({5, 1}, {150, 2}), money{200, 2});
  EXPECT_SAME(checked_subtract({1, 0}, {1, 3}), money{999, 3});
  EXPECT_SAME(checked_subtract({1, 3}, {1, 0}), money{-999, 3});
  EXPECT_SAME(checked_add({1, 0}, {-1, 9}), money{999'999'999, 9});
}

TEST(money, adds_and_subtracts_up_to_the_borders_of_64_bits) {
  EXPECT_SAME(checked_add({most, 2}, {0, 2}), money{most, 2});
  EXPECT_SAME(checked_add({most - 1, 2}, {1, 2}), money{most, 2});
  EXPECT_SAME(checked_add({most, 2}, {1, 2}), std::nullopt);
  EXPECT_SAME(checked_add({least, 2}, {-1, 2}), std::nullopt);
  EXPECT_SAME(checked_add({least, 2}, {most, 2}), money{-1, 2});
  EXPECT_SAME(checked_add({least, 2}, {least, 2}), std::nullopt);
  EXPECT_SAME(checked_subtract({least, 2}, {1, 2}), std::nullopt);
  EXPECT_SAME(checked_subtract({-1, 2}, {least, 2}), money{most, 2});
  EXPECT_SAME(checked_subtract({0, 2}, {least, 2}), std::nullopt);
  EXPECT_SAME(checked_subtract({least, 2}, {least, 2}), money{0, 2});
  EXPECT_SAME(checked_subtract({most, 2}, {least, 2}), std::nullopt);
}

TEST(money, adds_where_only_the_sum_fits) {
  // 92233720368547759 at scale 2 is beyond 64 bits, one cent-hundred less is not.
  EXPECT_SAME(checked_add({92'233'720'368'547'759, 0}, {-100, 2}),
              money{9'223'372'036'854'775'800, 2});
  EXPECT_SAME(checked_subtract({-92'233'720'368'547'759, 0}, {-100, 2}),
              money{-9'223'372'036'854'775'800, 2});
  EXPECT_SAME(checked_add({92'233'720'368'547'759, 0}, {-92, 2}), std::nullopt);
  EXPECT_SAME(checked_add({92'233'720'368'547'759, 0}, {-93, 2}), money{most, 2});
  EXPECT_SAME(checked_add({-92'233'720'368'547'759, 0}, {92, 2}), money{least, 2});
  EXPECT_SAME(checked_add({-92'233'720'368'547'759, 0}, {91, 2}), std::nullopt);
}

TEST(money, multiplies_up_to_the_borders_of_64_bits) {
  EXPECT_SAME(checked_multiply({4585, 2}, 3), money{13'755, 2});
  EXPECT_SAME(checked_multiply({4585, 2}, -3), money{-13'755, 2});
  EXPECT_SAME(checked_multiply({0, 2}, least), money{0, 2});
  EXPECT_SAME(checked_multiply({least, 2}, 0), money{0, 2});
  EXPECT_SAME(checked_multiply({least, 2}, 1), money{least, 2});
  EXPECT_SAME(checked_multiply({least, 2}, -1), std::nullopt);
  EXPECT_SAME(checked_multiply({-1, 2}, least), std::nullopt);
  EXPECT_SAME(checked_multiply({most, 2}, -1), money{-most, 2});
  EXPECT_SAME(checked_multiply({least / 2, 2}, 2), money{least, 2});
  EXPECT_SAME(checked_multiply({least / 2, 2}, -2), std::nullopt);
  EXPECT_SAME(checked_multiply({most / 2 + 1, 2}, 2), std::nullopt);
  EXPECT_SAME(checked_multiply({std::int64_t{1} << 32, 2}, std::int64_t{1} << 32), std::nullopt);
  EXPECT_SAME(checked_multiply({least, 2}, least), std::nullopt);
}

TEST(money, rescales_only_without_loss) {
  EXPECT_SAME(rescale({15, 1}, 3), money{1'500, 3});
  EXPECT_SAME(rescale({1'500, 3}, 1), money{15, 1});
  EXPECT_SAME(rescale({1'505, 3}, 2), std::nullopt);
  EXPECT_SAME(rescale({-1'500, 3}, 1), money{-15, 1});
  EXPECT_SAME(rescale({-1, 9}, 0), std::nullopt);
  EXPECT_SAME(rescale({most, 0}, 0), money{most, 0});
  EXPECT_SAME(rescale({most, 0}, 1), std::nullopt);
  EXPECT_SAME(rescale({least, 9}, 9), money{least, 9});
}

TEST(money, rounds_half_away_from_zero) {
  EXPECT_SAME(round_to({1'004, 3}, 2), money{100, 2});
  EXPECT_SAME(round_to({1'005, 3}, 2), money{101, 2});
  EXPECT_SAME(round_to({-1'004, 3}, 2), money{-100, 2});
  EXPECT_SAME(round_to({-1'005, 3}, 2), money{-101, 2});
  EXPECT_SAME(round_to({499'999'999, 9}, 0), money{0, 0});
  EXPECT_SAME(round_to({500'000'000, 9}, 0), money{1, 0});
  EXPECT_SAME(round_to({-500'000'000, 9}, 0), money{-1, 0});
  EXPECT_SAME(round_to({5, 1}, 0), money{1, 0});
  EXPECT_SAME(round_to({25, 1}, 0), money{3, 0});
  EXPECT_SAME(round_to({15, 1}, 2), money{150, 2});
  EXPECT_SAME(round_to({most, 2}, 3), std::nullopt);
  EXPECT_SAME(round_to({most, 9}, 0), money{9'223'372'037, 0});
  EXPECT_SAME(round_to({least, 9}, 0), money{-9'223'372'037, 0});
}

TEST(money, refuses_a_scale_beyond_nine) {
  EXPECT_SAME(checked_add({1, 10}, {1, 2}), std::nullopt);
  EXPECT_SAME(checked_add({1, 2}, {1, 10}), std::nullopt);
  EXPECT_SAME(checked_subtract({1, 255}, {1, 255}), std::nullopt);
  EXPECT_SAME(checked_multiply({1, 10}, 1), std::nullopt);
  EXPECT_SAME(rescale({1, 10}, 2), std::nullopt);
  EXPECT_SAME(rescale({1, 2}, 10), std::nullopt);
  EXPECT_SAME(round_to({1, 255}, 0), std::nullopt);
  EXPECT_SAME(round_to({0, 0}, 255), std::nullopt);
}

TEST(money, is_written_with_all_its_digits) {
  EXPECT_EQ(to_string(money{4585, 2}), "45.85");
  EXPECT_EQ(to_string(money{-5, 2}), "-0.05");
  EXPECT_EQ(to_string(money{7, 0}), "7");
  EXPECT_EQ(to_string(money{0, 0}), "0");
  EXPECT_EQ(to_string(money{0, 2}), "0.00");
  EXPECT_EQ(to_string(money{100, 2}), "1.00");
  EXPECT_EQ(to_string(money{99, 2}), "0.99");
  EXPECT_EQ(to_string(money{1, 9}), "0.000000001");
  EXPECT_EQ(to_string(money{most, 0}), "9223372036854775807");
  EXPECT_EQ(to_string(money{least, 0}), "-9223372036854775808");
  EXPECT_EQ(to_string(money{least, 9}), "-9223372036.854775808");
}

TEST(money, reads_json_numbers_exactly) {
  EXPECT_SAME(parse_money("45.85"), money{4585, 2});
  EXPECT_SAME(parse_money("-3"), money{-3, 0});
  EXPECT_SAME(parse_money("0"), money{0, 0});
  EXPECT_SAME(parse_money("0.1"), money{1, 1});
  EXPECT_SAME(parse_money("1.50"), money{150, 2});
  EXPECT_SAME(parse_money("0.001"), money{1, 3});
  EXPECT_SAME(parse_money("12.345"), money{12'345, 3});
  EXPECT_SAME(parse_money("0.000000001"), money{1, 9});
  EXPECT_SAME(parse_money("-0"), money{0, 0});
  EXPECT_SAME(parse_money("-0.00"), money{0, 2});
}

TEST(money, reads_exponents) {
  EXPECT_SAME(parse_money("1e2"), money{100, 0});
  EXPECT_SAME(parse_money("1E2"), money{100, 0});
  EXPECT_SAME(parse_money("1e+2"), money{100, 0});
  EXPECT_SAME(parse_money("1e-2"), money{1, 2});
  EXPECT_SAME(parse_money("1e0"), money{1, 0});
  EXPECT_SAME(parse_money("1e002"), money{100, 0});
  EXPECT_SAME(parse_money("1.5e1"), money{15, 0});
  EXPECT_SAME(parse_money("1.50e1"), money{150, 1});
  EXPECT_SAME(parse_money("1.5e3"), money{1'500, 0});
  EXPECT_SAME(parse_money("15e-1"), money{15, 1});
  EXPECT_SAME(parse_money("1e18"), money{1'000'000'000'000'000'000, 0});
  EXPECT_SAME(parse_money("9e18"), money{9'000'000'000'000'000'000, 0});
  EXPECT_SAME(parse_money("1e19"), std::nullopt);
  EXPECT_SAME(parse_money("10e18"), std::nullopt);
  EXPECT_SAME(parse_money("-9223372036854775808e0"), money{least, 0});
  EXPECT_SAME(parse_money("0e99999999999999999999"), money{0, 0});
  EXPECT_SAME(parse_money("1e99999999999999999999"), std::nullopt);
  EXPECT_SAME(parse_money("1e-99999999999999999999"), std::nullopt);
}

TEST(money, refuses_more_than_nine_decimal_places) {
  EXPECT_SAME(parse_money("0.123456789"), money{123'456'789, 9});
  EXPECT_SAME(parse_money("0.1234567890"), std::nullopt);
  EXPECT_SAME(parse_money("1.0000000000"), std::nullopt);
  EXPECT_SAME(parse_money("0e-10"), std::nullopt);
  EXPECT_SAME(parse_money("1.5e-9"), std::nullopt);
  EXPECT_SAME(parse_money("1.5e-8"), money{15, 9});
  EXPECT_SAME(parse_money("1.2345678901e1"), money{12'345'678'901, 9});
}

TEST(money, reads_up_to_the_borders_of_64_bits) {
  EXPECT_SAME(parse_money("9223372036854775807"), money{most, 0});
  EXPECT_SAME(parse_money("9223372036854775808"), std::nullopt);
  EXPECT_SAME(parse_money("-9223372036854775808"), money{least, 0});
  EXPECT_SAME(parse_money("-9223372036854775809"), std::nullopt);
  EXPECT_SAME(parse_money("92233720368547758.07"), money{most, 2});
  EXPECT_SAME(parse_money("92233720368547758.08"), std::nullopt);
  EXPECT_SAME(parse_money("18446744073709551616"), std::nullopt);
  EXPECT_SAME(parse_money("184467440737095516160"), std::nullopt);
  EXPECT_SAME(parse_money(std::string(10'000, '9')), std::nullopt);
  EXPECT_SAME(parse_money("0." + std::string(10'000, '0') + "1"), std::nullopt);
  EXPECT_SAME(parse_money("0." + std::string(10'000, '0') + "1e10000"), money{1, 1});
}

TEST(money, refuses_what_is_no_json_number) {
  for (auto const* text :
       {"",   "-",     "+1",   "--1", ".5",       "5.",    "-.5",   "1.e2",  "01",  "-01",
        "00", "1e",    "1e+",  "1e-", "1e1.5",    "1e+-1", "e1",    "1.2.3", "1,2", "1 ",
        " 1", "1_000", "0x10", "NaN", "Infinity", "1f",    "\"1\"", "null",  "1-",  "1e1e1"}) {
    EXPECT_SAME(parse_money(text), std::nullopt) << '"' << text << '"';
  }
  EXPECT_SAME(parse_money({"1\0", 2}), std::nullopt);
}

// RapidCheck's integers grow with the test's size; the borders are what matters here.
rc::Gen<std::int64_t> any_units() {
  return rc::gen::oneOf(
      rc::gen::arbitrary<std::int64_t>(), rc::gen::inRange<std::int64_t>(least, most),
      rc::gen::map(rc::gen::inRange<int>(0, 1'000), [](int n) { return most - n; }),
      rc::gen::map(rc::gen::inRange<int>(0, 1'000), [](int n) { return least + n; }));
}

money any_money() {
  return {*any_units(), *rc::gen::map(rc::gen::inRange(0, 10),
                                      [](int n) { return static_cast<std::uint8_t>(n); })};
}

wide power_of_ten(int exponent) {
  wide power = 1;
  for (; exponent > 0; --exponent) power *= 10;
  return power;
}

wide at_scale_nine(money const& amount) { return amount.units * power_of_ten(9 - amount.scale); }

std::optional<money> narrow(wide const& units, std::uint8_t scale) {
  if (units < least || units > most) return std::nullopt;
  return money{static_cast<std::int64_t>(units), scale};
}

RC_GTEST_PROP(money, adds_and_subtracts_as_wider_arithmetic_does, ()) {
  auto const a = any_money();
  auto b = any_money();
  if (*rc::gen::arbitrary<bool>()) {
    // Amounts of about the same size, so that sums near the border and near zero occur.
    if (auto const close = rescale(a, b.scale)) b.units = close->units / 2 + b.units % 1'000;
  }
  auto const scale = std::max(a.scale, b.scale);
  auto const unit = power_of_ten(9 - scale);
  RC_ASSERT(same(checked_add(a, b), narrow((at_scale_nine(a) + at_scale_nine(b)) / unit, scale)));
  RC_ASSERT(
      same(checked_subtract(a, b), narrow((at_scale_nine(a) - at_scale_nine(b)) / unit, scale)));
}

RC_GTEST_PROP(money, multiplies_as_wider_arithmetic_does, ()) {
  auto const price = any_money();
  auto const quantity = *rc::gen::oneOf(any_units(), rc::gen::inRange<std::int64_t>(-100, 100));
  RC_ASSERT(
      same(checked_multiply(price, quantity), narrow(wide{price.units} * quantity, price.scale)));
}

RC_GTEST_PROP(money, compares_as_wider_arithmetic_does, ()) {
  auto const a = any_money();
  auto const b = any_money();
  auto const left = at_scale_nine(a);
  auto const right = at_scale_nine(b);
  RC_ASSERT((a < b) == (left < right));
  RC_ASSERT((a == b) == (left == right));
  RC_ASSERT((a > b) == (left > right));
}

RC_GTEST_PROP(money, rounds_to_the_nearest, ()) {
  auto const amount = any_money();
  auto const scale = static_cast<std::uint8_t>(*rc::gen::inRange(0, 10));
  auto const unit = power_of_ten(9 - scale);
  auto const exact = at_scale_nine(amount);
  wide const nearest =
      exact < 0 ? wide{(exact * 2 - unit) / (unit * 2)} : wide{(exact * 2 + unit) / (unit * 2)};
  auto const expected = narrow(nearest, scale);
  RC_ASSERT(same(round_to(amount, scale), expected));
  RC_ASSERT(same(rescale(amount, scale), nearest * unit == exact ? expected : std::nullopt));
}

RC_GTEST_PROP(money, reads_back_what_it_wrote_with_the_same_digits, ()) {
  auto const amount = any_money();
  RC_ASSERT(same(parse_money(to_string(amount)), amount));
}

RC_GTEST_PROP(money, reads_an_exponent_as_a_shift_of_the_point, ()) {
  auto const amount = any_money();
  auto const exponent = *rc::gen::inRange(-12, 25);
  auto const text = to_string(amount) + "e" + std::to_string(exponent);
  int const scale = amount.scale - exponent;
  std::optional<money> expected;
  if (scale >= 0 && scale <= 9) expected = money{amount.units, static_cast<std::uint8_t>(scale)};
  if (scale < 0) expected = narrow(amount.units * power_of_ten(-scale), 0);
  RC_ASSERT(same(parse_money(text), expected));
}

}  // namespace
