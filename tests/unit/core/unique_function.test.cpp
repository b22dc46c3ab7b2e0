// SPDX-License-Identifier: Apache-2.0
// Tests of the move-only callable: what it holds, and that each callable dies exactly once.
#include "evsrc/core/unique_function.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace {

using evsrc::unique_function;

struct tally {
  int alive = 0;
  int moved = 0;
  int copied = 0;
};

/// Counts its lives; `Padding` bytes decide whether it fits in place.
template <std::size_t Padding, bool NothrowMove = true>
struct counted {
  tally* count;
  std::array<char, Padding> padding{};

  explicit counted(tally& into) : count(&into) { ++count->alive; }
  counted(counted const& other) : count(other.count) {
    ++count->alive;
    ++count->copied;
  }
  // NOLINTNEXTLINE(performance-noexcept-move-constructor): may throw where the test wants it
  counted(counted&& other) noexcept(NothrowMove) : count(other.count) {
    ++count->alive;
    ++count->moved;
  }
  counted& operator=(counted const&) = delete;
  ~counted() { --count->alive; }
  int operator()(int value) { return value + 1; }
};

using small = counted<8>;
using largest_in_place = counted<40>;
using too_large = counted<41>;
using throwing_move = counted<8, false>;

template <class F>
class unique_function_of : public testing::Test {};
using callables = testing::Types<small, largest_in_place, too_large, throwing_move>;
TYPED_TEST_SUITE(unique_function_of, callables);

TYPED_TEST(unique_function_of, destroys_its_callable_once) {
  tally count;
  {
    unique_function<int(int)> call{TypeParam{count}};
    EXPECT_EQ(count.alive, 1);
    EXPECT_EQ(call(1), 2);
  }
  EXPECT_EQ(count.alive, 0);
  EXPECT_EQ(count.copied, 0);
}

TYPED_TEST(unique_function_of, moves_its_callable_and_leaves_nothing_behind) {
  tally count;
  {
    unique_function<int(int)> from{TypeParam{count}};
    unique_function<int(int)> to{std::move(from)};
    EXPECT_EQ(count.alive, 1);
    EXPECT_FALSE(from);  // NOLINT(bugprone-use-after-move): the empty state is documented
    ASSERT_TRUE(to);
    EXPECT_EQ(to(2), 3);
  }
  EXPECT_EQ(count.alive, 0);
}

TYPED_TEST(unique_function_of, destroys_the_former_callable_when_assigned) {
  tally former;
  tally latter;
  {
    unique_function<int(int)> call{TypeParam{former}};
    call = unique_function<int(int)>{TypeParam{latter}};
    EXPECT_EQ(former.alive, 0);
    EXPECT_EQ(latter.alive, 1);
    EXPECT_EQ(call(3), 4);
    call = unique_function<int(int)>{};
    EXPECT_EQ(latter.alive, 0);
    EXPECT_FALSE(call);
  }
  EXPECT_EQ(latter.alive, 0);
}

TYPED_TEST(unique_function_of, survives_being_moved_into_itself) {
  tally count;
  {
    unique_function<int(int)> call{TypeParam{count}};
    auto& same = call;
    call = std::move(same);
    ASSERT_TRUE(call);
    EXPECT_EQ(call(4), 5);
  }
  EXPECT_EQ(count.alive, 0);
}

TYPED_TEST(unique_function_of, copies_a_callable_that_is_given_by_reference) {
  tally count;
  TypeParam const original{count};
  {
    unique_function<int(int)> call{original};
    EXPECT_EQ(count.alive, 2);
    EXPECT_EQ(count.copied, 1);
  }
  EXPECT_EQ(count.alive, 1);
}

TEST(unique_function, moves_a_pointer_where_the_callable_is_on_the_heap) {
  tally count;
  unique_function<int(int)> first{too_large{count}};
  auto const moves = count.moved;
  auto second = std::move(first);
  auto const third = std::move(second);
  EXPECT_EQ(count.moved, moves);
  EXPECT_TRUE(third);
}

TEST(unique_function, is_empty_until_given_a_callable) {
  unique_function<void()> call;
  EXPECT_FALSE(call);
  call = [] {};
  EXPECT_TRUE(call);
}

