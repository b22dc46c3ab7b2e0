// SPDX-License-Identifier: Apache-2.0
// Tests of JSON for foreign types.
#include "evsrc/codec/json_customize.hpp"

#include <gtest/gtest.h>

#include "evsrc/codec/events_lock.hpp"
#include "json_text.hpp"

namespace {

/// A class with a rule of its own, as other libraries have them.
class temperature {
 public:
  temperature() = default;
  explicit temperature(int tenths) : tenths_(tenths) {}
  [[nodiscard]] int tenths() const { return tenths_; }
  friend bool operator==(temperature const&, temperature const&) = default;

 private:
  int tenths_ = 0;
};

struct vec3 {
  double x = 0, y = 0, z = 0;
  friend bool operator==(vec3 const&, vec3 const&) = default;
};

struct reading {
  temperature outside;
  std::optional<temperature> inside;
  std::vector<vec3> path;
  friend bool operator==(reading const&, reading const&) = default;
};

/// Text or number, whichever it was.
struct text_or_number {
  std::string text;
  bool is_number = false;
};

struct careless {
  int value = 0;
};

}  // namespace

template <>
struct evsrc::json_customize<temperature> {
  static void write(json_writer& to, temperature const& value) {
    if (value.tenths() < -2732) return to.fail("is below absolute zero");
    to.write(std::to_string(value.tenths() / 10) + "." + std::to_string(value.tenths() % 10));
  }
  static result<temperature> read(json_reader& from) {
    auto const text = from.read<std::string>();
    if (!text) return fail(text.error());
    auto const point = text->find('.');
    if (point == std::string::npos || point + 2 != text->size())
      return fail(errc::malformed, "expected a temperature such as \"21.5\"");
    return temperature{std::stoi(text->substr(0, point)) * 10 + (text->back() - '0')};
  }
};

template <>
struct evsrc::json_customize<vec3> {
  static constexpr std::string_view wire_type = "[x, y, z]";
  static void write(json_writer& to, vec3 const& value) {
    to.write(std::array{value.x, value.y, value.z});
  }
  static result<vec3> read(json_reader& from) {
    auto const xyz = from.read<std::array<double, 3>>();
    if (!xyz) return fail(xyz.error());
    return vec3{(*xyz)[0], (*xyz)[1], (*xyz)[2]};
  }
};

template <>
struct evsrc::json_customize<text_or_number> {
  static void write(json_writer& to, text_or_number const& value) {
    if (value.is_number)
      to.write_raw(value.text);
    else
      to.write(value.text);
  }
  static result<text_or_number> read(json_reader& from) {
    if (from.peek() == json_kind::number) {
      auto const raw = from.read_raw();
      if (!raw) return fail(raw.error());
      return text_or_number{std::string(*raw), true};
    }
    auto text = from.read<std::string>();
    if (!text) return fail(std::move(text.error()));
    return text_or_number{std::move(*text), false};
  }
};

template <>
struct evsrc::json_customize<careless> {
  static void write(json_writer&, careless const&) {}
  static result<careless> read(json_reader& from) {
    // Goes on after a failure as if nothing had happened.
    return careless{from.read<int>().value_or(-1)};
  }
};

namespace {

TEST(json_customize, is_used_wherever_the_type_stands) {
  EXPECT_EQ(encoded(reading{temperature{215}, {}, {{1, 2.5, 3}, {}}}),
            R"({"outside":"21.5","path":[[1,2.5,3],[0,0,0]]})");
  auto const read =
      decoded<reading>(R"({"path":[[1,2.5,3],[0,0,0]],"outside":"21.5","inside":"18.0"})");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, (reading{temperature{215}, temperature{180}, {{1, 2.5, 3}, {}}}));
}

TEST(json_customize, errors_get_path_and_offset) {
  EXPECT_EQ(refusal<reading>(R"({"outside":"warm","path":[]})"),
            "outside: expected a temperature such as \"21.5\" at byte 11");
  EXPECT_EQ(refusal<reading>(R"({"outside":"1.0","path":[[1,2,3],[1,2]]})"),
            "path[1]: the array has 2 elements, not 3 at byte 38");
  EXPECT_EQ(refusal<reading>(R"({"outside":"1.0","path":[[1,2,"3"]]})"),
            "path[0][2]: expected a number at byte 30");
  EXPECT_EQ(encoded(reading{temperature{-3000}, {}, {}}), "outside: is below absolute zero");
}

TEST(json_customize, peeks_before_it_chooses) {
  auto const read = decoded<std::vector<text_or_number>>(R"(["a", -1.50])");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_FALSE((*read)[0].is_number);
  EXPECT_EQ((*read)[1].text, "-1.50");
  EXPECT_EQ(encoded(*read), R"(["a",-1.50])");
  EXPECT_EQ(refusal<std::vector<text_or_number>>("[true]"), "[0]: expected a string at byte 1");
  EXPECT_EQ(encoded(text_or_number{"1,2", true}).substr(0, 35),
            "document: holds text that is not JS");
}

TEST(json_customize, names_its_form_for_the_lock) {
  EXPECT_EQ(evsrc::describe_type<reading>(),
            "outside: custom\ninside?: custom\npath[]: [x, y, z]\n");
}

TEST(json_customize, cannot_hide_a_failure) {
  EXPECT_EQ(refusal<std::vector<careless>>("[1, x]"), "[1]: expected a number at byte 4");
  EXPECT_EQ(refusal<std::vector<careless>>("[1, 2]"), "");
}

TEST(json_reader, tells_kinds_apart) {
  using evsrc::json_kind;
  auto const kind = [](std::string_view text) {
    exact_text const exact(text);
    evsrc::detail::json_scanner scanner{exact.json()};
    return evsrc::json_reader{scanner}.peek();
  };
  EXPECT_EQ(kind(" {"), json_kind::object);
  EXPECT_EQ(kind("["), json_kind::array);
  EXPECT_EQ(kind("\"\""), json_kind::string);
  EXPECT_EQ(kind("-1"), json_kind::number);
  EXPECT_EQ(kind("\n0"), json_kind::number);
  EXPECT_EQ(kind("true"), json_kind::boolean);
  EXPECT_EQ(kind("null"), json_kind::null);
  EXPECT_EQ(kind("]"), json_kind::none);
  EXPECT_EQ(kind(""), json_kind::none);
}

}  // namespace
