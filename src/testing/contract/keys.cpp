// SPDX-License-Identifier: Apache-2.0
// G5: idempotency keys.
#include <optional>

#include "workbench.hpp"

namespace evsrc::testing::inline v0::detail {
namespace {

using namespace std::chrono_literals;

idempotency_entry entry(std::string key, std::string outcome = "done",
                        std::string fingerprint = "request") {
  return {"command:thing", std::move(key), std::move(fingerprint), std::move(outcome)};
}

evsrc::commit keyed(workbench& bench, std::string stream, idempotency_entry once) {
  auto what = bench.append(std::move(stream), expected_version::any());
  what.once.push_back(std::move(once));
  return what;
}

void require_repeat(receipt const& repeat, receipt const& first, std::string_view outcome) {
  require(repeat.duplicate, "a repeat must be told as a duplicate");
  require(repeat.outcome == outcome, "a repeat must get the recorded outcome");
  require(repeat.positions == first.positions && repeat.versions == first.versions &&
              repeat.up_to == first.up_to,
          "a repeat must get the recorded receipt");
}

void a_repeat_gets_the_recorded_outcome_and_receipt(workbench& bench) {
  auto const first = bench.commit(keyed(bench, "a", entry("k", "first")));
  require(!first.duplicate, "the first one is no duplicate");
  bench.write("a");
  require_repeat(bench.commit(keyed(bench, "a", entry("k", "second"))), first, "first");
  require_repeat(bench.commit(keyed(bench, "a", entry("k", "third"))), first, "first");
}

void a_repeat_writes_nothing(workbench& bench) {
  bench.commit(keyed(bench, "a", entry("k")));
  auto const before = bench.state();
  auto repeat = keyed(bench, "a", entry("k"));
  repeat.once.push_back(entry("second key"));
  repeat.owners.push_back({std::string(workbench::owned), 1, owner_claim::kind::take_over});
  auto const here = value_of(bench.store().head(), "head");
  repeat.checkpoints.push_back({std::string(workbench::owned), {}, here});
  bench.commit(std::move(repeat));
  require(bench.state() == before, "the repeat changed something");
  require(!bench.commit(keyed(bench, "a", entry("second key"))).duplicate,
          "the repeat recorded its second key");
}

void another_request_under_the_key_is_refused(workbench& bench) {
  bench.commit(keyed(bench, "a", entry("k")));
  bench.refuse(keyed(bench, "a", entry("k", "done", "another request")), errc::key_reused,
               "another fingerprint");
  require(bench.commit(keyed(bench, "a", entry("k"))).duplicate,
          "the entry must stand after a refusal");
}

void keys_of_two_scopes_are_two_keys(workbench& bench) {
  bench.commit(keyed(bench, "a", entry("k")));
  auto other = entry("k", "other");
  other.scope = "consumer:thing";
  auto const answer = bench.commit(keyed(bench, "a", other));
  require(!answer.duplicate, "the same key in another scope is no duplicate");
  // Scope and key do not run into each other.
  auto shifted = entry("ingk");
  shifted.scope = "command:th";
  require(!bench.commit(keyed(bench, "a", shifted)).duplicate, "scope and key must be kept apart");
  require(bench.version_of("a") == 3, "three keys, three events");
}

void a_refused_commit_records_no_key(workbench& bench) {
  bench.write("a");
  auto conflicting = keyed(bench, "a", entry("k"));
  conflicting.appends.front().expected = expected_version::none();
  bench.refuse(std::move(conflicting), errc::version_conflict, "a keyed commit in conflict");
  auto const answer = bench.commit(keyed(bench, "a", entry("k")));
  require(!answer.duplicate, "the key of a refused commit must be free");
}

void the_first_known_of_several_keys_decides(workbench& bench) {
  auto const first = bench.commit(keyed(bench, "a", entry("1", "one")));
  bench.commit(keyed(bench, "a", entry("2", "two")));
  auto several = keyed(bench, "a", entry("unknown"));
  several.once.push_back(entry("1"));
  several.once.push_back(entry("2", "done", "another request"));
  require_repeat(bench.commit(several), first, "one");
  auto reused = keyed(bench, "a", entry("2", "done", "another request"));
  reused.once.push_back(entry("1"));
  bench.refuse(std::move(reused), errc::key_reused, "the first known key with another request");
  require(!bench.commit(keyed(bench, "a", entry("unknown"))).duplicate,
          "the unknown key of a duplicate must be free");
}

void expiry_ends_an_entry_by_the_stores_clock(workbench& bench) {
  auto timed = entry("k", "timed");
  timed.expires_at = bench.clock().now() + 10s;
  bench.commit(keyed(bench, "a", timed));
  bench.clock().advance(10s - 1us);
  require(bench.commit(keyed(bench, "a", entry("k"))).duplicate, "before it expires it is known");
  bench.clock().advance(1us);
  auto const again = bench.commit(keyed(bench, "a", entry("k", "fresh", "another request")));
  require(!again.duplicate, "an entry ends at expires_at");
  require(bench.commit(keyed(bench, "a", entry("k", "-", "another request"))).outcome == "fresh",
          "the new entry takes the place of the expired one");
  bench.clock().advance(std::chrono::hours(24 * 365 * 50));
  require(bench.commit(keyed(bench, "a", entry("k", "-", "another request"))).duplicate,
          "an entry without expiry stays");
}

void a_key_is_known_within_its_own_group(workbench& bench) {
  bench.submit(keyed(bench, "a", entry("k", "first")));
  bench.submit(keyed(bench, "a", entry("k", "second")));
  bench.submit(keyed(bench, "b", entry("k", "third", "another request")));
  auto const& told = bench.poll_until_told(3);
  auto const first = value_of(told[0].answer, "the first of its group");
  require(!first.duplicate, "the first of its group is no duplicate");
  require_repeat(value_of(told[1].answer, "the second of its group"), first, "first");
  require_error(told[2].answer, errc::key_reused, "the third of its group");
  require(bench.version_of("a") == 1 && bench.version_of("b") == 0, "only the first one writes");
}

void outcomes_come_back_byte_exact(workbench& bench) {
  std::string every_byte;
  for (int i = 0; i != 256; ++i) every_byte.push_back(static_cast<char>(i));
  for (auto const& outcome : {std::string{}, every_byte, std::string(limits::outcome_bytes, 'x')}) {
    auto const key = "k" + std::to_string(outcome.size());
    bench.commit(keyed(bench, "a", entry(key, outcome)));
    require(bench.commit(keyed(bench, "a", entry(key))).outcome == outcome,
            "an outcome of " + std::to_string(outcome.size()) + " bytes must come back");
  }
}

void find_once_shows_what_was_recorded(workbench& bench) {
  require(!value_of(bench.keys().find_once("command:thing", "k"), "find_once"), "nothing yet");
  auto timed = entry("k", "recorded");
  timed.expires_at = bench.clock().now() + 10s;
  auto const first = bench.commit(keyed(bench, "a", timed));
  auto const found = value_of(bench.keys().find_once("command:thing", "k"), "find_once");
  require(found.has_value(), "a recorded key must be found");
  require(found->fingerprint == "request" && found->outcome == "recorded" &&
              found->expires_at == timed.expires_at,
          "fingerprint, outcome and expiry must come back");
  require(found->receipt.positions == first.positions &&
              found->receipt.versions == first.versions && found->receipt.up_to == first.up_to,
          "the receipt must come back");
  bench.clock().advance(10s);
  require(!value_of(bench.keys().find_once("command:thing", "k"), "find_once"),
          "an expired key must not be found");
}

void record_once_is_a_commit_of_a_key_alone(workbench& bench) {
  auto const first = value_of(bench.keys().record_once(entry("k", "rejected")), "record_once");
  require(!first.duplicate && first.positions.empty(), "the first one records and writes no event");
  auto const repeat = value_of(bench.keys().record_once(entry("k", "other")), "record_once");
  require(repeat.duplicate && repeat.outcome == "rejected", "a repeat gets the recorded outcome");
  require_error(bench.keys().record_once(entry("k", "x", "another request")), errc::key_reused,
                "record_once with another request");
  require(bench.commit(keyed(bench, "a", entry("k"))).outcome == "rejected",
          "a commit must find what record_once recorded");
  require(bench.version_of("a") == 0, "a duplicate of record_once writes nothing");
}

void clean_up_removes_only_what_has_expired(workbench& bench) {
  for (int i = 0; i != 6; ++i) {
    auto timed = entry("k" + std::to_string(i));
    timed.expires_at = bench.clock().now() + std::chrono::seconds(i < 3 ? 10 : 20);
    value_of(bench.keys().record_once(timed), "record_once");
  }
  value_of(bench.keys().record_once(entry("for ever")), "record_once");
  auto const removed = [&](std::size_t limit) {
    return value_of(bench.keys().remove_expired(limit), "remove_expired");
  };
  bench.clock().advance(10s - 1us);
  require(removed(100) == 0, "nothing has expired yet");
  bench.clock().advance(1us);
  require(removed(2) == 2 && removed(2) == 1, "three have expired, removed by two at most");
  require(value_of(bench.keys().find_once("command:thing", "k3"), "find_once").has_value(),
          "clean-up must not remove an entry early");
  bench.clock().advance(10s);
  require(removed(100) == 3, "the other three have expired");
  require(value_of(bench.keys().find_once("command:thing", "for ever"), "find_once").has_value(),
          "an entry without expiry must stay");
}

using features = event_store_features;

constexpr event_store_check all[] = {
    {"G5",
     "a_repeat_gets_the_recorded_outcome_and_receipt",
     {},
     &on_workbench<a_repeat_gets_the_recorded_outcome_and_receipt>},
    {"G5", "a_repeat_writes_nothing", {}, &on_workbench<a_repeat_writes_nothing>},
    {"G5",
     "another_request_under_the_key_is_refused",
     {},
     &on_workbench<another_request_under_the_key_is_refused>},
    {"G5", "keys_of_two_scopes_are_two_keys", {}, &on_workbench<keys_of_two_scopes_are_two_keys>},
    {"G5", "a_refused_commit_records_no_key", {}, &on_workbench<a_refused_commit_records_no_key>},
    {"G5",
     "the_first_known_of_several_keys_decides",
     {},
     &on_workbench<the_first_known_of_several_keys_decides>},
    {"G5",
     "expiry_ends_an_entry_by_the_stores_clock",
     {},
     &on_workbench<expiry_ends_an_entry_by_the_stores_clock>},
    {"G5",
     "a_key_is_known_within_its_own_group",
     {&event_store_features::stepped},
     &on_workbench<a_key_is_known_within_its_own_group, opening::stepped>},
    {"G5", "outcomes_come_back_byte_exact", {}, &on_workbench<outcomes_come_back_byte_exact>},
    {"G5",
     "find_once_shows_what_was_recorded",
     {&features::idempotency},
     &on_workbench<find_once_shows_what_was_recorded>},
    {"G5",
     "record_once_is_a_commit_of_a_key_alone",
     {&features::idempotency},
     &on_workbench<record_once_is_a_commit_of_a_key_alone>},
    {"G5",
     "clean_up_removes_only_what_has_expired",
     {&features::idempotency},
     &on_workbench<clean_up_removes_only_what_has_expired>},
};

}  // namespace

checks key_checks() noexcept { return all; }

}  // namespace evsrc::testing::inline v0::detail
