// SPDX-License-Identifier: Apache-2.0
// What holds of an order after any sequence of commands.
#include "evsrc/retail/order.hpp"

#include "checked_property.hpp"
#include "order_generators.hpp"

namespace {

using namespace evsrc::property;
using evsrc::money;
namespace retail = evsrc::retail;
using retail::order_state;
using history = std::vector<retail::order::events::variant>;

class order_book {
 public:
  template <class Command>
  void run(Command const& command) {
    if (!evsrc::check_valid(command)) return;
    auto const answer = decide_purely(state_, command);
    if (answer.is_rejected()) {
      RC_ASSERT(answer.events().empty());
      return;
    }
    for (auto const& event : answer.events()) {
      keeps_rules(event);
      auto const before = state_.state;
      evsrc::apply_any(state_, event);
      past_.push_back(event);
      RC_ASSERT(before == state_.state || retail::can_become(before, state_.state));
    }
    check();
  }

  [[nodiscard]] history const& past() const { return past_; }
  [[nodiscard]] retail::order const& state() const { return state_; }

 private:
  void check() const {
    RC_ASSERT(!state_.items.empty());
    RC_ASSERT(state_.total == retail::total_of(state_.items).value());
    RC_ASSERT(state_.refunded <= state_.paid);
    bool const is_paid = state_.state == order_state::paid ||
                         state_.state == order_state::fulfilled ||
                         state_.state == order_state::completed;
    if (is_paid) RC_ASSERT(state_.paid == state_.total);
    if (state_.state == order_state::cancelled) RC_ASSERT(state_.is_refunded());
  }

  retail::order state_;
  history past_;
};

retail::create_order random_order() {
  retail::create_order command;
  command.order_id = "536365";
  command.items = *order_items();
  command.total_amount = *maybe(rc::gen::just(retail::total_of(command.items).value()));
  return command;
}

/// The exact total most of the time, so that orders get far.
money payment_for(retail::order const& order) {
  return *rc::gen::weightedElement<money>({{5, order.total}, {1, money{100, 2}}});
}

void random_step(order_book& book) {
  switch (one_of(13)) {
    case 0: book.run(random_order()); return;
    case 1:
      book.run(retail::update_order{*maybe(order_items()), retail::address{{"city", "x"}}});
      return;
    case 2: book.run(retail::add_order_lines{*order_items()}); return;
    case 3: book.run(retail::confirm_order{}); return;
    case 4: book.run(retail::hold_order{{{"a", 2, 1}}}); return;
    case 5: book.run(retail::complete_payment{"p-1", payment_for(book.state()), {}}); return;
    case 6: book.run(retail::fail_payment{{}, "declined"}); return;
    case 7: book.run(retail::refund_payment{*maybe(price()), {}}); return;
    case 8: book.run(retail::schedule_shipping{"s-1", {}, {}}); return;
    case 9: book.run(retail::complete_shipping{"s-1", {}, {}}); return;
    case 10: book.run(retail::fail_shipping{"s-1", "lost"}); return;
    case 11: book.run(retail::complete_order{}); return;
    default: book.run(retail::cancel_order{}); return;
  }
}

TEST(order_property, moves_only_as_allowed_and_is_its_events) {
  holds("order: only allowed transitions, exact totals, replay is the state", [] {
    order_book book;
    book.run(random_order());
    auto const steps = one_of(150);
    for (int step = 0; step < steps; ++step) random_step(book);
    RC_ASSERT(evsrc::fold<retail::order>(book.past()) == book.state());
    RC_TAG(std::string(to_string(book.state().state)));
  });
}

TEST(order_property, total_does_not_depend_on_the_order_of_lines) {
  holds("order: the total is the same whichever way its lines stand", [] {
    auto items = *order_items();
    auto const total = retail::total_of(items).value();
    std::reverse(items.begin(), items.end());
    RC_ASSERT(retail::total_of(items).value() == total);
  });
}

}  // namespace
