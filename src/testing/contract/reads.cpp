// SPDX-License-Identifier: Apache-2.0
// G7: reads and queries: order, pages, limits, what comes back.
#include <algorithm>

#include "evsrc/testing/seeded_random.hpp"
#include "workbench.hpp"

namespace evsrc::testing::inline v0::detail {
namespace {

std::vector<stream_version> versions(event_page const& page) {
  std::vector<stream_version> found;
  for (auto const& event : page) found.push_back(event.version);
  return found;
}

event_page read(workbench& bench, stream_read what) {
  what.stream = thing("a");
  return value_of(bench.store().read(what), "read");
}

void a_stream_is_read_forwards_and_backwards(workbench& bench) {
  bench.commit(bench.append("a", expected_version::any(), 5));
  bench.write("b");
  using list = std::vector<stream_version>;
  auto const back = direction::backwards;
  require(versions(read(bench, {})) == list{1, 2, 3, 4, 5}, "forwards from the first");
  require(versions(read(bench, {.stream = {}, .from = 3})) == list{4, 5}, "forwards behind 3");
  require(versions(read(bench, {.stream = {}, .from = 5})).empty(), "forwards behind the last");
  require(versions(read(bench, {.stream = {}, .from = 9})).empty(), "forwards behind the end");
  require(versions(read(bench, {.stream = {}, .order = back})) == list{5, 4, 3, 2, 1},
          "backwards from the last");
  require(versions(read(bench, {.stream = {}, .from = 3, .order = back})) == list{2, 1},
          "backwards before 3");
  require(versions(read(bench, {.stream = {}, .from = 1, .order = back})).empty(),
          "backwards before the first");
  require(read(bench, {.stream = {}, .from = 2}).version() == 5, "the stream's version is told");
}

void a_stream_that_does_not_exist_is_empty(workbench& bench) {
  bench.write("b");
  auto const page = read(bench, {});
  require(page.empty() && page.version() == 0 && page.at_end(), "an empty page at version 0");
}

void a_page_ends_at_its_limits(workbench& bench) {
  evsrc::commit what;
  what.appends.push_back({thing("a"), expected_version::none(), {}});
  for (int i = 0; i != 6; ++i) {
    auto event = bench.event();
    event.payload.assign(1'000, 'x');
    what.appends.front().events.push_back(std::move(event));
  }
  bench.commit(std::move(what));
  auto const page_of = [&](std::size_t max_events, std::size_t max_bytes, stream_version from = 0) {
    return read(bench,
                {.stream = {}, .from = from, .max_events = max_events, .max_bytes = max_bytes});
  };
  auto const many = limits::page_bytes;
  require(page_of(4, many).size() == 4 && !page_of(4, many).at_end(), "four events, then more");
  require(page_of(6, many).size() == 6 && page_of(6, many).at_end(),
          "at_end where nothing more matched, though the page is full");
  require(page_of(4, many, 2).at_end() && !page_of(3, many, 2).at_end(), "at_end behind version 2");
  require(page_of(10, 1).size() == 1, "a page holds at least one event");
  auto const some = page_of(10, 3'500);
  require(!some.empty() && some.size() <= 3 && !some.at_end(), "a page ends at max_bytes");

  scope_read all;
  all.max_bytes = 3'500;
  auto const of_all = value_of(bench.store().query(all), "query");
  require(!of_all.empty() && of_all.size() <= 3 && !of_all.at_end(), "a query ends at max_bytes");
  all.max_bytes = 1;
  require(value_of(bench.store().query(all), "query").size() == 1, "at least one event");
}

void an_event_comes_back_as_it_was_written(workbench& bench) {
  auto event = bench.event("thing.happened", {{"sku", "85123A"}, {"", "empty name"}});
  event.meta.tags.pop_back();
  event.meta.tags.push_back({"sku", ""});
  event.version = 7;
  event.payload = std::string("{\"bytes\":\"\0\xff\"}", 14);
  event.meta.time = timestamp{std::chrono::microseconds{1'291'191'960'000'001}};
  event.meta.source = "shop";
  event.meta.subject = "orders/order-123";
  event.meta.correlation = "correlation";
  event.meta.causation = "causation";
  event.meta.user = "user";
  event.meta.trace_parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  event.meta.headers = {{"b", "2"}, {"a", "1"}, {"b", "3"}};
  auto empty = bench.event("thing.emptied");
  empty.payload.clear();
  auto early = bench.event("thing.foreseen");
  early.meta.time = timestamp{std::chrono::microseconds{-1}};
  auto const written = {event, empty, early};
  for (auto const& one : written) bench.commit(bench.append("a", one));

  auto const page = read(bench, {});
  require(page.size() == 3, "three events were written");
  auto at = page.begin();
  for (auto const& one : written) {
    auto const meta = value_of(at->meta(), "decoding metadata");
    require(at->category == "thing" && at->key == "a", "the stream must come back");
    require(at->name == one.name && at->event_version == one.version, "name and version");
    require(at->payload == one.payload, "the payload must come back byte for byte");
    require(at->id == one.meta.id && at->time == one.meta.time, "id and time");
    require(meta == one.meta, "all metadata must come back");
    volatile char last = at->payload.data()[at->payload.size() + payload_padding - 1];
    static_cast<void>(last);  // readable: sanitizers tell
    ++at;
  }
}

void scopes_select_what_they_name(workbench& bench) {
  auto const first = bench.event("seat.taken", {{"seat", "1"}, {"row", "a"}});
  auto const second = bench.event("seat.freed", {{"seat", "1"}});
  auto const third = bench.event("seat.taken", {{"seat", "2"}, {"row", "a"}});
  auto const fourth = bench.event("show.ended");
  bench.commit(bench.append("a", first));
  bench.commit(bench.append("b", second));
  bench.commit(bench.append("a", third));
  evsrc::commit other;
  other.appends.push_back({{"other", "a"}, expected_version::none(), {fourth}});
  bench.commit(std::move(other));

  using ids = std::vector<event_id>;
  auto const a = first.meta.id;
  auto const b = second.meta.id;
  auto const c = third.meta.id;
  auto const d = fourth.meta.id;
  require(bench.ids_of(all_events{}) == ids{a, b, c, d}, "all events");
  require(bench.ids_of(query{}) == ids{a, b, c, d}, "a query without items");
  require(bench.ids_of(events_of_category{"thing"}) == ids{a, b, c}, "a category");
  require(bench.ids_of(events_of_category{"other"}) == ids{d}, "the other category");
  require(bench.ids_of(events_of_category{"thin"}).empty(), "no such category");
  require(bench.ids_of(by_name({"seat.taken"})) == ids{a, c}, "a name");
  require(bench.ids_of(by_name({"seat.taken", "seat.freed"})) == ids{a, b, c}, "two names");
  require(bench.ids_of(by_name({"seat"})).empty(), "no such name");
  require(bench.ids_of(by_tag("seat", "1")) == ids{a, b}, "a tag");
  require(bench.ids_of(by_tag("row", "1")).empty(), "no such value of the tag");
  require(bench.ids_of(query{{{{}, {{"seat", "2"}, {"row", "a"}}}}}) == ids{c}, "two tags");
  require(bench.ids_of(query{{{{"seat.freed"}, {{"seat", "1"}}}}}) == ids{b}, "name and tag");
  require(bench.ids_of(query{{{{"show.ended"}, {}}, {{}, {{"seat", "1"}}}}}) == ids{a, b, d},
          "either item");
  require(bench.ids_of(query{{{{"seat.taken"}, {}}, {{}, {{"row", "a"}}}}}) == ids{a, c},
          "an event that two items match is read once");
}

/// Pages of `max_events` until the end, in either direction.
std::vector<event_id> page_through(workbench& bench, event_scope const& scope, direction order,
                                   std::size_t max_events) {
  scope_read what;
  what.scope = scope;
  what.order = order;
  what.max_events = max_events;
  std::vector<event_id> found;
  for (int pages = 0; pages != 1'000; ++pages) {
    auto const page = value_of(bench.store().query(what), "query");
    require(page.size() <= max_events, "a page must not be larger than asked for");
    require(page.at_end() || page.size() == max_events, "a page that is not full is the last one");
    for (auto const& event : page) found.push_back(event.id);
    what.from = page.next();
    if (page.at_end()) {
      auto const beyond = value_of(bench.store().query(what), "query");
      require(beyond.empty() && beyond.at_end(), "behind the last page is nothing");
      return found;
    }
  }
  give_up("paging", {errc::invalid_argument, "the pages never end"});
}

// Against the rule in code: what an index finds must be what `matches` says of each event.
void any_query_finds_what_the_rule_says(workbench& bench) {
  constexpr std::uint64_t seed = 20'240'117;
  seeded_random random{seed};
  auto const draw = [&](std::uint64_t below) { return random.next() % below; };
  auto const some_name = [&] { return "name." + std::to_string(draw(4)); };
  auto const some_tags = [&](std::uint64_t most) {
    std::vector<event_tag> tags;
    for (auto count = draw(most + 1); count > 0; --count)
      tags.push_back({"t" + std::to_string(draw(2)), std::to_string(draw(3))});
    return tags;
  };
  std::vector<new_event> written;
  for (int i = 0; i != 60; ++i) {
    written.push_back(bench.event(some_name(), some_tags(3)));
    bench.commit(bench.append("s" + std::to_string(draw(5)), written.back()));
  }
  for (int i = 0; i != 60; ++i) {
    query asked;
    for (auto items = draw(3); items > 0; --items) {
      query_item item;
      for (auto names = draw(3); names > 0; --names) item.names.push_back(some_name());
      item.tags = some_tags(2);
      asked.items.push_back(std::move(item));
    }
    std::vector<event_id> expected;
    for (auto const& event : written)
      if (matches(asked, event.name, event.meta.tags)) expected.push_back(event.meta.id);
    auto const where = "query " + std::to_string(i) + " of seed " + std::to_string(seed);
    auto const page = static_cast<std::size_t>(1 + draw(7));
    require(page_through(bench, asked, direction::forwards, page) == expected,
            where + " forwards, in pages of " + std::to_string(page));
    std::reverse(expected.begin(), expected.end());
    require(page_through(bench, asked, direction::backwards, page) == expected,
            where + " backwards, in pages of " + std::to_string(page));
  }
}

void paging_reads_each_event_once(workbench& bench) {
  std::vector<event_id> written;
  for (int i = 0; i != 12; ++i) {
    auto event = bench.event("thing.happened", {{"parity", i % 2 == 0 ? "even" : "odd"}});
    if (i % 2 == 0) written.push_back(event.meta.id);
    bench.commit(bench.append("s" + std::to_string(i % 3), std::move(event)));
  }
  auto const backwards = std::vector<event_id>(written.rbegin(), written.rend());
  for (std::size_t size = 1; size != 8; ++size) {
    require(page_through(bench, by_tag("parity", "even"), direction::forwards, size) == written,
            "a query in pages of " + std::to_string(size));
    require(page_through(bench, by_tag("parity", "even"), direction::backwards, size) == backwards,
            "a query backwards in pages of " + std::to_string(size));
    for (auto const order : {direction::forwards, direction::backwards}) {
      require(page_through(bench, all_events{}, order, size).size() == 12, "all events in pages");
      require(page_through(bench, events_of_category{"thing"}, order, size).size() == 12,
              "a category in pages");
    }
  }
}

void a_reader_goes_on_where_it_ended(workbench& bench) {
  scope_read what;
  what.scope = by_tag("mine", "yes");
  for (int i = 0; i != 5; ++i) {
    require(value_of(bench.store().query(what), "query").empty(), "nothing new yet");
    bench.write("noise");
    auto const mine = bench.event("thing.happened", {{"mine", "yes"}});
    bench.commit(bench.append("a", mine));
    bench.write("noise");
    auto const page = value_of(bench.store().query(what), "query");
    require(page.size() == 1 && page.begin()->id == mine.meta.id, "one new event of mine");
    what.from = page.next();
  }
}

void an_empty_store_is_empty(workbench& bench) {
  for (auto const order : {direction::forwards, direction::backwards}) {
    scope_read what;
    what.order = order;
    auto const page = value_of(bench.store().query(what), "query of an empty store");
    require(page.empty() && page.at_end(), "an empty store has no events");
    what.from = page.next();
    require(value_of(bench.store().query(what), "query").empty(), "and nothing behind them");
  }
  value_of(bench.store().head(), "head of an empty store");
  require(value_of(bench.store().streams({"thing"}), "streams").empty(), "no streams");
}

void reads_beyond_the_limits_are_refused(workbench& bench) {
  bench.write("a");
  auto const refuse = [&](scope_read const& what, errc expected, char const* why) {
    require_error(bench.store().query(what), expected, why);
  };
  scope_read what;
  what.max_events = 0;
  refuse(what, errc::invalid_argument, "query: max_events 0");
  what.max_events = limits::page_events + 1;
  refuse(what, errc::limit_exceeded, "query: max_events above the limit");
  what = {};
  what.scope = query{std::vector<query_item>(limits::query_items + 1, query_item{{"a"}, {}})};
  refuse(what, errc::limit_exceeded, "query: too many items");
  what.scope = by_name(std::vector<std::string>(limits::query_names_per_item + 1, "a"));
  refuse(what, errc::limit_exceeded, "query: too many names");
  query_item tagged;
  tagged.tags.resize(limits::query_tags_per_item + 1, {"t", "v"});
  what.scope = query{{tagged}};
  refuse(what, errc::limit_exceeded, "query: too many tags");

  stream_read stream;
  stream.stream = thing("a");
  stream.max_events = 0;
  require_error(bench.store().read(stream), errc::invalid_argument, "read: max_events 0");
  stream.max_events = limits::page_events + 1;
  require_error(bench.store().read(stream), errc::limit_exceeded, "read: max_events too large");
  streams_read list{"thing"};
  list.max_streams = 0;
  require_error(bench.store().streams(list), errc::invalid_argument, "streams: max_streams 0");
}

void streams_of_a_category_come_in_byte_order(workbench& bench) {
  using namespace std::string_literals;
  for (auto const& key : {"b"s, "a"s, "\xff"s, "B"s, "aa"s, "a\0b"s}) bench.write(key);
  bench.write("b");
  evsrc::commit other;
  other.appends.push_back({{"thing2", "c"}, expected_version::none(), bench.events(1)});
  bench.commit(std::move(other));

  auto const found = value_of(bench.store().streams({"thing"}), "streams");
  std::vector<std::string> keys;
  for (auto const& one : found) keys.push_back(one.key);
  require(keys == std::vector{"B"s, "a"s, "a\0b"s, "aa"s, "b"s, "\xff"s}, "keys in byte order");
  for (auto const& one : found)
    require(one.version == (one.key == "b" ? 2 : 1), "each with its version");
  std::vector<std::string> paged;
  streams_read next{"thing"};
  next.max_streams = 2;
  for (auto page = value_of(bench.store().streams(next), "streams"); !page.empty();
       page = value_of(bench.store().streams(next), "streams")) {
    require(page.size() <= 2, "at most max_streams");
    for (auto const& one : page) paged.push_back(one.key);
    next.after_key = paged.back();
  }
  require(paged == keys, "the same in pages");
}

constexpr event_store_check all[] = {
    {"G6",
     "a_stream_is_read_forwards_and_backwards",
     {},
     &on_workbench<a_stream_is_read_forwards_and_backwards>},
    {"G6",
     "a_stream_that_does_not_exist_is_empty",
     {},
     &on_workbench<a_stream_that_does_not_exist_is_empty>},
    {"G6",
     "streams_of_a_category_come_in_byte_order",
     {},
     &on_workbench<streams_of_a_category_come_in_byte_order>},
    {"G7", "a_page_ends_at_its_limits", {}, &on_workbench<a_page_ends_at_its_limits>},
    {"G1",
     "an_event_comes_back_as_it_was_written",
     {},
     &on_workbench<an_event_comes_back_as_it_was_written>},
    {"G7", "scopes_select_what_they_name", {}, &on_workbench<scopes_select_what_they_name>},
    {"G7",
     "any_query_finds_what_the_rule_says",
     {},
     &on_workbench<any_query_finds_what_the_rule_says>},
    {"G7", "paging_reads_each_event_once", {}, &on_workbench<paging_reads_each_event_once>},
    {"G7", "a_reader_goes_on_where_it_ended", {}, &on_workbench<a_reader_goes_on_where_it_ended>},
    {"G7", "an_empty_store_is_empty", {}, &on_workbench<an_empty_store_is_empty>},
    {"G13",
     "reads_beyond_the_limits_are_refused",
     {},
     &on_workbench<reads_beyond_the_limits_are_refused>},
};

}  // namespace

checks read_checks() noexcept { return all; }

}  // namespace evsrc::testing::inline v0::detail
