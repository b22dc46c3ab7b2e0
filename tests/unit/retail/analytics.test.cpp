// SPDX-License-Identifier: Apache-2.0
// Tests of the analytics events' rules.
#include "evsrc/retail/analytics.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "event_samples.hpp"

namespace {

using namespace evsrc::retail_samples;
namespace retail = evsrc::retail;

TEST(product_viewed, needs_a_session_and_an_object_of_properties) {
  auto event = sample<retail::product_viewed>();
  event.session_id.clear();
  EXPECT_EQ(broken_rule(event), "session_id: must not be empty");
  event = sample<retail::product_viewed>();
  event.properties.text = "[1]";
  EXPECT_EQ(broken_rule(event), "properties: must be an object");
}

TEST(recommendation_generated, takes_the_scores_of_any_algorithm) {
  auto event = sample<retail::recommendation_generated>();
  event.confidence_scores = {87.5};
  EXPECT_EQ(broken_rule(event), "none");
}

TEST(recommendation_generated, recommends_objects) {
  auto event = sample<retail::recommendation_generated>();
  event.recommendations[1].text = "\"71053\"";
  EXPECT_EQ(broken_rule(event), "recommendations[1]: must be an object");
}

}  // namespace
