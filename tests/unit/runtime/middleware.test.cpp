// SPDX-License-Identifier: Apache-2.0
// Layers around handlers.
#include "evsrc/runtime/middleware.hpp"

#include <gtest/gtest.h>

#include "message_call.hpp"

namespace {

using calls::message_call;
using calls::typed;
using namespace std::chrono_literals;

struct layers : testing::Test {
  evsrc::router way;
  evsrc::testing::manual_clock time{};
  evsrc::result<evsrc::handling> answer{evsrc::ack{}};

  layers() {
    way.on_raw("tick", [this](evsrc::message_context&) {
      time.advance(3ms);
      return answer;
    });
  }
};

TEST_F(layers, log_one_line_per_call) {
  std::vector<std::string> lines;
  way.use(evsrc::logging([&](std::string const& line) { lines.push_back(line); }));
  EXPECT_TRUE(message_call(typed("tick", 2, "")).through(way));
  answer = evsrc::handling{evsrc::dead_letter{"CardUnknown", "card 7"}};
  EXPECT_TRUE(message_call(typed("tick", 2, "")).through(way));
  answer = evsrc::fail(evsrc::errc::unavailable, "away");
  EXPECT_FALSE(message_call(typed("tick", 2, "")).through(way));
  EXPECT_EQ(lines, (std::vector<std::string>{
                       "billing tick v2 m1 attempt 1: ack",
                       "billing tick v2 m1 attempt 1: dead_letter CardUnknown: card 7",
                       "billing tick v2 m1 attempt 1: error unavailable: away"}));
}

TEST_F(layers, tell_how_long_a_call_took) {
  std::chrono::microseconds took{};
  way.use(evsrc::timing([&](evsrc::handling_time const& one) { took = one.took; }, &time));
  EXPECT_TRUE(message_call(typed("tick", 1, "")).through(way));
  EXPECT_EQ(took, 3ms);
}

TEST_F(layers, open_a_span_under_the_trace_of_the_message) {
  std::string seen;
  way.use(evsrc::tracing(
      [&](evsrc::message_context const& context, std::string_view parent) -> evsrc::span_end {
        seen.append(context.type()).append(" ").append(parent);
        return [&](evsrc::result<evsrc::handling> const& end) { seen += ", " + describe(end); };
      }));
  auto traced = typed("tick", 1, "");
  set_property(traced.properties, "traceparent", std::string("00-aa-bb-01"));
  EXPECT_TRUE(message_call(traced).through(way));
  EXPECT_EQ(seen, "tick 00-aa-bb-01, ack");
}

TEST_F(layers, refuse_before_the_handler_is_called) {
  way.use(evsrc::validation([](evsrc::message_context const& context) -> evsrc::result<> {
    if (!context.message().correlation_id.empty()) return {};
    return evsrc::invalid("correlation_id", "empty");
  }));
  auto const refused = message_call(typed("tick", 1, "")).through(way);
  ASSERT_TRUE(refused);
  EXPECT_EQ(describe(refused), "dead_letter InvalidMessage: tick v1: correlation_id: empty");
  EXPECT_EQ(time.steady().time_since_epoch(), 0ms);
}

}  // namespace
