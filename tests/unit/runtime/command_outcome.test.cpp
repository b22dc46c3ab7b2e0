// SPDX-License-Identifier: Apache-2.0
// What a command came to.
#include "evsrc/runtime/command_outcome.hpp"

#include <gtest/gtest.h>

#include "bank.hpp"

namespace {

using outcome = evsrc::command_outcome<
    evsrc::decision<bank::account, bank::insufficient_funds, bank::account_unused>>;

TEST(command_outcome, holds_what_was_handled) {
  outcome const made = evsrc::handled{.version = 3};

  ASSERT_TRUE(made);
  EXPECT_EQ(made->version, 3U);
  EXPECT_EQ((*made).version, 3U);
  EXPECT_FALSE(made.is_rejected());
  EXPECT_EQ(made.rejection<bank::insufficient_funds>(), nullptr);
}

TEST(command_outcome, holds_a_rejection_that_is_no_success_and_reads_as_an_error) {
  outcome const made{bank::insufficient_funds{7}, false};

  EXPECT_FALSE(made);
  ASSERT_TRUE(made.is_rejected());
  EXPECT_EQ(made.rejection<bank::insufficient_funds>()->balance_cents, 7);
  EXPECT_EQ(made.rejection<bank::account_unused>(), nullptr);
  EXPECT_EQ(made.rejection().index(), 0U);
  EXPECT_EQ(made.error().code, evsrc::errc::handler_failed);
}

TEST(command_outcome, holds_an_error) {
  outcome const made = evsrc::error{evsrc::errc::disk_full, "no room"};

  EXPECT_FALSE(made);
  EXPECT_FALSE(made.is_rejected());
  EXPECT_EQ(made.error().code, evsrc::errc::disk_full);
}

}  // namespace
