// SPDX-License-Identifier: Apache-2.0
// Structs with every kind of field. Each lists its field names, as what both ways must find.
#pragma once

#include <array>
#include <map>
#include <string_view>

#include "evsrc/codec/json_codec.hpp"
#include "evsrc/codec/json_value.hpp"

namespace golden {

using namespace std::string_view_literals;

enum class state { open, closed, on_hold };
enum class level : std::uint8_t { low = 1, high = 2, new_ = 3 };
enum unscoped { first = 1, second = 200 };

struct item {
  std::string sku;
  int quantity = 0;
  evsrc::money price;
  std::optional<std::string> note;

  friend bool operator==(item const&, item const&) = default;
  static constexpr std::array cpp_names{"sku"sv, "quantity"sv, "price"sv, "note"sv};
};

struct card {
  static constexpr std::string_view json_name = "card";
  std::string number;

  friend bool operator==(card const&, card const&) = default;
  static constexpr std::array cpp_names{"number"sv};
};

struct transfer {
  static constexpr evsrc::event_name wire_name{"bank_transfer", 1};
  std::string iban;
  std::optional<bool> instant;

  friend bool operator==(transfer const&, transfer const&) = default;
  static constexpr std::array cpp_names{"iban"sv, "instant"sv};
};

using payment = std::variant<card, transfer>;
using customer_id = evsrc::strong_id<struct customer_id_tag>;
using line_number = evsrc::strong_id<struct line_number_tag, std::int64_t>;

struct empty {
  friend bool operator==(empty const&, empty const&) = default;
  static constexpr std::array<std::string_view, 0> cpp_names{};
};

struct everything {
  bool yes = true;
  std::int8_t i8 = -128;
  std::uint8_t u8 = 255;
  std::int64_t i64 = 0;
  std::uint64_t u64 = 0;
  double real = 0;
  float single = 0;
  std::string text;
  std::optional<int> maybe;
  std::vector<item> items;
  std::vector<bool> flags;
  std::array<int, 2> pair{};
  std::map<std::string, int> by_name;
  std::map<int, std::string> by_number;
  std::map<customer_id, evsrc::money> by_id;
  std::map<state, bool> by_state;
  payment paid;
  state now = state::open;
  customer_id who;
  line_number line;
  evsrc::timestamp at{};
  std::chrono::year_month_day day{};
  std::chrono::milliseconds lasted{};
  evsrc::bytes raw;
  evsrc::money total;
  evsrc::uuid id;
  evsrc::json_value any;
  empty nothing;

  friend bool operator==(everything const&, everything const&) = default;
  static constexpr std::array cpp_names{
      "yes"sv,   "i8"sv,       "u8"sv,    "i64"sv,   "u64"sv,  "real"sv,    "single"sv,
      "text"sv,  "maybe"sv,    "items"sv, "flags"sv, "pair"sv, "by_name"sv, "by_number"sv,
      "by_id"sv, "by_state"sv, "paid"sv,  "now"sv,   "who"sv,  "line"sv,    "at"sv,
      "day"sv,   "lasted"sv,   "raw"sv,   "total"sv, "id"sv,   "any"sv,     "nothing"sv};
};

struct renamed {
  std::string class_;
  int order_id = 0;
  std::optional<int> _private;

  friend bool operator==(renamed const&, renamed const&) = default;
  static constexpr auto wire_fields =
      evsrc::wire_fields(evsrc::rename("class_", "class"), evsrc::camel_case);
  static constexpr std::array cpp_names{"class_"sv, "order_id"sv, "_private"sv};
};

struct graded {
  level severity = level::low;
  unscoped kind = first;

  friend bool operator==(graded const&, graded const&) = default;
  static constexpr std::array cpp_names{"severity"sv, "kind"sv};
};

struct tree {
  int value = 0;
  std::vector<tree> children;

  friend bool operator==(tree const&, tree const&) = default;
  static constexpr std::array cpp_names{"value"sv, "children"sv};
};

/// Names of all lengths, one longer than the bytes that may be read behind a document.
struct long_names {
  int a = 0;
  int a_name_that_is_longer_than_the_sixty_four_bytes_that_stand_behind_every_document = 0;

  friend bool operator==(long_names const&, long_names const&) = default;
  static constexpr std::array cpp_names{
      "a"sv, "a_name_that_is_longer_than_the_sixty_four_bytes_that_stand_behind_every_document"sv};
};

template <class T>
struct box {
  T value{};

  friend bool operator==(box const&, box const&) = default;
  static constexpr std::array cpp_names{"value"sv};
};

inline everything filled() {
  everything all;
  all.i64 = std::numeric_limits<std::int64_t>::min();
  all.u64 = std::numeric_limits<std::uint64_t>::max();
  all.real = 45.85;
  all.single = 0.1F;
  all.text = "a \"quoted\" \\ line\nwith \xC3\xA9 and \xF0\x9F\x98\x80";
  all.maybe = -7;
  all.items = {{"85123A", 6, {255, 2}, {}}, {"71053", -1, {-5, 3}, "gift"}};
  all.flags = {true, false};
  all.pair = {1, 2};
  all.by_name = {{"a", 1}, {"b", 2}};
  all.by_number = {{-1, "x"}, {10, "y"}};
  all.by_id = {{{"c1"}, {1000, 2}}};
  all.by_state = {{state::on_hold, true}};
  all.paid = transfer{"GB00", true};
  all.now = state::closed;
  all.who = {"17850"};
  all.line = {42};
  all.at = evsrc::timestamp{std::chrono::microseconds{1291191960000001}};
  all.day = std::chrono::year{2010} / std::chrono::December / 1;
  all.lasted = std::chrono::milliseconds{1500};
  all.raw = {std::byte{0}, std::byte{255}};
  all.total = {4585, 2};
  all.id = *evsrc::parse_uuid("0190a5c8-7f3e-7c21-8000-0123456789ab");
  all.any = {R"({"color": [1, 2.50]})"};
  return all;
}

inline constexpr std::string_view filled_text =
    R"({"yes":true,"i8":-128,"u8":255,"i64":-9223372036854775808,"u64":18446744073709551615,)"
    R"("real":45.85,"single":0.1,"text":"a \"quoted\" \\ line\nwith é and 😀","maybe":-7,)"
    R"("items":[{"sku":"85123A","quantity":6,"price":2.55},)"
    R"({"sku":"71053","quantity":-1,"price":-0.005,"note":"gift"}],"flags":[true,false],)"
    R"("pair":[1,2],"by_name":{"a":1,"b":2},"by_number":{"-1":"x","10":"y"},)"
    R"("by_id":{"c1":10.00},"by_state":{"on_hold":true},)"
    R"("paid":{"type":"bank_transfer","iban":"GB00","instant":true},"now":"closed",)"
    R"("who":"17850","line":42,"at":"2010-12-01T08:26:00.000001Z","day":"2010-12-01",)"
    R"("lasted":1500,"raw":"AP8=","total":45.85,"id":"0190a5c8-7f3e-7c21-8000-0123456789ab",)"
    R"("any":{"color": [1, 2.50]},"nothing":{}})";

}  // namespace golden

template <>
inline constexpr auto evsrc::enum_names<golden::level> =
    evsrc::wire_fields(evsrc::rename("new_", "new"), evsrc::rename("low", "LOW"));
template <>
inline constexpr auto evsrc::enum_names<golden::unscoped> =
    std::array{evsrc::named{golden::first, "1st"}, evsrc::named{golden::second, "2nd"}};
