// SPDX-License-Identifier: Apache-2.0
// The shape of a state follows its fields, at every depth.
#include "evsrc/runtime/detail/state_shape.hpp"

#include <gtest/gtest.h>

#include <map>
#include <optional>

#include "evsrc/core/id.hpp"

namespace shape_test {

using sku_id = evsrc::strong_id<struct sku_id_tag>;
struct node {
  int value = 0;
  std::vector<node> children{};
};
namespace before {
struct line {
  int quantity = 0;
};
struct state {
  std::map<std::string, std::vector<line>> lines{};
  std::array<std::optional<line>, 2> corners{};
  sku_id sku{};
  node tree{};
};
}  // namespace before
namespace after {
struct line {
  int quantity = 0;
  int price = 0;
};
}  // namespace after

template <class T>
std::string shape() {
  evsrc::detail::state_shape made;
  made.add<T>();
  return made.text();
}

/// The fields alone: the spelling of the namespace tells the two apart anyway.
bool mentions(std::string const& text, std::string const& field) {
  return text.find("\n" + field + " ") != std::string::npos;
}

TEST(state_shape, lists_the_fields_of_what_containers_hold) {
  auto const text = shape<before::state>();

  EXPECT_TRUE(mentions(text, "lines"));
  EXPECT_TRUE(mentions(text, "quantity"));
  EXPECT_TRUE(mentions(text, "corners"));
  EXPECT_TRUE(mentions(text, "value"));
  EXPECT_FALSE(mentions(text, "price"));
  EXPECT_TRUE(mentions(shape<std::vector<after::line>>(), "price"));
}

TEST(state_shape, ends_for_types_that_contain_themselves) {
  EXPECT_TRUE(mentions(shape<node>(), "children"));
}

TEST(state_shape, is_the_same_each_time) {
  EXPECT_EQ(shape<before::state>(), shape<before::state>());
}

}  // namespace shape_test
