// SPDX-License-Identifier: Apache-2.0
// G8: append conditions.
#include "workbench.hpp"

namespace evsrc::testing::inline v0::detail {
namespace {

evsrc::commit unless(workbench& bench, query matching, cursor after) {
  auto what = bench.append("decided", expected_version::any());
  what.unless.push_back({std::move(matching), after});
  return what;
}

cursor head(workbench& bench) { return value_of(bench.store().head(), "head"); }

void an_unseen_match_fails_the_condition(workbench& bench) {
  bench.write("a", "seat.taken", {{"seat", "1"}});
  auto const read = head(bench);
  bench.commit(unless(bench, by_tag("seat", "1"), read));
  bench.write("a", "seat.taken", {{"seat", "1"}});
  bench.refuse(unless(bench, by_tag("seat", "1"), read), errc::condition_failed, "an unseen match");
  bench.commit(unless(bench, by_tag("seat", "1"), head(bench)));
}

void what_does_not_match_does_not_matter(workbench& bench) {
  auto const read = head(bench);
  bench.write("a", "seat.taken", {{"seat", "2"}});
  bench.write("decided", "seat.freed", {{"row", "1"}});
  bench.commit(unless(bench, by_tag("seat", "1"), read));
}

void from_the_start_any_match_fails(workbench& bench) {
  bench.commit(unless(bench, by_name({"seat.taken"}), cursor{}));
  bench.write("a", "seat.taken");
  bench.refuse(unless(bench, by_name({"seat.taken"}), cursor{}), errc::condition_failed,
               "a match behind the start");
}

void names_are_found_among_older_names(workbench& bench) {
  auto const read = head(bench);
  bench.write("a", "seat.booked");  // as it was called before
  bench.refuse(unless(bench, by_name({"seat.taken", "seat.booked"}), read), errc::condition_failed,
               "a match by the older name");
  bench.commit(unless(bench, by_name({"seat.taken"}), read));
}

void all_tags_of_an_item_must_match(workbench& bench) {
  auto const read = head(bench);
  bench.write("a", "seat.taken", {{"seat", "1"}, {"show", "evening"}});
  auto both = by_tag("seat", "1");
  both.items.front().tags.push_back({"show", "matinee"});
  bench.commit(unless(bench, both, read));
  both.items.front().tags.back().value = "evening";
  bench.refuse(unless(bench, both, read), errc::condition_failed, "both tags match");
}

void name_and_tags_of_an_item_must_match(workbench& bench) {
  auto const read = head(bench);
  bench.write("a", "seat.taken", {{"seat", "1"}});
  bench.commit(unless(bench, {{{{"seat.freed"}, {{"seat", "1"}}}}}, read));
  bench.commit(unless(bench, {{{{"seat.taken"}, {{"seat", "2"}}}}}, read));
  bench.refuse(unless(bench, {{{{"seat.taken"}, {{"seat", "1"}}}}}, read), errc::condition_failed,
               "name and tag match");
}

void any_item_of_a_query_fails_the_condition(workbench& bench) {
  auto const read = head(bench);
  bench.write("a", "seat.taken", {{"seat", "7"}});
  query either = by_name({"show.cancelled"});
  either.items.push_back({{}, {{"seat", "7"}}});
  bench.refuse(unless(bench, either, read), errc::condition_failed, "the second item matches");
}

void a_query_without_items_matches_everything(workbench& bench) {
  auto const read = head(bench);
  bench.commit(unless(bench, {}, read));
  bench.refuse(unless(bench, {}, read), errc::condition_failed, "any event matches");
}

void every_condition_counts(workbench& bench) {
  auto const read = head(bench);
  bench.write("a", "seat.taken", {{"seat", "2"}});
  auto what = unless(bench, by_tag("seat", "1"), read);
  what.unless.push_back({by_tag("seat", "2"), read});
  bench.refuse(std::move(what), errc::condition_failed, "the second condition fails");
}

void its_own_events_do_not_fail_it(workbench& bench) {
  auto what = bench.append("a", bench.event("seat.taken", {{"seat", "1"}}));
  what.unless.push_back({by_tag("seat", "1"), head(bench)});
  bench.commit(std::move(what));
}

void a_limited_page_has_not_seen_the_rest(workbench& bench) {
  for (int i = 0; i != 3; ++i) bench.write("a", "seat.taken", {{"seat", "1"}});
  scope_read first_two;
  first_two.scope = by_tag("seat", "1");
  first_two.max_events = 2;
  auto const page = value_of(bench.store().query(first_two), "query");
  bench.refuse(unless(bench, by_tag("seat", "1"), page.next()), errc::condition_failed,
               "the third event was not on the page");
  first_two.from = page.next();
  auto const rest = value_of(bench.store().query(first_two), "query");
  bench.commit(unless(bench, by_tag("seat", "1"), rest.next()));
}

// Both were read before either was written: the second must see the first, though both are judged
// in one group and neither was durable when they came.
void members_of_its_own_group_count(workbench& bench) {
  auto const read = head(bench);
  for (int i = 0; i != 3; ++i) {
    auto const seat = std::to_string(i == 2 ? 2 : 1);  // the third one is about another seat
    auto what = bench.append("a" + std::to_string(i), bench.event("seat.taken", {{"seat", seat}}));
    what.unless.push_back({by_tag("seat", seat), read});
    bench.submit(std::move(what));
  }
  auto const& told = bench.poll_until_told(3);
  value_of(told[0].answer, "the first of its group");
  require_error(told[1].answer, errc::condition_failed, "a match in its own group");
  value_of(told[2].answer, "a member that nobody contradicts");
  require(bench.version_of("a1") == 0, "a refused member of a group writes nothing");
}

constexpr event_store_check all[] = {
    {"G8",
     "an_unseen_match_fails_the_condition",
     {},
     &on_workbench<an_unseen_match_fails_the_condition>},
    {"G8",
     "what_does_not_match_does_not_matter",
     {},
     &on_workbench<what_does_not_match_does_not_matter>},
    {"G8", "from_the_start_any_match_fails", {}, &on_workbench<from_the_start_any_match_fails>},
    {"G8",
     "names_are_found_among_older_names",
     {},
     &on_workbench<names_are_found_among_older_names>},
    {"G8", "all_tags_of_an_item_must_match", {}, &on_workbench<all_tags_of_an_item_must_match>},
    {"G8",
     "name_and_tags_of_an_item_must_match",
     {},
     &on_workbench<name_and_tags_of_an_item_must_match>},
    {"G8",
     "any_item_of_a_query_fails_the_condition",
     {},
     &on_workbench<any_item_of_a_query_fails_the_condition>},
    {"G8",
     "a_query_without_items_matches_everything",
     {},
     &on_workbench<a_query_without_items_matches_everything>},
    {"G8", "every_condition_counts", {}, &on_workbench<every_condition_counts>},
    {"G8", "its_own_events_do_not_fail_it", {}, &on_workbench<its_own_events_do_not_fail_it>},
    {"G8",
     "a_limited_page_has_not_seen_the_rest",
     {},
     &on_workbench<a_limited_page_has_not_seen_the_rest>},
    {"G8",
     "members_of_its_own_group_count",
     {&event_store_features::stepped},
     &on_workbench<members_of_its_own_group_count, opening::stepped>},
};

}  // namespace

checks condition_checks() noexcept { return all; }

}  // namespace evsrc::testing::inline v0::detail
