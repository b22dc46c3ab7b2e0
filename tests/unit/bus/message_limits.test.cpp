// SPDX-License-Identifier: Apache-2.0
// Tests of what a message may look like where it enters a bus.
#include "evsrc/bus/message_limits.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace {

using namespace std::chrono_literals;
using evsrc::message;
using evsrc::settlement;
using evsrc::size_bytes;
using evsrc::validate;
using evsrc::validate_batch;

template <class Result>
std::string refusal(Result const& checked) {
  return checked ? std::string{} : to_string(checked.error());
}

TEST(message_size, counts_body_texts_times_and_properties) {
  EXPECT_EQ(size_bytes(message{}), 0U);
  EXPECT_EQ(size_bytes(message{.body = "1234"}), 4U);
  message const full{.body = "1",
                     .content_type = "2",
                     .id = {"3"},
                     .session_id = "4",
                     .partition_key = "5",
                     .correlation_id = "6",
                     .subject = "7",
                     .reply_to = "8",
                     .reply_to_session_id = "9",
                     .to = "0"};
  EXPECT_EQ(size_bytes(full), 10U);
  EXPECT_EQ(header_bytes(full), 9U);
  auto timed = full;
  timed.time_to_live = 1s;
  timed.enqueue_at = evsrc::timestamp{1us};
  timed.properties = {{"name", std::int64_t{1}}};
  EXPECT_EQ(size_bytes(timed), 26U + size_bytes(timed.properties));
}

TEST(message_check, passes_the_largest) {
  message most{.id = {std::string(128, 'i')},
               .session_id = std::string(128, 's'),
               .partition_key = std::string(128, 's'),
               .reply_to_session_id = std::string(128, 'r')};
  EXPECT_EQ(refusal(validate(most)), "");
  EXPECT_EQ(refusal(validate(message{})), "");
  message body{.body = std::string(evsrc::limits::bus_message_bytes, 'b')};
  EXPECT_EQ(refusal(validate(body)), "");
  body.subject = "s";
  EXPECT_EQ(refusal(validate(body)),
            "limit_exceeded: body: with headers: 1048577 bytes, at most 1048576");
}

TEST(message_check, bounds_ids) {
  std::string const long_text(129, 'x');
  EXPECT_EQ(refusal(validate(message{.id = {long_text}})),
            "limit_exceeded: id: 129 bytes, at most 128");
  EXPECT_EQ(refusal(validate(message{.session_id = long_text})),
            "limit_exceeded: session_id: 129 bytes, at most 128");
  EXPECT_EQ(refusal(validate(message{.partition_key = long_text})),
            "limit_exceeded: partition_key: 129 bytes, at most 128");
  EXPECT_EQ(refusal(validate(message{.reply_to_session_id = long_text})),
            "limit_exceeded: reply_to_session_id: 129 bytes, at most 128");
}

TEST(message_check, wants_one_partition) {
  EXPECT_EQ(refusal(validate(message{.session_id = "a", .partition_key = "b"})),
            "invalid_argument: partition_key: must equal session_id where both are set");
  EXPECT_EQ(refusal(validate(message{.partition_key = "b"})), "");
}

TEST(message_check, wants_a_time_to_live_above_zero) {
  EXPECT_EQ(refusal(validate(message{.time_to_live = 1ms})), "");
  EXPECT_EQ(refusal(validate(message{.time_to_live = 0ms})),
            "invalid_argument: time_to_live: must be above zero, is 0 ms");
  EXPECT_NE(refusal(validate(message{.time_to_live = -1ms})), "");
}

TEST(message_check, wants_names_of_properties_unique_and_not_empty) {
  EXPECT_EQ(refusal(validate(message{.properties = {{"a", true}, {"A", true}}})), "");
  EXPECT_EQ(refusal(validate(message{.properties = {{"a", true}, {"b", 1.0}, {"a", true}}})),
            "invalid_argument: properties[\"a\"]: a name stands once");
  EXPECT_EQ(refusal(validate(message{.properties = {{"", true}}})),
            "invalid_argument: properties: a name is empty");
}

