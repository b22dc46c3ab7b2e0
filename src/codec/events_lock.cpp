// SPDX-License-Identifier: Apache-2.0
// The text of events.lock and what may change in it.
#include "evsrc/codec/events_lock.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>

namespace evsrc::inline v0 {
namespace detail {
namespace {

constexpr std::string_view heading =
    "# evsrc events.lock, format 2: commit this file; change it only by --update\n";
/// Does not say what the keys of maps are.
constexpr std::string_view old_heading =
    "# evsrc events.lock, format 1: commit this file; change it only by --update\n";
constexpr std::string_view event_mark = "event ";
constexpr std::string_view name_mark = "also ";
constexpr std::string_view golden_mark = "golden ";
constexpr std::string_view field_mark = "  ";

using field_kinds = std::map<std::string, std::string, std::less<>>;

field_kinds kinds_of(lock_version const& from) {
  field_kinds kinds;
  for (auto const& line : from.fields) {
    auto const at = std::min(line.find(": "), line.size());
    kinds.emplace(line.substr(0, at), line.substr(std::min(at + 2, line.size())));
  }
  return kinds;
}

bool is_known_as(lock_version const& one, std::string const& name) {
  return std::find(one.names.begin(), one.names.end(), name) != one.names.end();
}

std::string title(lock_version const& one) {
  return one.name + " version " + std::to_string(one.version);
}

constexpr std::string_view keys_mark = "{#}";

/// A value of an enum or an alternative of a variant: names may hold any character, so their kind
/// tells, not their path.
bool is_choice(std::string_view path, std::string_view kind) {
  return (kind == "value" && path.find('=') != std::string_view::npos) ||
         (kind == "alternative" && path.find('|') != std::string_view::npos);
}

/// The line that `path` stands within: the longest that it begins with. The end where there is
/// none.
field_kinds::const_iterator line_around(std::string_view path, field_kinds const& kinds) {
  for (auto length = path.size(); length > 1;) {
    auto const cut = path.find_last_of(".=|", --length);
    if (cut == std::string_view::npos || cut == 0) break;
    if (auto const found = kinds.find(path.substr(0, cut)); found != kinds.end()) return found;
    length = cut;
  }
  return kinds.end();
}

/// A new line is fine if it may be absent, is one more value or alternative, or stands within a
/// field that is new and fine itself.
bool is_addition(field_kinds::const_iterator line, field_kinds const& old_kinds,
                 field_kinds const& new_kinds) {
  for (;;) {
    std::string_view const path = line->first;
    if (is_choice(path, line->second)) return true;
    auto const around = line_around(path, new_kinds);
    auto const field = around == new_kinds.end() ? path : path.substr(around->first.size());
    // What is behind a list or a map says that its elements may be absent, not the field.
    auto const mark = field.find_first_of("?[{");
    if (mark != std::string_view::npos && field[mark] == '?') return true;
    if (around == new_kinds.end() || old_kinds.contains(around->first)) return false;
    line = around;
  }
}

/// The keys of a map that was there before, when they were text.
bool are_keys_of_old_map(std::string_view path, field_kinds const& old_kinds) {
  if (!path.ends_with(keys_mark)) return false;
  auto const map = std::string(path.substr(0, path.size() - keys_mark.size())).append("{}");
  auto const found = old_kinds.lower_bound(map);
  return found != old_kinds.end() && found->first.starts_with(map);
}

void compare_fields(lock_version const& before, lock_version const& after, lock_changes& to) {
  auto const old_kinds = kinds_of(before);
  auto const new_kinds = kinds_of(after);
  auto const field = [&](std::string const& path) {
    return title(after).append(": ").append(path);
  };
  auto const typed = [&](std::string const& path, std::string const& kind) {
    return field(path).append(" (").append(kind).append(")");
  };
  for (auto const& [path, kind] : old_kinds) {
    auto const found = new_kinds.find(path);
    if (found == new_kinds.end())
      to.breaking.push_back(typed(path, kind).append(" is gone"));
    else if (found->second != kind)
      to.breaking.push_back(
          field(path).append(" was ").append(kind).append(", is ").append(found->second));
  }
  for (auto line = new_kinds.begin(); line != new_kinds.end(); ++line) {
    auto const& [path, kind] = *line;
    if (old_kinds.contains(path)) continue;
    bool const is_unsaid = !before.says_keys && path.find(keys_mark) != std::string::npos;
    if (!is_unsaid && are_keys_of_old_map(path, old_kinds))
      to.breaking.push_back(field(path).append(" was string, is ").append(kind));
    else if (is_unsaid || is_addition(line, old_kinds, new_kinds))
      to.additions.push_back(typed(path, kind).append(" is new"));
    else
      to.breaking.push_back(
          typed(path, kind).append(" is new and required, events stored before do not have it"));
  }
}

/// Finds what became of `before`; false where only the old lock still knows it.
bool compare_version(lock_version const& before, std::vector<lock_version>& now, lock_changes& to) {
  std::uint32_t latest = 0;
  for (auto& after : now) {
    if (!is_known_as(after, before.name)) continue;
    latest = std::max(latest, after.version);
    if (after.version != before.version) continue;
    compare_fields(before, after, to);
    for (auto const& name : before.names)
      if (!is_known_as(after, name))
        to.breaking.push_back(title(after).append(": no longer goes by ").append(name));
    after.golden = before.golden;
    return true;
  }
  if (latest == 0)
    to.breaking.push_back(title(before) + ": no event goes by this name any more");
  else if (before.version > latest)
    to.breaking.push_back(title(before) + ": is gone, the latest is now version " +
                          std::to_string(latest));
  return false;
}

std::string read_file(std::string const& path, bool& exists) {
  std::ifstream file(path, std::ios::binary);
  exists = file.good();
  std::ostringstream text;
  if (exists) text << file.rdbuf();
  return text.str();
}

void say(std::FILE* to, std::string const& what) { std::fputs((what + "\n").c_str(), to); }

int update_file(std::string const& path, std::string const& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (file) return 0;
  say(stderr, path + ": cannot be written");
  return 2;
}

struct lock_arguments {
  std::string path{};
  bool update = false;
  bool exact = false;
  bool usable = true;
};

lock_arguments parse_arguments(int argc, char const* const* argv) {
  lock_arguments found;
  for (int i = 1; i < argc; ++i) {
    std::string_view const word = argv[i];
    if (word == "--update")
      found.update = true;
    else if (word == "--exact")
      found.exact = true;
    else if (found.path.empty() && !word.starts_with("-"))
      found.path = word;
    else
      found.usable = false;
  }
  found.usable = found.usable && !found.path.empty() && !(found.update && found.exact);
  return found;
}

}  // namespace

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    auto const end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string print_lock(std::vector<lock_version> versions) {
  std::stable_sort(versions.begin(), versions.end(), [](auto const& a, auto const& b) {
    return a.name != b.name ? a.name < b.name : a.version < b.version;
  });
  std::string text{heading};
  for (auto const& one : versions) {
    text.append("\n").append(event_mark).append(std::to_string(one.version));
    text.append(" ").append(one.name).append("\n");
    for (auto const& name : one.names)
      if (name != one.name) text.append(name_mark).append(name).append("\n");
    for (auto const& line : one.fields) text.append(field_mark).append(line).append("\n");
    text.append(golden_mark).append(one.golden).append("\n");
  }
  return text;
}

result<std::vector<lock_version>> parse_lock(std::string_view text) {
  std::vector<lock_version> versions;
  std::size_t number = 0;
  bool says_keys = true;
  auto const wrong = [&](char const* why) {
    return fail(errc::malformed, "events.lock line " + std::to_string(number) + ": " + why,
                "events_lock.parse");
  };
  auto lines = split_lines(text);
  if (lines.empty()) lines.emplace_back();
  for (std::string_view const line : lines) {
    ++number;
    if (number == 1) {
      says_keys = line == heading.substr(0, heading.size() - 1);
      if (!says_keys && line != old_heading.substr(0, old_heading.size() - 1))
        return wrong("is not the first line of an events.lock of format 1 or 2");
    }
    if (line.empty() || line.starts_with('#')) continue;
    if (line.starts_with(event_mark)) {
      auto const rest = line.substr(event_mark.size());
      auto const space = std::min(rest.find(' '), rest.size());
      auto const version = parse_event_version(rest.substr(0, space));
      if (!version || space + 1 >= rest.size()) return wrong("expected `event <version> <name>`");
      std::string const name{rest.substr(space + 1)};
      versions.push_back({name, *version, {name}, {}, {}, says_keys});
      continue;
    }
    if (versions.empty()) return wrong("expected `event <version> <name>`");
    auto& one = versions.back();
    if (line.starts_with(name_mark))
      one.names.emplace_back(line.substr(name_mark.size()));
    else if (line.starts_with(golden_mark))
      one.golden = line.substr(golden_mark.size());
    else if (line.starts_with(field_mark))
      one.fields.emplace_back(line.substr(field_mark.size()));
    else
      return wrong("is none of event, also, golden and a field");
  }
  return versions;
}

int run_lock_program(int argc, char const* const* argv, result<std::string> described,
                     std::vector<std::string> (*undecodable)(std::vector<lock_version> const&)) {
  auto const arguments = parse_arguments(argc, argv);
  if (!arguments.usable) {
    say(stderr, "usage: <program> events.lock [--update | --exact]");
    return 2;
  }
  if (!described) {
    say(stderr, to_string(described.error()));
    return 1;
  }
  bool exists = false;
  auto const old_text = read_file(arguments.path, exists);
  if (!exists) {
    if (arguments.update) return update_file(arguments.path, *described);
    say(stderr, arguments.path + ": does not exist or cannot be read; --update writes it");
    return 2;
  }
  auto const old_versions = parse_lock(old_text);
  auto changes = compare_events_locks(old_text, *described);
  if (!old_versions || !changes) {
    say(stderr, arguments.path + ": " + to_string(changes.error()));
    return 2;
  }
  for (auto& problem : undecodable(*old_versions)) changes->breaking.push_back(std::move(problem));
  for (auto const& line : changes->breaking) say(stderr, "incompatible: " + line);
  if (!changes->breaking.empty()) {
    say(stderr, arguments.path + ": raise the version of these events and upcast the old one");
    return 1;
  }
  for (auto const& line : changes->additions) say(stdout, "new: " + line);
  if (arguments.update)
    return changes->merged == old_text ? 0 : update_file(arguments.path, changes->merged);
  if (changes->merged == old_text) return 0;
  say(arguments.exact ? stderr : stdout,
      arguments.path + ": is out of date; write the changes to it with --update");
  return arguments.exact ? 1 : 0;
}

}  // namespace detail

result<lock_changes> compare_events_locks(std::string_view old_text, std::string_view new_text) {
  auto const before = detail::parse_lock(old_text);
  if (!before) return fail(before.error());
  auto now = detail::parse_lock(new_text);
  if (!now) return fail(now.error());
  lock_changes changes;
  for (auto const& after : *now) {
    bool const is_old = std::any_of(before->begin(), before->end(), [&](auto const& one) {
      return one.version == after.version && detail::is_known_as(after, one.name);
    });
    if (!is_old) changes.additions.push_back(detail::title(after) + ": is new");
  }
  std::vector<detail::lock_version> kept;
  for (auto const& one : *before)
    if (!detail::compare_version(one, *now, changes)) kept.push_back(one);
  now->insert(now->end(), kept.begin(), kept.end());
  changes.merged = detail::print_lock(std::move(*now));
  return changes;
}

result<void> check_events_lock(std::string_view old_text, std::string_view new_text) {
  auto const changes = compare_events_locks(old_text, new_text);
  if (!changes) return fail(changes.error());
  if (changes->breaking.empty()) return {};
  std::string all;
  for (auto const& line : changes->breaking) all += (all.empty() ? "" : "; ") + line;
  return fail(errc::invalid_argument, "events.lock: " + all, "events_lock.check");
}

}  // namespace evsrc::inline v0
