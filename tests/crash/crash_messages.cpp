// SPDX-License-Identifier: Apache-2.0
// Messages between two files, and what is done to those that fail, as a program that is killed:
// invoices are issued in a store, relayed to a queue of another file, booked by account in order,
// dead-lettered, redriven and edited; then a read model is built anew. Run again it does all of it
// from the beginning.
//
//   crash_messages run NAME=VALUE...
//     store, bus, commands, log       paths; commands has "KEY INVOICE ACCOUNT CENTS" in each line
//     transactions=no                 the bus can settle and send, but not both at once
//     cancel_at=NUMBER                the redrive is cancelled behind so many; death is at the next
//                                     statement
//     ahead_s, die_at, die_number, counts    as of crash_shop
//   crash_messages old store=PATH     a file of the first schema, with rows in its outbox
//   crash_messages upgrade store=PATH ...      opens it, and writes to it
//
// Accounts that begin with "stubborn" refuse negative amounts until they are mended, those that
// begin with "typo" until somebody edits the message.
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <stop_token>

#include "crash_points.hpp"
#include "evsrc/runtime/command_handler.hpp"
#include "evsrc/runtime/consumer.hpp"
#include "evsrc/runtime/outbox_relay.hpp"
#include "evsrc/runtime/redrive.hpp"
#include "evsrc/runtime/table_projection.hpp"
#include "evsrc/sqlite/message_bus.hpp"
#include "evsrc/testing/manual_clock.hpp"
#include "invoices.hpp"
#include "reply_log.hpp"
#include "schema.hpp"

namespace {

using namespace std::chrono_literals;
using namespace evsrc_test;
using evsrc::result;
using settings = std::map<std::string, std::string>;

constexpr char const* payments = "payments";

/// As a broker without transactions.
class plain_bus final : public evsrc::message_bus {
 public:
  explicit plain_bus(evsrc::message_bus& to) : to_(to) {}
  result<std::unique_ptr<evsrc::sender>> open_sender(std::string_view entity) override {
    return to_.open_sender(entity);
  }
  result<std::unique_ptr<evsrc::receiver>> open_receiver(std::string_view entity,
                                                         evsrc::receive_mode mode) override {
    return to_.open_receiver(entity, mode);
  }
  result<std::unique_ptr<evsrc::session_receiver>> accept_session(
      std::string_view entity, evsrc::session_request const& which) override {
    return to_.accept_session(entity, which);
  }
  result<std::vector<std::string>> sessions(std::string_view entity, std::string_view after,
                                            std::size_t max_sessions) override {
    return to_.sessions(entity, after, max_sessions);
  }
  result<void> commit(evsrc::bus_transaction const&) override {
    return evsrc::fail(evsrc::errc::unsupported, "no transactions", "plain_bus");
  }
  evsrc::topology& topology() override { return to_.topology(); }
  void close() override { to_.close(); }

 private:
  evsrc::message_bus& to_;
};

class office {
 public:
  office(evsrc::sqlite::event_store& store, evsrc::message_bus& bus,
         evsrc::testing::manual_clock& time, crash_points& points)
      : store_(store),
        bus_(bus),
        time_(time),
        points_(points),
        invoices_(store, {.clock = &time}, invoice_publications),
        accounts_(store, {.clock = &time}),
        relay_(store, bus, relaying()) {
    way_.on<invoice_issued>([this](invoice_issued const& event,
                                   evsrc::message_context& context) -> result<void> {
      bool const is_mended = is_mended_ && event.account.rfind("stubborn", 0) == 0;
      if (event.cents < 0 && !is_mended) return evsrc::invalid("cents", "below zero");
      auto const done =
          context.handle(accounts_, event.account, book{event.invoice, event.account, event.cents});
      if (!done) return evsrc::fail(done.error());
      return {};
    });
    evsrc::consumer_options options;
    options.name = "billing";
    options.entity = payments;
    options.sessions = 4;
    options.keep_order = true;
    options.retry = {.immediate = 1, .delayed = 0};
    options.clock = &time;
    consumer_.emplace(store, bus, way_, options);
  }

