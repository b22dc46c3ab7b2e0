// SPDX-License-Identifier: Apache-2.0
// Tests of events between their versions.
#include "evsrc/codec/upcast.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "json_text.hpp"

namespace {

using evsrc::decode_event;
using evsrc::errc;
using evsrc::event_decoder;
using evsrc::wire_names_of;

// Structs of all versions.
struct deposited_v1 {
  static constexpr evsrc::event_name wire_name{"account.paid_in", 1, "account.in"};
  std::int64_t pounds = 0;
};
struct deposited_v2 {
  static constexpr evsrc::event_name wire_name{"account.deposited", 2, "account.paid_in"};
  using previous = deposited_v1;
  std::int64_t cents = 0;
};
struct deposited {
  static constexpr evsrc::event_name wire_name{"account.deposited", 3};
  using previous = deposited_v2;
  std::int64_t cents = 0;
  std::string currency;
};
deposited_v2 upcast(deposited_v1 const& from) { return {from.pounds * 100}; }
deposited upcast(deposited_v2 from) { return {from.cents, "GBP"}; }

// Structs of old versions gone.
nlohmann::json placed_from_v1(nlohmann::json event) {
  event["currency"] = "USD";
  return event;
}
nlohmann::json placed_from_v2(nlohmann::json event) {
  event["total"] = event.at("amount");
  event.erase("amount");
  return event;
}
struct placed {
  static constexpr evsrc::event_name wire_name{"order.placed", 3};
  static constexpr auto history = evsrc::json_upcasts(&placed_from_v1, &placed_from_v2);
  std::string id;
  evsrc::money total;
  std::string currency;
};

// Both: a struct for version 2, JSON before it.
struct shipped_v2 {
  static constexpr evsrc::event_name wire_name{"order.shipped", 2};
  static constexpr auto history = evsrc::json_upcasts(+[](nlohmann::json event) {
    event["by"] = "post";
    return event;
  });
  std::string by;
};
struct shipped {
  static constexpr evsrc::event_name wire_name{"order.shipped", 3};
  using previous = shipped_v2;
  std::string carrier;
};
shipped upcast(shipped_v2&& from) { return {std::move(from.by)}; }

struct fragile_v1 {
  static constexpr evsrc::event_name wire_name{"fragile", 1};
};
struct fragile {
  static constexpr evsrc::event_name wire_name{"fragile", 2};
  using previous = fragile_v1;
};
fragile upcast(fragile_v1 const&) { throw std::runtime_error("cannot"); }

struct closed {
  static constexpr evsrc::event_name wire_name{"account.closed", 1};
  std::string reason;
};

/// What each visited event says about itself.
struct teller {
  std::string said;
  void operator()(deposited const& e) { said = std::to_string(e.cents) + " " + e.currency; }
  void operator()(placed const& e) { said = e.id + " " + to_string(e.total) + " " + e.currency; }
  void operator()(shipped const& e) { said = e.carrier; }
  void operator()(closed const& e) { said = e.reason; }
  void operator()(fragile const&) { said = "fragile"; }
};

std::string told(std::string_view name, std::uint32_t version, std::string_view payload) {
  teller to;
  auto const done = decode_event<deposited, placed, shipped, closed, fragile>(
      name, version, exact_text(payload).json(), to);
  return done ? to.said : evsrc::to_string(done.error());
}

TEST(upcasting, leads_any_version_to_the_current_struct) {
  EXPECT_EQ(told("account.deposited", 3, R"({"cents":5,"currency":"EUR"})"), "5 EUR");
  EXPECT_EQ(told("account.deposited", 2, R"({"cents":5})"), "5 GBP");
  EXPECT_EQ(told("account.paid_in", 1, R"({"pounds":5})"), "500 GBP");
  EXPECT_EQ(told("account.in", 1, R"({"pounds":5})"), "500 GBP");
}

TEST(upcasting, works_on_json_where_structs_are_gone) {
  EXPECT_EQ(told("order.placed", 1, R"({"id":"a","amount":45.85})"), "a 45.85 USD");
  EXPECT_EQ(told("order.placed", 2, R"({"id":"a","amount":1,"currency":"GBP"})"), "a 1 GBP");
  EXPECT_EQ(told("order.placed", 3, R"({"id":"a","total":45.850,"currency":"GBP"})"),
            "a 45.850 GBP");
}

TEST(upcasting, mixes_structs_and_json) {
  EXPECT_EQ(told("order.shipped", 1, "{}"), "post");
  EXPECT_EQ(told("order.shipped", 2, R"({"by":"van"})"), "van");
  EXPECT_EQ(told("order.shipped", 3, R"({"carrier":"rail"})"), "rail");
}

TEST(upcasting, says_what_it_cannot_read) {
  EXPECT_EQ(told("account.deposited", 4, "{}"),
            "newer_version: event 'account.deposited' version 4: was written by a later program, "
            "this one knows versions up to 3 (event.decode)");
  EXPECT_EQ(told("account.deposited", 0, "{}"),
            "malformed: event 'account.deposited' version 0: versions begin at 1 (event.decode)");
  EXPECT_EQ(told("account.opened", 1, "{}"),
            "unknown_event: event 'account.opened': is not one of the listed events "
            "(event.decode)");
  EXPECT_EQ(told("account.deposited", 1, R"({"pounds":true})"),
            "malformed: pounds: expected a number at byte 10 (json.decode)");
  EXPECT_EQ(told("order.placed", 1, R"({"id":"a","id":"b"})"),
            "malformed: id: stands there twice at byte 10 (json.decode)");
  EXPECT_EQ(told("order.placed", 1, "{"),
            "malformed: document: ends where a field name in quotes is expected at byte 1 "
            "(json.decode)");
}

TEST(upcasting, that_throws_is_an_error) {
  EXPECT_EQ(told("fragile", 1, "{}"),
            "handler_failed: upcaster of event 'fragile' version 1 threw: cannot (event.decode)");
  auto const said = told("order.placed", 2, R"({"id":"a"})");
  EXPECT_EQ(said.substr(0, 66),
            "handler_failed: upcaster of event 'order.placed' version 2 threw: ");
}

TEST(wire_names, list_the_current_one_first_and_each_once) {
  auto const names = wire_names_of<deposited>();
  EXPECT_EQ((std::vector<std::string_view>(names.begin(), names.end())),
            (std::vector<std::string_view>{"account.deposited", "account.paid_in", "account.in"}));
  static_assert(wire_names_of<closed>().size() == 1);
}

TEST(event_decoder, reuses_the_memory_of_the_last_event) {
  event_decoder<deposited, closed> decoder;
  std::string const reason(100, 'x');
  std::string const payload = "{\"reason\":\"" + reason + "\"}";
  std::string const* first = nullptr;
  char const* memory = nullptr;
  auto const visit = [&]<class E>(E& event) {
    if constexpr (std::is_same_v<E, closed>) {
      EXPECT_EQ(event.reason, reason);
      if (first != nullptr) {
        EXPECT_EQ(first, &event.reason);
        EXPECT_EQ(memory, event.reason.data());
      }
      first = &event.reason;
      memory = event.reason.data();
    }
  };
  exact_text const text(payload);
  ASSERT_TRUE(decoder.decode("account.closed", 1, text.json(), visit));
  ASSERT_TRUE(decoder.decode("account.closed", 1, text.json(), visit));
}

TEST(event_decoder, knows_its_names) {
  using decoder = event_decoder<deposited, closed>;
  static_assert(decoder::lists("account.deposited"));
  static_assert(decoder::lists("account.in"));
  static_assert(!decoder::lists("account."));
  static_assert(!decoder::lists(""));
  event_decoder<deposited> one;
  bool visited = false;
  auto const done = one.decode("account.closed", 1, exact_text("{}").json(),
                               [&](deposited const&) { visited = true; });
  EXPECT_EQ(done.error().code, errc::unknown_event);
  EXPECT_FALSE(visited);
}

TEST(event_decoder, passes_on_what_the_visitor_says) {
  auto const done = decode_event<closed>(
      "account.closed", 1, exact_text(R"({"reason":"moved"})").json(),
      [](closed& event) -> evsrc::result<void> {
        return evsrc::fail(errc::handler_failed, "refused: " + std::move(event.reason));
      });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "refused: moved");
}

}  // namespace
