// SPDX-License-Identifier: Apache-2.0
// Golden tests of structs in JSON: exact bytes out, the documented edges in.
#include "names_way.hpp"
//
#include "evsrc/codec/json_codec.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "golden_types.hpp"
#include "json_text.hpp"

namespace {

using evsrc::decode_json;
using evsrc::errc;
using golden::box;
using golden::everything;

/// The value of {"value":...} as a T.
template <class T>
evsrc::result<T> value_of(std::string const& text) {
  auto read = decoded<box<T>>("{\"value\":" + text + "}");
  if (!read) return evsrc::fail(std::move(read.error()));
  return read->value;
}

/// Why {"value":...} is no T, without path and offset.
template <class T>
std::string why_not(std::string const& text) {
  auto const message = refusal<box<T>>("{\"value\":" + text + "}");
  auto const from = message.find(": ");
  auto const to = message.rfind(" at byte");
  return message.empty() ? "" : message.substr(from + 2, to - from - 2);
}

TEST(json_codec, writes_every_type_byte_for_byte) {
  EXPECT_EQ(encoded(golden::filled()), golden::filled_text);
}

TEST(json_codec, reads_back_what_it_wrote) {
  auto const read = decoded<everything>(golden::filled_text);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, golden::filled());
}

TEST(json_codec, writes_nothing_for_an_empty_optional) {
  everything all = golden::filled();
  all.maybe.reset();
  auto const text = encoded(all);
  EXPECT_EQ(text.find("maybe"), std::string::npos);
  EXPECT_EQ(*decoded<everything>(text), all);
}

TEST(json_codec, reads_null_and_absence_as_an_empty_optional) {
  using optional_box = box<std::optional<int>>;
  EXPECT_EQ(*decoded<optional_box>("{}"), optional_box{});
  EXPECT_EQ(*decoded<optional_box>(R"({"value":null})"), optional_box{});
  EXPECT_EQ(encoded(optional_box{}), "{}");
  using list = box<std::vector<std::optional<int>>>;
  EXPECT_EQ(encoded(list{{1, {}, 3}}), R"({"value":[1,null,3]})");
  EXPECT_EQ(*decoded<list>(R"({"value":[1,null,3]})"), (list{{1, {}, 3}}));
}

TEST(json_codec, reads_fields_in_any_order_and_with_any_white_space) {
  golden::item const expected{"a", 2, {150, 2}, "n"};
  for (auto const* text :
       {R"({"sku":"a","quantity":2,"price":1.50,"note":"n"})",
        R"({"note":"n","price":1.50,"quantity":2,"sku":"a"})",
        R"({"sku": "a", "quantity": 2, "price": 1.50, "note": "n"})",
        "\r\n\t { \"sku\" :\n\"a\" , \"quantity\"\t:2,\"price\"  :  1.50 ,\n\"note\":\"n\" } \n ",
        R"({"quantity":2,"note":"n","sku":"a","price":1.50})"}) {
    auto const read = decoded<golden::item>(text);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, expected) << text;
  }
}

TEST(json_codec, reads_keys_with_escapes) {
  EXPECT_EQ(decoded<box<int>>(R"({"\u0076alue":3})")->value, 3);
  EXPECT_EQ(refusal<box<int>>(R"({"\u0076alue":3,"value":3})"),
            "value: stands there twice at byte 16");
}

TEST(json_codec, passes_unknown_fields_over) {
  EXPECT_EQ(decoded<box<int>>(R"({"x":{"y":[1,{"z":null}]},"value":3,"w":"\ud83d\ude00"})")->value,
            3);
}

TEST(json_codec, reads_names_longer_than_the_padding) {
  golden::long_names const value{1, 2};
  auto const text = encoded(value);
  EXPECT_EQ(*decoded<golden::long_names>(text), value);
  for (std::size_t size = 0; size < text.size(); ++size)
    EXPECT_FALSE(decoded<golden::long_names>(text.substr(0, size)));
}

