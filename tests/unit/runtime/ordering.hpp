// SPDX-License-Identifier: Apache-2.0
// An order saga that the tests of sagas share: reserve, charge, ship, each undone if a later fails.
#pragma once

#include <string>

#include "evsrc/model/compensations.hpp"
#include "evsrc/model/saga.hpp"

namespace ordering {

using namespace std::chrono_literals;

// what the saga hears
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
  std::string payment;
};
struct payment_failed {
  static constexpr evsrc::event_name wire_name{"payment.failed", 1};
  std::string order_id;
  std::string reason;
};
struct order_shipped {
  static constexpr evsrc::event_name wire_name{"order.shipped", 1};
  std::string order_id;
};
struct shipping_failed {
  static constexpr evsrc::event_name wire_name{"shipping.failed", 1};
  std::string order_id;
};

// what it asks for
struct reserve_stock {
  static constexpr evsrc::event_name wire_name{"stock.reserve", 1};
  std::string order_id;
};
struct release_stock {
  static constexpr evsrc::event_name wire_name{"stock.release", 1};
  std::string order_id;
};
struct charge {
  static constexpr evsrc::event_name wire_name{"payment.charge", 1};
  std::string order_id;
  [[nodiscard]] evsrc::result<> validate() const {
    if (order_id != "unpayable") return {};
    return evsrc::invalid("order_id", "cannot be paid");
  }
};
struct refund {
  static constexpr evsrc::event_name wire_name{"payment.refund", 1};
  std::string payment;
};
struct ship {
  static constexpr evsrc::event_name wire_name{"shipping.ship", 1};
  std::string order_id;
};

// what happened to it
struct saga_started {
  static constexpr evsrc::event_name wire_name{"saga.started", 1};
  std::string order_id;
};
struct stock_secured {
  static constexpr evsrc::event_name wire_name{"saga.stock_secured", 1};
};
struct payment_secured {
  static constexpr evsrc::event_name wire_name{"saga.payment_secured", 1};
  std::string payment;
};
struct saga_failed {
  static constexpr evsrc::event_name wire_name{"saga.failed", 1};
  std::string reason;
};
struct saga_completed {
  static constexpr evsrc::event_name wire_name{"saga.completed", 1};
};

struct order_saga {
  static constexpr evsrc::category category{"order-saga"};
  using reacts_to = evsrc::events<order_created, stock_reserved, payment_completed, payment_failed,
                                  order_shipped, shipping_failed>;
  using commands = evsrc::commands<reserve_stock, release_stock, charge, refund, ship>;
  using events =
      evsrc::events<saga_started, stock_secured, payment_secured, saga_failed, saga_completed>;
  template <class Input>
  static std::string key_of(Input const& input) {
    return input.order_id;
  }

  std::string order_id;
  bool is_open = false;
  bool was_ended = false;
  evsrc::compensations<release_stock, refund> undo;

  void apply(saga_started const& e) {
    order_id = e.order_id;
    is_open = true;
  }
  void apply(stock_secured const&) { undo.remember("stock", release_stock{order_id}); }
  void apply(payment_secured const& e) { undo.remember("payments", refund{e.payment}); }
  void apply(saga_failed const&) {
    undo.forget_all();
    is_open = false;
    was_ended = true;
  }
  void apply(saga_completed const&) {
    is_open = false;
    was_ended = true;
  }
  [[nodiscard]] bool is_ended() const { return was_ended; }
};

using plan = evsrc::reaction_plan<order_saga>;

inline plan fail_with(order_saga const& s, std::string reason) {
  if (!s.is_open) return evsrc::nothing;
  plan made = saga_failed{std::move(reason)};
  s.undo.send_all(made);
  return made;
}
inline plan react(order_saga const& s, order_created const& e) {
  if (s.is_open) return evsrc::nothing;
  plan made = saga_started{e.order_id};
  return made.send("stock", reserve_stock{e.order_id}).timeout("stock", 10min);
}
inline plan react(order_saga const& s, stock_reserved const& e) {
  if (!s.is_open || !s.undo.empty()) return evsrc::nothing;
  plan made = stock_secured{};
  return made.send("payments", charge{e.order_id}).cancel("stock").timeout("payment", 30min);
}
inline plan react(order_saga const& s, payment_completed const& e) {
  if (!s.is_open || s.undo.size() != 1) return evsrc::nothing;
  plan made = payment_secured{e.payment};
  return made.send("shipping", ship{e.order_id}).cancel("payment");
}
inline plan react(order_saga const& s, payment_failed const& e) { return fail_with(s, e.reason); }
inline plan react(order_saga const& s, shipping_failed const&) { return fail_with(s, "shipping"); }
inline plan react(order_saga const& s, order_shipped const&) {
  if (!s.is_open) return evsrc::nothing;
  return saga_completed{};
}
inline plan react(order_saga const& s, evsrc::timed_out const& late) {
  return fail_with(s, late.name + " took too long");
}
static_assert(evsrc::check_saga<order_saga>());

}  // namespace ordering
