// SPDX-License-Identifier: Apache-2.0
// JSON for types that are not yours, or that should look different from their fields.
#pragma once

#include "evsrc/codec/detail/json_printer.hpp"
#include "evsrc/codec/detail/json_scanner.hpp"

namespace evsrc::inline v0 {

enum class json_kind : std::uint8_t { object, array, string, number, boolean, null, none };

/// One place in a document that is being read. The first failure sticks: look at `peek()` before
/// choosing what to read, as nothing can be read twice.
class json_reader {
 public:
  explicit json_reader(detail::json_scanner& scanner) noexcept : scanner_(scanner) {}

  /// What comes next, by its first character; `none` where no value begins.
  [[nodiscard]] json_kind peek() noexcept;
  /// Reads the next value as a `T`, any type that JSON knows. Needs codec/json_codec.hpp.
  template <class T>
  [[nodiscard]] result<T> read();
  /// The next value as its text, checked; the view lives as long as the document.
  [[nodiscard]] result<std::string_view> read_raw();

 private:
  detail::json_scanner& scanner_;
};

/// One place in a document that is being written: exactly one value is to be put there.
class json_writer {
 public:
  explicit json_writer(detail::json_printer& printer) noexcept : printer_(printer) {}

  /// Writes a `T`, any type that JSON knows. Needs codec/json_codec.hpp.
  template <class T>
  void write(T const& value);
  /// Writes text that is JSON already. Invalid text fails the whole document.
  void write_raw(std::string_view json) { printer_.put_checked(json); }
  /// The value cannot be written; the document fails with its path and this reason.
  void fail(std::string reason) { printer_.fail(std::move(reason)); }

 private:
  detail::json_printer& printer_;
};

/// Specialise it, before the first use of `T` in JSON, mostly through a type that JSON knows:
///
///     template <>
///     struct evsrc::json_customize<vec3> {
///       static void write(json_writer& to, vec3 const& v) { to.write(std::array{v.x, v.y, v.z}); }
///       static result<vec3> read(json_reader& from) {
///         auto const xyz = from.read<std::array<double, 3>>();
///         if (!xyz) return fail(xyz.error());
///         return vec3{(*xyz)[0], (*xyz)[1], (*xyz)[2]};
///       }
///       static constexpr std::string_view wire_type = "[x, y, z]";  // optional, for events.lock
///     };
///
/// An error returned by `read` gets the path and offset of the value.
template <class T>
struct json_customize;

namespace detail {

template <class T>
concept customized = requires {
  sizeof(json_customize<T>);
};

}  // namespace detail
}  // namespace evsrc::inline v0
