// SPDX-License-Identifier: Apache-2.0
// Tests of the page and its arena.
#include "evsrc/store/event_page.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

namespace {

using evsrc::event_page;
using evsrc::event_view;

static_assert(!std::is_copy_constructible_v<event_page>);
static_assert(std::is_nothrow_move_constructible_v<event_page>);

event_view view(std::uint64_t position, std::string const& key, std::string const& payload) {
  event_view made;
  made.position = evsrc::position{position};
  made.category = "thing";
  made.key = key;
  made.version = position;
  made.name = "thing.happened";
  made.payload = payload;
  made.encoded_metadata = "meta";
  return made;
}

TEST(event_page, is_empty_and_at_its_end_when_made) {
  event_page const page;
  EXPECT_TRUE(page.empty());
  EXPECT_TRUE(page.at_end());
  EXPECT_TRUE(page.next().is_start());
  EXPECT_EQ(page.version(), 0U);
  EXPECT_EQ(page.size_bytes(), 0U);
}

TEST(event_page, copies_what_it_is_given) {
  event_page page;
  {
    std::string key = "a key that does not fit into a small string";
    std::string payload = "a payload that does not fit into a small string";
    page.add(view(1, key, payload));
    key.assign(key.size(), '-');
    payload.assign(payload.size(), '-');
  }
  EXPECT_EQ(page.begin()->key, "a key that does not fit into a small string");
  EXPECT_EQ(page.begin()->payload, "a payload that does not fit into a small string");
  EXPECT_EQ(page.begin()->encoded_metadata, "meta");
}

TEST(event_page, keeps_its_views_wherever_it_is_moved_to) {
  event_page page;
  for (std::uint64_t i = 1; i <= 100; ++i) page.add(view(i, std::to_string(i), "payload"));
  auto const* const payload = page.begin()->payload.data();
  event_page moved = std::move(page);
  event_page moved_again;
  moved_again = std::move(moved);
  ASSERT_EQ(moved_again.size(), 100U);
  EXPECT_EQ(moved_again.begin()->payload.data(), payload);
  std::uint64_t number = 0;
  for (auto const& event : moved_again) EXPECT_EQ(event.key, std::to_string(++number));
}

TEST(event_page, pads_every_payload_with_zeros) {
  event_page page;
  for (std::size_t size : {0U, 1U, 63U, 4'096U, 200'000U})
    page.add(view(1, "a", std::string(size, 'x')));
  for (auto const& event : page)
    for (std::size_t i = 0; i != evsrc::payload_padding; ++i)
      ASSERT_EQ(event.payload.data()[event.payload.size() + i], '\0') << event.payload.size();
}

TEST(event_page, holds_payloads_from_nothing_to_larger_than_its_blocks) {
  event_page page;
  std::vector<std::string> payloads;
  for (std::size_t size = 0; size < 3'000'000; size = size * 3 + 1)
    payloads.emplace_back(size, static_cast<char>('a' + payloads.size()));
  for (auto const& payload : payloads) page.add(view(1, "a", payload));
  for (std::size_t i = 0; i != payloads.size(); ++i)
    EXPECT_EQ(page.events()[i].payload, payloads[i]);
}

TEST(event_page, shares_what_neighbours_have_in_common) {
  event_page page;
  page.add(view(1, "a", "1"));
  page.add(view(2, "a", "2"));
  page.add(view(3, "b", "3"));
  EXPECT_EQ(page.events()[0].key.data(), page.events()[1].key.data());
  EXPECT_EQ(page.events()[0].name.data(), page.events()[2].name.data());
  EXPECT_EQ(page.events()[2].key, "b");
}

TEST(event_page, counts_payload_and_metadata) {
  event_page page;
  page.add(view(1, "a", "12345"));
  page.add(view(2, "a", ""));
  EXPECT_EQ(page.size_bytes(), 5U + 4U + 0U + 4U);
}

TEST(event_page, tells_what_it_was_finished_with) {
  event_page page;
  page.add(view(1, "a", "1"));
  page.finish(evsrc::cursor{7, 1}, false, 12);
  EXPECT_EQ(page.next(), (evsrc::cursor{7, 1}));
  EXPECT_FALSE(page.at_end());
  EXPECT_EQ(page.version(), 12U);
}

/// More than a mebibyte of views, and two of bytes.
event_page long_page(char mark) {
  event_page page;
  for (std::uint64_t i = 1; i <= 9'000; ++i)
    page.add(view(i, std::to_string(i), std::string(200, mark)));
  return page;
}

bool is_all(event_page const& page, char mark) {
  return page.size() == 9'000 && std::ranges::all_of(page, [&](event_view const& event) {
           return event.payload == std::string(200, mark) &&
                  event.key == std::to_string(event.version);
         });
}

TEST(event_page, takes_memory_of_earlier_pages_but_never_of_a_living_one) {
  std::vector<event_page> living;
  for (int round = 0; round != 6; ++round) {
    living.push_back(long_page('a'));
    event_page const given_up = long_page('x');
    living.push_back(long_page('b'));
    event_page replaced = long_page('y');
    replaced = long_page('z');
    EXPECT_TRUE(is_all(replaced, 'z'));
  }
  for (std::size_t i = 0; i != living.size(); ++i) EXPECT_TRUE(is_all(living[i], "ab"[i % 2])) << i;
}

TEST(event_page, may_be_given_up_by_another_thread_than_filled_it) {
  auto page = std::make_unique<event_page>(long_page('a'));
  std::thread([&] {
    EXPECT_TRUE(is_all(*page, 'a'));
    page.reset();
    page = std::make_unique<event_page>(long_page('b'));
  }).join();
  EXPECT_TRUE(is_all(*page, 'b'));  // of a thread that has ended
}

// Given up when the statics are, behind everything that the thread kept.
event_page page_of_the_program;

TEST(event_page, may_outlive_main) {
  page_of_the_program = long_page('a');
  event_page const given_up = long_page('b');
  EXPECT_TRUE(is_all(page_of_the_program, 'a'));
}

}  // namespace
