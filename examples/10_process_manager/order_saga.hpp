// SPDX-License-Identifier: Apache-2.0
// A saga is a pure function: reserve, charge, ship; what was done is undone if a later step fails.
#pragma once

#include <string>

#include "evsrc/model/compensations.hpp"
#include "evsrc/model/saga.hpp"

// what it hears of others
struct order_created {
  static constexpr evsrc::event_name wire_name{"order.created", 1};
  std::string order_id;
};
struct stock_reserved {
  static constexpr evsrc::event_name wire_name{"stock.reserved", 1};
  std::string order_id;
};
struct payment_completed {
  static constexpr evsrc::event_name wire_name{"payment.completed", 1};
  std::string order_id;
};
struct order_shipped {
  static constexpr evsrc::event_name wire_name{"order.shipped", 1};
  std::string order_id;
};
struct shipping_failed {
  static constexpr evsrc::event_name wire_name{"shipping.failed", 1};
  std::string order_id;
};

// what it asks of others
struct reserve {
  static constexpr evsrc::event_name wire_name{"stock.reserve", 1};
  std::string order_id;
};
struct release {
  static constexpr evsrc::event_name wire_name{"stock.release", 1};
  std::string order_id;
};
struct charge {
  static constexpr evsrc::event_name wire_name{"payment.charge", 1};
  std::string order_id;
};
struct refund {
  static constexpr evsrc::event_name wire_name{"payment.refund", 1};
  std::string order_id;
};
struct ship {
  static constexpr evsrc::event_name wire_name{"shipping.ship", 1};
  std::string order_id;
};

// what it remembers
struct started {
  static constexpr evsrc::event_name wire_name{"order_saga.started", 1};
  std::string order_id;
};
struct reserved {
  static constexpr evsrc::event_name wire_name{"order_saga.reserved", 1};
};
struct charged {
  static constexpr evsrc::event_name wire_name{"order_saga.charged", 1};
};
struct completed {
  static constexpr evsrc::event_name wire_name{"order_saga.completed", 1};
};
struct failed {
  static constexpr evsrc::event_name wire_name{"order_saga.failed", 1};
  std::string reason;
};

struct order_saga {
  static constexpr evsrc::category category{"order_saga"};
  using reacts_to = evsrc::events<order_created, stock_reserved, payment_completed, order_shipped,
                                  shipping_failed>;
  using commands = evsrc::commands<reserve, release, charge, refund, ship>;
  using events = evsrc::events<started, reserved, charged, completed, failed>;
  template <class Input>
  static std::string key_of(Input const& input) {
    return input.order_id;
  }

  std::string order_id;
  std::string outcome;
  evsrc::compensations<release, refund> undo;

  void apply(started const& e) { order_id = e.order_id; }
  void apply(reserved const&) { undo.remember("stock", release{order_id}); }
  void apply(charged const&) { undo.remember("payments", refund{order_id}); }
  void apply(completed const&) { outcome = "completed"; }
  void apply(failed const& e) { outcome = "failed: " + e.reason; }
  [[nodiscard]] bool is_ended() const { return !outcome.empty(); }
};

using plan = evsrc::reaction_plan<order_saga>;

inline plan react(order_saga const&, order_created const& e) {
  plan next = started{e.order_id};
  return next.send("stock", reserve{e.order_id});
}
inline plan react(order_saga const&, stock_reserved const& e) {
  plan next = reserved{};
  return next.send("payments", charge{e.order_id}).timeout("payment", std::chrono::minutes(30));
}
inline plan react(order_saga const&, payment_completed const& e) {
  plan next = charged{};
  return next.cancel("payment").send("shipping", ship{e.order_id});
}
inline plan react(order_saga const&, order_shipped const&) { return completed{}; }
inline plan give_up(order_saga const& state, std::string reason) {
  plan next = failed{std::move(reason)};
  state.undo.send_all(next);
  return next;
}
inline plan react(order_saga const& state, shipping_failed const&) {
  return give_up(state, "not shipped");
}
inline plan react(order_saga const& state, evsrc::timed_out const& late) {
  return give_up(state, "no " + late.name + " in time");
}
static_assert(evsrc::check_saga<order_saga>());
