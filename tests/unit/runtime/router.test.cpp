// SPDX-License-Identifier: Apache-2.0
// Types to handlers, and what becomes of messages that nobody can handle.
#include "evsrc/runtime/router.hpp"

#include <gtest/gtest.h>

#include "message_call.hpp"

namespace {

using calls::message_call;
using calls::typed;

struct order_created_v1 {
  static constexpr evsrc::event_name wire_name{"order.created", 1};
  std::string id;
};
struct order_created {
  static constexpr evsrc::event_name wire_name{"order.created", 2, "order.made"};
  using previous = order_created_v1;
  std::string id;
  int lines = 0;
  [[nodiscard]] evsrc::result<> validate() const {
    if (lines >= 0) return {};
    return evsrc::invalid("lines", "must not be negative");
  }
};
order_created upcast(order_created_v1 const& before) { return {before.id, 1}; }

evsrc::dead_letter dead_letter_in(evsrc::result<evsrc::handling> const& answer) {
  if (!answer || !std::holds_alternative<evsrc::dead_letter>(*answer)) return {"none"};
  return std::get<evsrc::dead_letter>(*answer);
}

struct routes : testing::Test {
  evsrc::router way;
  std::vector<order_created> seen;

  routes() {
    way.on<order_created>([this](order_created const& event) -> evsrc::result<> {
      seen.push_back(event);
      return {};
    });
  }
};

TEST_F(routes, bring_older_versions_and_former_names_as_todays_type) {
  EXPECT_TRUE(message_call(typed("order.created", 2, R"({"id":"a","lines":3})")).through(way));
  EXPECT_TRUE(message_call(typed("order.created", 1, R"({"id":"b"})")).through(way));
  EXPECT_TRUE(message_call(typed("order.made", 2, R"({"id":"c","lines":5})")).through(way));
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[0].lines, 3);
  EXPECT_EQ(seen[1].lines, 1);
  EXPECT_EQ(seen[2].lines, 5);
}

TEST_F(routes, take_the_type_from_a_function_or_the_subject_where_others_sent_the_message) {
  way.type_by([](evsrc::message const& from) {
    return std::string(find_text(from.properties, "event_type"));
  });
  evsrc::message foreign;
  foreign.body = R"({"id":"a"})";
  foreign.subject = "order.created";
  EXPECT_TRUE(message_call(foreign).through(way));
  foreign.subject = "shown to people";
  set_property(foreign.properties, "event_type", std::string("order.created"));
  EXPECT_TRUE(message_call(foreign).through(way));
  set_property(foreign.properties, "evsrc-version", std::string("2.0"));
  foreign.body = R"({"id":"a","lines":2})";
  EXPECT_TRUE(message_call(foreign).through(way));
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[2].lines, 2);
}

TEST_F(routes, dead_letter_what_they_do_not_know) {
  auto const unknown = dead_letter_in(message_call(typed("order.lost", 1, "{}")).through(way));
  EXPECT_EQ(unknown.reason, "UnknownMessageType");
  EXPECT_EQ(unknown.description, "no handler is registered for order.lost");
  auto const bare = dead_letter_in(message_call(evsrc::message{}).through(way));
  EXPECT_EQ(bare.reason, "UnknownMessageType");
  auto const newer = dead_letter_in(message_call(typed("order.created", 3, "{}")).through(way));
  EXPECT_EQ(newer.reason, "NewerVersion");
  EXPECT_TRUE(seen.empty());
}

TEST_F(routes, name_the_field_of_bodies_that_do_not_decode) {
  auto const broken = dead_letter_in(
      message_call(typed("order.created", 2, R"({"id":"a","lines":"x"})")).through(way));
  EXPECT_EQ(broken.reason, "MalformedBody");
  EXPECT_NE(broken.description.find("order.created v2: lines"), std::string::npos)
      << broken.description;
  auto const invalid = dead_letter_in(
      message_call(typed("order.created", 2, R"({"id":"a","lines":-1})")).through(way));
  EXPECT_EQ(invalid.reason, "InvalidMessage");
  EXPECT_EQ(invalid.description, "order.created v2: lines: must not be negative");
  auto strange = typed("order.created", 2, R"({"id":"a","lines":1})");
  set_property(strange.properties, "evsrc-version", 2.5);
  EXPECT_EQ(dead_letter_in(message_call(strange).through(way)).reason, "MalformedBody");
}

TEST_F(routes, hand_plain_bytes_to_raw_handlers) {
  std::string body;
  way.on_raw("blob", [&](evsrc::message_context& context) {
    body = context.message().body;
    return evsrc::ack{};
  });
  EXPECT_TRUE(message_call(typed("blob", 1, "\x01\x02")).through(way));
  EXPECT_EQ(body, "\x01\x02");
  EXPECT_EQ(way.types(), (std::vector<std::string>{"blob", "order.created", "order.made"}));
}

TEST_F(routes, turn_exceptions_into_errors_that_middleware_sees) {
  way.on_raw("bad", [](evsrc::message_context&) -> evsrc::result<> {
    throw std::runtime_error("no fuse");
  });
  std::string order;
  way.use([&](evsrc::message_context& context, evsrc::next_handler next) {
    order += "(";
    auto answer = next(context);
    order += answer ? ")" : "!";
    return answer;
  });
  way.use([&](evsrc::message_context& context, evsrc::next_handler next) {
    order += "[";
    auto answer = next(context);
    order += "]";
    return answer;
  });
  auto const answer = message_call(typed("bad", 1, "")).through(way);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, evsrc::errc::handler_failed);
  EXPECT_NE(answer.error().message.find("no fuse"), std::string::npos);
  EXPECT_EQ(order, "([]!");
}

}  // namespace
