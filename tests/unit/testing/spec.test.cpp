// SPDX-License-Identifier: Apache-2.0
// Specifications: what they accept, and what they say.
#include "evsrc/testing/spec.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace spec_test {

struct line {
  std::string sku;
  int quantity = 0;
};
struct order_placed_v1 {
  static constexpr evsrc::event_name wire_name{"order.placed", 1};
  int total_cents = 0;
};
struct order_placed {
  static constexpr evsrc::event_name wire_name{"order.placed", 2};
  using previous = order_placed_v1;
  int total_cents = 0;
  std::vector<line> lines{};
  std::optional<std::string> note{};
};
inline order_placed upcast(order_placed_v1 const& before) { return {before.total_cents, {}, {}}; }
struct order_closed {
  static constexpr evsrc::event_name wire_name{"order.closed", 1};
  evsrc::timestamp at{};
  evsrc::uuid id{};
  std::string by{};
  [[nodiscard]] evsrc::result<> validate() const {
    if (by != "nobody") return {};
    return evsrc::invalid("by", "somebody must");
  }
};
struct order {
  static constexpr evsrc::category category{"order"};
  using events = evsrc::events<order_placed, order_closed>;
  int total_cents = 0;
  bool is_closed = false;
  void apply(order_placed const& e) { total_cents += e.total_cents; }
  void apply(order_closed const&) { is_closed = true; }
};

struct place {
  order_placed what{};
};
struct close {
  std::string reason{};
  [[nodiscard]] evsrc::result<> validate() const {
    if (reason != "none") return {};
    return evsrc::invalid("reason", "must be given");
  }
};
struct already_closed {
  int total_cents = 0;
};
struct empty_order {};

inline evsrc::decision<order> decide(order const&, place const& c) { return c.what; }
inline evsrc::decision<order, already_closed, empty_order> decide(
    order const& o, close const& c, evsrc::decision_context const& context) {
  if (o.is_closed && c.reason == "again") return evsrc::nothing;
  if (o.is_closed) return evsrc::reject(already_closed{o.total_cents});
  if (context.version() == 0) return evsrc::reject(empty_order{});
  return order_closed{context.now(), context.new_id(), context.meta().user};
}

struct taken {
  static constexpr evsrc::event_name wire_name{"stock.taken", 1};
  int quantity = 0;
};
struct added {
  static constexpr evsrc::event_name wire_name{"stock.added", 1};
  int quantity = 0;
};
struct stock {
  static constexpr evsrc::category category{"stock"};
  using events = evsrc::events<taken, added>;
  int available = 0;
  void apply(taken const& e) { available -= e.quantity; }
  void apply(added const& e) { available += e.quantity; }
};
using shop = evsrc::together<order, evsrc::many<stock>>;
/// One that text can break, by what no JSON can say.
struct order_noted {
  static constexpr evsrc::event_name wire_name{"order.noted", 1};
  std::string text{};
  int number = 0;
};
struct notes {
  using events = evsrc::events<order_noted>;
  static constexpr evsrc::category category{"notes"};
  int count = 0;
  void apply(order_noted const&) { ++count; }
};
struct note {
  std::string text{};
  int number = 0;
};
struct unreadable {
  std::string text{};
  int number = 0;
};
inline evsrc::decision<notes, unreadable> decide(notes const&, note const& c) {
  if (c.number < 0) return evsrc::reject(unreadable{c.text, c.number});
  return order_noted{c.text, c.number};
}

struct take_all {
  std::vector<line> lines{};
};
struct short_of {
  std::string sku{};
};
inline evsrc::decision<shop, short_of> decide(shop const& s, take_all const& c) {
  evsrc::decision<shop, short_of> made;
  for (auto const& one : c.lines) {
    if (s.at<stock>(one.sku).available < one.quantity) return evsrc::reject(short_of{one.sku});
    made.to<stock>(one.sku, taken{one.quantity});
  }
  return made.to<order>(order_placed{100, c.lines, {}});
}