  result<void> run(std::string const& commands, std::string const& log, std::size_t cancel_at) {
    points_.set_phase("declare/");
    evsrc::queue_options queue;
    queue.requires_session = true;
    if (auto made = bus_.topology().create_queue(payments, queue);
        !made && made.error().code != evsrc::errc::already_exists)
      return made;
    points_.set_phase("issue/");
    EVSRC_TRY(issue_all(commands, log));
    points_.set_phase("relay/");
    EVSRC_TRY(relay_all());
    points_.set_phase("consume/");
    EVSRC_TRY(consume_all());
    points_.set_phase("redrive/");
    EVSRC_TRY(redrive_stubborn(cancel_at));
    points_.set_phase("edit/");
    EVSRC_TRY(edit_typos());
    points_.set_phase("mended/");
    is_mended_ = true;
    EVSRC_TRY(relay_all());
    EVSRC_TRY(consume_all());
    points_.set_phase("project/");
    return build_totals();
  }

 private:
  evsrc::relay_options relaying() {
    evsrc::relay_options made;
    made.batch_rows = 4;
    made.clock = &time_;
    return made;
  }

  result<void> issue_all(std::string const& commands, std::string const& log) {
    reply_log const replies{log};
    std::ifstream lines{commands};
    issue command;
    for (std::string key; lines >> key >> command.invoice >> command.account >> command.cents;) {
      auto const outcome = invoices_.handle(command.invoice, command, {.key = key});
      if (!outcome && !outcome.is_rejected()) return evsrc::fail(outcome.error());
      if (!replies.write(key, outcome ? told(*outcome) : "rejected"))
        return evsrc::fail(evsrc::errc::io_failed, "cannot write the log", "crash_messages");
    }
    return {};
  }

  /// Idle rounds let virtual time pass: what a dead process owned is given up by then.
  template <class Step, class IsDone>
  result<void> until(Step step, IsDone is_done) {
    for (int idle = 0; idle < 200;) {
      result<std::size_t> const moved = step();
      if (!moved) return evsrc::fail(moved.error());
      if (*moved > 0) continue;
      result<bool> const done = is_done();
      if (!done) return evsrc::fail(done.error());
      if (*done) return {};
      ++idle;
      time_.advance(1s);
    }
    return evsrc::fail(
        evsrc::errc::timed_out,
        "nothing moves: " + to_string(relay_.explain()) + "; " + to_string(consumer_->explain()),
        "crash_messages");
  }
  result<void> relay_all() {
    return until([this] { return relay_.poll(); },
                 [this]() -> result<bool> {
                   auto const rows = store_.read_outbox({});
                   if (!rows) return evsrc::fail(rows.error());
                   return rows->empty();
                 });
  }
  result<void> consume_all() {
    return until([this] { return consumer_->poll(); },
                 [this]() -> result<bool> {
                   auto const counts = bus_.topology().counts(payments);
                   if (!counts) return evsrc::fail(counts.error());
                   return counts->active == 0;
                 });
  }

  evsrc::redriver make_redriver() {
    evsrc::redrive_options options;
    options.consumer = "billing";
    options.entity = payments;
    options.clock = &time_;
    return {store_, bus_, options};
  }
  result<void> redrive_stubborn(std::size_t cancel_at) {
    auto again = make_redriver();
    evsrc::dead_letter_selection what;
    what.wanted = [](evsrc::delivery const& one) {
      return one.message.session_id.rfind("stubborn", 0) == 0;
    };
    std::stop_source stop;
    what.progress = [&](evsrc::redrive_report const& so_far) {
      if (cancel_at == 0 || so_far.redriven < cancel_at) return;
      stop.request_stop();
      points_.end_here();
    };
    auto const report = again.redrive_dead_letters(std::move(what), stop.get_token());
    if (!report) return evsrc::fail(report.error());
    return {};
  }
  /// The amount as it was meant to be.
  result<void> edit_typos() {
    evsrc::dead_letters letters{bus_, payments};
    auto const page = letters.read({});
    if (!page) return evsrc::fail(page.error());
    for (auto const& one : page->letters) {
      if (one.key.rfind("typo", 0) != 0) continue;
      auto const sent = make_redriver().redrive_edited(one.letter.sequence_number,
                                                       [](evsrc::message& edited) -> result<void> {
                                                         auto const minus = edited.body.find(":-");
                                                         if (minus != std::string::npos)
                                                           edited.body.erase(minus + 1, 1);
                                                         return {};
                                                       });
      // Where a relay repeated it there are two of it; what was sent for one stands for both.
      if (!sent && sent.error().code != evsrc::errc::version_conflict)
        return evsrc::fail(sent.error());
    }
    return {};
  }

