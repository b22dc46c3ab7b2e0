// SPDX-License-Identifier: Apache-2.0
// Objects, arrays, the document as a whole, and what is passed over.
#include "evsrc/codec/detail/json_scanner.hpp"

#include <algorithm>
#include <bit>

#include "json_scanner_state.hpp"

namespace evsrc::inline v0::detail {

namespace {

constexpr bool is_space(char c) noexcept { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

constexpr char const* twice = "stands there twice";

}  // namespace

json_scanner::json_scanner(padded_json json) noexcept
    : begin_(json.text.data()), at_(begin_), end_(begin_ + json.text.size()) {}
json_scanner::~json_scanner() = default;

json_scanner::rare& json_scanner::more() {
  if (!rare_) rare_ = std::make_unique<rare>();
  return *rare_;
}

bool json_scanner::start(std::size_t max_bytes, std::size_t depth) {
  depth_ = depth;
  auto const size = static_cast<std::size_t>(end_ - begin_);
  if (size > max_bytes) {
    return fail_at(begin_,
                   "is " + std::to_string(size) + " bytes long, at most " +
                       std::to_string(max_bytes) + " are read",
                   errc::limit_exceeded);
  }
  while (end_ != begin_ && is_space(end_[-1])) --end_;
  if (end_ == begin_) return fail_at(begin_, "is empty");
  if (end_[-1] == '}' || end_[-1] == ']' || end_[-1] == '"') return true;
  auto& copy = more().copy;
  copy.assign(begin_, end_);
  auto const length = copy.size();
  copy.append(payload_padding, '\0');
  begin_ = at_ = copy.data();
  end_ = begin_ + length;
  return true;
}

bool json_scanner::finish() {
  if (failed_) return false;
  if (next() != '\0' || at_ != end_) return fail("expected nothing more behind the document");
  return true;
}

char json_scanner::next_after_space() noexcept {
  while (at_ < end_ && is_space(*at_)) ++at_;
  return at_ < end_ ? *at_ : '\0';
}

bool json_scanner::fail(std::string reason) { return fail_at(at_, std::move(reason)); }

bool json_scanner::fail_at(char const* where, std::string reason, errc code) {
  if (failed_) return false;
  failed_ = true;
  at_ = std::clamp(where, begin_, end_);
  more().reason = std::move(reason);
  more().code = code;
  return false;
}

bool json_scanner::fail_field(char const* where, std::string_view field, char const* reason) {
  if (!failed_) more().field = field;
  return fail_at(where, reason);
}

bool json_scanner::expected(char const* what) {
  if (at_ >= end_) return fail_at(end_, std::string("ends where ") + what + " is expected");
  return fail(std::string("expected ") + what);
}

bool json_scanner::fail_depth() {
  return fail_at(at_, "is nested deeper than " + std::to_string(limits::json_depth) + " levels",
                 errc::limit_exceeded);
}

error json_scanner::take_failure() const {
  if (!failed_) return {};
  std::string path = json_path({begin_, static_cast<std::size_t>(at_ - begin_)}, rare_->field);
  if (path.empty()) path = "document";
  return {rare_->code, path + ": " + rare_->reason + " at byte " + std::to_string(at_ - begin_),
          "json.decode"};
}

bool json_scanner::read_literal(char const* text, std::size_t size) {
  if (static_cast<std::size_t>(end_ - at_) < size) return false;
  if (std::memcmp(at_, text, size) != 0) return false;
  at_ += size;
  return true;
}

bool json_scanner::read_null() {
  if (next() == 'n' && read_literal("null", 4)) return true;
  return expected("null");
}

bool json_scanner::read_bool(bool& out) {
  char const c = next();
  if (c == 't' && read_literal("true", 4)) {
    out = true;
    return true;
  }
  if (c == 'f' && read_literal("false", 5)) {
    out = false;
    return true;
  }
  return expected("true or false");
}

int json_scanner::next_field(object_frame& frame) {
  for (;;) {
    char c = next();
    if (frame.separator == '{') {
      if (c != '{') return expected("an object"), object_failed;
      take();
      c = next();
      if (c == '}') return finish_object(frame) ? object_end : object_failed;
    } else {
      if (c == '}') return finish_object(frame) ? object_end : object_failed;
      if (c != ',') return expected("',' or '}'"), object_failed;
      take();
      static_cast<void>(next());  // to the key
    }
    frame.separator = ',';
    char const* const where = at_;
    std::string_view key;
    if (!read_key(key)) return object_failed;

    auto const* const names = frame.plan.names;
    std::size_t const count = frame.plan.count;
    std::size_t index = frame.next;
    if (index >= count || names[index] != key)
      index = static_cast<std::size_t>(std::find(names, names + count, key) - names);
    if (index < count) {
      auto const bit = std::uint64_t{1} << index;
      if ((frame.seen & bit) != 0) return fail_field(where, key, twice), object_failed;
      frame.seen |= bit;
      frame.next = index + 1;
      return static_cast<int>(index);
    }
    if (!frame.extra.empty() && key == frame.extra) {
      if (frame.extra_seen) return fail_field(where, key, twice), object_failed;
      frame.extra_seen = true;
    } else if (!note_unknown(key, where)) {
      return object_failed;
    }
    if (!skip_value()) return object_failed;
  }
}

bool json_scanner::finish_object(object_frame& frame) {
  auto const missing = frame.plan.required & ~frame.seen;
  if (missing != 0) {
    auto const index = static_cast<std::size_t>(std::countr_zero(missing));
    return fail_field(at_, frame.plan.names[index], "is missing");
  }
  take();
  return check_unknown(frame.unknown_from);
}

bool json_scanner::find_text(std::string_view key, std::string_view& text, bool& first) {
  if (next() != '{') return expected("an object");
  char const* const object = at_;
  std::size_t const unknown_from = unknown_count_;
  first = true;
  for (take();; take()) {
    std::string_view name;
    if (first && next() == '}') break;
    if (!read_key(name)) return false;
    if (name == key) {
      if (next() != '"') return expected("a string");
      if (!read_text(text)) return false;
      if (!first) at_ = object;
      return true;
    }
    first = false;
    if (!skip_value()) return false;
    if (next() == '}') break;
    if (next() != ',') return expected("',' or '}'");
  }
  unknown_count_ = unknown_from;
  return fail_field(at_, key, "is missing");
}

bool json_scanner::note_unknown(std::string_view key, char const* where) {
  auto& state = more();
  // A view into the document stays; one into the text of the last string does not.
  bool const in_document =
      std::less_equal<>{}(begin_, key.data()) && std::less<>{}(key.data(), end_);
  if (!in_document) key = state.unescaped_keys.emplace_back(key);
  state.unknown.resize(unknown_count_);
  state.unknown.push_back({key, where});
  ++unknown_count_;
  return true;
}

bool json_scanner::check_unknown(std::size_t from) {
  if (unknown_count_ == from) return true;
  auto& all = more().unknown;
  auto const first = all.begin() + static_cast<std::ptrdiff_t>(from);
  auto const last = all.begin() + static_cast<std::ptrdiff_t>(unknown_count_);
  std::sort(first, last, [](auto const& a, auto const& b) {
    if (int const order = a.text.compare(b.text); order != 0) return order < 0;
    return std::less<>{}(a.where, b.where);
  });
  auto const same = std::adjacent_find(
      first, last, [](auto const& a, auto const& b) { return a.text == b.text; });
  unknown_count_ = from;
  return same == last || fail_field(std::next(same)->where, same->text, twice);
}

bool json_scanner::skip_value() {
  std::string_view ignored_text;
  bool ignored = false;
  double ignored_number = 0;
  switch (next()) {
    case '{': return skip_object();
    case '[': return skip_array();
    case '"': return scan_string(ignored_text, ignored);
    case 't':
    case 'f': return read_bool(ignored);
    case 'n': return read_null();
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9': return read_double(ignored_number);
    default: return expected("a value");
  }
}

bool json_scanner::skip_object() {
  if (!enter()) return false;
  std::size_t const unknown_from = unknown_count_;
  take();
  if (next() == '}') {
    take();
    leave();
    return true;
  }
  for (;;) {
    (void)next();
    char const* const where = at_;
    std::string_view key;
    if (!read_key(key) || !note_unknown(key, where) || !skip_value()) return false;
    char const c = next();
    if (c != ',' && c != '}') return expected("',' or '}'");
    take();
    if (c == '}') break;
  }
  leave();
  return check_unknown(unknown_from);
}

bool json_scanner::skip_array() {
  if (!enter()) return false;
  take();
  if (next() == ']') {
    take();
    leave();
    return true;
  }
  for (;;) {
    if (!skip_value()) return false;
    char const c = next();
    if (c != ',' && c != ']') return expected("',' or ']'");
    take();
    if (c == ']') break;
  }
  leave();
  return true;
}

bool json_scanner::read_raw(std::string_view& out) {
  (void)next();
  char const* const from = at_;
  if (!skip_value()) return false;
  out = {from, static_cast<std::size_t>(at_ - from)};
  return true;
}

}  // namespace evsrc::inline v0::detail
