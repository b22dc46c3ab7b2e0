// SPDX-License-Identifier: Apache-2.0
// A small domain for crashes: invoices are issued, and booked on their accounts.
#pragma once

#include <string>

#include "evsrc/model/aggregate.hpp"
#include "evsrc/model/decision.hpp"
#include "evsrc/model/publication.hpp"
#include "evsrc/sqlite/transaction.hpp"

namespace evsrc_test {

struct invoice_issued {
  static constexpr evsrc::event_name wire_name{"crash.invoice_issued", 1};
  std::string invoice;
  std::string account;
  std::int64_t cents = 0;
};
struct amount_booked {
  static constexpr evsrc::event_name wire_name{"crash.amount_booked", 1};
  std::string invoice;
  std::string account;
  std::int64_t cents = 0;
};

struct invoice {
  static constexpr evsrc::category category{"invoice"};
  using events = evsrc::events<invoice_issued>;
  bool is_issued = false;
  void apply(invoice_issued const&) { is_issued = true; }
};
struct issue {
  std::string invoice;
  std::string account;
  std::int64_t cents = 0;
};
struct invoice_exists {
  std::string invoice;
};
inline evsrc::decision<invoice, invoice_exists> decide(invoice const& state, issue const& command) {
  if (state.is_issued) return evsrc::reject(invoice_exists{command.invoice});
  return invoice_issued{command.invoice, command.account, command.cents};
}

/// Books whatever it is told: that it is told once is what the tests are about.
struct account {
  static constexpr evsrc::category category{"account"};
  using events = evsrc::events<amount_booked>;
  std::int64_t cents = 0;
  void apply(amount_booked const& event) { cents += event.cents; }
};
struct book {
  std::string invoice;
  std::string account;
  std::int64_t cents = 0;
};
inline evsrc::decision<account> decide(account const&, book const& command) {
  return amount_booked{command.invoice, command.account, command.cents};
}

inline constexpr auto invoice_publications = evsrc::publications(
    evsrc::publish<invoice_issued>().to("payments").key(&invoice_issued::account));
using invoice_publications_type = std::remove_const_t<decltype(invoice_publications)>;

/// What each account has, in a table; readers look at the view `totals`.
struct account_totals {
  using transaction = evsrc::sqlite::transaction;
  static constexpr std::string_view name = "account_totals";
  using events = evsrc::events<amount_booked>;
  std::string label;

  static evsrc::result<> run(transaction& t, std::string const& sql) {
    return t.exec(sql).map([](std::int64_t) {});
  }
  evsrc::result<> create(transaction& t) const {
    return run(t, "CREATE TABLE totals_" + label + " (account TEXT PRIMARY KEY, cents INTEGER)");
  }
  evsrc::result<> activate(transaction& t) const {
    EVSRC_TRY(run(t, "DROP VIEW IF EXISTS totals"));
    return run(t, "CREATE VIEW totals AS SELECT * FROM totals_" + label);
  }
  evsrc::result<> drop(transaction& t) const { return run(t, "DROP TABLE totals_" + label); }
  evsrc::result<> apply(transaction& t, amount_booked const& event) const {
    return t
        .exec("INSERT INTO totals_" + label +
                  " VALUES (?, ?) ON CONFLICT DO UPDATE SET cents = cents + excluded.cents",
              {event.account, event.cents})
        .map([](std::int64_t) {});
  }
};

}  // namespace evsrc_test
