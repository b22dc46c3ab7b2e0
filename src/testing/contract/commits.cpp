// SPDX-License-Identifier: Apache-2.0
// G1, G2 and G13: a commit is one piece, and one that is too large or wrong changes nothing.
#include <functional>

#include "workbench.hpp"

namespace evsrc::testing::inline v0::detail {
namespace {

void all_parts_of_a_commit_take_effect_together(workbench& bench) {
  bench.write("a");
  auto const here = value_of(bench.store().head(), "head");
  auto what = bench.append("a", expected_version::exactly(1), 2);
  what.appends.push_back({thing("b"), expected_version::none(), bench.events(1)});
  what.unless.push_back({query{}, here});
  what.once.push_back({"command:thing", "k", "request", "outcome"});
  what.owners.push_back({std::string(workbench::owned), 1, owner_claim::kind::take_over, "us"});
  what.checkpoints.push_back({std::string(workbench::owned), {}, here});
  auto const answer = bench.commit(what);
  require(answer.versions == std::vector<stream_version>{3, 1}, "the receipt tells the versions");
  require(!answer.duplicate && answer.outcome.empty(), "a first commit is no duplicate");
  auto const state = bench.state();
  require(state.events.size() == 4, "the events must be there");
  require(state.owner.epoch == 1 && state.owner.holder == "us", "the owner must be there");
  require(state.checkpoint == here, "the checkpoint must be there");
  require(bench.commit(what).duplicate, "the key must be there");
}

/// Commits that no store may take, each with one flaw.
struct wrong_commit {
  char const* what;
  errc expected;
  std::function<void(evsrc::commit&)> spoil;
};

std::vector<wrong_commit> wrong_appends() {
  auto const first = [](evsrc::commit& what) -> new_event& {
    return what.appends.front().events.front();
  };
  constexpr auto wrong = errc::invalid_argument;
  constexpr auto large = errc::limit_exceeded;
  return {
      {"an empty category", wrong, [](auto& c) { c.appends.front().stream.category.clear(); }},
      {"an empty key", wrong, [](auto& c) { c.appends.front().stream.key.clear(); }},
      {"a long category", large,
       [](auto& c) { c.appends.front().stream.category.assign(limits::category_bytes + 1, 'c'); }},
      {"a long key", large,
       [](auto& c) { c.appends.front().stream.key.assign(limits::stream_key_bytes + 1, 'k'); }},
      {"an event without a name", wrong, [=](auto& c) { first(c).name.clear(); }},
      {"a long name", large,
       [=](auto& c) { first(c).name.assign(limits::event_name_bytes + 1, 'n'); }},
      {"version 0", wrong, [=](auto& c) { first(c).version = 0; }},
      {"an event without an id", wrong, [=](auto& c) { first(c).meta.id = {}; }},
      {"a large payload", large,
       [=](auto& c) { first(c).payload.assign(limits::event_payload_bytes + 1, 'x'); }},
      {"too many tags", large,
       [=](auto& c) {
         first(c).meta.tags.assign(limits::tags_per_event + 1, {"t", "v"});
       }},
      {"a tag without a name", wrong,
       [=](auto& c) {
         first(c).meta.tags = {{"", "v"}};
       }},
      {"a long tag", large,
       [=](auto& c) {
         first(c).meta.tags = {{"t", std::string(limits::tag_value_bytes + 1, 'v')}};
       }},
      {"large metadata", large,
       [=](auto& c) { first(c).meta.subject.assign(limits::metadata_bytes + 1, 's'); }},
      {"too many streams", large,
       [](auto& c) {
         c.appends.resize(limits::commit_streams + 1, {{"thing", "k"}});
       }},
  };
}

std::vector<wrong_commit> wrong_effects() {
  constexpr auto wrong = errc::invalid_argument;
  constexpr auto large = errc::limit_exceeded;
  return {
      {"too many conditions", large,
       [](auto& c) {
         c.unless.resize(limits::commit_conditions + 1, {by_name({"n"}), {}});
       }},
      {"a message without an id", wrong,
       [](auto& c) {
         c.messages.push_back({{}, "orders"});
       }},
      {"a message without a destination", wrong,
       [](auto& c) {
         c.messages.push_back({{"m"}, ""});
       }},
      {"a large message", large,
       [](auto& c) {
         c.messages.push_back({{"m"}, "orders"});
         c.messages.back().body.assign(limits::message_bytes + 1, 'x');
       }},
      {"a key of no scope", wrong,
       [](auto& c) {
         c.once.push_back({"", "k", "f"});
       }},
      {"an empty idempotency key", wrong,
       [](auto& c) {
         c.once.push_back({"s", "", "f"});
       }},
      {"a large outcome", large,
       [](auto& c) {
         c.once.push_back({"s", "k", "f", std::string(limits::outcome_bytes + 1, 'o')});
       }},
      {"a cancelled message with a long id", large,
       [](auto& c) { c.cancel.push_back({std::string(limits::message_id_bytes + 1, 'm')}); }},
      {"an owner with a long holder", large,
       [](auto& c) {
         c.owners.push_back({"o", 1, owner_claim::kind::take_over,
                             std::string(limits::owner_holder_bytes + 1, 'h')});
       }},
      {"an owner without a name", wrong,
       [](auto& c) {
         c.owners.push_back({"", 1});
       }},
      {"a checkpoint without a name", wrong, [](auto& c) { c.checkpoints.push_back({""}); }},
  };
}

void a_wrong_commit_is_refused_and_changes_nothing(workbench& bench) {
  bench.write("a");
  for (auto const& flaws : {wrong_appends(), wrong_effects()}) {
    for (auto const& wrong : flaws) {
      auto what = bench.append("a", expected_version::any());
      what.appends.push_back({thing("b"), expected_version::any(), bench.events(1)});
      wrong.spoil(what);
      bench.refuse(std::move(what), wrong.expected, wrong.what);
    }
  }
  require(bench.version_of("a") == 1, "only the first event may be there");
}

void a_wrong_commit_among_others_stops_only_itself(workbench& bench) {
  bench.submit(bench.append("a", expected_version::exactly(0)));
  auto wrong = bench.append("a", expected_version::any());
  wrong.appends.front().events.front().name.clear();
  bench.submit(std::move(wrong));
  bench.submit(bench.append("a", expected_version::exactly(0)));
  bench.submit(bench.append("a", expected_version::exactly(1)));
  std::size_t refused = 0;
  for (auto const& [number, answer] : bench.poll_until_told(4)) {
    if (answer) continue;
    ++refused;
    require(answer.error().effect == effect::none, "a refusal must say effect none");
  }
  require(refused == 2 && bench.version_of("a") == 2, "the two others must be written");
}

void what_is_as_large_as_allowed_is_taken(workbench& bench) {
  auto event = bench.event(std::string(limits::event_name_bytes, 'n'));
  event.payload.assign(limits::event_payload_bytes, 'x');
  event.meta.tags = {
      {std::string(limits::tag_name_bytes, 't'), std::string(limits::tag_value_bytes, 'v')}};
  for (std::size_t i = 1; i != limits::tags_per_event; ++i)
    event.meta.tags.push_back({"t", std::to_string(i)});
  evsrc::commit what;
  stream_id const stream{std::string(limits::category_bytes, 'c'),
                         std::string(limits::stream_key_bytes, 'k')};
  what.appends.push_back({stream, expected_version::none(), {event}});
  what.once.push_back({std::string(limits::idempotency_key_bytes, 's'),
                       std::string(limits::idempotency_key_bytes, 'k'), std::string(64, 'f')});
  bench.commit(what);
  require(bench.commit(what).duplicate, "the longest key must be known");
  stream_read whole;
  whole.stream = stream;
  auto const page = value_of(bench.store().read(whole), "read");
  require(page.size() == 1 && page.begin()->payload == event.payload, "the largest event");
  auto const last = std::to_string(limits::tags_per_event - 1);
  require(bench.ids_of(by_tag("t", last)).size() == 1, "found by the last of its tags");
}

void many_events_of_many_streams_are_one_commit(workbench& bench) {
  evsrc::commit what;
  for (int i = 0; i != 500; ++i)
    what.appends.push_back(
        {thing("s" + std::to_string(i)), expected_version::none(), bench.events(4)});
  auto const answer = bench.commit(std::move(what));
  require(answer.positions.size() == 2'000 && answer.versions.size() == 500, "all are told");
  require(everything(bench.store()).size() == 2'000, "all are there");
}

constexpr event_store_check all[] = {
    {"G1",
     "all_parts_of_a_commit_take_effect_together",
     {},
     &on_workbench<all_parts_of_a_commit_take_effect_together>},
    {"G1",
     "many_events_of_many_streams_are_one_commit",
     {},
     &on_workbench<many_events_of_many_streams_are_one_commit>},
    {"G2",
     "a_wrong_commit_is_refused_and_changes_nothing",
     {},
     &on_workbench<a_wrong_commit_is_refused_and_changes_nothing>},
    {"G2",
     "a_wrong_commit_among_others_stops_only_itself",
     {&event_store_features::stepped},
     &on_workbench<a_wrong_commit_among_others_stops_only_itself, opening::stepped>},
    {"G13",
     "what_is_as_large_as_allowed_is_taken",
     {},
     &on_workbench<what_is_as_large_as_allowed_is_taken>},
};

}  // namespace

checks commit_checks() noexcept { return all; }

}  // namespace evsrc::testing::inline v0::detail
