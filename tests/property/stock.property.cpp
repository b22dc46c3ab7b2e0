// SPDX-License-Identifier: Apache-2.0
// What holds of a stock after any sequence of commands.
#include "evsrc/retail/stock.hpp"

#include "checked_property.hpp"
#include "order_generators.hpp"

namespace {

using namespace evsrc::property;
namespace retail = evsrc::retail;
using history = std::vector<retail::stock::events::variant>;

/// One stock, driven by commands; every step checks what must always hold.
class ledger {
 public:
  explicit ledger(retail::stock_policy policy) : policy_(policy) {}

  template <class Command>
  void run(Command const& command) {
    if (!evsrc::check_valid(command)) return;
    auto const answer = decide_purely(state_, command);
    if (answer.is_rejected()) {
      RC_ASSERT(answer.events().empty());
      return;
    }
    RC_ASSERT(!answer.events().empty());
    for (auto const& event : answer.events()) {
      keeps_rules(event);
      evsrc::apply_any(state_, event);
      past_.push_back(event);
    }
    check();
  }

  [[nodiscard]] history const& past() const { return past_; }
  [[nodiscard]] retail::stock const& state() const { return state_; }
  [[nodiscard]] retail::stock_policy const& policy() const { return policy_; }

 private:
  void check() const {
    RC_ASSERT(state_.is_balanced());
    RC_ASSERT(state_.reserved >= 0);
    RC_ASSERT(state_.shipped >= 0);
    RC_ASSERT(state_.written_off >= 0);
    if (!policy_.allow_backorder) RC_ASSERT(state_.available >= 0);
    std::int64_t reserved = 0;
    std::string last;
    for (auto const& one : state_.reservations) {
      RC_ASSERT(one.quantity > 0);
      RC_ASSERT(last < one.order_id);
      last = one.order_id;
      reserved += one.quantity;
      RC_ASSERT(state_.reserved_for(one.order_id) == one.quantity);
    }
    RC_ASSERT(reserved == state_.reserved);
  }

  retail::stock_policy policy_;
  retail::stock state_;
  history past_;
};

void random_step(ledger& book) {
  auto const quantity = *between<std::int64_t>(-5, 40);
  switch (one_of(5)) {
    case 0:
      book.run(retail::receive_stock{
          .sku = "a",
          .quantity = quantity,
          .reason = *rc::gen::element(retail::stock_reason::opening, retail::stock_reason::received,
                                      retail::stock_reason::returned),
          .policy = book.policy()});
      return;
    case 1: book.run(retail::reserve_stock{*order_id(), "a", quantity, book.policy()}); return;
    case 2:
      book.run(retail::release_stock{*order_id(), "a", *maybe(rc::gen::just(quantity)), {}});
      return;
    case 3: book.run(retail::ship_stock{*order_id(), "a", *maybe(rc::gen::just(quantity))}); return;
    default:
      book.run(retail::adjust_stock{.sku = "a",
                                    .change_amount = quantity - 20,
                                    .reason = *rc::gen::element(retail::stock_reason::written_off,
                                                                retail::stock_reason::returned,
                                                                retail::stock_reason::corrected),
                                    .policy = book.policy()});
  }
}

TEST(stock_property, keeps_its_law_and_is_its_events_after_any_commands) {
  holds("stock: the law holds, nothing is below zero, replay is the state", [] {
    ledger book{*stock_policy()};
    auto const steps = one_of(200);
    for (int step = 0; step < steps; ++step) random_step(book);
    RC_ASSERT(evsrc::fold<retail::stock>(book.past()) == book.state());
  });
}

TEST(stock_property, says_the_level_that_it_has) {
  holds("stock: the type of each change is the level of its number", [] {
    ledger book{*stock_policy()};
    auto const steps = one_of(200);
    for (int step = 0; step < steps; ++step) {
      auto const seen = book.past().size();
      auto const before = retail::level_of(book.state().available, book.policy().low_stock);
      random_step(book);
      if (book.past().size() == seen) continue;
      auto const now = retail::level_of(book.state().available, book.policy().low_stock);
      auto const& last = book.past().back();
      if (now > before) {
        RC_ASSERT(std::holds_alternative<retail::inventory_low_stock>(last) ==
                  (now == retail::stock_level::low));
        RC_ASSERT(std::holds_alternative<retail::inventory_out_of_stock>(last) ==
                  (now == retail::stock_level::out));
      }
    }
  });
}

}  // namespace
