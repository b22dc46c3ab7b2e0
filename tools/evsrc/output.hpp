// SPDX-License-Identifier: Apache-2.0
// What all commands share: opening the file, and printing for people or for programs.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "evsrc/core/property.hpp"
#include "evsrc/core/result.hpp"
#include "evsrc/core/timestamp.hpp"
#include "evsrc/sqlite/event_store.hpp"

namespace evsrc_cli {

/// Given to every command.
struct target {
  std::string file;   ///< the store
  bool json = false;  ///< one JSON object a line, for programs
};

/// Keeps the order in which fields were set: what is printed reads like the documentation.
using json = nlohmann::ordered_json;

using store_pointer = std::unique_ptr<evsrc::sqlite::event_store>;
/// For commands that only look: nothing in the file changes, and a missing file is not made.
[[nodiscard]] evsrc::result<store_pointer> open_to_read(target const& where);
/// For commands that say that they change something.
[[nodiscard]] evsrc::result<store_pointer> open_to_write(target const& where);

/// One line of JSON on stdout; bytes that are no UTF-8 are replaced.
void print(json const& line);
/// As above, with a last field that is JSON text already: see json_text_of.
void print(json const& line, std::string_view field, std::string_view json_text);
/// Hands on what was printed. @errors io_failed: a full disk, say
[[nodiscard]] evsrc::result<void> flush_output();
/// On stderr. Where that cannot be written nobody is left to tell, so it does not throw for it.
void note(std::string const& line);
/// Text with bytes that do not print as \xNN, so that a key cannot move the cursor.
[[nodiscard]] std::string printable(std::string_view text);
/// The value that a payload is where it is JSON, else its printable text.
[[nodiscard]] json payload_of(std::string_view text);
/// As payload_of, as one line of JSON text, whose numbers keep all their digits.
[[nodiscard]] std::string json_text_of(std::string_view text);
/// What is told of one message, ended by these: for people a field in a line.
void print_message(json told, evsrc::property_list const& properties, json records,
                   std::string_view body, bool as_json);
/// Events of an audit stream whose payload has that number in `field` ("/letter/sequence_number"):
/// what was done, when and by whom; oldest first.
[[nodiscard]] evsrc::result<std::vector<json>> records_of(evsrc::sqlite::event_store& store,
                                                          evsrc::stream_id const& stream,
                                                          std::string const& field,
                                                          std::int64_t number);
/// "2 min 3 s", "450 ms", "3 d 4 h": two units at most.
[[nodiscard]] std::string age_of(std::chrono::microseconds span);
/// "1.5 MiB".
[[nodiscard]] std::string size_of(std::uint64_t bytes);
/// Each row of a query as a JSON object by column name; integers and text.
[[nodiscard]] evsrc::result<std::vector<json>> rows_of(evsrc::sqlite::event_store& store,
                                                       std::string_view sql,
                                                       std::vector<std::string> const& columns);

}  // namespace evsrc_cli
