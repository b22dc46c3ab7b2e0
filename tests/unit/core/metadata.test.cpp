// SPDX-License-Identifier: Apache-2.0
// Tests of metadata as bytes, garbage included.
#include "evsrc/core/metadata.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

namespace {

using evsrc::decode_metadata;
using evsrc::errc;
using evsrc::metadata;
using namespace std::chrono_literals;
using namespace std::string_literals;

std::string encoded(metadata const& value) {
  std::string out;
  encode_metadata(value, out);
  return out;
}

metadata full() {
  metadata value;
  value.source = "shop";
  value.subject = "orders/order-123";
  value.correlation = "request-7";
  value.causation = "message-8";
  value.user = "ada";
  value.trace_parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  value.tags = {{"sku", "85123A"}, {"sku", "71053"}, {"", ""}};
  value.headers = {{"region", "eu"}, {"a\0b"s, "\xff\xfe"}, {"region", ""}};
  return value;
}

TEST(metadata, is_no_bytes_where_nothing_is_set) {
  EXPECT_EQ(encoded({}), "");
  metadata columns_only;
  columns_only.id.octets[0] = 1;
  columns_only.time = evsrc::timestamp{1us};
  EXPECT_EQ(encoded(columns_only), "");
}

TEST(metadata, is_appended) {
  metadata value;
  value.user = "ada";
  std::string out = "before";
  encode_metadata(value, out);
  EXPECT_EQ(out,
            "before\x01\x10\x03"
            "ada");
}

TEST(metadata, has_bytes_that_never_change) {
  // Files hold these: an edit here is an edit of every file ever written.
  metadata value;
  value.source = "s";
  value.subject = "su";
  value.correlation = "co";
  value.causation = "ca";
  value.user = "u";
  value.trace_parent = "t";
  value.tags = {{"n", "v"}};
  value.headers = {{"h", ""}};
  EXPECT_EQ(encoded(value),
            "\x01\xff\x01s\x02su\x02"
            "co\x02"
            "ca\x01u\x01t\x01\x01n\x01v\x01\x01h\x00"s);
}

TEST(metadata, uses_two_octets_for_a_length_of_128) {
  metadata value;
  value.source = std::string(127, 'x');
  EXPECT_EQ(encoded(value).size(), 2U + 1U + 127U);
  value.source = std::string(128, 'x');
  EXPECT_EQ(encoded(value).size(), 2U + 2U + 128U);
  EXPECT_EQ(encoded(value).substr(2, 2), "\x80\x01");
}

TEST(metadata, reads_back_every_field) {
  auto value = full();
  value.id.octets[3] = 4;
  value.time = evsrc::timestamp{5us};
  auto const read = decode_metadata(encoded(value), value.id, value.time);
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(*read, value);
}

TEST(metadata, takes_id_and_time_from_the_columns_where_nothing_else_is_set) {
  evsrc::event_id id;
  id.octets[0] = 9;
  auto const read = decode_metadata("", id, evsrc::timestamp{7us});
  ASSERT_TRUE(read);
  EXPECT_EQ(read->id, id);
  EXPECT_EQ(read->time, evsrc::timestamp{7us});
  EXPECT_EQ(read->tags.capacity(), 0U);
  EXPECT_EQ(read->headers.capacity(), 0U);
}

TEST(metadata, keeps_the_order_of_tags_and_headers) {
  metadata value;
  value.tags = {{"z", "1"}, {"a", "2"}};
  value.headers = {{"y", "1"}, {"b", "2"}};
  auto const read = decode_metadata(encoded(value), {}, {});
  ASSERT_TRUE(read);
  EXPECT_EQ(read->tags, value.tags);
  EXPECT_EQ(read->headers, value.headers);
}

TEST(metadata, carries_more_than_the_usual_number_of_tags) {
  metadata value;
  for (int i = 0; i < 1'000; ++i) value.tags.push_back({"n", std::to_string(i)});
  auto const read = decode_metadata(encoded(value), {}, {});
  ASSERT_TRUE(read);
  EXPECT_EQ(read->tags, value.tags);
}

TEST(metadata, says_that_a_later_program_wrote_it) {
  auto bytes = encoded(full());
  bytes[0] = 2;
  auto const read = decode_metadata(bytes, {}, {});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, errc::newer_version);
  EXPECT_EQ(read.error().message, "metadata has format 2, this program reads up to 1");
  EXPECT_EQ(read.error().effect, evsrc::effect::none);
}

TEST(metadata, refuses_every_truncation) {
  auto const whole = encoded(full());
  for (std::size_t size = 1; size < whole.size(); ++size) {
    // A copy of its own size, so that a sanitizer sees a read past the end.
    std::vector<char> const cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    auto const read = decode_metadata({cut.data(), cut.size()}, {}, {});
    ASSERT_FALSE(read) << size;
    EXPECT_EQ(read.error().code, errc::malformed) << size;
  }
}

TEST(metadata, says_where_it_stopped) {
  auto const read = decode_metadata("\x01\x01\x05shop", {}, {});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message,
            "metadata is cut off or not written by evsrc: stopped at byte 3 of 7");
}

