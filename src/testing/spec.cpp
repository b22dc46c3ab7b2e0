// SPDX-License-Identifier: Apache-2.0
// Compares what was expected of a command with what it came to, and names JSON paths.
#include "evsrc/testing/spec.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <ostream>

namespace evsrc::testing::inline v0 {

std::ostream& operator<<(std::ostream& to, verdict const& judged) {
  return to << (judged ? "holds" : judged.message());
}

namespace detail {
namespace {

using json = nlohmann::ordered_json;

void compare(json const& expected, json const& got, std::string const& path, std::string& to);

void add_line(std::string& to, std::string const& path, std::string const& expected,
              std::string const& got) {
  to.append("\n  ")
      .append(path)
      .append(": expected ")
      .append(expected)
      .append(", got ")
      .append(got);
}

void compare_fields(json const& expected, json const& got, std::string const& path,
                    std::string& to) {
  std::string const prefix = path.empty() ? "" : path + ".";
  for (auto const& [name, value] : expected.items()) {
    if (got.contains(name))
      compare(value, got.at(name), prefix + name, to);
    else
      add_line(to, prefix + name, value.dump(), "nothing");
  }
  for (auto const& [name, value] : got.items())
    if (!expected.contains(name)) add_line(to, prefix + name, "nothing", value.dump());
}

void compare_elements(json const& expected, json const& got, std::string const& path,
                      std::string& to) {
  for (std::size_t at = 0; at < std::max(expected.size(), got.size()); ++at) {
    auto const place = path + "[" + std::to_string(at) + "]";
    if (at >= got.size())
      add_line(to, place, expected[at].dump(), "nothing");
    else if (at >= expected.size())
      add_line(to, place, "nothing", got[at].dump());
    else
      compare(expected[at], got[at], place, to);
  }
}

void compare(json const& expected, json const& got, std::string const& path, std::string& to) {
  if (expected.is_object() && got.is_object()) return compare_fields(expected, got, path, to);
  if (expected.is_array() && got.is_array()) return compare_elements(expected, got, path, to);
  if (expected == got) return;
  add_line(to, path.empty() ? "value" : path, expected.dump(), got.dump());
}

/// Empty where both are equal; each difference on a line of its own.
std::string difference(spec_line const& expected, spec_line const& got) {
  for (auto const* line : {&expected, &got})
    if (!line->failure.empty())
      return "\n  " + line->name + " cannot be compared: " + line->failure;
  if (expected.name != got.name)
    return "\n  expected " + text_of(expected) + "\n  got      " + text_of(got);
  if (expected.json == got.json) return {};
  std::string found;
  compare(json::parse(expected.json, nullptr, false), json::parse(got.json, nullptr, false), "",
          found);
  // Digits beyond what a double holds differ in the text alone.
  return found.empty() ? "\n  expected " + expected.json + "\n  got      " + got.json : found;
}

std::string outcome_text(spec_record const& got) {
  switch (got.what) {
    case spec_record::outcome::rejected: return "the rejection " + text_of(got.lines.front());
    case spec_record::outcome::invalid: return "invalid: " + got.failure;
    case spec_record::outcome::passed_over: return "passed over: " + got.failure;
    case spec_record::outcome::broken: return "a history that cannot be read: " + got.failure;
    case spec_record::outcome::events: break;
  }
  if (got.lines.empty()) return "nothing";
  std::string text;
  for (auto const& line : got.lines) text += (text.empty() ? "" : ", ") + text_of(line);
  return text;
}

verdict fails(spec_record const& got, std::string const& why) {
  return verdict::fails("when " + got.command + ": " + why);
}

verdict fails_otherwise(spec_record const& got, std::string_view expected) {
  return fails(got, "expected " + std::string(expected) + ", got " + outcome_text(got));
}

}  // namespace

void refuse_unencoded(spec_record& got) {
  if (got.what != spec_record::outcome::events) return;
  auto const found = std::find_if(got.lines.begin(), got.lines.end(),
                                  [](spec_line const& line) { return !line.failure.empty(); });
  if (found == got.lines.end()) return;
  got.what = spec_record::outcome::invalid;
  got.failure = std::string(got.noun) + " " + found->name + ": " + found->failure;
}

verdict judge_events(spec_record const& got, std::vector<spec_line> const& expected) {
  if (got.what != spec_record::outcome::events)
    return fails_otherwise(got, expected.empty() ? std::string("nothing")
                                                 : std::to_string(expected.size()) + " " +
                                                       std::string(got.noun) + "s");
  std::string found;
  for (std::size_t at = 0; at < std::max(expected.size(), got.lines.size()); ++at) {
    std::string what;
    if (at >= got.lines.size())
      what = "\n  expected " + text_of(expected[at]) + ", got nothing";
    else if (at >= expected.size())
      what = "\n  expected nothing, got " + text_of(got.lines[at]);
    else
      what = difference(expected[at], got.lines[at]);
    if (what.empty()) continue;
    auto const& name = at < expected.size() ? expected[at].name : got.lines[at].name;
    found.append("\n").append(got.noun).append(" ").append(std::to_string(at + 1));
    found.append(" (").append(name);
    found.append("):").append(what);
  }
  return found.empty() ? verdict::holds()
                       : fails(got, "the " + std::string(got.noun) + "s differ" + found);
}

verdict judge_rejection(spec_record const& got, spec_line const& expected) {
  if (got.what != spec_record::outcome::rejected)
    return fails_otherwise(got, "the rejection " + text_of(expected));
  auto const found = difference(expected, got.lines.front());
  return found.empty() ? verdict::holds() : fails(got, "the rejections differ:" + found);
}

verdict judge_rejection_name(spec_record const& got, std::string_view expected) {
  if (got.what == spec_record::outcome::rejected && got.lines.front().name == expected)
    return verdict::holds();
  return fails_otherwise(got, "the rejection " + std::string(expected));
}

verdict judge_passed_over(spec_record const& got) {
  return got.what == spec_record::outcome::passed_over ? verdict::holds()
                                                       : fails_otherwise(got, "passed over");
}

verdict judge_invalid(spec_record const& got, std::string_view expected_part) {
  bool const is_it = got.what == spec_record::outcome::invalid &&
                     got.failure.find(expected_part) != std::string::npos;
  return is_it ? verdict::holds() : fails_otherwise(got, "invalid: " + std::string(expected_part));
}

std::vector<spec_line> saga_lines::take() {
  // Which of two time-outs is changed first makes no difference.
  auto const name_of = [](spec_line const& line) { return line.name.substr(line.name.find(' ')); };
  std::sort(timeouts_.begin(), timeouts_.end(),
            [&](spec_line const& a, spec_line const& b) { return name_of(a) < name_of(b); });
  auto all = std::move(events_);
  all.insert(all.end(), commands_.begin(), commands_.end());
  all.insert(all.end(), timeouts_.begin(), timeouts_.end());
  return all;
}

void abort_unjudged(spec_record const& got) noexcept {
  std::fprintf(stderr, "evsrc: a specification without then: when %s\n", got.command.c_str());
  std::abort();
}

}  // namespace detail
}  // namespace evsrc::testing::inline v0
