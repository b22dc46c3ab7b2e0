// SPDX-License-Identifier: Apache-2.0
// Properties that make copies known as what they are.
#include "evsrc/runtime/detail/message_identity.hpp"

#include <algorithm>
#include <limits>

#include "evsrc/bus/entity.hpp"
#include "evsrc/core/limits.hpp"
#include "evsrc/runtime/detail/fingerprint.hpp"

namespace evsrc::inline v0::detail {
namespace {

std::uint32_t find_count(property_list const& in, std::string_view name) {
  auto const* value = find_property(in, name);
  auto const* number = value == nullptr ? nullptr : std::get_if<std::int64_t>(value);
  if (number == nullptr || *number < 0) return 0;
  return static_cast<std::uint32_t>(
      std::min<std::int64_t>(*number, std::numeric_limits<std::uint32_t>::max()));
}

timestamp find_time(property_list const& in, std::string_view name, timestamp otherwise) {
  auto const* value = find_property(in, name);
  if (value == nullptr) return otherwise;
  if (auto const* time = std::get_if<timestamp>(value)) return *time;
  if (auto const* text = std::get_if<std::string>(value))
    return parse_timestamp(*text).value_or(otherwise);
  return otherwise;
}

}  // namespace

message_identity identify(message const& what, timestamp enqueued_at) {
  message_identity made;
  made.origin = find_text(what.properties, property_names::origin_id);
  made.is_copy = !made.origin.empty();
  if (!made.is_copy) made.origin = what.id.value;
  made.round = find_count(what.properties, property_names::round);
  made.attempts = find_count(what.properties, property_names::attempts);
  // A producer's clock may be ahead; the broker's word is the later bound.
  made.first_enqueued = std::min(
      enqueued_at, find_time(what.properties, property_names::first_enqueued, enqueued_at));
  return made;
}

message_id copy_id(std::string_view origin, std::string_view suffix) {
  message_id made;
  bool const fits = origin.size() + 1 + suffix.size() <= limits::message_id_bytes;
  made.value = fits ? std::string(origin) : fingerprint_of(origin);
  made.value.append("/").append(suffix);
  return made;
}

message copy_of(message const& from, message_identity const& as, std::string_view suffix,
                timestamp at, timestamp expires_at) {
  message made = from;
  made.id = copy_id(as.origin, suffix);
  made.enqueue_at = at;
  if (expires_at != timestamp::max() && at != timestamp{}) {
    auto const left = std::chrono::floor<std::chrono::milliseconds>(expires_at - at);
    made.time_to_live = std::max(left, std::chrono::milliseconds(1));
  }
  std::erase_if(made.properties, [](auto const& one) {
    return one.first == property_names::dead_letter_reason ||
           one.first == property_names::dead_letter_description;
  });
  set_property(made.properties, std::string(property_names::origin_id), as.origin);
  set_property(made.properties, std::string(property_names::first_enqueued), as.first_enqueued);
  set_property(made.properties, std::string(property_names::attempts), std::int64_t{as.attempts});
  if (as.round != 0)
    set_property(made.properties, std::string(property_names::round), std::int64_t{as.round});
  return made;
}

std::string digits_of(std::string_view entity) {
  constexpr std::size_t digits = 8;
  return fingerprint_of(folded(entity)).substr(0, digits);
}

void address_to(message& what, std::string const& subscription) {
  auto const origin = find_text(what.properties, property_names::origin_id);
  if (!origin.empty()) {
    auto const suffix = what.id.value.substr(what.id.value.rfind('/') + 1);
    what.id = copy_id(origin, suffix + "." + digits_of(subscription));
  }
  set_property(what.properties, std::string(property_names::only_for), subscription);
}

}  // namespace evsrc::inline v0::detail
