// SPDX-License-Identifier: Apache-2.0
// Which events leave as messages.
#include "evsrc/model/publication.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace publication_test {

struct created {
  static constexpr evsrc::event_name wire_name{"order.created", 1};
  std::string order;
  int customer = 0;
};
evsrc::property_list message_properties(created const& event) {
  return {{"customer", std::int64_t{event.customer}}};
}
struct paid {
  static constexpr evsrc::event_name wire_name{"order.paid", 1};
};
struct viewed {
  static constexpr evsrc::event_name wire_name{"order.viewed", 1};
};

constexpr auto leaving =
    evsrc::publications(evsrc::publish<created>().to("orders").key(&created::order),
                        evsrc::publish<created>().to("customers").key(&created::customer),
                        evsrc::publish<paid>().to("orders"), evsrc::internal<viewed>())
        .exhaustive_for<evsrc::events<created, paid, viewed>>();

using sent = std::vector<std::pair<std::string, std::string>>;

template <class E>
sent messages_of(E const& event) {
  sent all;
  leaving.each_for(event, [&](auto const& publication, E const& one) {
    all.emplace_back(publication.destination, publication.key_of(one));
  });
  return all;
}

TEST(publication, goes_to_each_of_its_destinations_under_its_key) {
  EXPECT_EQ(messages_of(created{"o-1", 42}), (sent{{"orders", "o-1"}, {"customers", "42"}}));
}

TEST(publication, has_no_key_unless_one_is_named) {
  EXPECT_EQ(messages_of(paid{}), (sent{{"orders", ""}}));
}

TEST(publication, carries_the_properties_that_stand_beside_the_event) {
  EXPECT_EQ(evsrc::published_properties(created{"o-1", 42}),
            (evsrc::property_list{{"customer", std::int64_t{42}}}));
  EXPECT_TRUE(evsrc::published_properties(paid{}).empty());
}

TEST(publication, leaves_internal_events_inside) { EXPECT_TRUE(messages_of(viewed{}).empty()); }

}  // namespace publication_test