TEST(json_codec, reads_recursive_structs_to_the_limit_of_depth) {
  auto const nested = [](std::size_t depth) {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i) text += R"({"value":1,"children":[)";
    for (std::size_t i = 0; i < depth; ++i) text += "]}";
    return text;
  };
  // Each level is an object and an array.
  EXPECT_TRUE(decoded<golden::tree>(nested(32)));
  auto const read = decoded<golden::tree>(nested(33));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, errc::limit_exceeded);
  EXPECT_NE(read.error().message.find("is nested deeper than 64 levels"), std::string::npos);
}

golden::tree tree_of(std::size_t depth) {
  golden::tree all;
  for (auto* one = &all; depth != 0; --depth) one = &one->children.emplace_back();
  return all;
}

TEST(json_codec, writes_no_deeper_than_it_reads) {
  // The innermost is an object and an empty array too.
  auto const text = encoded(tree_of(31));
  EXPECT_TRUE(decoded<golden::tree>(text)) << text;
  std::string out = "kept";
  auto const written = evsrc::encode_json(tree_of(32), out);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, errc::limit_exceeded);
  EXPECT_NE(written.error().message.find("is nested deeper than 64 levels"), std::string::npos);
  EXPECT_EQ(out, "kept");
  EXPECT_FALSE(evsrc::encode_json(tree_of(20'000), out));
}

TEST(json_codec, keeps_hold_of_an_alternative_whose_name_has_escapes) {
  // The long key takes the place of the name's text; the second alternative's is as long.
  auto const text =
      R"({"type":"\u0063ard","\u0061)" + std::string(5'000, 'a') + R"(":1,"number":5})";
  EXPECT_EQ(refusal<golden::payment>(text), "number: expected a string at byte 5040");
}

TEST(json_codec, names_path_offset_and_reason) {
  EXPECT_EQ(refusal<everything>(R"({"items":[{"sku":"a","quantity":1,"price":1},)"
                                R"({"sku":"b","quantity":1,"price":"2"}]})"),
            "items[1].price: expected a number at byte 77");
  EXPECT_EQ(refusal<golden::item>(R"({"sku":"a","quantity":1})"), "price: is missing at byte 23");
  EXPECT_EQ(refusal<golden::item>(R"([])"), "document: expected an object at byte 0");
  EXPECT_EQ(refusal<everything>(R"({"by_name":{"a":1,"b":true}})"),
            "by_name.b: expected a number at byte 22");
  auto const read = decoded<golden::item>("{");
  EXPECT_EQ(read.error().code, errc::malformed);
  EXPECT_EQ(read.error().origin, "json.decode");
  EXPECT_EQ(read.error().effect, evsrc::effect::none);
}

TEST(json_codec, shortens_long_keys_in_messages) {
  auto const message = refusal<box<int>>("{\"" + std::string(1000, 'k') + "\":x}");
  EXPECT_EQ(message, std::string(64, 'k') + "...: expected a value at byte 1004");
}

TEST(json_codec, refuses_a_field_that_stands_there_twice) {
  EXPECT_EQ(refusal<box<int>>(R"({"value":1,"value":2})"), "value: stands there twice at byte 11");
  EXPECT_EQ(refusal<box<int>>(R"({"x":1,"y":2,"x":3,"value":1})"),
            "x: stands there twice at byte 13");
  EXPECT_EQ(refusal<box<int>>(R"({"x":[{"y":{"a":1,"b":1,"a":1}}],"value":1})"),
            "x[0].y.a: stands there twice at byte 24");
  EXPECT_EQ(refusal<box<int>>(R"({"x":1,"\u0078":2,"value":1})"),
            "x: stands there twice at byte 7");
  EXPECT_EQ((refusal<box<std::map<std::string, int>>>(R"({"value":{"a":1,"a":1}})")),
            "value.a: stands there twice at byte 16");
}

TEST(json_codec, takes_equal_unknown_keys_in_different_objects) {
  EXPECT_EQ(refusal<box<int>>(R"({"x":{"x":{"x":1}},"y":{"x":1},"value":1,"z":[{"x":1},{"x":1}]})"),
            "");
}

TEST(json_codec, reads_many_unknown_keys_in_one_object) {
  std::string text = "{";
  for (int i = 0; i < 50'000; ++i) text += "\"k" + std::to_string(i) + "\":0,";
  auto const twice = text + "\"k777\":0,\"value\":1}";
  text += "\"value\":1}";
  EXPECT_EQ(refusal<box<int>>(text), "");
  EXPECT_NE(refusal<box<int>>(twice).find("k777: stands there twice"), std::string::npos);
}

TEST(json_codec, wants_nothing_behind_the_document) {
  EXPECT_EQ(refusal<box<int>>("{\"value\":1} \r\n\t"), "");
  for (auto const* behind : {"x", "}", ",", "{}", "\xEF\xBB\xBF", "/**/"})
    EXPECT_EQ(refusal<box<int>>(std::string("{\"value\":1}") + behind),
              "document: expected nothing more behind the document at byte 11")
        << behind;
  EXPECT_FALSE(refusal<box<int>>({"{\"value\":1}\0", 12}).empty());
}

TEST(json_codec, refuses_a_byte_order_mark) {
  EXPECT_EQ(refusal<box<int>>("\xEF\xBB\xBF{\"value\":1}"),
            "document: expected an object at byte 0");
}

TEST(json_codec, refuses_the_document_cut_at_every_byte_whatever_stands_behind) {
  std::string const text{golden::filled_text};
  for (std::size_t size = 0; size < text.size(); ++size) {
    auto const cut = text.substr(0, size);
    for (auto const& behind :
         {std::string("\0", 1), text.substr(size), std::string("}"), std::string("]"),
          std::string("1"), std::string("\""), std::string(" "), std::string(","),
          std::string("{\"x\":"), std::string("\xFF"), std::string("[]"), std::string("{},")}) {
      auto const read = decode_json<everything>(exact_text(cut, behind).json());
      ASSERT_FALSE(read) << size << " " << behind;
      EXPECT_EQ(read.error().code, errc::malformed);
    }
  }
}

TEST(json_codec, never_judges_by_what_stands_behind) {
  for (auto const& behind : {std::string("}"), std::string("\""), std::string("1"),
                             std::string("\xFF"), std::string("]"), std::string("x")}) {
    EXPECT_TRUE(decode_json<everything>(exact_text(golden::filled_text, behind).json()));
    EXPECT_EQ(*decode_json<int>(exact_text("12", behind).json()), 12);
    EXPECT_EQ(*decode_json<bool>(exact_text("true", behind).json()), true);
  }
}

TEST(json_codec, reads_documents_that_are_no_objects) {
  EXPECT_EQ(*decode_json<int>("12"), 12);
  EXPECT_EQ(*decode_json<std::string>("\"x\""), "x");
  EXPECT_EQ(*decode_json<std::vector<int>>(" [1,2] "), (std::vector{1, 2}));
  EXPECT_EQ(*decode_json<std::optional<int>>("null"), std::nullopt);
  EXPECT_FALSE(decode_json<bool>("tru"));
  EXPECT_FALSE(decode_json<int>("1 2"));
  EXPECT_FALSE(decode_json<int>(""));
  EXPECT_FALSE(decode_json<int>("  "));
}

TEST(json_codec, checks_the_size_first) {
  std::string const large(evsrc::limits::event_payload_bytes + 1, 'x');
  auto const read = decode_json<box<int>>(large);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, errc::limit_exceeded);
  EXPECT_EQ(read.error().message,
            "document: is 1048577 bytes long, at most 1048576 are read at byte 0");
  EXPECT_TRUE(decode_json<std::string>("\"abc\"", 5));
  EXPECT_EQ(decode_json<std::string>("\"abc\"", 4).error().code, errc::limit_exceeded);
}

TEST(json_codec, writes_up_to_the_limit_and_appends_nothing_beyond) {
  std::string out = "kept";
  EXPECT_TRUE(evsrc::encode_json(std::string(evsrc::limits::event_payload_bytes - 2, 'x'), out));
  EXPECT_EQ(out.size(), 4 + evsrc::limits::event_payload_bytes);
  out = "kept";
  auto const written =
      evsrc::encode_json(std::string(evsrc::limits::event_payload_bytes - 1, 'x'), out);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, errc::limit_exceeded);
  EXPECT_EQ(out, "kept");
  EXPECT_FALSE(evsrc::encode_json(std::vector<int>(3'000'000), out));
  EXPECT_EQ(out, "kept");
}

TEST(json_codec, appends_behind_what_is_there) {
  std::string out = "a";
  ASSERT_TRUE(evsrc::encode_json(box<int>{1}, out));
  ASSERT_TRUE(evsrc::encode_json(box<int>{2}, out));
  EXPECT_EQ(out, R"(a{"value":1}{"value":2})");
}

TEST(json_codec, appends_nothing_and_names_the_path_of_what_cannot_be_written) {
  std::string out = "kept";
  everything all = golden::filled();
  all.items[1].note = "\xFF";
  auto const written = evsrc::encode_json(all, out);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().message, "items[1].note: is not valid UTF-8");
  EXPECT_EQ(written.error().code, errc::invalid_argument);
  EXPECT_EQ(out, "kept");
  EXPECT_EQ(encoded(box<double>{NAN}), "value: is not a finite number, which JSON cannot say");
  EXPECT_EQ(encoded(box<float>{-INFINITY}), "value: is not a finite number, which JSON cannot say");
  EXPECT_EQ(encoded(box<evsrc::money>{{1, 10}}),
            "value: an amount has at most nine decimal places, this one has 10");
  EXPECT_EQ(encoded(box<evsrc::timestamp>{evsrc::timestamp::max()}),
            "value: is a time outside the years 0000 to 9999");
  EXPECT_EQ(encoded(box<std::chrono::year_month_day>{}),
            "value: is not a date of the years 0000 to 9999");
  EXPECT_EQ(encoded(box<evsrc::json_value>{{"[1,]"}}).substr(0, 37),
            "value: holds text that is not JSON: [");
}

