// SPDX-License-Identifier: Apache-2.0
// Rows of the Online Retail file to orders, returns, adjustments and stock.
//
// The import is a fold over the rows: what is in the store after row n follows from rows 1 to n and
// from nothing else. That is why it may be killed, resumed, or given the rest of a cut-off file. An
// order grows row by row, wherever its rows stand; when a row of a later day comes, the day before
// is closed: deliveries arrive, waiting orders are tried again, the day's orders are reserved, each
// with all its lines or not at all; those that are confirmed take no further rows. The last day of
// the data stays open.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "csv_reader.hpp"
#include "evsrc/store/event_store.hpp"
#include "import_book.hpp"
#include "sale_row.hpp"
#include "shop.hpp"

namespace retail_example {

/// The file, opened and known to be one of sales. It is read once: it may be a pipe.
struct sale_file {
  std::string path;
  csv_reader reader;  ///< behind the header
  sale_columns columns;
  std::string header;

  /// @errors not_found, permission_denied, io_failed; malformed: not such a file
  [[nodiscard]] static evsrc::result<sale_file> open(std::string const& path);
};

struct import_request {
  std::string path{};  ///< where no opened file is given
  shop_options shop{};
  bool shop_is_given = false;    ///< else a continued import keeps the options that it began with
  std::int64_t kill_at_row = 0;  ///< the process kills itself there; 0 for never
  /// Called when a day is closed; returns when the services have nothing left to do.
  order_worker work_off{};
  std::function<void(std::int64_t row, double share_of_file)> progress{};
};

struct import_report {
  std::string book_key;          ///< empty for a file without rows
  std::int64_t rows_before = 0;  ///< were in the store when the import began
  std::int64_t rows_now = 0;     ///< rows of the file that are in the store now
  /// Of the shop: the end of the latest day that was closed, by this import or an earlier one; the
  /// epoch before the first. Its orders may still be on their way.
  evsrc::timestamp closed_until{};
  evsrc::retail::stock_policy policy{};  ///< of the shop
  bool has_unterminated_row = false;     ///< the file's last line has no end: taken when it has one
};

/// Imports what of the file is not yet in the store.
/// @errors malformed: damaged: rows before the damage are in the store;
///   invalid_argument: the store holds another file's rows, or other options; what the store says
[[nodiscard]] evsrc::result<import_report> import_file(evsrc::event_store& store, sale_file file,
                                                       import_request const& request);
/// As above, of `request.path`. @errors also what sale_file::open says
[[nodiscard]] evsrc::result<import_report> import_file(evsrc::event_store& store,
                                                       import_request const& request);

}  // namespace retail_example