using evsrc::testing::given;
using evsrc::testing::given_together;
using evsrc::testing::manual_clock;
using evsrc::testing::to;
using evsrc::testing::verdict;

TEST(spec, holds_where_the_events_are_equal) {
  EXPECT_TRUE(given<order>().when(place{{5, {}, {}}}).then(order_placed{5, {}, {}}));
}

TEST(spec, names_the_path_of_each_difference) {
  auto const judged = given<order>()
                          .when(place{{5, {{"a", 1}, {"b", 2}}, "hello"}})
                          .then(order_placed{6, {{"a", 1}, {"c", 2}, {"d", 3}}, {}});

  EXPECT_FALSE(judged);
  EXPECT_EQ(judged.message(),
            R"(when place {"what":{"total_cents":5,"lines":[{"sku":"a","quantity":1},)"
            R"({"sku":"b","quantity":2}],"note":"hello"}}: the events differ
event 1 (order.placed):
  total_cents: expected 6, got 5
  lines[1].sku: expected "c", got "b"
  lines[2]: expected {"sku":"d","quantity":3}, got nothing
  note: expected nothing, got "hello")");
}

TEST(spec, tells_events_of_another_kind_number_and_order) {
  auto const other = given<order>().when(place{}).then(order_closed{});
  auto const fewer = given<order>().when(place{}).then(order_placed{}, order_closed{});
  auto const more = given<order>().when(place{}).then_nothing();

  EXPECT_NE(other.message().find("expected order.closed {"), std::string::npos);
  EXPECT_NE(fewer.message().find("event 2 (order.closed):\n  expected order.closed"),
            std::string::npos);
  EXPECT_NE(more.message().find("expected nothing, got order.placed"), std::string::npos);
}

TEST(spec, holds_where_nothing_happens) {
  EXPECT_TRUE(given<order>(order_placed{}, order_closed{}).when(close{"again"}).then_nothing());
}

TEST(spec, compares_rejections_by_type_and_by_fields) {
  auto const closed = given<order>(order_placed{7, {}, {}}, order_closed{});

  EXPECT_TRUE(closed.when(close{}).then_rejected(already_closed{7}));
  EXPECT_TRUE(closed.when(close{}).then_rejected<already_closed>());
  EXPECT_FALSE(closed.when(close{}).then_rejected<empty_order>());
  EXPECT_EQ(closed.when(close{}).then_rejected(already_closed{8}).message(),
            "when close {\"reason\":\"\"}: the rejections differ:\n"
            "  total_cents: expected 8, got 7");
  EXPECT_EQ(closed.when(close{}).then_nothing().message(),
            "when close {\"reason\":\"\"}: expected nothing, got the rejection already_closed "
            "{\"total_cents\":7}");
}

TEST(spec, says_what_came_instead_of_a_rejection) {
  auto const judged = given<order>().when(place{}).then_nothing();

  EXPECT_FALSE(judged);
  EXPECT_FALSE(given<order>(order_placed{}).when(close{}).then_rejected<empty_order>());
}

TEST(spec, repeats_time_ids_and_metadata) {
  auto const at = manual_clock::default_start + std::chrono::hours(1);
  evsrc::testing::seeded_random random(5);
  auto const id = evsrc::make_event_id(at, random);

  EXPECT_TRUE(given<order>(order_placed{})
                  .at(at)
                  .seed(5)
                  .with_meta({.user = "ada"})
                  .when(close{})
                  .then(order_closed{at, id, "ada"}));
}

TEST(spec, asks_commands_and_events_for_their_rules) {
  EXPECT_TRUE(given<order>().when(close{"none"}).then_invalid("reason: must be given"));
  EXPECT_TRUE(given<order>(order_placed{})
                  .with_meta({.user = "nobody"})
                  .when(close{})
                  .then_invalid("event order.closed: by: somebody must"));
  EXPECT_FALSE(given<order>(order_placed{}).when(close{}).then_invalid());
}

TEST(spec, takes_events_as_they_were_stored_by_older_versions) {
  EXPECT_TRUE(given<order>()
                  .given_json("order.placed", 1, R"({"total_cents":7})")
                  .and_given(order_closed{})
                  .when(close{})
                  .then_rejected(already_closed{7}));
}

