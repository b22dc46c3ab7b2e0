// SPDX-License-Identifier: Apache-2.0
// G6: versions of streams.
#include "workbench.hpp"

namespace evsrc::testing::inline v0::detail {
namespace {

using expected = expected_version;

void none_accepts_only_a_stream_that_does_not_exist(workbench& bench) {
  bench.commit(bench.append("a", expected::none()));
  bench.refuse(bench.append("a", expected::none()), errc::version_conflict, "none on a stream");
  bench.commit(bench.append("b", expected::none()));
}

void exists_accepts_only_a_stream_that_exists(workbench& bench) {
  bench.refuse(bench.append("a", expected::exists()), errc::version_conflict, "exists on nothing");
  bench.write("a");
  bench.commit(bench.append("a", expected::exists()));
  require(bench.version_of("a") == 2, "two events must be version 2");
}

void exactly_accepts_only_that_version(workbench& bench) {
  bench.commit(bench.append("a", expected::exactly(0), 2));
  bench.refuse(bench.append("a", expected::exactly(0)), errc::version_conflict, "exactly 0 at 2");
  bench.refuse(bench.append("a", expected::exactly(1)), errc::version_conflict, "exactly 1 at 2");
  bench.refuse(bench.append("a", expected::exactly(3)), errc::version_conflict, "exactly 3 at 2");
  bench.refuse(bench.append("b", expected::exactly(1)), errc::version_conflict, "exactly 1 at 0");
  bench.commit(bench.append("a", expected::exactly(2)));
  require(bench.version_of("a") == 3, "three events must be version 3");
}

void any_accepts_every_version(workbench& bench) {
  for (stream_version version = 1; version != 4; ++version) {
    bench.commit(bench.append("a", expected::any()));
    require(bench.version_of("a") == version, "any must append at each version");
  }
}

void a_version_is_the_number_of_events(workbench& bench) {
  auto const first = bench.commit(bench.append("a", expected::any(), 3));
  auto const second = bench.commit(bench.append("a", expected::any(), 2));
  require(first.versions == std::vector<stream_version>{3}, "the receipt of 3 events: version 3");
  require(second.versions == std::vector<stream_version>{5}, "the receipt of 2 more: version 5");
  stream_read whole;
  whole.stream = thing("a");
  auto const page = value_of(bench.store().read(whole), "read");
  require(page.size() == 5 && page.version() == 5, "the stream must have 5 events");
  stream_version version = 0;
  for (auto const& event : page)
    require(event.version == ++version, "versions of events must count from 1");
}

void several_streams_are_written_together(workbench& bench) {
  bench.write("b");
  evsrc::commit what = bench.append("a", expected::none(), 2);
  what.appends.push_back({thing("b"), expected::exactly(1), bench.events(1)});
  what.appends.push_back({{"other", "a"}, expected::none(), bench.events(3)});
  auto const answer = bench.commit(std::move(what));
  require(answer.versions == std::vector<stream_version>{2, 2, 3}, "one version per append");
  require(answer.positions.size() == 6, "one position per event");
  require(bench.version_of("a") == 2 && bench.version_of("b") == 2, "both streams must grow");
}

void one_conflict_among_several_streams_writes_nothing(workbench& bench) {
  bench.write("b");
  for (bool const conflict_first : {true, false}) {
    evsrc::commit what = bench.append("a", expected::none(), 2);
    append conflicting{thing("b"), expected::none(), bench.events(1)};
    what.appends.insert(conflict_first ? what.appends.begin() : what.appends.end(), conflicting);
    what.appends.push_back({thing("c"), expected::any(), bench.events(1)});
    bench.refuse(std::move(what), errc::version_conflict, "one of three streams in conflict");
  }
  require(bench.version_of("a") == 0 && bench.version_of("c") == 0, "the others must not exist");
}

void an_append_without_events_only_checks(workbench& bench) {
  bench.commit(bench.append("a", expected::any(), 2));
  auto const answer = bench.commit(bench.append("a", expected::exactly(2), 0));
  require(answer.versions == std::vector<stream_version>{2}, "a check answers the version");
  require(answer.positions.empty(), "a check writes no event");
  bench.refuse(bench.append("a", expected::exactly(1), 0), errc::version_conflict,
               "check of 1 at 2");
  bench.commit(bench.append("never", expected::none(), 0));
  bench.commit(bench.append("never", expected::none(), 0));
  auto together = bench.append("b", expected::none());
  together.appends.push_back({thing("a"), expected::exactly(9), {}});
  bench.refuse(std::move(together), errc::version_conflict, "a failed check beside an append");
}

void a_stream_twice_in_one_commit_sees_its_own_events(workbench& bench) {
  auto what = bench.append("a", expected::none(), 2);
  what.appends.push_back({thing("a"), expected::exactly(2), bench.events(1)});
  auto const answer = bench.commit(std::move(what));
  require(answer.versions == std::vector<stream_version>{2, 3}, "the second append starts at 2");
  auto again = bench.append("a", expected::exactly(3), 1);
  again.appends.push_back({thing("a"), expected::exactly(3), bench.events(1)});
  bench.refuse(std::move(again), errc::version_conflict,
               "the second append does not see the first");
  require(bench.version_of("a") == 3, "the stream must have three events");
}

void names_of_streams_are_byte_exact(workbench& bench) {
  using namespace std::string_literals;
  std::vector<stream_id> const streams = {
      {"a", "b-c"},   {"a-b", "c"}, {"a", "B-C"},        {"a", "b-c "},     {"a", " b-c"},
      {"a", "%"},     {"a", "_"},   {"a", "\0"s},        {"a", "\0\0"s},    {"a", "\xff\xfe"s},
      {"a", "'; --"}, {"A", "b-c"}, {"a", "b-c\0tail"s}, {"a", "\xc3\xa9"}, {"a", "e\xcc\x81"}};
  for (auto const& stream : streams) {
    evsrc::commit what;
    what.appends.push_back({stream, expected::none(), bench.events(1)});
    bench.commit(std::move(what));
  }
  for (auto const& stream : streams) {
    stream_read whole;
    whole.stream = stream;
    auto const page = value_of(bench.store().read(whole), "read");
    require(page.size() == 1 && page.begin()->category == stream.category &&
                page.begin()->key == stream.key,
            "each stream must have its own event");
  }
}

void append_stream_is_a_commit_of_one_stream(workbench& bench) {
  stream_commit what{{thing("a"), expected::none(), bench.events(2)}};
  auto const answer = value_of(bench.store().append_stream(what), "append_stream");
  require(answer.versions == std::vector<stream_version>{2}, "append_stream answers the version");
  require(answer.positions.size() == 2, "append_stream answers the positions");
  require_error(bench.store().append_stream(what), errc::version_conflict, "append_stream again");
  require(bench.version_of("a") == 2, "a refused append_stream writes nothing");
}

constexpr event_store_check all[] = {
    {"G6",
     "none_accepts_only_a_stream_that_does_not_exist",
     {},
     &on_workbench<none_accepts_only_a_stream_that_does_not_exist>},
    {"G6",
     "exists_accepts_only_a_stream_that_exists",
     {},
     &on_workbench<exists_accepts_only_a_stream_that_exists>},
    {"G6",
     "exactly_accepts_only_that_version",
     {},
     &on_workbench<exactly_accepts_only_that_version>},
    {"G6", "any_accepts_every_version", {}, &on_workbench<any_accepts_every_version>},
    {"G6",
     "a_version_is_the_number_of_events",
     {},
     &on_workbench<a_version_is_the_number_of_events>},
    {"G6",
     "several_streams_are_written_together",
     {},
     &on_workbench<several_streams_are_written_together>},
    {"G6",
     "one_conflict_among_several_streams_writes_nothing",
     {},
     &on_workbench<one_conflict_among_several_streams_writes_nothing>},
    {"G6",
     "an_append_without_events_only_checks",
     {},
     &on_workbench<an_append_without_events_only_checks>},
    {"G6",
     "a_stream_twice_in_one_commit_sees_its_own_events",
     {},
     &on_workbench<a_stream_twice_in_one_commit_sees_its_own_events>},
    {"G6", "names_of_streams_are_byte_exact", {}, &on_workbench<names_of_streams_are_byte_exact>},
    {"G6",
     "append_stream_is_a_commit_of_one_stream",
     {},
     &on_workbench<append_stream_is_a_commit_of_one_stream>},
};

}  // namespace

checks version_checks() noexcept { return all; }

}  // namespace evsrc::testing::inline v0::detail
