// SPDX-License-Identifier: Apache-2.0
// 1.9: rules: which messages a subscription gets, and how they are changed on the way.
#include "bus_workbench.hpp"
#include "evsrc/core/limits.hpp"

namespace evsrc::testing::inline v0::detail {
namespace {

using namespace std::chrono_literals;
using ids = std::vector<std::string>;

rule sql(std::string name, std::string expression, std::string action = {}) {
  return {std::move(name), sql_rule_filter{std::move(expression)}, std::move(action)};
}

message order(std::string id, std::int64_t quantity, std::string color) {
  auto made = with_property(std::move(id), "quantity", quantity);
  made.properties.emplace_back("color", std::move(color));
  made.subject = "order.created";
  return made;
}

void the_default_rule_takes_every_message(bus_workbench& bench) {
  auto const events = bench.topic();
  auto const all = bench.subscription(events, "all");
  auto const none = bench.subscription(events, "none", {}, {{"nothing", false_filter{}}});
  auto const bare = bench.subscription(events, "bare", {}, {});
  auto const rules = value_of(bench.topology().rules(events, "all"), "rules");
  require(rules.size() == 1 && rules[0].name == default_rule_name &&
              rules[0].filter == rule_filter{true_filter{}} && rules[0].action.empty(),
          "a subscription starts with $Default");
  bench.send(events, with_id("a"));
  bench.require_drained(all, {"a"}, "$Default takes it");
  bench.require_drained(none, {}, "other rules take the place of $Default");
  bench.require_drained(bare, {}, "without rules there are no copies");
}

void rules_are_alternatives_and_give_one_copy(bus_workbench& bench) {
  auto const events = bench.topic();
  auto const stock = bench.subscription(
      events, "stock", {}, {sql("many", "quantity > 10"), sql("red", "color = 'red'")});
  bench.send(events, {order("both", 11, "red"), order("many", 11, "blue"), order("red", 1, "red"),
                      order("neither", 1, "blue")});
  bench.require_drained(stock, {"both", "many", "red"}, "one copy where any rule matches");
}

void sql_filters_judge_messages(bus_workbench& bench) {
  struct row {
    std::string expression;
    bool matches;
  };
  // order("m", 5, "red"), subject order.created, correlation-id c, session s; `absent` is unknown.
  row const rows[] = {{"quantity = 5", true},
                      {"quantity <> 5", false},
                      {"quantity >= 5 AND color = 'red'", true},
                      {"quantity * 2 + 1 = 11 AND quantity % 2 = 1", true},
                      {"quantity IN (1, 5, 9)", true},
                      {"color LIKE 'r_d' AND color NOT LIKE '%x%'", true},
                      {"color LIKE 'r!_d' ESCAPE '!'", false},
                      {"user.color = 'red' AND [color] = 'red'", true},
                      {"sys.Label = 'order.created'", true},
                      {"sys.CorrelationId = 'c' AND sys.SessionId = 's'", true},
                      {"sys.MessageId = 'm' AND sys.ContentType IS NULL", true},
                      {"EXISTS(color) AND NOT EXISTS(absent)", true},
                      {"absent IS NULL", true},
                      {"absent = 1", false},
                      {"NOT (absent = 1)", false},
                      {"absent = 1 OR quantity = 5", true},
                      {"absent = 1 AND quantity = 5", false},
                      {"quantity = 'five'", false},
                      {"paid = TRUE", true},
                      {"weight < 0.75 AND weight > 0.25", true},
                      {"note = 'it''s'", true},
                      {"1 = 1", true},
                      {"1 = 0", false}};
  auto const events = bench.topic();
  int number = 0;
  for (auto const& one : rows)
    bench.subscription(events, "s" + std::to_string(number++), {}, {sql("r", one.expression)});
  auto sent = order("m", 5, "red");
  sent.correlation_id = "c";
  sent.session_id = "s";
  sent.properties.emplace_back("paid", true);
  sent.properties.emplace_back("weight", 0.5);
  sent.properties.emplace_back("note", std::string("it's"));
  bench.send(events, sent);
  number = 0;
  for (auto const& one : rows) {
    auto const path = subscription_path(events, "s" + std::to_string(number++));
    bool const is_there = !bench.receive(path).empty();
    require(is_there == one.matches,
            one.expression + (one.matches ? " must match" : " must not match"));
  }
}

void correlation_filters_want_all_that_they_name(bus_workbench& bench) {
  auto const events = bench.topic();
  correlation_filter wanted;
  wanted.correlation_id = "c";
  wanted.subject = "order.created";
  wanted.properties = {{"quantity", std::int64_t{5}}, {"color", std::string("red")}};
  auto const stock = bench.subscription(events, "stock", {}, {{"r", wanted}});
  auto const sent = [&](std::string id, auto change) {
    auto made = order(std::move(id), 5, "red");
    made.correlation_id = "c";
    change(made);
    bench.send(events, made);
  };
  sent("all", [](message& /*unchanged*/) {});
  sent("more", [](message& m) { m.to = "somewhere"; });
  sent("other correlation", [](message& m) { m.correlation_id = "C"; });
  sent("other subject", [](message& m) { m.subject.clear(); });
  sent("other value", [](message& m) { set_property(m.properties, "color", std::string("Red")); });
  sent("other type", [](message& m) { set_property(m.properties, "quantity", std::string("5")); });
  sent("without", [](message& m) { m.properties.pop_back(); });
  bench.require_drained(stock, {"all", "more"}, "equal in all that is named");
}

void each_action_changes_a_copy_of_its_own(bus_workbench& bench) {
  auto const events = bench.topic();
  auto const stock = bench.subscription(
      events, "stock", {},
      {sql("plain", "quantity > 1"), sql("also-plain", "color = 'red'"),
       sql("doubled", "quantity > 1", "SET quantity = quantity * 2; REMOVE color"),
       sql("labelled", "quantity > 1", "SET sys.Label = 'urgent'; SET source = 'rule'"),
       sql("not-matched", "quantity > 100", "SET quantity = 0")});
  auto const sent = order("a", 5, "red");
  bench.send(events, sent);
  auto const copies = bench.receive(stock, 10);
  require(copies.size() == 3,
          "one plain copy and one for each action, but there are " + std::to_string(copies.size()));
  int plain = 0;
  int doubled = 0;
  int labelled = 0;
  for (auto const& copy : copies) {
    auto const name = find_text(copy.message.properties, "RuleName");
    auto const* const quantity = find_property(copy.message.properties, "quantity");
    bool const has_color = find_property(copy.message.properties, "color") != nullptr;
    require(quantity != nullptr, "quantity is there");
    require(copy.message.body == sent.body && copy.message.id == sent.id, "the rest is as sent");
    if (name.empty()) plain += copy.message == sent ? 1 : 0;
    if (name == "doubled") doubled += *quantity == property_value{std::int64_t{10}} && !has_color;
    if (name == "labelled")
      labelled += copy.message.subject == "urgent" && has_color &&
                  find_text(copy.message.properties, "source") == "rule" &&
                  *quantity == property_value{std::int64_t{5}};
  }
  require(plain == 1, "the plain copy is unchanged");
  require(doubled == 1 && labelled == 1, "each action changed its own copy, marked by RuleName");
}

void rules_take_effect_for_later_messages(bus_workbench& bench) {
  auto const events = bench.topic();
  auto const stock = bench.subscription(events, "stock");
  bench.send(events, order("a", 1, "red"));
  value_of(bench.topology().remove_rule(events, "stock", default_rule_name), "remove_rule");
  bench.send(events, order("b", 1, "red"));
  value_of(bench.topology().add_rule(events, "stock", sql("red", "color = 'red'")), "add_rule");
  bench.send(events, {order("c", 1, "red"), order("d", 1, "blue")});
  bench.require_drained(stock, {"a", "c"}, "what the rules of the moment of sending took");
}

void rules_have_names_of_their_own(bus_workbench& bench) {
  auto& topology = bench.topology();
  auto const events = bench.topic();
  bench.subscription(events, "stock", {}, {sql("first", "a = 1", "SET b = 2")});
  bench.subscription(events, "mail");
  correlation_filter wanted;
  wanted.to = "warehouse";
  value_of(topology.add_rule(events, "stock", {"second", wanted}), "add_rule");
  require_error(topology.add_rule(events, "stock", {"first"}), errc::already_exists,
                "a name twice");
  require_error(topology.remove_rule(events, "stock", "third"), errc::not_found, "no such rule");
  require_error(topology.add_rule(events, "nobody", {"r"}), errc::not_found, "no subscription");
  require_error(topology.rules("nothing", "stock"), errc::not_found, "no such topic");
  auto const rules = value_of(topology.rules(events, "stock"), "rules");
  require(rules == std::vector<rule>{sql("first", "a = 1", "SET b = 2"), {"second", wanted}},
          "in the order in which they were added, as they were given");
  require(value_of(topology.rules(events, "mail"), "rules").size() == 1,
          "another subscription's rules are its own");
}

void bad_rules_are_refused(bus_workbench& bench) {
  auto& topology = bench.topology();
  auto const events = bench.topic();
  bench.subscription(events, "stock");
  auto const refuse = [&](rule const& bad, errc expected, std::string_view field) {
    require_refusal(topology.add_rule(events, "stock", bad), expected, field,
                    "the rule " + bad.name.substr(0, 60));
    require_error(topology.create_subscription(events, "other", {}, {bad}), expected,
                  "a subscription with that rule");
  };
  std::string const x(limits::rule_expression_bytes, 'x');
  refuse(sql("r", "quantity >"), errc::invalid_argument, "expression");
  refuse(sql("r", "quantity = 'open"), errc::invalid_argument, "expression");
  refuse(sql("r", ""), errc::invalid_argument, "expression");
  refuse(sql("r", "a = '" + x + "'"), errc::limit_exceeded, "expression");
  refuse(sql("r", "1 = 1", "SET = 1"), errc::invalid_argument, "action");
  refuse(sql("r", "1 = 1", "SET a = '" + x + "'"), errc::limit_exceeded, "action");
  refuse({std::string(limits::rule_name_bytes + 1, 'n')}, errc::limit_exceeded, "name");
  refuse({""}, errc::invalid_argument, "name");
  require(value_of(topology.rules(events, "stock"), "rules").size() == 1, "nothing was added");
  require_error(topology.describe_subscription(events, "other"), errc::not_found,
                "a subscription that was refused");
}

void a_copy_with_too_large_headers_is_a_dead_letter(bus_workbench& bench) {
  auto const events = bench.topic();
  std::vector<rule> const growing{{.name = "r", .action = "SET a = t; SET b = t"}};
  auto const stock = bench.subscription(events, "stock", {}, growing);
  auto const drops =
      bench.subscription(events, "drops", {.dead_letter_on_filter_error = false}, growing);
  bench.send(events, with_property("large", "t", std::string(30'000, 'x')));
  bench.send(events, with_property("small", "t", std::string("x")));
  for (auto const& each : {stock, drops}) {
    bench.require_drained(each, {"small"}, "what an action leaves small enough");
    auto const dead = bench.receive_id(dead_letter_path(each), "large");
    require(find_text(dead.message.properties, property_names::dead_letter_reason) ==
                dead_letter_reasons::header_size,
            "with the reason HeaderSizeExceeded, as no filter failed");
    require(find_property(dead.message.properties, "b") != nullptr, "as the action made it");
  }
}

void a_filter_that_fails_dead_letters_or_passes_over(bus_workbench& bench) {
  auto const events = bench.topic();
  std::vector<rule> const failing{sql("r", "quantity / divisor > 1")};
  auto const keeps = bench.subscription(events, "keeps", {}, failing);
  auto const drops =
      bench.subscription(events, "drops", {.dead_letter_on_filter_error = false}, failing);
  auto const other = bench.subscription(events, "other");
  auto bad = order("bad", 5, "red");
  bad.properties.emplace_back("divisor", std::int64_t{0});
  auto good = order("good", 5, "red");
  good.properties.emplace_back("divisor", std::int64_t{1});
  bench.send(events, {bad, good});
  bench.require_drained(keeps, {"good"}, "what the filter can judge");
  bench.require_drained(drops, {"good"}, "what the filter can judge");
  bench.require_drained(other, {"bad", "good"}, "another subscription is not concerned");
  auto const dead = bench.receive_id(dead_letter_path(keeps), "bad");
  require(find_text(dead.message.properties, property_names::dead_letter_reason) ==
              dead_letter_reasons::filter_failed,
          "a failed filter is the reason");
  bench.require_drained(dead_letter_path(drops), {}, "not where the subscription does not ask");
}

void sql_filters_know_every_system_property(bus_workbench& bench) {
  auto const events = bench.topic();
  std::vector<std::string> const matching{"sys.MessageId = 'm'",
                                          "sys.Label = 'label'",
                                          "sys.Subject = 'label'",
                                          "sys.CorrelationId = 'c'",
                                          "sys.To = 'to'",
                                          "sys.ReplyTo = 'reply'",
                                          "sys.SessionId = 's'",
                                          "sys.ReplyToSessionId = 'rs'",
                                          "sys.ContentType = 'text/plain'",
                                          "sys.PartitionKey = 's'",
                                          "sys.EnqueuedTimeUtc IS NOT NULL",
                                          "SYS.messageid = 'm' AND EXISTS(sys.label)"};
  for (std::size_t i = 0; i != matching.size(); ++i)
    bench.subscription(events, "s" + std::to_string(i), {}, {sql("r", matching[i])});
  message sent;
  sent.id = {"m"};
  sent.subject = "label";
  sent.correlation_id = "c";
  sent.to = "to";
  sent.reply_to = "reply";
  sent.session_id = sent.partition_key = "s";
  sent.reply_to_session_id = "rs";
  sent.content_type = "text/plain";
  bench.send(events, {sent, with_id("other")});
  for (std::size_t i = 0; i != matching.size(); ++i) {
    auto const got = bench.receive(subscription_path(events, "s" + std::to_string(i)), 5);
    bool const is_time = matching[i].find("Time") != std::string::npos;
    require(got.size() == (is_time ? 2 : 1) && got[0].message.id.value == "m",
            matching[i] + " must match one message and not the other");
  }
  require_refusal(bench.topology().add_rule(events, "s0", sql("bad", "sys.Color = 'red'")),
                  errc::invalid_argument, "Color", "an unknown system property");
}

void sql_names_are_found_without_case(bus_workbench& bench) {
  auto const events = bench.topic();
  auto const stock = bench.subscription(
      events, "stock", {},
      {sql("r", "QUANTITY = 5 AND user.Color = 'red' and [two words] is not null")});
  auto sent = order("a", 5, "red");
  sent.properties.emplace_back("Two Words", true);
  bench.send(events, {sent, order("b", 5, "red")});
  bench.require_drained(stock, {"a"}, "names and keywords without case");
}

void what_is_unknown_matches_neither_way(bus_workbench& bench) {
  auto const events = bench.topic();
  int number = 0;
  std::vector<std::pair<std::string, bool>> const rows{{"absent IN (1, 2)", false},
                                                       {"absent NOT IN (1, 2)", false},
                                                       {"quantity NOT IN (1, absent)", false},
                                                       {"quantity IN (5, absent)", true},
                                                       {"absent LIKE '%'", false},
                                                       {"absent NOT LIKE '%'", false},
                                                       {"absent + 1 = 1", false},
                                                       {"NOT (absent = 1 AND quantity = 6)", true},
                                                       {"absent IS NULL AND quantity = 5", true},
                                                       {"NULL = NULL", false},
                                                       {"color > 5", false}};
  for (auto const& row : rows)
    bench.subscription(events, "s" + std::to_string(number++), {}, {sql("r", row.first)});
  bench.send(events, order("a", 5, "red"));
  number = 0;
  for (auto const& [expression, matches] : rows) {
    auto const path = subscription_path(events, "s" + std::to_string(number++));
    require(bench.receive(path).empty() != matches,
            expression + (matches ? " must match" : " must not match"));
  }
}

void actions_compute_what_they_set(bus_workbench& bench) {
  auto const events = bench.topic();
  auto const stock = bench.subscription(
      events, "stock", {},
      {sql("r", "1 = 1",
           "SET sys.To = 'warehouse'; SET sys.ReplyTo = color; SET total = quantity * 2 + 1; "
           "SET copy = property('color'); SET id = newid(); SET sys.CorrelationId = 'c-' + color; "
           "REMOVE color; SET later = total")});
  bench.send(events, {order("a", 5, "red"), order("b", 5, "red")});
  auto const got = bench.receive(stock, 5);
  require(got.size() == 2, "a copy of each");
  auto const& changed = got[0].message;
  auto const value = [&](std::string_view name) -> property_value {
    auto const* const found = find_property(changed.properties, name);
    require(found != nullptr, std::string(name) + " must be set");
    return found == nullptr ? property_value{} : *found;
  };
  require(
      changed.to == "warehouse" && changed.reply_to == "red" && changed.correlation_id == "c-red",
      "system properties, from texts and properties");
  require(value("total") == property_value{std::int64_t{11}} && value("later") == value("total"),
          "one statement after the other, on what those before have set");
  require(value("copy") == property_value{std::string("red")}, "property(name)");
  require(find_property(changed.properties, "color") == nullptr, "REMOVE");
  auto const* const other = find_property(got[1].message.properties, "id");
  require(other != nullptr && *other != value("id"), "newid() is another one each time");
  require_refusal(
      bench.topology().add_rule(events, "stock", sql("bad", "1 = 1", "SET sys.SequenceNumber = 1")),
      errc::invalid_argument, "action", "a system property that cannot be changed");
}

void correlation_filters_know_every_field(bus_workbench& bench) {
  auto const events = bench.topic();
  using field = std::optional<std::string> correlation_filter::*;
  using part = std::string message::*;
  std::vector<std::pair<field, part>> const rows{
      {&correlation_filter::correlation_id, &message::correlation_id},
      {&correlation_filter::subject, &message::subject},
      {&correlation_filter::to, &message::to},
      {&correlation_filter::reply_to, &message::reply_to},
      {&correlation_filter::session_id, &message::session_id},
      {&correlation_filter::reply_to_session_id, &message::reply_to_session_id},
      {&correlation_filter::content_type, &message::content_type}};
  for (std::size_t i = 0; i != rows.size(); ++i) {
    correlation_filter wanted;
    wanted.*rows[i].first = "value";
    bench.subscription(events, "s" + std::to_string(i), {}, {{"r", wanted}});
  }
  correlation_filter by_id;
  by_id.message_id = "value";
  auto const named = bench.subscription(events, "named", {}, {{"r", by_id}});
  for (std::size_t i = 0; i != rows.size(); ++i) {
    auto one = with_id(std::to_string(i));
    one.*rows[i].second = "value";
    bench.send(events, one);
  }
  bench.send(events, with_id("value"));
  for (std::size_t i = 0; i != rows.size(); ++i)
    bench.require_drained(subscription_path(events, "s" + std::to_string(i)), {std::to_string(i)},
                          "the one message with that field");
  bench.require_drained(named, {"value"}, "the message with that id");
}

void a_message_for_one_subscription_passes_no_rules(bus_workbench& bench) {
  auto const events = bench.topic();
  auto const stock = bench.subscription(events, "stock", {},
                                        {sql("fresh", "state = 'fresh'", "SET state = 'seen'")});
  auto const none = bench.subscription(events, "none", {}, {{"nothing", false_filter{}}});
  auto const other = bench.subscription(events, "other");
  auto const only_for = [](std::string id, std::string const& path) {
    auto made = with_property(std::move(id), "state", std::string("fresh"));
    set_property(made.properties, std::string(property_names::only_for), path);
    return made;
  };
  auto const sent = only_for("a", stock);
  bench.send(events, sent);
  auto const got = bench.receive_id(stock, "a");
  require(got.message == sent, "unchanged, whatever its rules would do");
  bench.settle(got);
  bench.require_drained(none, {}, "and to no other");
  bench.require_drained(other, {}, "and to no other");
  auto const now = bench.clock().now();
  bench.schedule(events, {only_for("b", folded(none))}, now + 10s);
  bench.clock().advance(10s);
  bench.require_drained(none, {"b"}, "in letters of any case, and when it is due");
  bench.send(events, only_for("c", subscription_path(events, "gone")));
  bench.require_drained(other, {}, "for one that is not there");
  bench.send(events, only_for("d", subscription_path("elsewhere", "other")));
  bench.require_drained(other, {"d"}, "what another topic's subscription was sent is like any");
}

constexpr message_bus_check all[] = {
    EVSRC_BUS_CHECK("1.9 rule", the_default_rule_takes_every_message),
    EVSRC_BUS_CHECK("1.9 rule", rules_are_alternatives_and_give_one_copy),
    EVSRC_BUS_CHECK("1.9 sql filter", sql_filters_judge_messages),
    EVSRC_BUS_CHECK("1.9 sql filter", sql_filters_know_every_system_property),
    EVSRC_BUS_CHECK("1.9 sql filter", sql_names_are_found_without_case),
    EVSRC_BUS_CHECK("1.9 sql filter", what_is_unknown_matches_neither_way),
    EVSRC_BUS_CHECK("1.9 correlation filter", correlation_filters_want_all_that_they_name),
    EVSRC_BUS_CHECK("1.9 correlation filter", correlation_filters_know_every_field),
    EVSRC_BUS_CHECK("1.9 action", each_action_changes_a_copy_of_its_own),
    EVSRC_BUS_CHECK("1.9 action", actions_compute_what_they_set),
    EVSRC_BUS_CHECK("1.6 rules", rules_take_effect_for_later_messages),
    EVSRC_BUS_CHECK("1.6 rules", rules_have_names_of_their_own),
    EVSRC_BUS_CHECK("1.9 rule", bad_rules_are_refused),
    EVSRC_BUS_CHECK("1.4 subscription", a_copy_with_too_large_headers_is_a_dead_letter),
    EVSRC_BUS_CHECK("1.9 rule", a_filter_that_fails_dead_letters_or_passes_over),
    EVSRC_BUS_CHECK("1.9 rule", a_message_for_one_subscription_passes_no_rules),
};

}  // namespace

bus_checks rule_checks() noexcept { return all; }

}  // namespace evsrc::testing::inline v0::detail