TEST(unique_function, is_moved_and_not_copied) {
  static_assert(!std::is_copy_constructible_v<unique_function<void()>>);
  static_assert(!std::is_copy_assignable_v<unique_function<void()>>);
  static_assert(std::is_nothrow_move_constructible_v<unique_function<void()>>);
  static_assert(std::is_nothrow_move_assignable_v<unique_function<void()>>);
}

TEST(unique_function, accepts_only_what_can_be_called_with_its_signature) {
  static_assert(std::is_constructible_v<unique_function<int(int)>, int (*)(int)>);
  static_assert(!std::is_constructible_v<unique_function<int(int)>, int (*)(std::string)>);
  static_assert(!std::is_constructible_v<unique_function<int()>, std::string (*)()>);
  static_assert(!std::is_constructible_v<unique_function<int()>, int>);
}

TEST(unique_function, holds_what_can_only_be_moved) {
  unique_function<int()> call{[owned = std::make_unique<int>(7)] { return *owned; }};
  auto moved = std::move(call);
  EXPECT_EQ(moved(), 7);
}

TEST(unique_function, passes_references_and_move_only_arguments_through) {
  unique_function<int&(int&)> same{[](int& value) -> int& { return value; }};
  int value = 1;
  same(value) = 5;
  EXPECT_EQ(value, 5);

  unique_function<std::unique_ptr<int>(std::unique_ptr<int>)> hand_on{
      [](std::unique_ptr<int> owned) { return owned; }};
  EXPECT_EQ(*hand_on(std::make_unique<int>(6)), 6);

  unique_function<std::size_t(std::string &&)> sink{
      [](std::string&& text) { return std::string{std::move(text)}.size(); }};
  EXPECT_EQ(sink("four"), 4U);
}

int twice(int value) { return 2 * value; }

TEST(unique_function, holds_a_plain_function) {
  unique_function<int(int)> by_name{twice};
  unique_function<int(int)> by_pointer{&twice};
  EXPECT_EQ(by_name(4), 8);
  EXPECT_EQ(by_pointer(5), 10);
}

TEST(unique_function, drops_a_result_that_the_signature_does_not_want) {
  int calls = 0;
  unique_function<void(int)> call{[&calls](int value) { return calls += value; }};
  call(3);
  EXPECT_EQ(calls, 3);
}

TEST(unique_function, converts_its_result) {
  unique_function<std::string()> call{[] { return "text"; }};
  EXPECT_EQ(call(), "text");
}

TEST(unique_function, keeps_the_state_of_a_mutable_callable) {
  unique_function<int()> next{[count = 0]() mutable { return ++count; }};
  EXPECT_EQ(next(), 1);
  auto moved = std::move(next);
  EXPECT_EQ(moved(), 2);
}

struct alignas(64) over_aligned {
  bool operator()() const { return reinterpret_cast<std::uintptr_t>(this) % 64 == 0; }
};

TEST(unique_function, respects_a_stricter_alignment) {
  unique_function<bool()> call{over_aligned{}};
  auto moved = std::move(call);
  EXPECT_TRUE(moved());
}

/// Looks at the function that holds it when it dies.
struct witness {
  unique_function<void()>* holder;
  bool* was_empty;

  witness(unique_function<void()>* of, bool* into) : holder(of), was_empty(into) {}
  witness(witness&& other) noexcept
      : holder(std::exchange(other.holder, nullptr)), was_empty(other.was_empty) {}
  witness& operator=(witness&&) = delete;
  ~witness() {
    if (holder != nullptr) *was_empty = !*holder;
  }
  void operator()() const {}
};

TEST(unique_function, is_empty_already_while_its_callable_dies) {
  bool was_empty = false;
  unique_function<void()> call;
  call = unique_function<void()>{witness{&call, &was_empty}};
  EXPECT_TRUE(call);
  call = unique_function<void()>{};
  EXPECT_TRUE(was_empty);
}

TEST(unique_function, passes_exceptions_on) {
  unique_function<void()> call{[] { throw std::runtime_error{"no"}; }};
  EXPECT_THROW(call(), std::runtime_error);
  EXPECT_TRUE(call);
}

}  // namespace
