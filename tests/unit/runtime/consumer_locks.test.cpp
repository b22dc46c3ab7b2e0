// SPDX-License-Identifier: Apache-2.0
// Locks that the bus has ended while the consumer's clock says that they last.
#include "graveyard.hpp"

namespace {

using namespace post;

struct consumer_locks : graveyard {
  evsrc::testing::manual_clock slow{};  ///< the consumer's
  consumer_locks() { is_broken = false; }
};
INSTANTIATE_TEST_SUITE_P(places, consumer_locks,
                         testing::Values(places::apart, places::without_transactions,
                                         places::one_file),
                         name_of);

TEST_P(consumer_locks, of_sessions_are_given_up_where_a_commit_finds_them_lost) {
  create("payments", with_sessions());
  std::unique_ptr<evsrc::session_receiver> other;
  way.use([&](evsrc::message_context& context, evsrc::next_handler next) {
    if (other == nullptr) {
      time.advance(61s);
      other = std::move(*bus.accept_session("payments", {.session_id = "ann"}));
    }
    return next(context);
  });
  evsrc::consumer_options what;
  what.name = "billing";
  what.entity = "payments";
  what.sessions = 4;
  what.clock = &slow;
  what.random = &random;
  evsrc::consumer billing{store, bus, way, what};
  pay("m1", "ann", 1);
  pay("m2", "ann", 10);
  for (int polls = 0; polls < 3; ++polls) static_cast<void>(billing.poll());
  EXPECT_EQ(handled.size(), 1U) << "no handler is called for what another holds";
  EXPECT_EQ(billing.explain().counts.locks_lost, 1U);
  EXPECT_EQ(billing.explain().in_hand, 0U);
}

}  // namespace
