// SPDX-License-Identifier: Apache-2.0
// Tests of events as bytes.
#include "evsrc/core/event_record.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace std::chrono_literals;

TEST(event_view, decodes_its_metadata_with_id_and_time_of_the_columns) {
  evsrc::metadata written;
  written.user = "ada";
  written.tags = {{"sku", "85123A"}};
  std::string encoded;
  encode_metadata(written, encoded);

  evsrc::event_view event;
  event.id.octets[15] = 7;
  event.time = evsrc::timestamp{5us};
  event.encoded_metadata = encoded;
  auto const read = event.meta();

  ASSERT_TRUE(read) << to_string(read.error());
  written.id = event.id;
  written.time = event.time;
  EXPECT_EQ(*read, written);
}

TEST(event_view, says_that_its_metadata_is_damaged) {
  evsrc::event_view event;
  event.encoded_metadata = "\x01";
  auto const read = event.meta();
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, evsrc::errc::malformed);
}

TEST(new_event, starts_at_version_one) {
  evsrc::new_event const event;
  EXPECT_EQ(event.version, 1U);
  EXPECT_TRUE(event.meta.id.is_nil());
}

}  // namespace
