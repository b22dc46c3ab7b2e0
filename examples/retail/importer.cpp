// SPDX-License-Identifier: Apache-2.0
// The loop over the file: which rows are new, when to commit, when a day ends.
#include "importer.hpp"

#include <csignal>
#include <cstdio>
#include <map>

#include "evsrc/runtime/state_reader.hpp"
#include "sale_row.hpp"
#include "shop.hpp"

namespace retail_example {
namespace {

constexpr char const* origin = "import_file";

/// FNV-1a over the text of the lines, each with a line end: says whether two files begin alike.
class text_hash {
 public:
  void add(std::string_view line) noexcept {
    for (char const c : line) step(static_cast<unsigned char>(c));
    step('\n');
  }
  [[nodiscard]] std::string text() const {
    char buffer[17];
    std::snprintf(buffer, sizeof buffer, "%016llx", static_cast<unsigned long long>(state_));
    return buffer;
  }

 private:
  void step(unsigned char byte) noexcept { state_ = (state_ ^ byte) * 0x100000001B3ULL; }
  std::uint64_t state_ = 0xCBF29CE484222325ULL;
};

/// Row numbers that commits ended at, and the hash of the text up to there.
using known_prefixes = std::map<std::int64_t, std::string>;

evsrc::result<known_prefixes> prefixes_of(evsrc::event_store& store, std::string const& book_key) {
  known_prefixes found;
  evsrc::state_reader<import_book> const reader(store);
  for (evsrc::stream_version from = 0;;) {
    auto const page = reader.history(book_key, from);
    if (!page) return evsrc::fail(page.error());
    for (auto const& one : page->events)
      if (auto const* rows = std::get_if<rows_imported>(&one.event))
        found.emplace(rows->through_row, rows->prefix_hash);
    if (page->events.empty()) return found;
    from = page->events.back().version;
  }
}

class import_run {
 public:
  import_run(evsrc::event_store& store, sale_file file, import_request const& request)
      : store_(&store), request_(&request), file_(std::move(file)) {
    hash_.add(file_.header);
  }

  evsrc::result<import_report> operator()() {
    for (;;) {
      auto const more = next_row();
      if (!more) return evsrc::fail(keep_rows_before(more.error()));
      if (!*more) break;
      if (auto const done = take_row(); !done) return evsrc::fail(done.error());
    }
    if (shop_) {
      if (auto const done = shop_->flush(hash_.text()); !done) return evsrc::fail(done.error());
      report_.rows_now = std::max(row_number_, report_.rows_before);
      report_.closed_until = shop_->closed_until();
      report_.policy = shop_->policy();
    }
    return report_;
  }

 private:
  /// False at the end; a last line without its end waits until the file has the rest of it.
  evsrc::result<bool> next_row() {
    auto more = file_.reader.next(line_);
    if (!more || !*more) return more;
    if (line_.unterminated) {
      report_.has_unterminated_row = true;
      return false;
    }
    ++row_number_;
    return true;
  }

  evsrc::result<void> open_shop() {
    auto first = hash_;
    first.add(line_.text);
    report_.book_key = first.text();
    auto opened = shop::open(*store_, report_.book_key, request_->work_off);
    if (!opened) return evsrc::fail(std::move(opened.error()));
    shop_.emplace(std::move(*opened));
    auto const& book = shop_->book();
    report_.rows_before = book.through_row;
    if (book.file.empty()) {
      auto const name = file_.path.substr(file_.path.find_last_of('/') + 1);  // npos + 1 is 0
      return shop_->start(name, request_->shop);
    }
    if (request_->shop_is_given && !(request_->shop == book.shop))
      return evsrc::fail(evsrc::errc::invalid_argument,
                         "this import began with other stock options; leave them out to go on",
                         origin);
    auto known = prefixes_of(*store_, report_.book_key);
    if (!known) return evsrc::fail(std::move(known.error()));
    known_ = std::move(*known);
    return {};
  }

  evsrc::result<void> take_row() {
    if (!shop_) EVSRC_TRY(open_shop());
    if (row_number_ <= report_.rows_before) return pass_known_row();
    sale_row row;
    row.number = static_cast<std::uint64_t>(row_number_);
    std::string_view broken = "line_too_long";
    if (!line_.too_long) broken = file_.columns.read(line_.text, fields_, storage_, row);
    if (shop_->ends_day(row)) {
      EVSRC_TRY(shop_->flush(hash_.text()));
      EVSRC_TRY(shop_->close_day());
    }
    EVSRC_TRY(shop_->take(row, broken));
    hash_.add(line_.text);
    if (row_number_ == request_->kill_at_row) std::raise(SIGKILL);
    if (shop_->is_full()) EVSRC_TRY(shop_->flush(hash_.text()));
    show_progress();
    return {};
  }

  /// What is in the store is only compared.
  evsrc::result<void> pass_known_row() {
    hash_.add(line_.text);
    auto const known = known_.find(row_number_);
    if (known == known_.end() || known->second == hash_.text()) return {};
    return evsrc::fail(evsrc::errc::invalid_argument,
                       file_.path + ": the store holds another file's rows (" + shop_->book().file +
                           ", which differs before row " + std::to_string(row_number_) +
                           "); choose another store",
                       origin);
  }

  /// The file is damaged behind the rows that were read: those are good and stay.
  evsrc::error keep_rows_before(evsrc::error damage) {
    if (!shop_) return damage;
    if (auto const kept = shop_->flush(hash_.text()); !kept) return kept.error();
    damage.message += "; the " + std::to_string(row_number_) + " rows before it are in the store";
    return damage;
  }

  void show_progress() {
    constexpr std::int64_t rows_per_step = 1'000;
    if (!request_->progress || row_number_ % rows_per_step != 0) return;
    auto const total = file_.reader.bytes_total();
    request_->progress(row_number_, total == 0 ? 1.0
                                               : static_cast<double>(file_.reader.bytes_read()) /
                                                     static_cast<double>(total));
  }

  evsrc::event_store* store_;
  import_request const* request_;
  sale_file file_;
  std::optional<shop> shop_;
  import_report report_;
  known_prefixes known_;
  text_hash hash_;
  csv_line line_;
  std::int64_t row_number_ = 0;
  std::vector<std::string_view> fields_;
  std::string storage_;
};

}  // namespace

evsrc::result<sale_file> sale_file::open(std::string const& path) {
  auto reader = csv_reader::open(path);
  if (!reader) return evsrc::fail(std::move(reader.error()));
  csv_line line;
  auto const any = reader->next(line);
  if (!any) return evsrc::fail(any.error());
  if (!*any) return evsrc::fail(evsrc::errc::malformed, path + ": empty, no header line", origin);
  auto columns = sale_columns::from_header(line.text);
  if (!columns) {
    columns.error().message = path + ": " + columns.error().message;
    return evsrc::fail(std::move(columns.error()));
  }
  std::string header(line.text);
  return sale_file{path, std::move(*reader), *columns, std::move(header)};
}

evsrc::result<import_report> import_file(evsrc::event_store& store, sale_file file,
                                         import_request const& request) {
  return import_run(store, std::move(file), request)();
}

evsrc::result<import_report> import_file(evsrc::event_store& store, import_request const& request) {
  auto file = sale_file::open(request.path);
  if (!file) return evsrc::fail(std::move(file.error()));
  return import_file(store, std::move(*file), request);
}

}  // namespace retail_example
