// SPDX-License-Identifier: Apache-2.0
// A read model in tables of one's own, changed in the transaction that moves its checkpoint.
#include "evsrc/runtime/projection.hpp"

#include <cstdio>

#include "evsrc/runtime/command_handler.hpp"
#include "evsrc/sqlite/event_store.hpp"

struct order_placed {
  static constexpr evsrc::event_name wire_name{"order.placed", 1};
  std::string country;
  std::int64_t pence = 0;
};
struct order {
  static constexpr evsrc::category category{"order"};
  using events = evsrc::events<order_placed>;
  void apply(order_placed const&) {}
};
struct place {
  std::string country;
  std::int64_t pence = 0;
};
inline evsrc::decision<order> decide(order const&, place const& c) {
  return order_placed{c.country, c.pence};
}
// Whoever has questions asks the view `revenue`. Behind it stands the table of one version of the
// model; raise `model_version` and another is filled beside it, and the view goes over to that.
struct revenue {
  using transaction = evsrc::sqlite::transaction;
  static constexpr std::string_view name = "revenue";
  static constexpr std::uint32_t model_version = 1;
  using events = evsrc::events<order_placed>;
  std::string label;

  [[nodiscard]] std::string table() const { return "revenue_" + label; }
  evsrc::result<> run(transaction& t, std::string const& sql) const {
    return t.exec(sql).map([](std::int64_t) {});
  }
  evsrc::result<> create(transaction& t) const {
    return run(t, "create table " + table() + " (country text primary key, pence integer)");
  }
  evsrc::result<> activate(transaction& t) const {
    EVSRC_TRY(run(t, "drop view if exists revenue"));
    return run(t, "create view revenue as select * from " + table());
  }
  evsrc::result<> drop(transaction& t) const { return run(t, "drop table " + table()); }
  evsrc::result<> apply(transaction& t, order_placed const& e) const {
    return t
        .exec("insert into " + table() +
                  " values (?, ?) on conflict do update set pence = pence + excluded.pence",
              {e.country, e.pence})
        .map([](std::int64_t) {});
  }
};

namespace {

int report(evsrc::error const& failure) {
  std::printf("error: %s\n", to_string(failure).c_str());
  return 1;
}

evsrc::result<> show(evsrc::sqlite::event_store& store) {
  return store.query_sql("select country, pence from revenue order by pence desc", {},
                         [](evsrc::sqlite::sql_row const& row) {
                           std::printf("  %s %d\n", std::string(row.text(0)).c_str(),
                                       static_cast<int>(row.integer(1)));
                           return true;
                         });
}

}  // namespace

int main() {
  auto store = evsrc::sqlite::open("shop.db");
  if (!store) return report(store.error());
  evsrc::command_handler<order> orders{**store};
  evsrc::projection<revenue, evsrc::sqlite::event_store> projection{**store};
  evsrc::receipt last;
  for (auto const& [key, command] : {std::pair{"1", place{"France", 1250}},
                                     {"2", place{"Norway", 900}},
                                     {"3", place{"France", 450}}}) {
    auto const placed = orders.handle(key, command);
    if (!placed) return report(placed.error());
    last = placed->receipt;
  }
  // Nobody runs the projection here: this call steps it as far as the last order.
  if (auto const seen = projection.wait(last, std::chrono::seconds(5)); !seen)
    return report(seen.error());
  std::printf("from %s:\n", projection.label().c_str());
  if (auto const shown = show(**store); !shown) return report(shown.error());
  // Built again beside the live table, from the first event on; the view goes over at the end.
  if (auto const begun = projection.rebuild(); !begun) return report(begun.error());
  do {
    if (auto const moved = projection.poll(); !moved) return report(moved.error());
  } while (projection.is_rebuilding());
  std::printf("from %s:\n", projection.label().c_str());
  if (auto const shown = show(**store); !shown) return report(shown.error());
}
