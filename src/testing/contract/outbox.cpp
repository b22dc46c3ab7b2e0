// SPDX-License-Identifier: Apache-2.0
// G1: messages enter the outbox with the events, or not at all.
#include "workbench.hpp"

namespace evsrc::testing::inline v0::detail {
namespace {

outgoing_message message(std::string id) {
  outgoing_message made{{std::move(id)}, "orders"};
  made.key = "customer-7";
  made.type = "order.created";
  made.type_version = 2;
  made.body = std::string("{\"a\":\"\0\"}", 9);
  made.correlation = "correlation";
  made.causation = "causation";
  made.trace_parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  made.not_before = timestamp{std::chrono::microseconds{4'102'444'800'000'001}};  // 2100
  made.properties = {{"b", std::string("2")}, {"a", std::int64_t{1}}};
  return made;
}

std::vector<outbox_row> rows(workbench& bench, outbox_read const& what = {}) {
  return value_of(bench.outbox().read_outbox(what), "read_outbox");
}

std::vector<std::string> ids(workbench& bench) {
  std::vector<std::string> found;
  for (auto const& row : rows(bench)) found.push_back(row.message.id.value);
  return found;
}

using list = std::vector<std::string>;

void messages_enter_with_the_events_and_in_order(workbench& bench) {
  auto what = bench.append("a", expected_version::none());
  what.messages = {message("1"), message("2")};
  bench.commit(std::move(what));
  evsrc::commit alone;
  alone.messages = {message("0")};
  bench.commit(std::move(alone));
  auto const found = rows(bench);
  require(found.size() == 3, "three messages were committed");
  require(found[0].message == message("1") && found[1].message == message("2") &&
              found[2].message == message("0"),
          "messages must come back as they were, in order of commit");
  require(found[0].sequence < found[1].sequence && found[1].sequence < found[2].sequence,
          "sequences must increase");
}

void a_refused_commit_sends_nothing(workbench& bench) {
  bench.write("a");
  evsrc::commit first;
  first.messages = {message("kept")};
  bench.commit(std::move(first));
  auto what = bench.append("a", expected_version::none());
  what.messages = {message("1")};
  what.cancel = {{"kept"}};
  bench.refuse(std::move(what), errc::version_conflict, "a commit with messages");
  require(ids(bench) == list{"kept"}, "a refused commit neither sends nor cancels");
}

void a_duplicate_sends_nothing(workbench& bench) {
  auto what = bench.append("a", expected_version::any());
  what.once.push_back({"command:thing", "k", "request", "outcome"});
  what.messages = {message("1")};
  bench.commit(what);
  what.messages = {message("2")};
  require(bench.commit(std::move(what)).duplicate, "the key is known");
  require(ids(bench) == list{"1"}, "a duplicate sends nothing");
}

void cancelling_removes_what_waits(workbench& bench) {
  evsrc::commit first;
  first.messages = {message("1"), message("2"), message("3")};
  bench.commit(std::move(first));
  evsrc::commit second;
  second.cancel = {{"2"}, {"never sent"}, {"3"}};
  second.messages = {message("4")};
  bench.commit(std::move(second));
  require(ids(bench) == list{"1", "4"}, "what was cancelled is gone, unknown ids are passed over");
}

void an_id_that_waits_is_not_taken_twice(workbench& bench) {
  evsrc::commit first;
  first.messages = {message("1")};
  bench.commit(first);
  auto what = bench.append("a", expected_version::any());
  what.messages = {message("2"), message("1")};
  bench.refuse(what, errc::invalid_argument, "the id of a message that waits");
  what.cancel = {{"1"}};
  bench.commit(std::move(what));
  require(ids(bench) == list{"2", "1"}, "cancelled and sent anew in one commit");
}

void the_outbox_is_read_in_pages(workbench& bench) {
  evsrc::commit what;
  for (int i = 0; i != 7; ++i) what.messages.push_back(message(std::to_string(i)));
  bench.commit(std::move(what));
  list found;
  outbox_read next;
  next.max_rows = 3;
  for (auto page = rows(bench, next); !page.empty(); page = rows(bench, next)) {
    require(page.size() <= 3, "at most max_rows");
    for (auto const& row : page) found.push_back(row.message.id.value);
    next.after = page.back().sequence;
  }
  require(found == ids(bench) && found.size() == 7, "the same in pages");
}

void a_page_of_the_outbox_is_bounded(workbench& bench) {
  constexpr auto most = limits::page_events;
  for (std::size_t left = most + 1; left != 0;) {
    evsrc::commit what;
    for (; left != 0 && what.messages.size() != limits::commit_messages; --left)
      what.messages.push_back({{std::to_string(left)}, "orders"});
    bench.commit(std::move(what));
  }
  outbox_read next;
  next.max_rows = most + 1;
  auto const page = rows(bench, next);
  require(page.size() == most, "more rows than the limit of a page are not returned at once");
  next.after = page.back().sequence;
  require(rows(bench, next).size() == 1, "the last row is on the next page");
  due_read due;
  due.max_rows = most + 1;
  due.due_by = timestamp::max();
  require(value_of(bench.outbox().read_due(due), "read_due").size() == most,
          "the same of rows that are due");
}

void a_stream_commit_carries_messages_and_keys(workbench& bench) {
  stream_commit what{{thing("a"), expected_version::none(), bench.events(1)},
                     {message("1")},
                     {{"command:thing", "k", "request", "outcome"}}};
  value_of(bench.store().append_stream(what), "append_stream");
  require(ids(bench) == list{"1"}, "its message must be in the outbox");
  auto const repeat = value_of(bench.store().append_stream(what), "append_stream");
  require(repeat.duplicate && repeat.outcome == "outcome", "its key must be known");
}

constexpr auto outbox = &event_store_features::outbox;

constexpr event_store_check all[] = {
    {"G1",
     "messages_enter_with_the_events_and_in_order",
     {outbox},
     &on_workbench<messages_enter_with_the_events_and_in_order>},
    {"G1",
     "a_refused_commit_sends_nothing",
     {outbox},
     &on_workbench<a_refused_commit_sends_nothing>},
    {"G5", "a_duplicate_sends_nothing", {outbox}, &on_workbench<a_duplicate_sends_nothing>},
    {"G1", "cancelling_removes_what_waits", {outbox}, &on_workbench<cancelling_removes_what_waits>},
    {"G1",
     "an_id_that_waits_is_not_taken_twice",
     {outbox},
     &on_workbench<an_id_that_waits_is_not_taken_twice>},
    {"G1", "the_outbox_is_read_in_pages", {outbox}, &on_workbench<the_outbox_is_read_in_pages>},
    {"G13",
     "a_page_of_the_outbox_is_bounded",
     {outbox},
     &on_workbench<a_page_of_the_outbox_is_bounded>},
    {"G1",
     "a_stream_commit_carries_messages_and_keys",
     {outbox},
     &on_workbench<a_stream_commit_carries_messages_and_keys>},
};

}  // namespace

checks outbox_checks() noexcept { return all; }

}  // namespace evsrc::testing::inline v0::detail
