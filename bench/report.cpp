// SPDX-License-Identifier: Apache-2.0
// The results for people, for programs, and for the repository.
#include "report.hpp"

#include <sqlite3.h>
#include <sys/utsname.h>
#include <sys/vfs.h>

#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "evsrc/core/timestamp.hpp"
#include "evsrc/version.hpp"

namespace bench {
namespace {

/// Three digits that count, thousands apart: "52 300", "0.871".
std::string number_text(double value) {
  std::array<char, 64> text{};
  if (value == 0) return "0";
  if (std::abs(value) < 100) {
    int const digits = std::abs(value) < 1 ? 3 : std::abs(value) < 10 ? 2 : 1;
    std::snprintf(text.data(), text.size(), "%.*f", digits, value);
    return text.data();
  }
  double const unit = std::pow(10, std::floor(std::log10(std::abs(value))) - 2);
  std::snprintf(text.data(), text.size(), "%.0f", std::round(value / unit) * unit);
  std::string grouped(text.data());
  for (auto at = static_cast<std::ptrdiff_t>(grouped.size()) - 3; at > 0; at -= 3)
    grouped.insert(static_cast<std::size_t>(at), " ");
  return grouped;
}
std::string number_text(std::optional<double> value) { return value ? number_text(*value) : ""; }

std::string ratio_text(std::optional<double> value) {
  if (!value) return "";
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2f", *value);
  return text.data();
}

std::string verdict(row const& one) {
  if (!one.title.at_least || !one.ratio) return "";
  return *one.ratio >= *one.title.at_least ? "met" : "missed";
}

std::string percent(double part) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.0f %%", part * 100);
  return text.data();
}

std::string first_line_with(char const* path, std::string const& word) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    if (line.rfind(word, 0) == 0) return line.substr(line.find(':') + 2);
  return "unknown processor";
}

std::string file_system_of(std::string const& folder) {
  struct statfs found {};
  if (statfs(folder.c_str(), &found) != 0) return "unknown file system";
  switch (static_cast<unsigned long>(found.f_type)) {
    case 0xEF53: return "ext4";
    case 0x58465342: return "xfs";
    case 0x9123683E: return "btrfs";
    case 0x01021994: return "tmpfs (no fsync: figures at fsync mean nothing)";
    case 0x794C7630: return "overlayfs";
    default: return "file system of type " + std::to_string(found.f_type);
  }
}

nlohmann::json optional_json(std::optional<double> value) {
  return value ? nlohmann::json(*value) : nlohmann::json(nullptr);
}

}  // namespace

std::vector<std::string> describe_machine(std::string const& folder) {
  auto const now =
      std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  utsname system{};
  uname(&system);
  return {
    "evsrc " EVSRC_VERSION_STRING ", " + evsrc::to_string(now).substr(0, 10),
        first_line_with("/proc/cpuinfo", "model name") + ", " +
            std::to_string(std::thread::hardware_concurrency()) + " cores, " + system.sysname +
            " " + system.release + ", " + file_system_of(folder),
#if defined(__clang__)
        "Clang " __clang_version__ ", SQLite " + std::string(sqlite3_libversion()),
#else
        "GCC " __VERSION__ ", SQLite " + std::string(sqlite3_libversion()),
#endif
  };
}

void print_heading() {
  std::printf("%-44s %-14s %-6s %11s %11s %11s %6s %9s %7s %6s\n", "name", "unit", "", "ours",
              "limit", "floor", "ratio", "at least", "", "spread");
}

void print_row(row const& one) {
  std::printf("%-44s %-14s %-6s %11s %11s %11s %6s %9s %7s %6s\n", one.title.name.c_str(),
              one.title.unit.c_str(), one.title.durability.c_str(), number_text(one.ours).c_str(),
              number_text(one.limit).c_str(), number_text(one.floor).c_str(),
              ratio_text(one.ratio).c_str(), ratio_text(one.title.at_least).c_str(),
              verdict(one).c_str(), one.repeats > 1 ? percent(one.spread).c_str() : "");
  std::fflush(stdout);
}

void write_json(std::string const& path, std::vector<row> const& rows) {
  auto all = nlohmann::json::array();
  for (auto const& one : rows) {
    all.push_back({{"name", one.title.name},
                   {"unit", one.title.unit},
                   {"ours", one.ours},
                   {"limit", optional_json(one.limit)},
                   {"floor", optional_json(one.floor)},
                   {"ratio", optional_json(one.ratio)},
                   {"durability", one.title.durability},
                   {"repeats", one.repeats},
                   {"spread", one.spread}});
  }
  std::ofstream file(path);
  file << all.dump(2) << '\n';
  if (!file) give_up("cannot write " + path);
}

void write_markdown(std::string const& path, std::vector<row> const& rows,
                    std::vector<std::string> const& machine) {
  std::ofstream file(path);
  for (auto const& line : machine) file << "- " << line << '\n';
  file << "\n| row | unit | durability | ours | limit | floor | ratio | at least | | rounds | "
          "spread "
          "|\n|---|---|---|--:|--:|--:|--:|--:|---|--:|--:|\n";
  for (auto const& one : rows) {
    file << "| " << one.title.name << " | " << one.title.unit << " | " << one.title.durability
         << " | " << number_text(one.ours) << " | " << number_text(one.limit) << " | "
         << number_text(one.floor) << " | " << ratio_text(one.ratio) << " | "
         << ratio_text(one.title.at_least) << " | " << verdict(one) << " | " << one.repeats << " | "
         << (one.repeats > 1 ? percent(one.spread) : "") << " |\n";
  }
  if (!file) give_up("cannot write " + path);
}

}  // namespace bench
