// SPDX-License-Identifier: Apache-2.0
// G3: what is submitted, when verdicts are told, closing.
#include "workbench.hpp"

namespace evsrc::testing::inline v0::detail {
namespace {

using namespace std::chrono_literals;

void completions_run_once_and_in_order(workbench& bench) {
  for (int i = 0; i != 600; ++i)  // more than one group
    bench.submit(bench.append("a", expected_version::any()));
  auto const& told = bench.poll_until_told(600);
  for (std::size_t i = 0; i != 600; ++i) {
    require(told[i].number == i, "completions must run in the order of submission");
    require(value_of(told[i].answer, "submit").versions.front() == i + 1,
            "each commit must see its predecessors");
  }
}

void members_of_a_group_see_their_predecessors(workbench& bench) {
  for (stream_version i = 0; i != 10; ++i)
    bench.submit(bench.append("a", expected_version::exactly(i / 2)));
  for (auto const& [number, answer] : bench.poll_until_told(10)) {
    if (number % 2 == 0)
      value_of(answer, "the first of a version");
    else
      require_error(answer, errc::version_conflict, "the second of a version");
  }
  require(bench.version_of("a") == 5, "five of ten are written");
}

// A conflict is only true once what it conflicts with is: whoever is told looks and must find it.
void no_verdict_is_told_before_its_reason_is_committed(workbench& bench) {
  struct findings {
    int told = 0;
    std::string flaw;
  };
  auto const found = std::make_shared<findings>();
  auto const submit = [&](evsrc::commit what) {
    bench.store().submit(std::move(what), [found, &bench](result<receipt> const& answer) {
      ++found->told;
      stream_read first;
      first.stream = thing("a");
      auto const page = bench.store().read(first);
      if (!page || page->version() == 0)
        found->flaw = answer ? "a receipt was told before its events were readable"
                             : "a conflict was told before the event that it is about was readable";
    });
  };
  auto keyed = bench.append("a", expected_version::none());
  keyed.once.push_back({"command:thing", "k", "request", "outcome"});
  auto condition = bench.append("b", expected_version::any());
  condition.unless.push_back({by_name({"thing.happened"}), cursor{}});
  submit(keyed);
  submit(bench.append("a", expected_version::none()));
  submit(keyed);
  submit(std::move(condition));
  for (int i = 0; i != 1'000 && found->told != 4; ++i) static_cast<void>(bench.store().poll());
  require(found->flaw.empty(), found->flaw);
  require(found->told == 4, "four commits, four answers");
}

void submitted_work_waits_for_a_step(workbench& bench) {
  bench.submit(bench.append("a", expected_version::any()));
  require(bench.told().empty() && bench.version_of("a") == 0, "nothing happens by itself");
  require(bench.store().poll() == 1 && bench.told().size() == 1, "poll() commits and completes");
  require(bench.version_of("a") == 1, "poll() must have committed it");
  require(bench.store().poll() == 0, "nothing is left");
  bench.submit(bench.append("a", expected_version::any()));
  bench.commit(bench.append("a", expected_version::exactly(2)));
  static_cast<void>(bench.poll_until_told(2));
  require(bench.version_of("a") == 3, "commit() takes what was submitted before it");
}

void a_completion_may_read_and_submit(workbench& bench) {
  auto const flaw = std::make_shared<std::string>();
  bench.store().submit(bench.append("a", expected_version::none()),
                       [flaw, &bench](result<receipt> first) {
                         if (!first) *flaw = to_string(first.error());
                         if (auto const page = bench.store().query({}); !page || page->empty())
                           *flaw = "a completion must find what was committed";
                         bench.submit(bench.append("a", expected_version::exactly(1)));
                       });
  value_of(bench.poll_until_told(1).front().answer, "a commit submitted by a completion");
  require(flaw->empty(), *flaw);
  require(bench.version_of("a") == 2, "both must be written");
}

void a_full_queue_answers_overloaded_at_once(workbench& bench) {
  std::size_t taken = 0;
  for (; taken <= limits::queued_commits && bench.told().empty(); ++taken)
    bench.submit(bench.append("a", expected_version::any()));
  require(bench.told().size() == 1, "more than the queue holds must be refused at once");
  require_error(bench.told().front().answer, errc::overloaded, "a full queue");
  --taken;
  std::size_t completed = 0;
  for (auto const& one : bench.poll_until_told(taken + 1)) completed += one.answer ? 1 : 0;
  require(completed == taken && bench.version_of("a") == taken,
          "what was taken is written, what was refused is not");
  bench.write("a");
}

void closing_answers_everything_pending(workbench& bench) {
  for (int i = 0; i != 20; ++i) bench.submit(bench.append("a", expected_version::any()));
  bench.store().close(10s);
  require(bench.told().size() == 20, "each completion must have run");
  for (auto const& [number, answer] : bench.told())
    if (!answer) require_error(answer, errc::closed, "a commit that was not begun");
}

void a_completion_may_close(workbench& bench) {
  bench.store().submit(bench.append("a", expected_version::any()),
                       [&bench](result<receipt> const&) { bench.store().close(1s); });
  for (int i = 0; i != 600; ++i) bench.submit(bench.append("a", expected_version::any()));
  static_cast<void>(bench.store().poll());
  require(bench.told().size() == 600, "each completion must have run");
  for (std::size_t i = 0; i != 600; ++i) {
    auto const& [number, answer] = bench.told()[i];
    require(number == i, "completions must run in the order of submission");
    if (!answer) require_error(answer, errc::closed, "a commit that was not begun");
  }
  require_error(bench.store().head(), errc::closed, "head");
}

void a_closed_store_answers_closed(workbench& bench) {
  bench.write("a");
  auto& store = bench.store();
  store.close(1s);
  store.close(1s);
  require_error(store.commit(bench.append("a", expected_version::any())), errc::closed, "commit");
  stream_read what;
  what.stream = thing("a");
  require_error(store.read(what), errc::closed, "read");
  require_error(store.query({}), errc::closed, "query");
  require_error(store.head(), errc::closed, "head");
  require_error(store.wait_beyond({}, 1h), errc::closed, "wait_beyond");
  require_error(store.streams({"thing"}), errc::closed, "streams");
  require_error(store.find_checkpoint("c"), errc::closed, "find_checkpoint");
  require_error(store.find_owner("o"), errc::closed, "find_owner");
  bench.submit(bench.append("a", expected_version::any()));
  require(bench.told().size() == 1, "submit must answer at once");
  require_error(bench.told().front().answer, errc::closed, "submit");
  require(store.poll() == 0, "nothing is left to do");
}

using features = event_store_features;

constexpr event_store_check all[] = {
    {"G3",
     "completions_run_once_and_in_order",
     {&features::stepped},
     &on_workbench<completions_run_once_and_in_order, opening::stepped>},
    {"G3",
     "members_of_a_group_see_their_predecessors",
     {&features::stepped},
     &on_workbench<members_of_a_group_see_their_predecessors, opening::stepped>},
    {"G3",
     "no_verdict_is_told_before_its_reason_is_committed",
     {&features::stepped},
     &on_workbench<no_verdict_is_told_before_its_reason_is_committed, opening::stepped>},
    {"G3",
     "submitted_work_waits_for_a_step",
     {&features::stepped},
     &on_workbench<submitted_work_waits_for_a_step, opening::stepped>},
    {"G3",
     "a_completion_may_read_and_submit",
     {&features::stepped},
     &on_workbench<a_completion_may_read_and_submit, opening::stepped>},
    {"G3",
     "a_full_queue_answers_overloaded_at_once",
     {&features::stepped},
     &on_workbench<a_full_queue_answers_overloaded_at_once, opening::stepped>},
    {"G3",
     "closing_answers_everything_pending",
     {&features::stepped},
     &on_workbench<closing_answers_everything_pending, opening::stepped>},
    {"G3",
     "a_completion_may_close",
     {&features::stepped},
     &on_workbench<a_completion_may_close, opening::stepped>},
    {"G3", "a_closed_store_answers_closed", {}, &on_workbench<a_closed_store_answers_closed>},
};

}  // namespace

checks queue_checks() noexcept { return all; }

}  // namespace evsrc::testing::inline v0::detail
