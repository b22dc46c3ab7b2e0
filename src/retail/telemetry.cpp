// SPDX-License-Identifier: Apache-2.0
// Rules of analytics and system events.
#include "checks.hpp"
#include "evsrc/retail/analytics.hpp"
#include "evsrc/retail/system.hpp"

namespace evsrc::inline v0::retail {
namespace {

using namespace detail;

/// That it is JSON at all is checked where it is written.
result<> check_object(std::string_view field, json_value const& value) {
  auto const first = value.text.find_first_not_of(" \t\r\n");
  if (first != std::string::npos && value.text[first] == '{') return {};
  return invalid(std::string(field), "must be an object");
}

template <class Event>
result<> check_view(Event const& event) {
  EVSRC_TRY(check_id("session_id", event.session_id));
  if (event.product_id) EVSRC_TRY(check_id("product_id", *event.product_id));
  EVSRC_TRY(check_text("action", event.action));
  return check_object("properties", event.properties);
}

}  // namespace

result<> product_viewed::validate() const { return check_view(*this); }
result<> product_purchased::validate() const { return check_view(*this); }

result<> recommendation_generated::validate() const {
  EVSRC_TRY(check_id("user_id", user_id));
  EVSRC_TRY(check_text("algorithm", algorithm));
  for (std::size_t at = 0; at < recommendations.size(); ++at)
    EVSRC_TRY(check_object("recommendations[" + std::to_string(at) + "]", recommendations[at]));
  return check_object("context", context);
}

result<> health_checked::validate() const {
  EVSRC_TRY(check_id("service", service));
  if (details) EVSRC_TRY(check_object("details", *details));
  return {};
}

result<> error_occurred::validate() const {
  EVSRC_TRY(check_id("error_code", error_code));
  return check_text("error_message", error_message);
}

}  // namespace evsrc::inline v0::retail
