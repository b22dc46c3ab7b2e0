// SPDX-License-Identifier: Apache-2.0
// Tests of the settings of entities and of their paths.
#include "evsrc/bus/entity.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using evsrc::entity_path;
using evsrc::errc;
using evsrc::parse_entity_path;

template <class Settings, class Change>
std::string refusal(Change change) {
  Settings made;
  change(made);
  auto const checked = validate(made);
  return checked ? std::string{} : to_string(checked.error());
}

template <class Change>
std::string of_queue(Change change) {
  return refusal<evsrc::queue_options>(change);
}

TEST(entity_settings, are_sound_as_they_are_made) {
  EXPECT_TRUE(validate(evsrc::queue_options{}));
  EXPECT_TRUE(validate(evsrc::topic_options{}));
  EXPECT_TRUE(validate(evsrc::subscription_settings{}));
}

TEST(entity_settings, bound_the_lock_duration) {
  EXPECT_EQ(of_queue([](auto& q) { q.lock_duration = 5s; }), "");
  EXPECT_EQ(of_queue([](auto& q) { q.lock_duration = 5min; }), "");
  EXPECT_EQ(of_queue([](auto& q) { q.lock_duration = 4999ms; }),
            "invalid_argument: lock_duration: must be between 5000 ms and 300000 ms, is 4999 ms");
  EXPECT_NE(of_queue([](auto& q) { q.lock_duration = 5min + 1ms; }), "");
  EXPECT_NE(refusal<evsrc::subscription_settings>([](auto& s) { s.lock_duration = 0ms; }), "");
}

