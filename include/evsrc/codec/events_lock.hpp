// SPDX-License-Identifier: Apache-2.0
// events.lock: what the events of a program look like in JSON, written down so that a change which
// could not read stored events, or be read, fails the build. CMake: evsrc_add_schema_check.
#pragma once

#include "evsrc/codec/detail/type_text.hpp"
#include "evsrc/codec/upcast.hpp"

namespace evsrc::inline v0 {

/// The fields of `T` in JSON with their types, nested ones too, one line each. Equal for equal
/// shapes on every compiler; other fields, types, names or order of fields give another text.
/// Marks: `?` may be absent, `[]` list, `{}` map, `{#}` its keys where they are not text, `=` enum
/// value, `|` alternative of a variant.
template <class T>
[[nodiscard]] std::string describe_type() {
  detail::type_printer printer;
  printer.describe<T>("");
  return printer.take();
}

/// What a new lock says that the old one does not.
struct lock_changes {
  std::vector<std::string> breaking{};   ///< stored events could no longer be read, or old readers
                                         ///< would miss a field: needs a new version
  std::vector<std::string> additions{};  ///< fine, and not written down yet
  std::string merged{};                  ///< the new lock, with what only the old one still knows
};

/// Compares two texts of `describe_events`. Breaking: a field removed, renamed or of another type,
/// a required field added, each without a new version; an event, a name or a version that is gone.
/// A new value of an enum or alternative of a variant is an addition, though an older program
/// cannot read events with it: where such programs go on reading, give the event a new version.
/// @errors malformed: `old_text` is not a lock, with its line
[[nodiscard]] result<lock_changes> compare_events_locks(std::string_view old_text,
                                                        std::string_view new_text);
/// As above, in one answer. @errors malformed; invalid_argument: all that breaks
[[nodiscard]] result<void> check_events_lock(std::string_view old_text, std::string_view new_text);

namespace detail {

struct lock_version {
  std::string name{};
  std::uint32_t version = 1;
  std::vector<std::string> names{};   ///< all that the event goes by
  std::vector<std::string> fields{};  ///< lines of describe_type
  std::string golden{};               ///< one payload
  bool says_keys = true;              ///< of maps: a lock of format 1 does not
};

[[nodiscard]] std::string print_lock(std::vector<lock_version> versions);
[[nodiscard]] result<std::vector<lock_version>> parse_lock(std::string_view text);
[[nodiscard]] std::vector<std::string> split_lines(std::string_view text);

template <class E>
[[nodiscard]] result<void> add_versions(std::vector<lock_version>& to,
                                        std::span<std::string_view const> names) {
  lock_version one{std::string(E::wire_name.name),
                   E::wire_name.version,
                   {names.begin(), names.end()},
                   split_lines(describe_type<E>()),
                   {}};
  auto const encode_sample = [&] {
    // A sample of the user's own says more than empty fields.
    if constexpr (requires { E::sample(); })
      return encode_json(E::sample(), one.golden);
    else
      return encode_json(E{}, one.golden);
  };
  if (auto encoded = encode_sample(); !encoded) {
    auto failure = std::move(encoded.error());
    failure.message = "event '" + one.name + "': its sample cannot be encoded, give the struct " +
                      "another by `static T sample()`: " + failure.message;
    return fail(std::move(failure));
  }
  // One line: a raw `json_value` may have white space, which strings in JSON cannot have.
  for (char& c : one.golden)
    if (c == '\n' || c == '\r') c = ' ';
  to.push_back(std::move(one));
  if constexpr (has_previous<E>) return add_versions<typename E::previous>(to, names);
  return {};
}

/// What each golden payload of `old_text` that `Es` can no longer decode says about it.
template <class... Es>
[[nodiscard]] std::vector<std::string> undecodable_payloads(std::vector<lock_version> const& old) {
  std::vector<std::string> problems;
  for (auto const& one : old) {
    std::string padded = one.golden;
    padded.append(payload_padding, '\0');
    padded_json const payload{std::string_view(padded).substr(0, one.golden.size())};
    auto const read = decode_event<Es...>(one.name, one.version, payload, [](auto const&) {});
    bool const is_gone = !read && (read.error().code == errc::unknown_event ||
                                   read.error().code == errc::newer_version);
    // What is gone is found by comparing the texts.
    if (!read && !is_gone)
      problems.push_back(one.name + " version " + std::to_string(one.version) +
                         ": the golden payload is not decoded: " + read.error().message);
  }
  return problems;
}

/// What the program of a schema check does with the texts.
[[nodiscard]] int run_lock_program(
    int argc, char const* const* argv, result<std::string> described,
    std::vector<std::string> (*undecodable)(std::vector<lock_version> const&));

}  // namespace detail

/// The content of `events.lock` for these events: each with its versions whose struct exists, their
/// fields, and a payload of each: of `static E sample()` where there is one, else of `E{}`.
/// @errors as encode_json, of a sample
template <class... Es>
[[nodiscard]] result<std::string> describe_events() {
  std::vector<detail::lock_version> versions;
  result<void> added;
  (void)((added = detail::add_versions<Es>(versions, wire_names_of<Es>()), added.has_value()) &&
         ...);
  if (!added) return fail(std::move(added.error()));
  return detail::print_lock(std::move(versions));
}

/// The whole of a program that checks a lock:
/// `int main(int n, char** v) { return evsrc::events_lock_main<money_deposited>(n, v); }`
/// Arguments: the file, and `--update` to write compatible changes to it, or `--exact` to fail also
/// where additions are not written down. A file that does not exist is written by `--update`.
/// @return 0 fine, 1 incompatible or out of date, 2 wrong use or unreadable file
template <class... Es>
[[nodiscard]] int events_lock_main(int argc, char const* const* argv) {
  return detail::run_lock_program(argc, argv, describe_events<Es...>(),
                                  &detail::undecodable_payloads<Es...>);
}

}  // namespace evsrc::inline v0