TEST(spec, fails_where_a_stored_event_does_not_decode) {
  auto spec = given<order>();
  spec.given_json("order.placed", 3, "{}");

  auto const judged = spec.when(place{}).then(order_placed{});

  EXPECT_FALSE(judged);
  EXPECT_NE(judged.message().find("given event order.placed: "), std::string::npos);
}

TEST(spec, lets_nothing_be_expected_of_a_history_that_cannot_be_read) {
  auto spec = given<order>();
  spec.given_json("order.typo", 1, "{}");
  EXPECT_FALSE(spec.when(close{}).then_invalid());
  EXPECT_FALSE(spec.when(close{}).then_nothing());
  EXPECT_FALSE(spec.when(close{}).then_rejected<empty_order>());
  EXPECT_NE(spec.when(close{"none"}).then_invalid().message().find("a history that cannot be read"),
            std::string::npos);
}

TEST(spec, refuses_events_that_no_store_would_take) {
  EXPECT_FALSE(given<notes>().when(note{"\xff", 1}).then(order_noted{"\xff", 2}));
  EXPECT_FALSE(given<notes>().when(note{"\xff", 1}).then(order_noted{"\xff", 1}));
  EXPECT_TRUE(given<notes>()
                  .when(note{"\xff", 1})
                  .then_invalid("event order.noted: text: is not valid UTF-8"));
}

TEST(spec, compares_nothing_that_cannot_be_written) {
  auto const judged = given<notes>().when(note{"a", 1}).then(order_noted{"\xff", 1});
  EXPECT_NE(judged.message().find("order.noted cannot be compared: text: is not valid UTF-8"),
            std::string::npos)
      << judged;
  EXPECT_FALSE(given<notes>().when(note{"\xff", -1}).then_rejected(unreadable{"\xff", -2}));
  EXPECT_TRUE(given<notes>().when(note{"\xff", -1}).then_rejected<unreadable>());
}

TEST(spec, covers_several_streams) {
  auto const full = given_together<order, evsrc::many<stock>>()
                        .with<stock>("a", added{3}, added{2})
                        .with<stock>("b", added{1});

  EXPECT_TRUE(full.when(take_all{{{"a", 5}, {"b", 1}}})
                  .then(to<stock>("a", taken{5}), to<stock>("b", taken{1}),
                        to<order>(order_placed{100, {{"a", 5}, {"b", 1}}, {}})));
  EXPECT_TRUE(full.when(take_all{{{"a", 5}, {"b", 2}}}).then_rejected(short_of{"b"}));
}

TEST(spec, names_the_stream_of_a_difference) {
  auto const judged =
      given_together<order, evsrc::many<stock>>()
          .with<stock>("a", added{3})
          .when(take_all{{{"a", 3}}})
          .then(to<stock>("a", taken{2}), to<order>(order_placed{100, {{"a", 3}}, {}}));

  EXPECT_NE(judged.message().find("event 1 (stock-a: stock.taken):\n  quantity: expected 2, got 3"),
            std::string::npos);
}

TEST(spec, refuses_an_event_for_a_stream_that_is_not_loaded) {
  auto const judged = given_together<order, evsrc::many<stock>>()
                          .when(take_all{{{"a", 0}}})
                          .then_invalid("stock-a was not loaded");

  EXPECT_TRUE(judged);
}

TEST(spec, tells_its_message_to_googletest) {
  auto const judged = given<order>().when(place{}).then_nothing();

  testing::AssertionResult const told = judged;

  EXPECT_FALSE(told);
  EXPECT_EQ(told.message(), judged.message());
}

TEST(spec, can_be_printed) {
  std::ostringstream text;
  text << verdict::holds() << ", " << verdict::fails("why");

  EXPECT_EQ(text.str(), "holds, why");
}

TEST(spec_death, comes_where_nothing_is_judged) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH({ auto const forgotten = given<order>().when(place{}); },
               "a specification without then: when place");
}

}  // namespace spec_test
