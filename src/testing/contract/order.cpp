// SPDX-License-Identifier: Apache-2.0
// G4: the order of judgement, one test for each pair of neighbours.
#include "workbench.hpp"

namespace evsrc::testing::inline v0::detail {
namespace {

idempotency_entry known_key(std::string fingerprint = "request") {
  return {"command:thing", "known", std::move(fingerprint), "outcome"};
}
owner_claim fenced_claim() { return {std::string(workbench::owned), 99}; }
append conflicting(workbench& bench) {
  return {thing("a"), expected_version::exactly(99), bench.events(1)};
}
append_condition failing() { return {by_name({"thing.happened"}), cursor{}}; }
checkpoint misplaced(workbench& bench) {
  auto const here = value_of(bench.store().head(), "head");
  return {std::string(workbench::owned), here, here};
}

/// A store with one event, one known key and an owner at epoch 1.
void prepare(workbench& bench) {
  auto what = bench.append("a", expected_version::none());
  what.once.push_back(known_key());
  what.owners.push_back({std::string(workbench::owned), 1, owner_claim::kind::take_over});
  bench.commit(std::move(what));
}

void keys_are_judged_before_owners(workbench& bench) {
  prepare(bench);
  auto what = bench.append("b", expected_version::any());
  what.owners.push_back(fenced_claim());
  what.once.push_back(known_key());
  require(bench.commit(what).duplicate, "a known key is a duplicate, whoever owns");
  what.once.front() = known_key("another request");
  bench.refuse(std::move(what), errc::key_reused, "a reused key beside a fenced claim");
}

void owners_are_judged_before_versions(workbench& bench) {
  prepare(bench);
  evsrc::commit what;
  what.appends.push_back(conflicting(bench));
  what.owners.push_back(fenced_claim());
  bench.refuse(std::move(what), errc::fenced, "a fenced claim beside a version conflict");
}

void versions_are_judged_before_conditions(workbench& bench) {
  prepare(bench);
  evsrc::commit what;
  what.appends.push_back(conflicting(bench));
  what.unless.push_back(failing());
  bench.refuse(std::move(what), errc::version_conflict, "a conflict beside a failing condition");
}

void conditions_are_judged_before_checkpoints(workbench& bench) {
  prepare(bench);
  auto what = bench.append("b", expected_version::any());
  what.unless.push_back(failing());
  what.checkpoints.push_back(misplaced(bench));
  bench.refuse(std::move(what), errc::condition_failed,
               "a condition beside a misplaced checkpoint");
}

void every_step_alone_refuses_all_of_the_commit(workbench& bench) {
  prepare(bench);
  auto const whole = [&] {
    auto what = bench.append("b", expected_version::none(), 2);
    what.appends.push_back({thing("c"), expected_version::none(), bench.events(1)});
    what.once.push_back({"command:thing", "fresh", "request", "outcome"});
    what.owners.push_back({std::string(workbench::owned), 1});
    auto const here = value_of(bench.store().head(), "head");
    what.unless.push_back({query{}, here});
    what.checkpoints.push_back({std::string(workbench::owned), {}, here});
    return what;
  };
  auto reused = whole();
  reused.once.push_back(known_key("another request"));
  bench.refuse(std::move(reused), errc::key_reused, "a whole commit with a reused key");
  auto fenced = whole();
  fenced.owners.push_back(fenced_claim());
  bench.refuse(std::move(fenced), errc::fenced, "a whole commit with a fenced claim");
  auto late = whole();
  late.appends.push_back(conflicting(bench));
  bench.refuse(std::move(late), errc::version_conflict, "a whole commit with a version conflict");
  auto blind = whole();
  blind.unless.push_back(failing());
  bench.refuse(std::move(blind), errc::condition_failed, "a whole commit with a failing condition");
  auto lost = whole();
  lost.checkpoints.front() = misplaced(bench);
  bench.refuse(std::move(lost), errc::checkpoint_mismatch, "a whole commit, checkpoint misplaced");
  require(!bench.commit(whole()).duplicate, "without a flaw the same commit is written");
}

constexpr event_store_check all[] = {
    {"G4", "keys_are_judged_before_owners", {}, &on_workbench<keys_are_judged_before_owners>},
    {"G4",
     "owners_are_judged_before_versions",
     {},
     &on_workbench<owners_are_judged_before_versions>},
    {"G4",
     "versions_are_judged_before_conditions",
     {},
     &on_workbench<versions_are_judged_before_conditions>},
    {"G4",
     "conditions_are_judged_before_checkpoints",
     {},
     &on_workbench<conditions_are_judged_before_checkpoints>},
    {"G4",
     "every_step_alone_refuses_all_of_the_commit",
     {},
     &on_workbench<every_step_alone_refuses_all_of_the_commit>},
};

}  // namespace

checks order_checks() noexcept { return all; }

}  // namespace evsrc::testing::inline v0::detail