TEST(entity_settings, bound_the_delivery_count) {
  EXPECT_EQ(of_queue([](auto& q) { q.max_delivery_count = 1; }), "");
  EXPECT_EQ(of_queue([](auto& q) { q.max_delivery_count = 2'000; }), "");
  EXPECT_EQ(of_queue([](auto& q) { q.max_delivery_count = 0; }),
            "invalid_argument: max_delivery_count: must be between 1 and 2000, is 0");
  EXPECT_NE(of_queue([](auto& q) { q.max_delivery_count = 2'001; }), "");
}

TEST(entity_settings, ask_for_a_time_to_live_above_zero) {
  EXPECT_EQ(of_queue([](auto& q) { q.default_time_to_live = 1ms; }), "");
  EXPECT_EQ(of_queue([](auto& q) { q.default_time_to_live = 0ms; }),
            "invalid_argument: default_time_to_live: must be above zero, is 0 ms");
  EXPECT_NE(refusal<evsrc::topic_options>([](auto& t) { t.default_time_to_live = -1ms; }), "");
  EXPECT_NE(refusal<evsrc::subscription_settings>([](auto& s) { s.default_time_to_live = 0ms; }),
            "");
}

TEST(entity_settings, bound_the_duplicate_detection_window) {
  EXPECT_EQ(of_queue([](auto& q) { q.duplicate_detection_window = 20s; }), "");
  EXPECT_EQ(of_queue([](auto& q) { q.duplicate_detection_window = 7 * 24h; }), "");
  EXPECT_NE(of_queue([](auto& q) { q.duplicate_detection_window = 19s; }), "");
  EXPECT_NE(
      refusal<evsrc::topic_options>([](auto& t) { t.duplicate_detection_window = 7 * 24h + 1ms; }),
      "");
}

TEST(entity_settings, bound_sizes) {
  EXPECT_EQ(of_queue([](auto& q) { q.max_message_bytes = 1; }), "");
  EXPECT_NE(of_queue([](auto& q) { q.max_message_bytes = 0; }), "");
  EXPECT_EQ(of_queue([](auto& q) { q.max_message_bytes = evsrc::limits::bus_message_bytes + 1; }),
            "limit_exceeded: max_message_bytes: 1048577, at most 1048576");
  EXPECT_NE(of_queue([](auto& q) { q.max_size_bytes = 0; }), "");
}

TEST(entity_settings, name_a_status) {
  EXPECT_EQ(to_string(evsrc::entity_status::active), "active");
  EXPECT_EQ(to_string(evsrc::entity_status::send_disabled), "send_disabled");
  EXPECT_EQ(to_string(evsrc::entity_status::receive_disabled), "receive_disabled");
  EXPECT_EQ(to_string(evsrc::entity_status::disabled), "disabled");
  EXPECT_NE(of_queue([](auto& q) { q.status = static_cast<evsrc::entity_status>(4); }), "");
}

TEST(entity_path, reads_names_of_queues_and_topics) {
  EXPECT_EQ(parse_entity_path("orders"), (entity_path{"orders"}));
  EXPECT_EQ(parse_entity_path("shop/eu.west/Orders_2-b"), (entity_path{"shop/eu.west/Orders_2-b"}));
  EXPECT_EQ(parse_entity_path("subscriptions"), (entity_path{"subscriptions"}));
  EXPECT_EQ(parse_entity_path(std::string(260, 'a')), (entity_path{std::string(260, 'a')}));
}

TEST(entity_path, reads_subscriptions_and_dead_letter_queues) {
  EXPECT_EQ(parse_entity_path("events/Subscriptions/stock"), (entity_path{"events", "stock"}));
  EXPECT_EQ(parse_entity_path("a/b/subSCRIPTIONS/c"), (entity_path{"a/b", "c"}));
  EXPECT_EQ(parse_entity_path("orders/$DeadLetterQueue"), (entity_path{"orders", "", true}));
  EXPECT_EQ(parse_entity_path("orders/$deadletterqueue"), (entity_path{"orders", "", true}));
  EXPECT_EQ(parse_entity_path("t/Subscriptions/s/$DeadLetterQueue"), (entity_path{"t", "s", true}));
}

TEST(entity_path, comes_back_as_it_was_read) {
  for (auto const* text : {"orders", "a/b/c", "t/Subscriptions/s", "orders/$DeadLetterQueue",
                           "t/Subscriptions/s/$DeadLetterQueue"}) {
    auto const parsed = parse_entity_path(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(to_string(*parsed), text);
  }
}

TEST(entity_path, refuses_what_no_name_can_hold) {
  for (auto const* text : {"",
                           "/",
                           "a/",
                           "/a",
                           "a//b",
                           "a b",
                           "a$",
                           "$DeadLetterQueue",
                           "a/$Transfer/$DeadLetterQueue",
                           "a/$DeadLetterQueue/$DeadLetterQueue",
                           "Subscriptions/s",
                           "t/Subscriptions",
                           "t/Subscriptions/",
                           "t/Subscriptions/a/b",
                           "t/Subscriptions/s/Subscriptions/s",
                           "t\xc3\xa9",
                           "t?",
                           "t/Subscriptions/s t",
                           "/$DeadLetterQueue",
                           "t//Subscriptions/s"}) {
    auto const parsed = parse_entity_path(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, errc::invalid_argument) << text;
  }
}

TEST(entity_path, bounds_names) {
  EXPECT_EQ(parse_entity_path(std::string(261, 'a')).error().message,
            "name: 261 bytes, at most 260");
  EXPECT_TRUE(parse_entity_path("t/Subscriptions/" + std::string(50, 's')));
  EXPECT_EQ(to_string(parse_entity_path("t/Subscriptions/" + std::string(51, 's')).error()),
            "limit_exceeded: subscription: 51 bytes, at most 50");
}

TEST(entity_path, is_made_of_parts) {
  EXPECT_EQ(evsrc::subscription_path("events", "stock"), "events/Subscriptions/stock");
  EXPECT_EQ(evsrc::dead_letter_path("orders"), "orders/$DeadLetterQueue");
}

TEST(entity_name, is_not_a_path) {
  EXPECT_TRUE(evsrc::validate_entity_name("a/b"));
  EXPECT_FALSE(evsrc::validate_entity_name("a/Subscriptions/b"));
  EXPECT_FALSE(evsrc::validate_entity_name("a/$DeadLetterQueue"));
  EXPECT_TRUE(evsrc::validate_subscription_name("b.c"));
  EXPECT_FALSE(evsrc::validate_subscription_name("b/c"));
  EXPECT_FALSE(evsrc::validate_subscription_name(""));
}

TEST(entity_name, is_compared_without_case_of_ascii_letters) {
  EXPECT_EQ(evsrc::folded("Shop/ORDERS_Z-9.a@["), "shop/orders_z-9.a@[");
  EXPECT_EQ(evsrc::folded("\xc3\x89"), "\xc3\x89");
}

}  // namespace
