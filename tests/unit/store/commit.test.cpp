// SPDX-License-Identifier: Apache-2.0
// Tests of what is checked before any store looks at a commit.
#include "evsrc/store/commit.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "evsrc/core/limits.hpp"

namespace {

namespace limits = evsrc::limits;
using evsrc::commit;
using evsrc::errc;

evsrc::new_event event() {
  evsrc::new_event made;
  made.name = "thing.happened";
  made.payload = "{}";
  made.meta.id.octets[0] = 1;
  return made;
}

commit valid() {
  commit what;
  what.appends.push_back({{"thing", "a"}, evsrc::expected_version::any(), {event(), event()}});
  what.appends.push_back({{"thing", "b"}, evsrc::expected_version::none(), {}});
  return what;
}

struct wrong_commit {
  char const* message;  ///< begins so
  errc code;
  std::function<void(commit&)> spoil;
};

void expect_refused(wrong_commit const& wrong) {
  auto what = valid();
  wrong.spoil(what);
  auto const outcome = validate(what);
  ASSERT_FALSE(outcome) << wrong.message;
  EXPECT_EQ(outcome.error().code, wrong.code) << outcome.error().message;
  EXPECT_EQ(outcome.error().message.rfind(wrong.message, 0), 0U) << outcome.error().message;
  EXPECT_EQ(outcome.error().effect, evsrc::effect::none);
}

TEST(commit, that_is_well_formed_passes) {
  EXPECT_TRUE(validate(valid()));
  EXPECT_TRUE(validate(commit{}));
}

TEST(commit, names_the_field_that_is_missing) {
  constexpr auto code = errc::invalid_argument;
  wrong_commit const all[] = {
      {"appends[1].stream.category: empty", code,
       [](commit& c) { c.appends[1].stream.category.clear(); }},
      {"appends[0].stream.key: empty", code, [](commit& c) { c.appends[0].stream.key.clear(); }},
      {"appends[0].events[1].name: empty", code,
       [](commit& c) { c.appends[0].events[1].name.clear(); }},
      {"appends[0].events[0].version: 0", code,
       [](commit& c) { c.appends[0].events[0].version = 0; }},
      {"appends[0].events[0].meta.id: not set", code,
       [](commit& c) { c.appends[0].events[0].meta.id = {}; }},
      {"appends[0].events[0].meta.tags.name: empty", code,
       [](commit& c) {
         c.appends[0].events[0].meta.tags = {{"", "v"}};
       }},
      {"messages[0].id: empty", code,
       [](commit& c) {
         c.messages.push_back({{}, "orders"});
       }},
      {"messages[0].destination: empty", code,
       [](commit& c) {
         c.messages.push_back({{"m"}, ""});
       }},
      {"once[0].scope: empty", code,
       [](commit& c) {
         c.once.push_back({"", "k", "f"});
       }},
      {"once[1].key: empty", code,
       [](commit& c) {
         c.once = {{"s", "k", "f"}, {"s", "", "f"}};
       }},
      {"owners[0].name: empty", code, [](commit& c) { c.owners.push_back({""}); }},
      {"checkpoints[0].name: empty", code, [](commit& c) { c.checkpoints.push_back({""}); }},
  };
  for (auto const& wrong : all) expect_refused(wrong);
}

TEST(commit, names_the_field_that_is_too_large) {
  constexpr auto code = errc::limit_exceeded;
  auto const text = [](std::size_t size) { return std::string(size + 1, 'x'); };
  wrong_commit const all[] = {
      {"appends: 4097, at most 4096", code,
       [](commit& c) {
         c.appends.resize(limits::commit_streams + 1, {{"thing", "a"}});
       }},
      {"events: 10001, at most 10000", code,
       [](commit& c) { c.appends[0].events.resize(limits::commit_events + 1, event()); }},
      {"appends[0].stream.key (bytes): 513", code,
       [=](commit& c) { c.appends[0].stream.key = text(limits::stream_key_bytes); }},
      {"appends[0].events[0].payload (bytes): 1048577", code,
       [=](commit& c) { c.appends[0].events[0].payload = text(limits::event_payload_bytes); }},
      {"appends[0].events[0].meta.tags: 65", code,
       [](commit& c) {
         c.appends[0].events[0].meta.tags.resize(65, {"t", "v"});
       }},
      {"appends[0].events[0].meta.headers: 65", code,
       [](commit& c) { c.appends[0].events[0].meta.headers.resize(65); }},
      {"appends[0].events[0].meta (bytes)", code,
       [=](commit& c) { c.appends[0].events[0].meta.user = text(limits::metadata_bytes); }},
      {"unless: 65, at most 64", code,
       [](commit& c) { c.unless.resize(limits::commit_conditions + 1); }},
      {"unless[0].matching.items: 65", code,
       [](commit& c) {
         c.unless.resize(1);
         c.unless[0].matching.items.resize(limits::query_items + 1);
       }},
      {"messages[0].body (bytes)", code,
       [=](commit& c) {
         c.messages.push_back({{"m"}, "orders"});
         c.messages[0].body = text(limits::message_bytes);
       }},
      {"once[0].outcome (bytes)", code,
       [=](commit& c) {
         c.once.push_back({"s", "k", "f", text(limits::outcome_bytes)});
       }},
      {"once[0].fingerprint (bytes): 65", code,
       [=](commit& c) {
         c.once.push_back({"s", "k", text(64)});
       }},
      {"cancel[0].id (bytes): 129, at most 128", code,
       [=](commit& c) { c.cancel.push_back({text(limits::message_id_bytes)}); }},
      {"owners[0].holder (bytes): 513, at most 512", code,
       [=](commit& c) {
         c.owners.push_back(
             {"o", 1, evsrc::owner_claim::kind::take_over, text(limits::owner_holder_bytes)});
       }},
      {"checkpoints: 65, at most 64", code,
       [](commit& c) { c.checkpoints.resize(limits::commit_checkpoints + 1, {"c"}); }},
  };
  for (auto const& wrong : all) expect_refused(wrong);
}

TEST(commit, counts_its_events_over_all_streams) {
  commit what;
  for (int i = 0; i != 3; ++i) what.appends.push_back({{"thing", std::to_string(i)}});
  what.appends[0].events.resize(limits::commit_events / 2, event());
  what.appends[2].events.resize(limits::commit_events / 2, event());
  EXPECT_TRUE(validate(what));
  what.appends[1].events.push_back(event());
  EXPECT_EQ(validate(what).error().code, errc::limit_exceeded);
}

TEST(commit, is_bounded_in_bytes_as_a_whole) {
  commit what;
  what.appends.push_back({{"thing", "a"}});
  auto large = event();
  large.payload.assign(limits::event_payload_bytes, 'x');
  what.appends[0].events.resize(limits::commit_bytes / limits::event_payload_bytes, large);
  EXPECT_EQ(validate(what).error().code, errc::limit_exceeded);
  what.appends[0].events.pop_back();
  EXPECT_TRUE(validate(what));
}

TEST(commit, grows_in_bytes_with_all_that_it_holds) {
  auto what = valid();
  auto size = size_bytes(what);
  auto const grew_by = [&](std::size_t least) {
    auto const now = size_bytes(what);
    bool const grew = now >= size + least;
    size = now;
    return grew;
  };
  what.appends[0].events[0].payload.append(1'000, 'x');
  EXPECT_TRUE(grew_by(1'000));
  what.appends[0].events[0].meta.tags.push_back({"sku", std::string(100, 'v')});
  EXPECT_TRUE(grew_by(100));
  what.messages.push_back({{"m"}, "orders"});
  what.messages[0].body.assign(500, 'x');
  EXPECT_TRUE(grew_by(500));
  what.once.push_back({"s", "k", "f", std::string(200, 'o')});
  EXPECT_TRUE(grew_by(200));
  what.cancel.push_back({std::string(100, 'm')});
  EXPECT_TRUE(grew_by(100));
  what.owners.push_back(
      {std::string(100, 'n'), 1, evsrc::owner_claim::kind::hold, std::string(300, 'h')});
  EXPECT_TRUE(grew_by(400));
  what.checkpoints.push_back({std::string(100, 'n')});
  EXPECT_TRUE(grew_by(100));
}

}  // namespace
