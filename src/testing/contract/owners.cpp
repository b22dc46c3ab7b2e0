// SPDX-License-Identifier: Apache-2.0
// G10: owners and checkpoints.
#include "workbench.hpp"

namespace evsrc::testing::inline v0::detail {
namespace {

using kind = owner_claim::kind;

std::string const name{workbench::owned};

evsrc::commit claim(workbench& bench, std::uint64_t epoch, kind what, std::string holder = {}) {
  auto made = bench.append("a", expected_version::any());
  made.owners.push_back({name, epoch, what, std::move(holder)});
  return made;
}

owner_state owner(workbench& bench) {
  return value_of(bench.store().find_owner(workbench::owned), "find_owner");
}

cursor mark(workbench& bench) {
  return value_of(bench.store().find_checkpoint(workbench::owned), "find_checkpoint");
}

void an_owner_is_raised_from_epoch_to_epoch(workbench& bench) {
  require(owner(bench) == owner_state{}, "nobody has ever owned it");
  bench.refuse(claim(bench, 2, kind::take_over), errc::fenced, "the first epoch is 1");
  bench.refuse(claim(bench, 0, kind::hold), errc::fenced, "nobody can hold what nobody owns");
  bench.commit(claim(bench, 1, kind::take_over, "first"));
  require(owner(bench).epoch == 1 && owner(bench).holder == "first", "take_over raises the epoch");
  bench.refuse(claim(bench, 1, kind::take_over, "second"), errc::fenced, "taken by another");
  bench.refuse(claim(bench, 3, kind::take_over, "second"), errc::fenced, "an epoch left out");
  bench.commit(claim(bench, 2, kind::take_over, "second"));
  require(owner(bench).epoch == 2 && owner(bench).holder == "second", "the next one takes over");
}

void an_older_epoch_is_fenced(workbench& bench) {
  bench.commit(claim(bench, 1, kind::take_over));
  bench.commit(claim(bench, 1, kind::hold));
  bench.commit(claim(bench, 2, kind::take_over));
  bench.refuse(claim(bench, 1, kind::hold), errc::fenced, "the epoch before");
  bench.refuse(claim(bench, 3, kind::hold), errc::fenced, "an epoch that has not come");
  bench.commit(claim(bench, 2, kind::hold));
}

void a_fenced_owners_checkpoint_is_refused(workbench& bench) {
  bench.commit(claim(bench, 1, kind::take_over));
  auto const here = value_of(bench.store().head(), "head");
  bench.commit(claim(bench, 2, kind::take_over));
  auto late = claim(bench, 1, kind::hold);
  late.checkpoints.push_back({name, {}, here});
  bench.refuse(std::move(late), errc::fenced, "a checkpoint of the epoch before");
  require(mark(bench).is_start(), "the fenced checkpoint must not have moved");
  auto rightful = claim(bench, 2, kind::hold);
  rightful.checkpoints.push_back({name, {}, here});
  bench.commit(std::move(rightful));
  require(mark(bench) == here, "the owner's checkpoint must move");
}

void every_commit_of_an_owner_is_a_heartbeat(workbench& bench) {
  bench.commit(claim(bench, 1, kind::take_over, "first"));
  auto last = owner(bench).heartbeat;
  for (int i = 0; i != 3; ++i) {
    evsrc::commit alone;
    alone.owners.push_back({name, 1});
    bench.commit(std::move(alone));
    require(owner(bench).heartbeat == last + 1, "the heartbeat rises by one with each commit");
    last = owner(bench).heartbeat;
  }
  bench.refuse(claim(bench, 9, kind::hold), errc::fenced, "another epoch");
  bench.write("a");
  require(owner(bench).heartbeat == last, "other commits are no heartbeat");
  require(owner(bench).holder == "first", "holding keeps the holder");
}

void owners_of_two_names_are_strangers(workbench& bench) {
  bench.commit(claim(bench, 1, kind::take_over));
  evsrc::commit other;
  other.owners.push_back({"other readers", 1, kind::take_over});
  other.owners.push_back({name, 1});
  bench.commit(std::move(other));
  auto const state = value_of(bench.store().find_owner("other readers"), "find_owner");
  require(state.epoch == 1 && owner(bench).epoch == 1, "each name has its own epoch");
  evsrc::commit half;
  half.owners.push_back({name, 1});
  half.owners.push_back({"other readers", 9});
  bench.refuse(std::move(half), errc::fenced, "one of two claims does not hold");
}

void a_checkpoint_is_compare_and_set(workbench& bench) {
  require(mark(bench).is_start(), "a checkpoint never set is at the start");
  bench.write("a");
  auto const first = value_of(bench.store().head(), "head");
  bench.write("a");
  auto const second = value_of(bench.store().head(), "head");
  auto const move = [&](cursor from, cursor to) {
    auto what = bench.append("b", expected_version::any());
    what.checkpoints.push_back({name, from, to});
    return what;
  };
  bench.refuse(move(first, second), errc::checkpoint_mismatch, "it was at the start");
  bench.commit(move({}, first));
  require(mark(bench) == first, "it must be where it was set");
  bench.refuse(move({}, second), errc::checkpoint_mismatch, "it is not at the start any more");
  bench.commit(move(first, second));
  require(mark(bench) == second, "it must move on");
  require(value_of(bench.store().find_checkpoint("other"), "find_checkpoint").is_start(),
          "each name has its own checkpoint");
}

void of_two_rivals_one_takes_over(workbench& bench) {
  for (auto const* holder : {"one", "two"}) bench.submit(claim(bench, 1, kind::take_over, holder));
  auto const& told = bench.poll_until_told(2);
  value_of(told[0].answer, "the first claim");
  require_error(told[1].answer, errc::fenced, "the second claim on the same epoch");
  require(owner(bench).holder == "one" && bench.version_of("a") == 1, "only the first one writes");
}

constexpr event_store_check all[] = {
    {"G10",
     "an_owner_is_raised_from_epoch_to_epoch",
     {},
     &on_workbench<an_owner_is_raised_from_epoch_to_epoch>},
    {"G10", "an_older_epoch_is_fenced", {}, &on_workbench<an_older_epoch_is_fenced>},
    {"G10",
     "a_fenced_owners_checkpoint_is_refused",
     {},
     &on_workbench<a_fenced_owners_checkpoint_is_refused>},
    {"G10",
     "every_commit_of_an_owner_is_a_heartbeat",
     {},
     &on_workbench<every_commit_of_an_owner_is_a_heartbeat>},
    {"G10",
     "owners_of_two_names_are_strangers",
     {},
     &on_workbench<owners_of_two_names_are_strangers>},
    {"G10", "a_checkpoint_is_compare_and_set", {}, &on_workbench<a_checkpoint_is_compare_and_set>},
    {"G10",
     "of_two_rivals_one_takes_over",
     {&event_store_features::stepped},
     &on_workbench<of_two_rivals_one_takes_over, opening::stepped>},
};

}  // namespace

checks owner_checks() noexcept { return all; }

}  // namespace evsrc::testing::inline v0::detail
