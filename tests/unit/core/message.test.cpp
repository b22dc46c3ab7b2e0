// SPDX-License-Identifier: Apache-2.0
// Tests of messages and of rows of the outbox.
#include "evsrc/core/message.hpp"

#include <gtest/gtest.h>

namespace {

TEST(outgoing_message, is_json_due_at_once_unless_told) {
  evsrc::outgoing_message const message{{"m-1"}, "orders"};
  EXPECT_EQ(message.content_type, "application/json");
  EXPECT_EQ(message.not_before, evsrc::timestamp{});
  EXPECT_EQ(message.type_version, 1U);
  EXPECT_TRUE(message.key.empty());
}

TEST(outgoing_message, compares_every_part) {
  evsrc::outgoing_message const message{{"m-1"}, "orders", "42"};
  auto other = message;
  EXPECT_EQ(other, message);
  other.properties.emplace_back("region", std::string("eu"));
  EXPECT_NE(other, message);
}

TEST(to_message, carries_key_type_and_context_where_a_bus_keeps_them) {
  evsrc::outgoing_message row{{"m-1"}, "orders", "42"};
  row.type = "order.created";
  row.type_version = 3;
  row.correlation = "request-7";
  row.causation = "event-1";
  row.trace_parent = "00-trace-01";
  row.properties = {{"priority", std::string("high")}};
  auto const made = evsrc::to_message(row);
  EXPECT_EQ(made.id.value, "m-1");
  EXPECT_EQ(made.session_id, "42");
  EXPECT_EQ(made.subject, "order.created");
  EXPECT_EQ(made.correlation_id, "request-7");
  EXPECT_EQ(evsrc::find_text(made.properties, evsrc::property_names::type), "order.created");
  EXPECT_EQ(*evsrc::find_property(made.properties, evsrc::property_names::type_version),
            evsrc::property_value(std::int64_t{3}));
  EXPECT_EQ(evsrc::find_text(made.properties, evsrc::property_names::causation), "event-1");
  EXPECT_EQ(evsrc::find_text(made.properties, evsrc::property_names::trace_parent), "00-trace-01");
  EXPECT_EQ(evsrc::find_text(made.properties, evsrc::property_names::diagnostic_id), "00-trace-01");
  EXPECT_EQ(evsrc::find_text(made.properties, "priority"), "high");
}

TEST(to_message, lets_properties_of_the_caller_win) {
  evsrc::outgoing_message row{{"m-1"}, "orders"};
  row.type = "order.created";
  row.properties = {{std::string(evsrc::property_names::type), std::string("OrderCreated")}};
  EXPECT_EQ(evsrc::find_text(evsrc::to_message(row).properties, evsrc::property_names::type),
            "OrderCreated");
}

}  // namespace
