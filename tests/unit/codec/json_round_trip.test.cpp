// SPDX-License-Identifier: Apache-2.0
// Properties: any value comes back from JSON, and JSON agrees with nlohmann about what it says.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <bit>
#include <cmath>
#include <nlohmann/json.hpp>

#include "evsrc/codec/upcast.hpp"
#include "golden_types.hpp"
#include "json_text.hpp"

namespace {

using golden::everything;

struct counted_v1 {
  static constexpr evsrc::event_name wire_name{"counted", 1};
  std::int32_t count = 0;
};
struct counted {
  static constexpr evsrc::event_name wire_name{"counted", 2};
  using previous = counted_v1;
  std::int64_t count = 0;
  std::string unit;

  friend bool operator==(counted const&, counted const&) = default;
};
counted upcast(counted_v1 const& from) { return {from.count, "piece"}; }

/// Any Unicode text, NUL and characters of all lengths included.
rc::Gen<std::string> any_text() {
  auto const any_code = rc::gen::oneOf(rc::gen::inRange<std::uint32_t>(0, 0x80),
                                       rc::gen::inRange<std::uint32_t>(0x80, 0x800),
                                       rc::gen::inRange<std::uint32_t>(0x800, 0xD800),
                                       rc::gen::inRange<std::uint32_t>(0xE000, 0x10000),
                                       rc::gen::inRange<std::uint32_t>(0x10000, 0x110000));
  return rc::gen::map(rc::gen::container<std::vector<std::uint32_t>>(any_code),
                      [](std::vector<std::uint32_t> const& codes) {
                        std::string text;
                        for (auto const code : codes) {
                          auto const add = [&](std::uint32_t b) { text += static_cast<char>(b); };
                          if (code < 0x80U) {
                            add(code);
                          } else if (code < 0x800U) {
                            add(0xC0U | code >> 6U);
                            add(0x80U | (code & 0x3FU));
                          } else if (code < 0x10000U) {
                            add(0xE0U | code >> 12U);
                            add(0x80U | (code >> 6U & 0x3FU));
                            add(0x80U | (code & 0x3FU));
                          } else {
                            add(0xF0U | code >> 18U);
                            add(0x80U | (code >> 12U & 0x3FU));
                            add(0x80U | (code >> 6U & 0x3FU));
                            add(0x80U | (code & 0x3FU));
                          }
                        }
                        return text;
                      });
}

/// Any finite double, subnormal ones and negative zero included.
rc::Gen<double> any_double() {
  return rc::gen::map(rc::gen::arbitrary<std::uint64_t>(), [](std::uint64_t bits) {
    auto const value = std::bit_cast<double>(bits);
    return std::isfinite(value) ? value : 0.5;
  });
}

rc::Gen<evsrc::money> any_money() {
  return rc::gen::map(rc::gen::pair(rc::gen::arbitrary<std::int64_t>(),
                                    rc::gen::inRange<int>(0, evsrc::money_scale_max + 1)),
                      [](auto const& parts) {
                        return evsrc::money{parts.first, static_cast<std::uint8_t>(parts.second)};
                      });
}

everything any_value() {
  auto const number = [] { return *rc::gen::arbitrary<int>(); };
  everything all;
  all.yes = *rc::gen::arbitrary<bool>();
  all.i8 = *rc::gen::arbitrary<std::int8_t>();
  all.u8 = *rc::gen::arbitrary<std::uint8_t>();
  all.i64 = *rc::gen::arbitrary<std::int64_t>();
  all.u64 = *rc::gen::arbitrary<std::uint64_t>();
  all.real = *any_double();
  all.single = static_cast<float>(number()) / 7.0F;
  all.text = *any_text();
  if (all.yes) all.maybe = number();
  auto const item_count = *rc::gen::inRange<std::size_t>(0, 4);
  for (std::size_t i = 0; i < item_count; ++i) {
    golden::item one{*any_text(), number(), *any_money(), {}};
    if (i % 2 == 0) one.note = *any_text();
    all.items.push_back(std::move(one));
  }
  all.flags = *rc::gen::arbitrary<std::vector<bool>>();
  all.pair = {number(), number()};
  all.by_name[*any_text()] = number();
  all.by_name[*any_text()] = number();
  all.by_number[number()] = *any_text();
  all.by_id[{*any_text()}] = *any_money();
  all.by_state[golden::state::closed] = all.yes;
  if (all.i8 > 0)
    all.paid = golden::transfer{*any_text(), all.yes};
  else
    all.paid = golden::card{*any_text()};
  all.who = {*any_text()};
  all.line = {all.i64};
  all.at = evsrc::timestamp{std::chrono::microseconds{
      *rc::gen::inRange<std::int64_t>(-62'167'219'200'000'000, 253'402'300'800'000'000)}};
  all.day = std::chrono::floor<std::chrono::days>(all.at);
  all.lasted = std::chrono::milliseconds{all.i64};
  auto const raw = *rc::gen::arbitrary<std::vector<std::uint8_t>>();
  for (auto const octet : raw) all.raw.push_back(static_cast<std::byte>(octet));
  all.total = *any_money();
  for (auto& octet : all.id.octets) octet = *rc::gen::arbitrary<std::uint8_t>();
  all.any = {encoded(all.text)};
  return all;
}

RC_GTEST_PROP(json_codec, brings_any_value_back, ()) {
  auto const value = any_value();
  auto const text = encoded(value);
  auto const read = decoded<everything>(text);
  if (!read) RC_FAIL(read.error().message + "\n" + text);
  RC_ASSERT(*read == value);
  RC_ASSERT(std::signbit(read->real) == std::signbit(value.real));
  RC_ASSERT(encoded(*read) == text);
}

RC_GTEST_PROP(json_codec, writes_what_nlohmann_reads, ()) {
  auto const value = any_value();
  auto const tree = nlohmann::json::parse(encoded(value));
  RC_ASSERT(tree.at("text").get<std::string>() == value.text);
  RC_ASSERT(tree.at("i64").get<std::int64_t>() == value.i64);
  RC_ASSERT(tree.at("u64").get<std::uint64_t>() == value.u64);
  RC_ASSERT(tree.at("real").get<double>() == value.real);
  RC_ASSERT(tree.at("items").size() == value.items.size());
  RC_ASSERT(tree.contains("maybe") == value.maybe.has_value());
}

RC_GTEST_PROP(json_codec, reads_what_nlohmann_writes, ()) {
  // Other field order, other number forms, ASCII only, indented. It writes doubles, in up to 17
  // digits: of amounts it keeps quarters, and may give others more decimal places than are read.
  auto value = any_value();
  auto const keep_quarters = [](evsrc::money& of) { of = {of.units % 1'000'000'000 * 25, 2}; };
  for (auto& one : value.items) keep_quarters(one.price);
  for (auto& [id, amount] : value.by_id) keep_quarters(amount);
  keep_quarters(value.total);
  auto tree = nlohmann::json::parse(encoded(value));
  auto const dumped = tree.dump(2, ' ', true);
  auto const read = decoded<everything>(dumped);
  if (!read) RC_FAIL(read.error().message + "\n" + dumped);
  RC_ASSERT(read->text == value.text);
  RC_ASSERT(read->by_name == value.by_name);
  RC_ASSERT(read->by_id == value.by_id);
  RC_ASSERT(read->items == value.items);
  RC_ASSERT(read->total == value.total);
  RC_ASSERT(read->paid == value.paid);
  RC_ASSERT(read->i64 == value.i64);
  RC_ASSERT(read->real == value.real);
  RC_ASSERT(read->at == value.at);
}

RC_GTEST_PROP(json_double, is_the_one_that_nlohmann_finds, ()) {
  // Decimal texts of any length, which take all ways through the reader.
  auto const digits = *rc::gen::nonEmpty(
      rc::gen::container<std::string>(rc::gen::inRange<char>('0', static_cast<char>('9' + 1))));
  auto const exponent = *rc::gen::inRange(-330, 300 - static_cast<int>(digits.size()));
  auto const text = "0." + digits + "e" + std::to_string(exponent);
  auto const read = decoded<double>(text);
  if (!read) RC_FAIL(text + ": " + read.error().message);
  RC_ASSERT(std::bit_cast<std::uint64_t>(*read) ==
            std::bit_cast<std::uint64_t>(nlohmann::json::parse(text).get<double>()));
}

RC_GTEST_PROP(upcasting, leads_every_version_to_the_same_event, (std::int32_t count)) {
  counted const expected{count, "piece"};
  auto const check = [&](std::uint32_t version, std::string const& payload) {
    auto const done =
        evsrc::decode_event<counted>("counted", version, exact_text(payload).json(),
                                     [&](counted const& event) { RC_ASSERT(event == expected); });
    RC_ASSERT(done.has_value());
  };
  check(1, encoded(counted_v1{count}));
  check(2, encoded(expected));
}

}  // namespace
