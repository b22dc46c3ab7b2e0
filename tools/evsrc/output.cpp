// SPDX-License-Identifier: Apache-2.0
// Opening the file, and printing for people or for programs.
#include "output.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <utility>
#include <vector>

namespace evsrc_cli {

evsrc::result<store_pointer> open_to_read(target const& where) {
  return evsrc::sqlite::open(where.file, {.read_only = true, .create = false});
}

evsrc::result<store_pointer> open_to_write(target const& where) {
  return evsrc::sqlite::open(where.file, {.create = false});
}

namespace {

std::string dump_of(json const& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

void print(json const& line) { fmt::print("{}\n", dump_of(line)); }

void print(json const& line, std::string_view field, std::string_view json_text) {
  auto text = dump_of(line);
  text.pop_back();  // its closing brace
  fmt::print("{},\"{}\":{}}}\n", text, field, json_text);
}

evsrc::result<void> flush_output() {
  errno = 0;
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return {};
  return evsrc::fail({evsrc::errc::io_failed,
                      std::string("cannot write to stdout: ") + std::strerror(errno), "evsrc",
                      errno});
}

void note(std::string const& line) { std::fputs(("evsrc: " + line + "\n").c_str(), stderr); }

std::string printable(std::string_view text) {
  std::string shown;
  for (char const c : text) {
    auto const byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f)
      shown += fmt::format("\\x{:02x}", byte);
    else
      shown += c;
  }
  return shown;
}

namespace {

/// As others read it: the parser here takes a NUL for the end, and passes over a byte order mark.
bool is_json(std::string_view text) {
  return text.find('\0') == std::string_view::npos && !text.starts_with("\xEF\xBB\xBF") &&
         json::accept(text);
}

}  // namespace

json payload_of(std::string_view text) {
  return is_json(text) ? json::parse(text) : json(printable(text));
}

std::string json_text_of(std::string_view text) {
  if (!is_json(text)) return dump_of(json(printable(text)));
  std::string line(text);
  for (char& c : line)
    if (c == '\n' || c == '\r') c = ' ';  // between tokens: inside a string they are escaped
  return line;
}

namespace {

/// One line, and bytes that do not print escaped.
std::string text_of(evsrc::property_value const& value) {
  struct writer {
    std::string operator()(std::monostate) const { return "null"; }
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(double number) const { return fmt::format("{}", number); }
    std::string operator()(std::string const& text) const { return printable(text); }
    std::string operator()(evsrc::timestamp time) const { return evsrc::to_string(time); }
    std::string operator()(evsrc::uuid const& id) const { return evsrc::to_string(id); }
    std::string operator()(evsrc::bytes const& raw) const { return evsrc::to_base64(raw); }
  };
  return std::visit(writer{}, value);
}

void print_fields(json const& told, std::string_view body) {
  for (auto const& [name, value] : told.items()) {
    if (name == "properties" || name == "records") {
      for (auto const& [inner, text] : value.items())
        fmt::print("  {}: {}\n", name == "records" ? "record" : printable(inner),
                   text.is_string() ? text.get<std::string>() : text.dump());
    } else {
      fmt::print("{}: {}\n", name,
                 value.is_string() ? printable(value.get<std::string>()) : value.dump(2));
    }
  }
  fmt::print("body: {}\n", is_json(body) ? json_text_of(body) : printable(body));
}

}  // namespace

void print_message(json told, evsrc::property_list const& properties, json records,
                   std::string_view body, bool as_json) {
  told["properties"] = json::object();
  for (auto const& [name, value] : properties) told["properties"][name] = text_of(value);
  told["records"] = std::move(records);
  if (as_json)
    print(told, "body", json_text_of(body));
  else
    print_fields(told, body);
}

evsrc::result<std::vector<json>> records_of(evsrc::sqlite::event_store& store,
                                            evsrc::stream_id const& stream,
                                            std::string const& field, std::int64_t number) {
  json::json_pointer const where(field);
  std::vector<json> found;
  for (evsrc::stream_read what{.stream = stream};;) {
    auto const page = store.read(what);
    if (!page) return evsrc::fail(page.error());
    for (auto const& event : *page) {
      what.from = event.version;
      auto const payload = payload_of(event.payload);
      if (!payload.contains(where) || payload[where] != number) continue;
      auto const meta = event.meta();
      found.push_back({{"time", evsrc::to_string(event.time)},
                       {"what", event.name},
                       {"user", meta ? meta->user : std::string()}});
    }
    if (page->at_end()) return found;
  }
}

std::string age_of(std::chrono::microseconds span) {
  struct unit {
    std::int64_t microseconds;
    char const* name;
  };
  constexpr unit units[] = {{86'400'000'000, "d"}, {3'600'000'000, "h"}, {60'000'000, "min"},
                            {1'000'000, "s"},      {1'000, "ms"},        {1, "us"}};
  auto left = std::max<std::int64_t>(span.count(), 0);
  std::string shown;
  for (auto const& one : units) {
    auto const whole = left / one.microseconds;
    if (whole == 0 && (shown.empty() ? one.microseconds != 1 : true)) {
      if (shown.empty()) continue;
      break;
    }
    bool const is_second = !shown.empty();
    shown += fmt::format("{}{} {}", is_second ? " " : "", whole, one.name);
    left %= one.microseconds;
    // Below a second the second unit is noise.
    if (is_second || one.microseconds <= 1'000'000) break;
  }
  return shown;
}

std::string size_of(std::uint64_t bytes) {
  constexpr char const* units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto shown = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; shown >= 1024 && unit + 1 < std::size(units); ++unit) shown /= 1024;
  return fmt::format("{:.{}f} {}", shown, unit == 0 ? 0 : 1, units[unit]);
}

evsrc::result<std::vector<json>> rows_of(evsrc::sqlite::event_store& store, std::string_view sql,
                                         std::vector<std::string> const& columns) {
  std::vector<json> rows;
  EVSRC_TRY(store.query_sql(sql, {}, [&](evsrc::sqlite::sql_row const& row) {
    json one;
    for (std::size_t i = 0; i != columns.size(); ++i) {
      if (row.is_null(i))
        one[columns[i]] = nullptr;
      else if (columns[i].front() == '#')  // a number
        one[columns[i].substr(1)] = row.integer(i);
      else
        one[columns[i]] = std::string(row.text(i));
    }
    rows.push_back(std::move(one));
    return true;
  }));
  return rows;
}

}  // namespace evsrc_cli
