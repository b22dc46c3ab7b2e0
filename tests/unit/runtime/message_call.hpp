// SPDX-License-Identifier: Apache-2.0
// One call of a handler without a consumer, for tests.
#pragma once

#include "evsrc/runtime/router.hpp"
#include "evsrc/testing/manual_clock.hpp"
#include "evsrc/testing/seeded_random.hpp"

namespace calls {

/// A message on its way to a handler, and the commit that the handler fills.
struct message_call {
  evsrc::delivery received;
  evsrc::testing::manual_clock time{};
  evsrc::testing::seeded_random random{1};
  evsrc::commit whole{};
  evsrc::detail::joint_commit joint{whole};

  explicit message_call(evsrc::message what) { received.message = std::move(what); }

  [[nodiscard]] evsrc::message_context context() {
    evsrc::detail::message_surroundings around;
    around.received = &received;
    around.identity = evsrc::detail::identify(received.message, received.enqueued_at);
    around.time = &time;
    around.random = &random;
    around.consumer = "billing";
    return {std::move(around), joint};
  }
  [[nodiscard]] evsrc::result<evsrc::handling> through(evsrc::router& way) {
    auto one = context();
    return way.handle(one);
  }
};

/// A message as evsrc's relay sends it.
inline evsrc::message typed(std::string type, std::uint32_t version, std::string body) {
  evsrc::outgoing_message row;
  row.id.value = "m1";
  row.type = std::move(type);
  row.type_version = version;
  row.body = std::move(body);
  return to_message(std::move(row));
}

}  // namespace calls
