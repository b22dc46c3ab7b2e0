// SPDX-License-Identifier: Apache-2.0
// Tests of UUIDs: text and the version 7 layout.
#include "evsrc/core/uuid.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

namespace {

using evsrc::make_uuid_v7;
using evsrc::parse_uuid;
using evsrc::uuid;

constexpr auto all_ones = std::numeric_limits<std::uint64_t>::max();

TEST(uuid, is_nil_by_default) {
  uuid id;
  EXPECT_TRUE(id.is_nil());
  EXPECT_EQ(to_string(id), "00000000-0000-0000-0000-000000000000");
  id.octets[15] = 1;
  EXPECT_FALSE(id.is_nil());
}

TEST(uuid, writes_every_octet_in_network_order) {
  uuid id;
  for (std::size_t i = 0; i < 16; ++i) id.octets[i] = static_cast<std::uint8_t>(i * 17);
  EXPECT_EQ(to_string(id), "00112233-4455-6677-8899-aabbccddeeff");
}

TEST(uuid, reads_any_letter_case) {
  auto const lower = parse_uuid("0190a5c8-7f3e-7c21-8000-0123456789ab");
  ASSERT_TRUE(lower);
  EXPECT_EQ(parse_uuid("0190A5C8-7F3E-7C21-8000-0123456789AB"), lower);
  EXPECT_EQ(parse_uuid("0190a5C8-7f3E-7c21-8000-0123456789Ab"), lower);
  EXPECT_EQ(to_string(*lower), "0190a5c8-7f3e-7c21-8000-0123456789ab");
}

TEST(uuid, refuses_every_other_text) {
  for (auto const* text :
       {"", "0190a5c8", "0190a5c87f3e7c2180000123456789ab", "0190a5c8-7f3e-7c21-8000-0123456789a",
        "0190a5c8-7f3e-7c21-8000-0123456789abc", "{190a5c8-7f3e-7c21-8000-0123456789a}",
        "0190a5c87-f3e-7c21-8000-0123456789ab", "0190a5c8_7f3e-7c21-8000-0123456789ab",
        "0190a5c8-7f3e-7c21-8000-0123456789ag", "0190a5c8-7f3e-7c21-8000-0123456789-b"}) {
    EXPECT_FALSE(parse_uuid(text)) << text;
  }
}

TEST(uuid, refuses_a_wrong_character_at_every_place) {
  std::string const good = "0190a5c8-7f3e-7c21-8000-0123456789ab";
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (char const wrong : {'g', 'G', '/', ':', '@', '`', ' ', '\0', '\xff', '-'}) {
      auto text = good;
      if (text[at] == wrong) continue;
      text[at] = wrong;
      EXPECT_FALSE(parse_uuid(text)) << text;
    }
  }
}

TEST(uuid_v7, has_the_layout_of_the_rfc) {
  // RFC 9562, appendix A.6.
  auto const id = make_uuid_v7(0x017F22E279B0, 0xCC3, 0x18C4DC0C0C07398F);
  EXPECT_EQ(to_string(id), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
}

TEST(uuid_v7, keeps_version_and_variant_whatever_the_random_bits) {
  EXPECT_EQ(to_string(make_uuid_v7(0, 0, 0)), "00000000-0000-7000-8000-000000000000");
  EXPECT_EQ(to_string(make_uuid_v7(0, all_ones, all_ones)), "00000000-0000-7fff-bfff-ffffffffffff");
}

TEST(uuid_v7, uses_74_random_bits) {
  auto const none = make_uuid_v7(1, 0, 0);
  int used = 0;
  for (unsigned bit = 0; bit < 64; ++bit) {
    if (make_uuid_v7(1, std::uint64_t{1} << bit, 0) != none) ++used;
    if (make_uuid_v7(1, 0, std::uint64_t{1} << bit) != none) ++used;
  }
  EXPECT_EQ(used, 74);
}

TEST(uuid_v7, takes_the_nearest_time_that_48_bits_hold) {
  constexpr std::int64_t last_ms = 0xFFFFFFFFFFFF;
  EXPECT_EQ(make_uuid_v7(-1, 5, 6), make_uuid_v7(0, 5, 6));
  EXPECT_EQ(make_uuid_v7(std::numeric_limits<std::int64_t>::min(), 5, 6), make_uuid_v7(0, 5, 6));
  EXPECT_EQ(make_uuid_v7(last_ms + 1, 5, 6), make_uuid_v7(last_ms, 5, 6));
  EXPECT_EQ(to_string(make_uuid_v7(last_ms, 0, 0)), "ffffffff-ffff-7000-8000-000000000000");
}

RC_GTEST_PROP(uuid, reads_back_what_it_wrote, ()) {
  uuid id;
  for (auto& octet : id.octets) octet = *rc::gen::arbitrary<std::uint8_t>();
  RC_ASSERT(parse_uuid(to_string(id)) == id);
}

RC_GTEST_PROP(uuid_v7, orders_by_time_whatever_the_random_bits,
              (std::uint64_t r1, std::uint64_t r2)) {
  auto const earlier = *rc::gen::inRange<std::int64_t>(0, 0xFFFFFFFFFFFE);
  auto const later = *rc::gen::inRange<std::int64_t>(earlier + 1, 0xFFFFFFFFFFFF);
  RC_ASSERT(make_uuid_v7(earlier, r1, r2) < make_uuid_v7(later, r2, r1));
}

}  // namespace