TEST(message_check, bounds_properties_and_headers) {
  std::string const half(31 * 1024, 'x');
  EXPECT_EQ(refusal(validate(message{.properties = {{"a", half}, {"b", half}}})), "");
  EXPECT_EQ(refusal(validate(message{.properties = {{"a", half + std::string(1024, 'y')}}})),
            "limit_exceeded: properties[\"a\"]: 32776 bytes, at most 32768");
  EXPECT_NE(refusal(validate(message{.properties = {{"a", half}, {"b", half}, {"c", half}}})), "");
  EXPECT_EQ(refusal(validate(message{.subject = std::string(65'537, 's')})),
            "limit_exceeded: headers: 65537 bytes, at most 65536");
}

TEST(message_check, asks_for_what_the_entity_wants) {
  EXPECT_EQ(refusal(validate(message{}, evsrc::queue_options{.requires_session = true})),
            "invalid_argument: session_id: empty, but the queue has sessions");
  EXPECT_EQ(
      refusal(validate(message{.session_id = "s"}, evsrc::queue_options{.requires_session = true})),
      "");
  EXPECT_EQ(
      refusal(validate(message{.body = "1234"}, evsrc::topic_options{.max_message_bytes = 3})),
      "limit_exceeded: body: with headers: 4 bytes, at most 3");
}

TEST(batch_check, names_the_message) {
  std::vector<message> const batch{{.session_id = "a"}, {.session_id = "b"}, {}};
  EXPECT_EQ(refusal(validate_batch(batch, evsrc::queue_options{})), "");
  EXPECT_EQ(refusal(validate_batch(batch, evsrc::queue_options{.requires_session = true})),
            "invalid_argument: messages[2].session_id: empty, but the queue has sessions");
}

TEST(batch_check, bounds_number_and_size) {
  std::vector<message> const none;
  EXPECT_EQ(refusal(validate_batch(none, evsrc::topic_options{})), "");
  std::vector<message> const many(evsrc::limits::send_messages + 1);
  EXPECT_EQ(refusal(validate_batch(many, evsrc::topic_options{})),
            "limit_exceeded: messages: 4097, at most 4096");
  message const half{.body = std::string(evsrc::limits::send_bytes / 2, 'b')};
  EXPECT_EQ(refusal(validate_batch(std::vector{half, half}, evsrc::topic_options{})), "");
  EXPECT_EQ(refusal(validate_batch(std::vector{half, half, message{.body = "1"}},
                                   evsrc::topic_options{})),
            "limit_exceeded: messages[2]: with those before it: 1048577 bytes, at most 1048576");
}

TEST(settlement_check, bounds_reason_and_description) {
  using enum evsrc::disposition;
  EXPECT_EQ(refusal(validate(settlement{.entity = "q"})), "");
  EXPECT_EQ(refusal(validate(
                settlement{.entity = "q", .what = dead_letter, .reason = std::string(4'096, 'r')})),
            "");
  EXPECT_EQ(refusal(validate(
                settlement{.entity = "q", .what = dead_letter, .reason = std::string(4'097, 'r')})),
            "limit_exceeded: reason: 4097 bytes, at most 4096");
  EXPECT_EQ(refusal(validate(settlement{
                .entity = "q", .what = dead_letter, .description = std::string(4'097, 'd')})),
            "limit_exceeded: description: 4097 bytes, at most 4096");
  EXPECT_EQ(refusal(validate(settlement{.entity = "q", .what = abandon, .reason = "r"})),
            "invalid_argument: reason: goes with dead_letter alone");
}

TEST(settlement_check, modifies_what_is_kept) {
  using enum evsrc::disposition;
  EXPECT_EQ(refusal(validate(settlement{.entity = "q", .what = defer, .modify = {{"a", true}}})),
            "");
  EXPECT_EQ(refusal(validate(settlement{.entity = "q", .modify = {{"a", true}}})),
            "invalid_argument: modify: nothing is kept of what is completed");
  EXPECT_EQ(refusal(validate(
                settlement{.entity = "q", .what = abandon, .modify = {{"a", true}, {"a", true}}})),
            "invalid_argument: modify[\"a\"]: a name stands once");
}

}  // namespace
