// SPDX-License-Identifier: Apache-2.0
// Events in memory to state: the typed fold against a switch written by hand.
#include "evsrc/model/fold.hpp"

#include <random>

#include "allocation_count.hpp"
#include "suite.hpp"

namespace bench {
namespace {

struct money_deposited {
  static constexpr evsrc::event_name wire_name{"account.deposited", 1};
  std::int64_t cents = 0;
};
struct money_withdrawn {
  static constexpr evsrc::event_name wire_name{"account.withdrawn", 1};
  std::int64_t cents = 0;
  std::int64_t fee_cents = 0;
};
struct account_frozen {
  static constexpr evsrc::event_name wire_name{"account.frozen", 1};
  std::string reason;
};
struct limit_changed {
  static constexpr evsrc::event_name wire_name{"account.limit_changed", 1};
  std::int64_t limit_cents = 0;
};

struct account {
  static constexpr evsrc::category category{"account"};
  using events = evsrc::events<money_deposited, money_withdrawn, account_frozen, limit_changed>;

  std::int64_t balance_cents = 0;
  std::int64_t fees_cents = 0;
  std::int64_t limit_cents = 0;
  std::int64_t frozen = 0;

  void apply(money_deposited const& event) { balance_cents += event.cents; }
  void apply(money_withdrawn const& event) {
    balance_cents -= event.cents + event.fee_cents;
    fees_cents += event.fee_cents;
  }
  void apply(account_frozen const& event) { frozen += event.reason.empty() ? 0 : 1; }
  void apply(limit_changed const& event) { limit_cents = event.limit_cents; }

  friend bool operator==(account const&, account const&) = default;
};
using account_event = account::events::variant;

std::vector<account_event> make_history(std::size_t count) {
  std::mt19937_64 random(20101201);
  std::vector<account_event> made;
  made.reserve(count);
  for (std::size_t i = 0; i != count; ++i) {
    auto const cents = static_cast<std::int64_t>(random() % 10'000);
    switch (random() % 8) {
      case 0:
        made.emplace_back(account_frozen{"a reason that is longer than fits in place"});
        break;
      case 1: made.emplace_back(limit_changed{cents}); break;
      case 2:
      case 3:
      case 4: made.emplace_back(money_withdrawn{cents, 5}); break;
      default: made.emplace_back(money_deposited{cents}); break;
    }
  }
  return made;
}

account fold_by_hand(std::vector<account_event> const& history) {
  account state;
  for (auto const& event : history) {
    switch (event.index()) {
      case 0: state.balance_cents += std::get_if<0>(&event)->cents; break;
      case 1: {
        auto const& one = *std::get_if<1>(&event);
        state.balance_cents -= one.cents + one.fee_cents;
        state.fees_cents += one.fee_cents;
        break;
      }
      case 2: state.frozen += std::get_if<2>(&event)->reason.empty() ? 0 : 1; break;
      case 3: state.limit_cents = std::get_if<3>(&event)->limit_cents; break;
      default: break;
    }
  }
  return state;
}

constexpr char const* fold_name = "fold/in memory";
constexpr char const* allocations_name = "fold/allocations";

void measure_fold(bench_run& run) {
  auto const history = make_history(10'000);
  auto const repeats = run.amount(100);
  auto const expected = fold_by_hand(history);
  // Volatile, or the compiler folds once for all repeats.
  std::vector<account_event> const* volatile source = &history;
  auto const timed = [&](auto const& fold) {
    return [&source, &expected, fold, repeats]() -> double {
      cpu_stopwatch const watch;
      for (std::size_t i = 0; i != repeats; ++i)
        if (!(fold(*source) == expected)) give_up("two folds differ");
      return watch.per_second(repeats * source->size());
    };
  };
  auto const typed = [](std::vector<account_event> const& events) {
    return evsrc::fold<account>(events);
  };
  run.compare({fold_name, "events/s", "", 0.95}, {timed(typed), timed(fold_by_hand), {}});
  if (!run.wants(allocations_name)) return;
  auto const before = allocation_count();
  if (!(typed(history) == expected)) give_up("two folds differ");
  run.add({{allocations_name, "per event"},
           static_cast<double>(allocation_count() - before) / static_cast<double>(history.size())});
}

}  // namespace

std::vector<row_group> fold_rows() { return {{{fold_name, allocations_name}, measure_fold}}; }

}  // namespace bench
