// SPDX-License-Identifier: Apache-2.0
// Records to bytes and back: one function names the fields, two visitors write and read them.
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace evsrc::testing::inline v0::detail {

class wire_writer {
 public:
  template <class T>
  requires std::is_trivially_copyable_v<T>
  void field(T const& value) { out_.append(reinterpret_cast<char const*>(&value), sizeof value); }
  void field(std::string const& text) {
    field(text.size());
    out_ += text;
  }
  template <class T>
  std::size_t count(std::vector<T> const& list) {
    field(list.size());
    return list.size();
  }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

class wire_reader {
 public:
  explicit wire_reader(std::string_view bytes) : bytes_(bytes) {}

  template <class T>
  requires std::is_trivially_copyable_v<T>
  void field(T& value) {
    if (auto const from = next(sizeof value); !from.empty())
      std::memcpy(static_cast<void*>(&value), from.data(), sizeof value);
  }
  void field(std::string& text) {
    std::size_t size = 0;
    field(size);
    text = next(size);
  }
  template <class T>
  std::size_t count(std::vector<T>& list) {
    std::size_t size = 0;
    field(size);
    if (size > bytes_.size()) size = 0, is_cut_ = true;  // an element has at least one byte
    list.resize(size);
    return size;
  }
  [[nodiscard]] bool is_whole() const { return !is_cut_ && bytes_.empty(); }

 private:
  std::string_view next(std::size_t size) {
    if (is_cut_ || size > bytes_.size()) {
      is_cut_ = true;
      return {};
    }
    auto const found = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return found;
  }

  std::string_view bytes_;
  bool is_cut_ = false;
};

/// Matches const and other records alike, so that one `visit` both writes and reads.
template <class T, class Of>
concept maybe_const = std::is_same_v<std::remove_const_t<T>, Of>;

}  // namespace evsrc::testing::inline v0::detail