TEST(metadata, refuses_bytes_that_are_never_written) {
  for (auto const& bytes : {
           "\x00"s,                              // format 0
           "\x01\x00"s,                          // nothing present
           "\x01\x01\x00"s,                      // present and empty
           "\x01\x01\x81\x00s"s,                 // a length in more octets than it needs
           "\x01\x01\x01sx"s,                    // a tail
           "\x01\x40\x00"s,                      // tags present, none there
           "\x01\x80\x00"s,                      // headers present, none there
           "\x01\x40\xff\xff\xff\xff\x0f"s,      // four thousand million tags
           "\x01\x01\xff\xff\xff\xff\xff\xff"s,  // a length without end
           "\x01\x01\xff\xff\xff\xff\x7f"s,      // a length beyond the bytes
       }) {
    auto const read = decode_metadata(bytes, {}, {});
    ASSERT_FALSE(read) << testing::PrintToString(bytes);
    EXPECT_EQ(read.error().code, errc::malformed);
  }
}

/// Decodes a copy of exactly that size; whatever is accepted must be what the encoder writes.
void expect_refused_or_canonical(std::string_view bytes) {
  std::vector<char> const exact(bytes.begin(), bytes.end());
  auto const read = decode_metadata({exact.data(), exact.size()}, {}, {});
  if (read) {
    ASSERT_EQ(encoded(*read), bytes) << testing::PrintToString(bytes);
  } else {
    ASSERT_TRUE(read.error().code == errc::malformed || read.error().code == errc::newer_version);
  }
}

TEST(metadata, survives_garbage) {
  char const* const given = std::getenv("EVSRC_SEED");
  auto const seed = given != nullptr ? static_cast<std::uint32_t>(std::strtoul(given, nullptr, 10))
                                     : std::random_device{}();
  std::cout << "EVSRC_SEED=" << seed << '\n';
  std::mt19937 random{seed};
  auto const below = [&random](std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>{0, bound - 1}(random);
  };
  auto const whole = encoded(full());
  for (int round = 0; round < 200'000 && !testing::Test::HasFatalFailure(); ++round) {
    std::string bytes;
    if (round % 2 == 0) {
      bytes = whole;
      for (auto edits = below(4) + 1; edits > 0; --edits) {
        bytes[below(bytes.size())] = static_cast<char>(below(256));
      }
      bytes.resize(below(bytes.size()) + 1);
    } else {
      bytes.resize(below(64) + 1);
      // Small numbers make plausible lengths, which lead deeper.
      auto const largest = below(2) == 0 ? std::size_t{256} : std::size_t{8};
      for (auto& octet : bytes) octet = static_cast<char>(below(largest));
      bytes[0] = '\x01';
    }
    expect_refused_or_canonical(bytes);
  }
}

RC_GTEST_PROP(metadata, reads_back_what_was_written,
              (std::vector<std::string> const& texts,
               std::vector<std::pair<std::string, std::string>> const& pairs)) {
  metadata value;
  std::string* const fields[] = {&value.source,    &value.subject, &value.correlation,
                                 &value.causation, &value.user,    &value.trace_parent};
  for (std::size_t i = 0; i < std::min(texts.size(), std::size(fields)); ++i) *fields[i] = texts[i];
  for (auto const& pair : pairs) {
    if (*rc::gen::arbitrary<bool>()) {
      value.tags.push_back({pair.first, pair.second});
    } else {
      value.headers.push_back(pair);
    }
  }
  auto const read = decode_metadata(encoded(value), value.id, value.time);
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == value);
}

}  // namespace
