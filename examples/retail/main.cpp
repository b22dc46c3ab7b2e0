// SPDX-License-Identifier: Apache-2.0
// The command line of the retail example: import a file, print the summary, answer questions.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <limits>
#include <vector>

#include "evsrc/codec/json_codec.hpp"
#include "evsrc/runtime/projection.hpp"
#include "evsrc/sqlite/event_store.hpp"
#include "importer.hpp"
#include "order_pipeline.hpp"
#include "outside_process.hpp"
#include "read_side.hpp"
#include "sales_summary.hpp"
#include "store_filing.hpp"

namespace {

using namespace retail_example;

constexpr char const* ledger_suffix = ".ledger";

struct arguments {
  std::string file;
  std::string store;
  std::string durability = "fsync";
  bool json = false;
  std::string history;
  std::string state;
  std::optional<evsrc::stream_version> at_version;
  import_request import;
  outside_options outside;
  outage_plan outage;
  std::optional<order_style> style;
  producer_options producer;
  std::string events_folder;
};

/// On stderr. Where that cannot be written nobody is left to tell, so it does not throw for it.
template <class... Values>
void note(fmt::format_string<Values...> text, Values&&... values) {
  std::fputs(fmt::format(text, std::forward<Values>(values)...).c_str(), stderr);
}

int complain(evsrc::error const& failure) {
  note("retail: {}\n", evsrc::to_string(failure));
  return 1;
}

bool is_kept(arguments const& given) { return given.durability != "memory"; }
bool imports(arguments const& given) { return !given.file.empty() && given.producer.count == 0; }

evsrc::sqlite::durability durability_of(std::string const& name) {
  if (name == "os") return evsrc::sqlite::durability::os;
  return name == "memory" ? evsrc::sqlite::durability::memory : evsrc::sqlite::durability::fsync;
}

/// A bar on a terminal, a line now and then elsewhere.
void show_progress(std::int64_t row, double share) {
  constexpr std::int64_t rows_per_line = 50'000;
  if (isatty(STDERR_FILENO) != 0) {
    auto const filled = static_cast<int>(share * 40);
    note("\r[{:#<{}}{:.<{}}] {:3.0f}%  {} rows", "", filled, "", 40 - filled, share * 100, row);
    std::fflush(stderr);
  } else if (row % rows_per_line == 0) {
    note("retail: {} rows, {:.0f}% of the file\n", row, share * 100);
  }
}

evsrc::result<> answer(evsrc::event_store& store, arguments const& given) {
  for (auto const* const asked : {&given.history, &given.state}) {
    if (asked->empty()) continue;
    auto const stream = parse_stream(*asked);
    if (!stream) return evsrc::fail(stream.error());
    auto const text = asked == &given.history ? history_of(store, *stream)
                                              : state_of(store, *stream, given.at_version);
    if (!text) return evsrc::fail(text.error());
    fmt::print("{}", *text);
  }
  return {};
}

/// What an import did.
struct run_report {
  std::int64_t rows = 0;
  double seconds = 0;
  pipeline_report pipeline{};
  std::optional<payments_made> bank{};
};

/// @return what of the laws does not hold
evsrc::result<std::vector<std::string>> print_summary(evsrc::sqlite::event_store& store,
                                                      arguments const& given,
                                                      run_report const& done) {
  evsrc::projection<sales_summary> summary(store,
                                           {.name = "sales_summary", .batch_events = 10'000});
  for (;;) {
    auto const passed = summary.poll();
    if (!passed) return evsrc::fail(passed.error());
    if (*passed == 0) break;
  }
  return summary.read([&](sales_summary const& model) -> evsrc::result<std::vector<std::string>> {
    auto report = report_of(model, done.bank);
    report.seconds = done.seconds;
    report.rows_per_second = done.seconds > 0 ? static_cast<double>(done.rows) / done.seconds : 0;
    report.durability = given.durability;
    report.pipeline = done.pipeline;
    std::string text;
    if (given.json) {
      EVSRC_TRY(evsrc::encode_json(report, text));
      fmt::print("{}\n", text);
    } else {
      fmt::print("{}", page_of(model, report));
    }
    return report.broken_laws;
  });
}

/// Beside the store; a store in memory has a ledger that ends with it.
std::string ledger_of(arguments const& given) {
  return is_kept(given) ? given.store + ledger_suffix : std::string("/dev/null");
}

/// With a new account at the bank, all earlier payments would be missing from it.
evsrc::result<> expect_ledger(evsrc::sqlite::event_store& store, arguments const& given) {
  std::error_code none;
  auto const ledger = ledger_of(given);
  if (!is_kept(given) || std::filesystem::exists(ledger, none)) return {};
  auto const paid = has_payments(store);
  if (!paid) return evsrc::fail(paid.error());
  if (*paid)
    return evsrc::fail(evsrc::errc::not_found,
                       ledger +
                           " is missing, it belongs beside the store: it is what the bank and "
                           "the carrier have done",
                       "retail");
  return {};
}

evsrc::result<> produce_store_events(evsrc::sqlite::event_store& store, arguments const& given) {
  evsrc::retail::producer_answer answer;
  auto const folder = given.events_folder.empty() ? given.store + ".events" : given.events_folder;
  auto const filed = produce_and_file(store, given.producer, folder, answer);
  if (!filed) return evsrc::fail(filed.error());
  std::string text;
  EVSRC_TRY(evsrc::encode_json(answer, text));
  fmt::print("{}\n", text);
  note("retail: {} messages filed in {}, {} are dead letters\n", filed->filed, folder,
       filed->dead_letters);
  return {};
}

evsrc::result<> import_and_summarise(evsrc::sqlite::event_store& store, arguments& given,
                                     sale_file file) {
  given.import.progress = show_progress;
  EVSRC_TRY(expect_ledger(store, given));
  auto outside = outside_process::start(ledger_of(given), given.outside);
  if (!outside) return evsrc::fail(outside.error());
  auto const pipeline =
      order_pipeline::open(store, {outside->socket_path(), given.outage, given.style});
  if (!pipeline) return evsrc::fail(pipeline.error());
  given.import.work_off = [&](auto const& closing, auto const& policy) {
    return (*pipeline)->work_off(closing, policy);
  };
  auto const begin = std::chrono::steady_clock::now();
  auto const done = import_file(store, std::move(file), given.import);
  // Also without new rows: a run that was killed leaves orders on their way.
  if (done && done->closed_until != evsrc::timestamp{})
    EVSRC_TRY((*pipeline)->finish(done->closed_until, done->policy));
  std::chrono::duration<double> const spent = std::chrono::steady_clock::now() - begin;
  if (isatty(STDERR_FILENO) != 0) note("\r\033[K");
  if (!done) return evsrc::fail(done.error());
  if (done->rows_before > 0)
    note("retail: {} rows were in {} already, {} are new\n", done->rows_before, given.store,
         done->rows_now - done->rows_before);
  if (done->has_unterminated_row)
    note(
        "retail: the last line of {} has no line end and may be cut off: it was not "
        "imported; end it with a newline and run again\n",
        given.file);
  auto const rows = done->rows_now - done->rows_before;
  auto const bank = (*pipeline)->payments();
  if (!bank) return evsrc::fail(bank.error());
  auto const through = (*pipeline)->report();
  if (!through) return evsrc::fail(through.error());
  auto const broken = print_summary(store, given, {rows, spent.count(), *through, *bank});
  if (!broken) return evsrc::fail(broken.error());
  if (!broken->empty())
    return evsrc::fail(evsrc::errc::corrupt,
                       "nothing is on its way, and the laws do not hold: " +
                           fmt::format("{}", fmt::join(*broken, "; ")),
                       "retail");
  if (!given.json && is_kept(given))
    fmt::print(
        "Store: {}. Ask it: --store {} --history order/536365, --state stock/85123A "
        "--at-version 3\n",
        given.store, given.store);
  return {};
}

/// "payment=5"
outage_plan outage_of(std::string const& text) {
  auto const equals = text.find('=');
  outage_plan plan;
  plan.service = text.substr(0, equals);
  auto const* const end = text.data() + text.size();
  auto const* const from =
      equals == std::string::npos ? end : text.data() + static_cast<std::ptrdiff_t>(equals) + 1;
  auto const [at, wrong] = std::from_chars(from, end, plan.seconds);
  bool const is_known = plan.service == "payment" || plan.service == "shipping";
  if (!is_known || wrong != std::errc{} || at != end || plan.seconds < 1 ||
      plan.seconds > outage_max.count())
    throw CLI::ValidationError("--outage", "payment=SECONDS or shipping=SECONDS, 1 to 3600");
  return plan;
}

/// CLI11 takes "-1" for an unsigned number, and wraps it.
CLI::Validator at_least(std::int64_t least) {
  return CLI::Range(least, std::numeric_limits<std::int64_t>::max()).description("");
}

/// What an import decides by. @return the options, which mean nothing without one
std::vector<CLI::Option*> add_stock_options(CLI::App& app, shop_options& shop) {
  return {app.add_option("--opening-stock", shop.opening_stock,
                         "pieces of each product at its first row")
              ->check(CLI::Range(0, 1'000'000))
              ->capture_default_str(),
          app.add_option("--low-stock", shop.low_stock, "below this a product is low")
              ->check(CLI::Range(0, 1'000'000))
              ->capture_default_str(),
          app.add_option("--reorder-point", shop.reorder_point, "at or below this more is ordered")
              ->check(CLI::Range(0, 1'000'000))
              ->capture_default_str(),
          app.add_option("--lead-days", shop.lead_days,
                         "days from ordering to arrival, in the data's time")
              ->check(CLI::Range(0, 365))
              ->capture_default_str(),
          app.add_flag("--replenish,!--no-replenish", shop.replenish, "order more when it is low"),
          app.add_flag("--allow-backorder", shop.allow_backorder, "let stock go below zero")};
}

std::vector<CLI::Option*> add_outside_options(CLI::App& app, arguments& given) {
  return {app.add_option("--seed", given.outside.seed, "which payments and parcels fail")
              ->check(at_least(0))
              ->capture_default_str(),
          app.add_option("--payment-failures", given.outside.payment_failures_per_mille,
                         "payments that fail, of a thousand")
              ->check(CLI::Range(0, 1'000))
              ->capture_default_str(),
          app.add_option("--shipping-failures", given.outside.shipping_failures_per_mille,
                         "parcels that fail, of a thousand")
              ->check(CLI::Range(0, 1'000))
              ->capture_default_str(),
          app.add_option("--latency-us", given.outside.latency_us,
                         "how long the outside takes to answer")
              ->check(CLI::Range(0, 1'000'000))
              ->capture_default_str(),
          app.add_option_function<std::string>(
              "--outage", [&given](std::string const& text) { given.outage = outage_of(text); },
              "NAME=SECONDS: payment or shipping is away from the first order on"),
          app.add_option_function<std::string>(
                 "--style",
                 [&given](std::string const& text) {
                   given.style = text == "saga" ? order_style::saga : order_style::choreography;
                 },
                 "choreography or saga: who says what is next (default: as the store began)")
              ->check(CLI::IsMember({"choreography", "saga"})),
          app.add_option("--kill-at-row", given.import.kill_at_row,
                         "the process kills itself there, to try out recovery")
              ->check(at_least(1))};
}

void add_options(CLI::App& app, arguments& given) {
  auto* const file = app.add_option("file", given.file, "Online Retail CSV, plain or gzip");
  app.add_option("--store", given.store,
                 "SQLite file (default: NAME-OF-FILE.db here). STORE.ledger beside it is what the "
                 "bank and the carrier have done: copy both, or neither");
  app.add_option("--durability", given.durability, "fsync, os or memory")
      ->check(CLI::IsMember({"fsync", "os", "memory"}))
      ->capture_default_str();
  auto* const json = app.add_flag("--json", given.json, "print the summary as one line of JSON");
  auto* const history =
      app.add_option("--history", given.history, "print every event of CATEGORY/KEY: order/536365");
  auto* const state =
      app.add_option("--state", given.state, "print the state of order/KEY or stock/SKU as JSON");
  app.add_option("--at-version", given.at_version, "... after that many events")
      ->needs(state)
      ->check(at_least(1));
  auto const stock_options = add_stock_options(app, given.import.shop);
  auto const outside_options = add_outside_options(app, given);
  auto* const count = app.add_option("--count", given.producer.count,
                                     "instead of importing: send so many messages of tills and "
                                     "file them; FILE then only names the store")
                          ->check(CLI::Range(1, 10'000'000));
  app.add_option("--events-folder", given.events_folder,
                 "where --count files them (default: STORE.events)")
      ->needs(count);
  // What would not be heeded is refused.
  json->excludes(history)->excludes(state);
  count->excludes(history)->excludes(state);
  for (auto const& options : {stock_options, outside_options})
    for (auto* const option : options) option->needs(file)->excludes(count);
  app.callback([&given, stock_options] {
    for (auto const* const option : stock_options)
      if (option->count() > 0) given.import.shop_is_given = true;
    if (!is_kept(given) && !given.store.empty())
      throw CLI::ValidationError("--store", "--durability memory keeps nothing in a file");
  });
}

/// This program again, as the world outside: see outside_process.
int be_outside(char** argv) {
  auto const number = [](char const* text) { return std::strtoll(text, nullptr, 10); };
  return serve_outside(argv[2], argv[3],
                       {static_cast<std::uint64_t>(number(argv[4])), number(argv[5]),
                        number(argv[6]), number(argv[7])});
}

evsrc::result<> run(evsrc::sqlite::event_store& store, arguments& given,
                    std::optional<sale_file> file) {
  if (given.producer.count > 0) return produce_store_events(store, given);
  bool const asks = !given.history.empty() || !given.state.empty();
  if (file) {
    EVSRC_TRY(import_and_summarise(store, given, std::move(*file)));
    return asks ? answer(store, given) : evsrc::result<>{};
  }
  if (asks) return answer(store, given);
  auto const told = print_summary(store, given, {});
  return told ? evsrc::result<>{} : evsrc::fail(told.error());
}

/// @return the exit code
int run_program(int argc, char** argv) {
  if (argc == 8 && std::string_view(argv[1]) == "outside") return be_outside(argv);
  arguments given;
  CLI::App app("Imports a shop's rows into an event store and says what they came to.", "retail");
  add_options(app, given);
  try {
    app.parse(argc, argv);
  } catch (CLI::ParseError const& wrong) {
    return app.exit(wrong) == 0 ? 0 : 2;
  }
  if (given.file.empty() && given.store.empty()) {
    note("retail: name a file to import, or a store to ask; see --help\n");
    return 2;
  }
  if (given.store.empty()) {
    auto const begin = given.file.find_last_of('/') + 1;
    given.store = given.file.substr(begin, given.file.find('.', begin) - begin) + ".db";
  }
  // First, so that a file that cannot be imported leaves no store behind.
  std::optional<sale_file> file;
  if (imports(given)) {
    auto opened = sale_file::open(given.file);
    if (!opened) return complain(opened.error());
    file = std::move(*opened);
  }
  evsrc::sqlite::options options{.durability = durability_of(given.durability)};
  bool const only_asks = !imports(given) && given.producer.count == 0;
  options.read_only = only_asks;
  options.create = !only_asks;
  // A new shop has a new account at the bank.
  if (std::error_code none;
      is_kept(given) && options.create && !std::filesystem::exists(given.store, none))
    std::filesystem::remove(given.store + ledger_suffix, none);
  auto store = evsrc::sqlite::open(is_kept(given) ? given.store : ":memory:", options);
  if (!store) return complain(store.error());
  if (auto const done = run(**store, given, std::move(file)); !done) return complain(done.error());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    int const code = run_program(argc, argv);
    // What was printed last is in a buffer until now.
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
    std::fprintf(stderr, "retail: cannot write to stdout: %s\n", std::strerror(errno));
  } catch (std::exception const& failure) {  // fmt throws where it cannot write
    std::fprintf(stderr, "retail: %s\n", failure.what());
  }
  return 1;
}