TEST(json_codec, reuses_a_value_that_exists) {
  golden::item value{"old", 1, {1, 2}, "old note"};
  auto const* const memory = value.sku.data();
  ASSERT_TRUE(decode_json_into(value, exact_text(R"({"sku":"a","quantity":2,"price":3})").json()));
  EXPECT_EQ(value, (golden::item{"a", 2, {3, 0}, {}}));
  EXPECT_EQ(value.sku.data(), memory);
  box<std::vector<golden::item>> list{{value, value, value}};
  ASSERT_TRUE(decode_json_into(
      list, exact_text(R"({"value":[{"sku":"z","quantity":1,"price":1}]})").json()));
  EXPECT_EQ(list.value.size(), 1U);
  EXPECT_EQ(list.value[0].sku, "z");
  everything all = golden::filled();
  all.paid = golden::card{"1"};
  ASSERT_TRUE(decode_json_into(all, exact_text(golden::filled_text).json()));
  EXPECT_EQ(all, golden::filled());
}

TEST(json_integer, is_read_exactly_from_any_form_of_a_whole_number) {
  EXPECT_EQ(*value_of<int>("1e2"), 100);
  EXPECT_EQ(*value_of<int>("1E+2"), 100);
  EXPECT_EQ(*value_of<int>("1.0"), 1);
  EXPECT_EQ(*value_of<int>("1500e-2"), 15);
  EXPECT_EQ(*value_of<int>("1.50e1"), 15);
  EXPECT_EQ(*value_of<int>("-0"), 0);
  EXPECT_EQ(*value_of<int>("-0.0"), 0);
  EXPECT_EQ(*value_of<int>("0e999999999999999999999"), 0);
  EXPECT_EQ(*value_of<unsigned>("-0"), 0U);
  EXPECT_EQ(*value_of<int>("1." + std::string(100, '0')), 1);
  EXPECT_EQ(*value_of<std::int64_t>("9007199254740993"), 9007199254740993);
  EXPECT_EQ(*value_of<std::int64_t>("9007199254740993.0"), 9007199254740993);
  EXPECT_EQ(*value_of<std::int64_t>("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(*value_of<std::int64_t>("-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(*value_of<std::uint64_t>("18446744073709551615"), UINT64_MAX);
  EXPECT_EQ(*value_of<std::uint64_t>("10000000000000000000"), 10000000000000000000U);
  EXPECT_EQ(*value_of<std::uint64_t>("1e19"), 10000000000000000000U);
  EXPECT_EQ(*value_of<std::int8_t>("-128"), -128);
  EXPECT_EQ(*value_of<std::uint8_t>("255"), 255);
  EXPECT_EQ(*value_of<std::uint16_t>("65535"), 65535);
}

TEST(json_integer, out_of_range_or_with_a_fraction_is_refused) {
  EXPECT_EQ(why_not<int>("1.5"), "expected an integer, the number has a fraction");
  EXPECT_EQ(why_not<int>("1e-1"), "expected an integer, the number has a fraction");
  EXPECT_EQ(why_not<int>("1e-999999999999999999999"),
            "expected an integer, the number has a fraction");
  EXPECT_EQ(why_not<int>("2147483648"), "the integer is out of range, -2147483648 to 2147483647");
  EXPECT_EQ(why_not<std::int8_t>("-129"), "the integer is out of range, -128 to 127");
  EXPECT_EQ(why_not<std::uint8_t>("256"), "the integer is out of range, 0 to 255");
  EXPECT_EQ(why_not<std::uint8_t>("-1"), "the integer is out of range, 0 to 255");
  EXPECT_EQ(why_not<std::int64_t>("9223372036854775808"), "the integer is out of range");
  EXPECT_EQ(why_not<std::int64_t>("-9223372036854775809"), "the integer is out of range");
  EXPECT_EQ(why_not<std::uint64_t>("18446744073709551616"), "the integer is out of range");
  EXPECT_EQ(why_not<std::uint64_t>("99999999999999999999"), "the integer is out of range");
  EXPECT_EQ(why_not<std::int64_t>("1e999999999999999999999"), "the integer is out of range");
  EXPECT_EQ(why_not<std::int64_t>(std::string(400, '9')), "the integer is out of range");
  EXPECT_EQ(why_not<int>("\"1\""), "expected a number");
  EXPECT_EQ(why_not<int>("true"), "expected a number");
  EXPECT_EQ(why_not<int>("null"), "expected a number");
}

TEST(json_number, follows_the_grammar) {
  EXPECT_EQ(why_not<int>("01"), "a number must not begin with 0");
  EXPECT_EQ(why_not<double>("-01"), "a number must not begin with 0");
  EXPECT_EQ(why_not<double>("1."), "a decimal point needs a digit behind it");
  EXPECT_EQ(why_not<double>("1.e1"), "a decimal point needs a digit behind it");
  EXPECT_EQ(why_not<double>("1e"), "an exponent needs a digit");
  EXPECT_EQ(why_not<double>("1e+"), "an exponent needs a digit");
  for (auto const* text : {"-", "+1", ".5", "- 1", "NaN", "Infinity", "-Infinity", "0x10"})
    EXPECT_FALSE(why_not<double>(text).empty()) << text;
}

TEST(json_double, is_the_nearest_and_written_shortest) {
  for (double const value :
       {0.1, 45.85, 1e22, 1e23, 1.7976931348623157e308, 5e-324, 2.2250738585072014e-308,
        9007199254740993.0, 123456789012345678.0, 1.0 / 3, -2.5e-7, 100.0}) {
    auto const text = encoded(box<double>{value});
    EXPECT_EQ(decoded<box<double>>(text)->value, value) << text;
  }
  EXPECT_EQ(encoded(box<double>{1}), R"({"value":1})");
  EXPECT_EQ(encoded(box<double>{1e21}), R"({"value":1e+21})");
  EXPECT_EQ(encoded(box<double>{0.1}), R"({"value":0.1})");
  EXPECT_EQ(encoded(box<float>{0.1F}), R"({"value":0.1})");
  EXPECT_EQ(encoded(box<double>{-0.0}), R"({"value":-0})");
  EXPECT_TRUE(std::signbit(*value_of<double>("-0")));
  EXPECT_TRUE(std::signbit(*value_of<double>("-0.0e5")));
  EXPECT_EQ(*value_of<double>("9007199254740993"), 9007199254740992.0);
  EXPECT_EQ(*value_of<double>("0.1" + std::string(500, '0')), 0.1);
  EXPECT_EQ(*value_of<double>("2.2250738585072011e-308"), 2.2250738585072011e-308);
  EXPECT_EQ(*value_of<double>("1" + std::string(300, '0') + "e-300"), 1.0);
  EXPECT_EQ(*value_of<float>("16777217"), 16777216.0F);
}

TEST(json_double, too_small_is_zero_and_too_large_is_refused) {
  EXPECT_EQ(*value_of<double>("1e-400"), 0.0);
  EXPECT_TRUE(std::signbit(*value_of<double>("-1e-400")));
  EXPECT_EQ(*value_of<double>("1e-99999999999999999999"), 0.0);
  EXPECT_EQ(*value_of<float>("1e-60"), 0.0F);
  EXPECT_EQ(why_not<double>("1e309"), "the number is out of range");
  EXPECT_EQ(why_not<double>("-1e99999999999999999999"), "the number is out of range");
  EXPECT_EQ(why_not<double>(std::string(310, '9')), "the number is out of range");
  EXPECT_EQ(why_not<float>("1e39"), "the number is out of range");
}

TEST(json_money, keeps_the_digits_of_its_text) {
  for (auto const* text : {"45.85", "45.850", "0", "-0.05", "0.000000001", "7", "-12",
                           "9223372036854775807", "-9223372036854775.807", "0.00"}) {
    auto const read = value_of<evsrc::money>(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(encoded(*read), text);
  }
  EXPECT_EQ(encoded(*value_of<evsrc::money>("1e2")), "100");
  EXPECT_EQ(encoded(*value_of<evsrc::money>("-0")), "0");
  EXPECT_EQ(encoded(*value_of<evsrc::money>("1.5e-3")), "0.0015");
  EXPECT_EQ(encoded(evsrc::money{INT64_MIN, 9}), "-9223372036.854775808");
  EXPECT_EQ(decoded<evsrc::money>("-9223372036.854775808")->units, INT64_MIN);
}

TEST(json_money, that_is_not_exact_is_refused) {
  for (auto const* text : {"0.0000000001", "9223372036854775808", "1e19", "1e999", "\"1\""})
    EXPECT_FALSE(value_of<evsrc::money>(text)) << text;
}

TEST(json_string, is_checked_and_unescaped) {
  EXPECT_EQ(*value_of<std::string>(R"("\"\\\/\b\f\n\r\t\u0041\u00e9\u20AC\ud83d\ude00")"),
            "\"\\/\b\f\n\r\tA\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
  EXPECT_EQ(*value_of<std::string>(R"("a\u0000b")"), std::string("a\0b", 3));
  EXPECT_EQ(encoded(std::string("a\0b\x1F\x7F", 5)), "\"a\\u0000b\\u001f\x7F\"");
  EXPECT_EQ(*value_of<std::string>(R"("")"), "");
  EXPECT_EQ(*value_of<std::string>("\"\xEF\xBF\xBF\xF4\x8F\xBF\xBF\""),
            "\xEF\xBF\xBF\xF4\x8F\xBF\xBF");
}

TEST(json_string, refuses_what_is_no_unicode) {
  for (auto const* text : {R"("\ud800")", R"("\ud800x")", R"("\ud800\n")", R"("\ud800\u0041")",
                           R"("\udc00")", R"("\udc00\ud800")", R"("\ud800\ud800")"})
    EXPECT_EQ(why_not<std::string>(text), "half of a surrogate pair stands alone") << text;
  for (auto const* bytes :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xC3", "\xC3(", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xE2\x82",
        "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80", "\xFE", "\xFF", "\xF0\x9F\x98"}) {
    // At each place within the eight bytes that are looked at together.
    for (std::size_t before = 0; before < 9; ++before) {
      auto const text = std::string(before, 'a') + bytes;
      EXPECT_EQ(why_not<std::string>("\"" + text + "\""), "a string is not valid UTF-8");
      EXPECT_EQ(encoded(text), "document: is not valid UTF-8");
    }
  }
}

TEST(json_string, refuses_raw_control_characters_and_unknown_escapes) {
  for (char c = 0; c < 0x20; ++c) {
    std::string const text = "{\"value\":\"abcdefgh" + std::string(1, c) + "\"}";
    EXPECT_EQ(refusal<box<std::string>>(text),
              "value: a control character in a string must be escaped at byte 18");
    EXPECT_EQ(*decode_json<std::string>(encoded(std::string(1, c))), std::string(1, c));
  }
  EXPECT_EQ(why_not<std::string>(R"("\x41")"), "a backslash with an unknown escape behind it");
  EXPECT_EQ(why_not<std::string>(R"("\u12g4")"), "an escape \\u needs four hexadecimal digits");
  EXPECT_EQ(why_not<std::string>(R"("\u12")"), "an escape \\u needs four hexadecimal digits");
  EXPECT_EQ(why_not<std::string>("'a'"), "expected a string");
}

TEST(json_string, finds_its_end_at_every_length) {
  for (std::size_t size = 0; size < 40; ++size) {
    std::string const text(size, 'x');
    EXPECT_EQ(*value_of<std::string>("\"" + text + "\""), text);
    EXPECT_EQ(*value_of<std::string>("\"" + text + "\\n\""), text + "\n");
    EXPECT_EQ(encoded(text + "\""), "\"" + text + "\\\"\"");
  }
}

TEST(json_values, of_time_read_what_others_write) {
  using evsrc::timestamp;
  auto const at = *evsrc::parse_timestamp("2010-12-01T08:26:00Z");
  EXPECT_EQ(*value_of<timestamp>(R"("2010-12-01T08:26:00")"), at);
  EXPECT_EQ(*value_of<timestamp>(R"("2010-12-01T09:26:00+01:00")"), at);
  EXPECT_EQ(why_not<timestamp>(R"("2010-02-30T00:00:00Z")"),
            "expected a time such as \"2010-12-01T08:26:00Z\"");
  EXPECT_EQ(why_not<timestamp>("1291191960"), "expected a string");
  EXPECT_EQ(why_not<std::chrono::year_month_day>(R"("2010-02-29")"),
            "expected a date such as \"2010-12-01\"");
  EXPECT_EQ(why_not<std::chrono::year_month_day>(R"("2010-02-2T")"),
            "expected a date such as \"2010-12-01\"");
  EXPECT_EQ(encoded(std::chrono::hours{-3}), "-3");
  EXPECT_EQ(encoded(std::chrono::duration<double>{0.5}), "0.5");
}

TEST(json_values, of_bytes_and_ids_are_canonical) {
  EXPECT_EQ(why_not<evsrc::bytes>(R"("AP8")"), "expected base64 with padding (RFC 4648)");
  EXPECT_EQ(why_not<evsrc::bytes>(R"("AP9=")"), "expected base64 with padding (RFC 4648)");
  EXPECT_EQ(why_not<evsrc::uuid>(R"("0190a5c8")"), "expected a UUID of 36 characters");
}

TEST(json_map, keys_are_text_in_their_shortest_form) {
  using numbers = std::map<std::int8_t, int>;
  EXPECT_EQ(*value_of<numbers>(R"({"-128":1,"127":2})"), (numbers{{-128, 1}, {127, 2}}));
  for (auto const* key : {"128", "01", "-0", "+1", "", "1.0", "x", " 1"})
    EXPECT_EQ(why_not<numbers>("{\"" + std::string(key) + "\":1}"), "the key is not of its type")
        << key;
  EXPECT_EQ(why_not<numbers>("[]"), "expected an object");
  EXPECT_EQ(encoded(std::map<std::string, int>{{"a\"b", 1}}), R"({"a\"b":1})");
  EXPECT_EQ(encoded(std::map<evsrc::uuid, int>{{{}, 1}}),
            R"({"00000000-0000-0000-0000-000000000000":1})");
  EXPECT_EQ(why_not<std::vector<int>>("[1,]"), "expected a number");
  EXPECT_EQ(why_not<std::vector<int>>("[1 2]"), "expected ',' or ']'");
  EXPECT_EQ(why_not<std::vector<bool>>("[true,1]"), "expected true or false");
}

TEST(json_array, has_exactly_its_size) {
  using three = std::array<int, 3>;
  EXPECT_EQ(*value_of<three>("[1,2,3]"), (three{1, 2, 3}));
  EXPECT_EQ(why_not<three>("[1,2]"), "the array has 2 elements, not 3");
  EXPECT_EQ(why_not<three>("[1,2,3,4]"), "the array has more than its fixed number of elements");
}

TEST(json_variant, finds_its_discriminator_anywhere) {
  using golden::payment;
  payment const expected = golden::transfer{"GB00", true};
  for (auto const* text :
       {R"({"type":"bank_transfer","iban":"GB00","instant":true})",
        R"({"iban":"GB00","instant":true,"type":"bank_transfer"})",
        R"({"iban":"GB00","type":"bank_transfer","instant":true})",
        R"( { "x":{"type":1}, "type" : "bank_transfer" ,"iban":"GB00","instant":true})",
        R"({"t\u0079pe":"bank\u005ftransfer","iban":"GB00","instant":true})"}) {
    auto const read = value_of<payment>(text);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, expected) << text;
  }
  EXPECT_EQ(*value_of<payment>(R"({"type":"card","number":"1"})"), payment{golden::card{"1"}});
}

TEST(json_variant, without_a_known_discriminator_is_refused) {
  using golden::payment;
  EXPECT_EQ(why_not<payment>(R"({"type":"cash"})"), "no alternative is called 'cash'");
  EXPECT_EQ(refusal<box<payment>>(R"({"value":{"number":"1"}})"),
            "value.type: is missing at byte 22");
  EXPECT_EQ(refusal<box<payment>>(R"({"value":{}})"), "value.type: is missing at byte 10");
  EXPECT_EQ(why_not<payment>(R"({"type":1,"number":"1"})"), "expected a string");
  EXPECT_EQ(refusal<box<payment>>(R"({"value":{"type":"card","type":"card","number":"1"}})"),
            "value.type: stands there twice at byte 24");
  EXPECT_EQ(refusal<box<payment>>(R"({"value":{"number":"1","type":"card","type":"card"}})"),
            "value.type: stands there twice at byte 37");
  EXPECT_EQ(refusal<box<payment>>(R"({"value":{"x":1,"x":1,"type":"card","number":"1"}})"),
            "value.x: stands there twice at byte 16");
}

TEST(event_version, is_a_number_with_or_without_zero_behind_the_point) {
  using evsrc::parse_event_version;
  EXPECT_EQ(*parse_event_version("1"), 1U);
  EXPECT_EQ(*parse_event_version("1.0"), 1U);
  EXPECT_EQ(*parse_event_version("12.0"), 12U);
  EXPECT_EQ(*parse_event_version("4294967295"), 4294967295U);
  for (auto const* text : {"", "0", "0.0", "1.1", "1.00", "01", "-1", "+1", "v1", "1.0.0", ".0",
                           "4294967296", " 1", "1 "})
    EXPECT_EQ(parse_event_version(text).error().code, errc::malformed) << text;
}

}  // namespace
