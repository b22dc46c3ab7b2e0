// SPDX-License-Identifier: Apache-2.0
// JSON in tests: what a value is written as, what reading a text says.
#pragma once

#include <cstring>
#include <memory>
#include <string>

#include "evsrc/codec/json_codec.hpp"

/// The JSON of `value`, or the error's message.
template <class T>
std::string encoded(T const& value) {
  std::string text;
  auto const written = evsrc::encode_json(value, text);
  return written ? text : written.error().message;
}

/// Text on the heap with exactly the promised bytes behind it, so that a sanitizer sees any read
/// beyond them. `behind` repeats as what stands there.
class exact_text {
 public:
  explicit exact_text(std::string_view text, std::string_view behind = {"\0", 1})
      : size_(text.size()), bytes_(new char[text.size() + evsrc::payload_padding]) {
    if (!text.empty()) std::memcpy(bytes_.get(), text.data(), text.size());
    for (std::size_t i = 0; i < evsrc::payload_padding; ++i)
      bytes_[size_ + i] = behind[i % behind.size()];
  }
  [[nodiscard]] evsrc::padded_json json() const { return {{bytes_.get(), size_}}; }

 private:
  std::size_t size_;
  std::unique_ptr<char[]> bytes_;
};

/// What reading `text` as a `T` says: "" where it is read.
template <class T>
std::string refusal(std::string_view text) {
  auto const read = evsrc::decode_json<T>(exact_text(text).json());
  return read ? "" : read.error().message;
}

template <class T>
evsrc::result<T> decoded(std::string_view text) {
  return evsrc::decode_json<T>(exact_text(text).json());
}
