// SPDX-License-Identifier: Apache-2.0
// Tags of events.
#include "evsrc/model/tags.hpp"

#include <gtest/gtest.h>

namespace tags_test {

using customer_id = evsrc::strong_id<struct customer_id_tag, int>;

struct reserved {
  std::string sku;
  customer_id customer;
  std::optional<std::string> campaign;
  std::vector<int> warehouses;
  static constexpr auto tags = evsrc::tags(
      evsrc::tag{"sku", &reserved::sku}, evsrc::tag{"customer", &reserved::customer},
      evsrc::tag{"campaign", &reserved::campaign}, evsrc::tag{"warehouse", &reserved::warehouses});
};
struct plain {};

using tag_values = std::vector<evsrc::event_tag>;

TEST(tags, are_the_text_of_the_members_they_name) {
  tag_values found;
  evsrc::add_tags(reserved{"85123A", {17}, "spring", {1, 2}}, found);

  EXPECT_EQ(found, (tag_values{{"sku", "85123A"},
                               {"customer", "17"},
                               {"campaign", "spring"},
                               {"warehouse", "1"},
                               {"warehouse", "2"}}));
}

TEST(tags, leave_out_what_is_empty) {
  tag_values found;
  evsrc::add_tags(reserved{"85123A", {17}, std::nullopt, {}}, found);

  EXPECT_EQ(found, (tag_values{{"sku", "85123A"}, {"customer", "17"}}));
}

TEST(tags, are_none_for_an_event_that_declares_none) {
  tag_values found;
  evsrc::add_tags(plain{}, found);

  EXPECT_TRUE(found.empty());
}

TEST(tags, are_known_at_compile_time) {
  static_assert(evsrc::detail::has_tag<reserved>("sku"));
  static_assert(!evsrc::detail::has_tag<reserved>("colour"));
  static_assert(!evsrc::detail::has_tag<plain>("sku"));
}

}  // namespace tags_test
