// SPDX-License-Identifier: Apache-2.0
// Property lists: look-ups, and the compact form that stores keep.
#include "evsrc/core/property.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace evsrc::inline v0 {
namespace {

constexpr std::size_t names_max = 4096;  // what a hostile count may ask for

void put_number(std::uint64_t value, std::string& out) {
  for (; value >= 0x80; value >>= 7U) out += static_cast<char>((value & 0x7fU) | 0x80U);
  out += static_cast<char>(value);
}

void put_word(std::uint64_t value, std::string& out) {
  for (int shift = 0; shift != 64; shift += 8) out += static_cast<char>((value >> shift) & 0xffU);
}

void put_text(std::string_view text, std::string& out) {
  put_number(text.size(), out);
  out += text;
}

std::string_view as_text(bytes const& raw) noexcept {
  return {reinterpret_cast<char const*>(raw.data()), raw.size()};
}

struct value_writer {
  std::string& out;

  void operator()(std::monostate) const {}
  void operator()(bool value) const { out += static_cast<char>(value); }
  void operator()(std::int64_t value) const { put_word(static_cast<std::uint64_t>(value), out); }
  void operator()(double value) const { put_word(std::bit_cast<std::uint64_t>(value), out); }
  void operator()(std::string const& value) const { put_text(value, out); }
  void operator()(timestamp value) const {
    put_word(static_cast<std::uint64_t>(value.time_since_epoch().count()), out);
  }
  void operator()(uuid const& value) const {
    for (auto const octet : value.octets) out += static_cast<char>(octet);
  }
  void operator()(bytes const& value) const { put_text(as_text(value), out); }
};

struct value_size {
  std::size_t operator()(std::monostate) const noexcept { return 1; }
  std::size_t operator()(bool) const noexcept { return 2; }
  std::size_t operator()(std::int64_t) const noexcept { return 9; }
  std::size_t operator()(double) const noexcept { return 9; }
  std::size_t operator()(std::string const& value) const noexcept { return 5 + value.size(); }
  std::size_t operator()(timestamp) const noexcept { return 9; }
  std::size_t operator()(uuid const&) const noexcept { return 17; }
  std::size_t operator()(bytes const& value) const noexcept { return 5 + value.size(); }
};

/// Reads from the front of a text; after a failure everything reads as empty.
class byte_reader {
 public:
  explicit byte_reader(std::string_view from) : rest_(from) {}

  [[nodiscard]] bool is_sound() const noexcept { return is_sound_; }
  [[nodiscard]] bool is_at_end() const noexcept { return rest_.empty(); }

  std::string_view take(std::uint64_t count) {
    if (count > rest_.size()) {
      is_sound_ = false;
      rest_ = {};
      return {};
    }
    auto const taken = rest_.substr(0, static_cast<std::size_t>(count));
    rest_.remove_prefix(taken.size());
    return taken;
  }
  std::uint8_t octet() {
    auto const one = take(1);
    return one.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(one.front());
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      auto const part = octet();
      value |= std::uint64_t{part & 0x7fU} << shift;
      if ((part & 0x80U) == 0) return value;
    }
    is_sound_ = false;
    return 0;
  }
  std::uint64_t word() {
    std::uint64_t value = 0;
    auto const raw = take(8);
    for (std::size_t i = 0; i != raw.size(); ++i)
      value |= std::uint64_t{static_cast<std::uint8_t>(raw[i])} << (8 * i);
    return value;
  }
  std::string_view text() { return take(number()); }
  void fail() noexcept { is_sound_ = false; }

 private:
  std::string_view rest_;
  bool is_sound_ = true;
};

property_value read_value(byte_reader& from) {
  switch (from.octet()) {
    case 0: return std::monostate{};
    case 1: return from.octet() != 0;
    case 2: return static_cast<std::int64_t>(from.word());
    case 3: return std::bit_cast<double>(from.word());
    case 4: return std::string{from.text()};
    case 5: return timestamp{std::chrono::microseconds{static_cast<std::int64_t>(from.word())}};
    case 6: {
      uuid id;
      auto const raw = from.take(id.octets.size());
      if (!raw.empty()) std::memcpy(id.octets.data(), raw.data(), raw.size());
      return id;
    }
    case 7: {
      auto const raw = from.text();
      auto const* const first = reinterpret_cast<std::byte const*>(raw.data());
      return bytes(first, first + raw.size());
    }
    default: from.fail(); return std::monostate{};
  }
}

}  // namespace

property_value const* find_property(property_list const& in, std::string_view name) noexcept {
  auto const found =
      std::find_if(in.begin(), in.end(), [&](auto const& each) { return each.first == name; });
  return found == in.end() ? nullptr : &found->second;
}

std::string_view find_text(property_list const& in, std::string_view name) noexcept {
  auto const* const value = find_property(in, name);
  auto const* const text = value == nullptr ? nullptr : std::get_if<std::string>(value);
  return text == nullptr ? std::string_view{} : std::string_view{*text};
}

void set_property(property_list& in, std::string name, property_value value) {
  for (auto& each : in)
    if (each.first == name) {
      each.second = std::move(value);
      return;
    }
  in.emplace_back(std::move(name), std::move(value));
}

std::size_t size_bytes(std::pair<std::string, property_value> const& of) noexcept {
  return 2 + of.first.size() + std::visit(value_size{}, of.second);
}

std::size_t size_bytes(property_list const& of) noexcept {
  std::size_t total = 0;
  for (auto const& each : of) total += size_bytes(each);
  return total;
}

void encode_properties(property_list const& from, std::string& out) {
  if (from.empty()) return;
  put_number(from.size(), out);
  for (auto const& [name, value] : from) {
    put_text(name, out);
    out += static_cast<char>(value.index());
    std::visit(value_writer{out}, value);
  }
}

result<property_list> decode_properties(std::string_view encoded) {
  if (encoded.empty()) return property_list{};
  byte_reader in{encoded};
  auto const count = in.number();
  property_list list;
  list.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(count, names_max)));
  for (std::uint64_t i = 0; i != count && in.is_sound(); ++i) {
    std::string name{in.text()};
    list.emplace_back(std::move(name), read_value(in));
  }
  if (!in.is_sound() || !in.is_at_end())
    return fail(errc::malformed, "properties: cut off or not written by evsrc");
  return list;
}

}  // namespace evsrc::inline v0