  result<void> build_totals() {
    evsrc::projection_options options;
    options.clock = &time_;
    evsrc::table_projection<account_totals, evsrc::sqlite::event_store> totals{store_, options};
    constexpr int rebuilds = 3;
    for (int number = 0; number < rebuilds; ++number) {
      // A dead owner is waited for.
      EVSRC_TRY(until([&] { return totals.poll(); },
                      [&]() -> result<bool> {
                        if (totals.label().empty()) return false;
                        points_.set_phase("rebuild/");
                        auto const begun = totals.rebuild();
                        if (!begun && begun.error().code != evsrc::errc::unavailable)
                          return evsrc::fail(begun.error());
                        return begun.has_value();
                      }));
      EVSRC_TRY(until([&] { return totals.poll(); },
                      [&]() -> result<bool> { return !totals.is_rebuilding(); }));
    }
    return {};
  }

  evsrc::sqlite::event_store& store_;
  evsrc::message_bus& bus_;
  evsrc::testing::manual_clock& time_;
  crash_points& points_;
  evsrc::command_handler<invoice, invoice_publications_type> invoices_;
  evsrc::command_handler<account> accounts_;
  evsrc::router way_;
  std::optional<evsrc::consumer> consumer_;
  evsrc::outbox_relay relay_;
  bool is_mended_ = false;
};

evsrc::sqlite::options options_with(evsrc::clock& time) {
  evsrc::sqlite::options made;
  made.vfs = crash_points::vfs_name();
  made.clock = &time;
  made.threads = evsrc::sqlite::threads::none;
  made.durability = evsrc::sqlite::durability::os;
  return made;
}

result<void> run_office(settings& with, crash_points& points) {
  evsrc::testing::manual_clock time;
  time.advance(std::chrono::seconds(std::atoll(with["ahead_s"].c_str())));
  auto const store = evsrc::sqlite::open(with["store"], options_with(time));
  if (!store) return evsrc::fail(store.error());
  auto const bus = evsrc::sqlite::open_bus(with["bus"], options_with(time));
  if (!bus) return evsrc::fail(bus.error());
  plain_bus plain{**bus};
  office work{**store,
              with["transactions"] == "no" ? plain : static_cast<evsrc::message_bus&>(**bus), time,
              points};
  return work.run(with["commands"], with["log"],
                  std::strtoull(with["cancel_at"].c_str(), nullptr, 10));
}

/// Properties as the first version wrote them: count, then names and texts behind their lengths.
result<void> make_old(settings& with) {
  using namespace evsrc::sqlite::detail;
  auto file = connection::open({.path = with["store"], .create = true});
  if (!file) return evsrc::fail(file.error());
  EVSRC_TRY(migrate(*file, all_migrations().first(1)));
  return file->run(
      "INSERT INTO evsrc_outbox WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n"
      " WHERE i < 50) SELECT i, 'id-' || i, 'orders', 'customer-' || (i % 7), 'order.created', 2, "
      "0,"
      " 'application/json', '', '', '', x'0101620132', x'7B7D' FROM n");
}

result<void> upgrade(settings& with) {
  evsrc::testing::manual_clock time;
  auto const store = evsrc::sqlite::open(with["store"], options_with(time));
  if (!store) return evsrc::fail(store.error());
  auto const rows = (*store)->read_outbox({.max_rows = 100});
  if (!rows) return evsrc::fail(rows.error());
  for (auto const& row : *rows) {
    if (row.message.properties != evsrc::property_list{{"b", std::string("2")}} ||
        row.message.body != "{}")
      return evsrc::fail(evsrc::errc::corrupt, "row " + row.message.id.value, "crash_messages");
    std::cout << row.sequence << ' ' << row.message.id.value << ' ' << row.message.key << '\n';
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  std::string_view const what = argc > 1 ? argv[1] : "";
  settings with;
  for (int at = 2; at < argc; ++at) {
    std::string const one = argv[at];
    auto const sign = one.find('=');
    with[one.substr(0, sign)] = sign == std::string::npos ? "" : one.substr(sign + 1);
  }
  auto& points = crash_points::install();
  if (with.contains("die_at"))
    points.arm(with["die_at"], std::strtoull(with["die_number"].c_str(), nullptr, 10));
  auto const done = what == "run"       ? run_office(with, points)
                    : what == "old"     ? make_old(with)
                    : what == "upgrade" ? upgrade(with)
                                        : evsrc::invalid("command", "run, old or upgrade");
  if (!done) {
    std::cerr << "crash_messages: " << evsrc::to_string(done.error()) << '\n';
    return 1;
  }
  if (with.contains("counts")) points.write_counts(with["counts"]);
  return 0;
}
