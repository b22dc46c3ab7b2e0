// SPDX-License-Identifier: Apache-2.0
// Tests of base64.
#include "evsrc/core/bytes.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <string_view>

namespace {

using evsrc::parse_base64;
using evsrc::to_base64;

evsrc::bytes from_text(std::string_view text) {
  evsrc::bytes raw;
  for (char const c : text) raw.push_back(static_cast<std::byte>(c));
  return raw;
}

struct vector_of_rfc {
  std::string_view raw;
  std::string_view text;
};

// RFC 4648, section 10.
constexpr vector_of_rfc rfc_vectors[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
};

TEST(base64, writes_the_vectors_of_the_rfc) {
  for (auto const& v : rfc_vectors) EXPECT_EQ(to_base64(from_text(v.raw)), v.text);
}

TEST(base64, reads_the_vectors_of_the_rfc) {
  for (auto const& v : rfc_vectors) EXPECT_EQ(parse_base64(v.text), from_text(v.raw)) << v.text;
}

TEST(base64, has_a_digit_for_every_six_bits) {
  std::string const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  auto const raw = parse_base64(digits);
  ASSERT_TRUE(raw);
  EXPECT_EQ(raw->size(), 48U);
  EXPECT_EQ(to_base64(*raw), digits);
}

TEST(base64, refuses_a_length_that_is_not_a_multiple_of_four) {
  for (auto const* text : {"Z", "Zg", "Zg=", "Zm9vY", "Zm9vYg", "Zm9vYg="}) {
    EXPECT_FALSE(parse_base64(text)) << text;
  }
}

TEST(base64, refuses_every_character_outside_the_alphabet_at_every_place) {
  for (int c = 0; c < 256; ++c) {
    auto const character = static_cast<char>(c);
    bool const is_digit = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                          (c >= '0' && c <= '9') || c == '+' || c == '/';
    for (std::size_t at = 0; at < 4; ++at) {
      std::string text = "AAAAAAAA";
      text[at] = character;
      EXPECT_EQ(parse_base64(text).has_value(), is_digit) << c << " at " << at;
    }
  }
}

TEST(base64, refuses_padding_that_is_not_at_the_end) {
  for (auto const* text : {"====", "A===", "=AAA", "AA=A", "Zg==Zg==", "Zm8=Zm9v", "A=A="}) {
    EXPECT_FALSE(parse_base64(text)) << text;
  }
}

TEST(base64, refuses_spare_bits_that_are_not_zero) {
  std::string const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < digits.size(); ++i) {
    EXPECT_EQ(parse_base64(std::string{"A"} + digits[i] + "==").has_value(), i % 16 == 0) << i;
    EXPECT_EQ(parse_base64(std::string{"AA"} + digits[i] + "=").has_value(), i % 4 == 0) << i;
  }
}

RC_GTEST_PROP(base64, gives_back_what_was_written, (std::vector<std::uint8_t> const& octets)) {
  evsrc::bytes raw;
  for (auto const octet : octets) raw.push_back(std::byte{octet});
  auto const text = to_base64(raw);
  RC_ASSERT(text.size() == (raw.size() + 2) / 3 * 4);
  RC_ASSERT(parse_base64(text) == raw);
}

RC_GTEST_PROP(base64, has_one_text_for_one_value, ()) {
  auto const alphabet = rc::gen::elementOf(std::string{"ABQgwxyz019+/="});
  auto const text = *rc::gen::container<std::string>(alphabet);
  if (auto const raw = parse_base64(text)) RC_ASSERT(to_base64(*raw) == text);
}

}  // namespace
