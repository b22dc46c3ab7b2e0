// SPDX-License-Identifier: Apache-2.0
// Tests of the system events' rules.
#include "evsrc/retail/system.hpp"

#include <gtest/gtest.h>

#include "event_samples.hpp"

namespace {

using namespace evsrc::retail_samples;
namespace retail = evsrc::retail;

TEST(error_occurred, needs_code_and_message) {
  auto event = sample<retail::error_occurred>();
  event.error_code.clear();
  EXPECT_EQ(broken_rule(event), "error_code: must not be empty");
  event = sample<retail::error_occurred>();
  event.error_message.clear();
  EXPECT_EQ(broken_rule(event), "error_message: must not be empty");
}

TEST(health_checked, needs_a_service_and_an_object_of_details) {
  auto event = sample<retail::health_checked>();
  event.details->text = "3";
  EXPECT_EQ(broken_rule(event), "details: must be an object");
  event.details.reset();
  EXPECT_EQ(broken_rule(event), "none");
  event.service.clear();
  EXPECT_EQ(broken_rule(event), "service: must not be empty");
}

}  // namespace
