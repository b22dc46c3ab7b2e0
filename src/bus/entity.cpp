// SPDX-License-Identifier: Apache-2.0
// Settings of entities are judged here, and their paths read and written.
#include "evsrc/bus/entity.hpp"

#include <algorithm>

#include "letter_case.hpp"

namespace evsrc::inline v0 {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view dead_letter_part = "$DeadLetterQueue";
constexpr std::string_view subscriptions_part = "Subscriptions";

bool is_name_byte(char byte) noexcept {
  auto const letter = detail::in_lower_case(byte);
  return (letter >= 'a' && letter <= 'z') || (byte >= '0' && byte <= '9') || byte == '.' ||
         byte == '-' || byte == '_';
}

std::string in_ms(milliseconds value) { return std::to_string(value.count()) + " ms"; }

result<void> check_range(char const* field, milliseconds value, milliseconds low,
                         milliseconds high) {
  if (value >= low && value <= high) return {};
  return invalid(field,
                 "must be between " + in_ms(low) + " and " + in_ms(high) + ", is " + in_ms(value));
}

result<void> check_lock(milliseconds lock_duration, std::uint32_t max_delivery_count) {
  using namespace std::chrono_literals;
  EVSRC_TRY(check_range("lock_duration", lock_duration, 5s, 5min));
  if (max_delivery_count >= 1 && max_delivery_count <= 2'000) return {};
  return invalid("max_delivery_count",
                 "must be between 1 and 2000, is " + std::to_string(max_delivery_count));
}

result<void> check_time_to_live(milliseconds value) {
  if (value > milliseconds::zero()) return {};
  return invalid("default_time_to_live", "must be above zero, is " + in_ms(value));
}

result<void> check_status(entity_status value) {
  if (value <= entity_status::disabled) return {};
  return invalid("status", "none of the four");
}

/// What queues and topics have alike.
template <class Options>
result<void> check_sending(Options const& what) {
  using namespace std::chrono_literals;
  EVSRC_TRY(check_time_to_live(what.default_time_to_live));
  EVSRC_TRY(
      check_range("duplicate_detection_window", what.duplicate_detection_window, 20s, 7 * 24h));
  if (what.max_message_bytes == 0) return invalid("max_message_bytes", "must be above zero");
  if (what.max_message_bytes > limits::bus_message_bytes)
    return fail(errc::limit_exceeded,
                "max_message_bytes: " + std::to_string(what.max_message_bytes) + ", at most " +
                    std::to_string(limits::bus_message_bytes));
  if (what.max_size_bytes == 0) return invalid("max_size_bytes", "must be above zero");
  return check_status(what.status);
}

result<void> check_length(char const* field, std::string_view name, std::size_t limit) {
  if (name.empty()) return invalid(field, "empty");
  if (name.size() <= limit) return {};
  return fail(errc::limit_exceeded, std::string{field} + ": " + std::to_string(name.size()) +
                                        " bytes, at most " + std::to_string(limit));
}

/// One part between slashes.
result<void> check_part(char const* field, std::string_view part) {
  if (part.empty())
    return invalid(field, "has an empty part: '/' stands only between two parts of a name");
  auto const wrong = std::find_if_not(part.begin(), part.end(), is_name_byte);
  if (wrong == part.end()) return {};
  return invalid(field, "\"" + std::string{part} +
                            "\" holds what names cannot: only letters, digits, '.', '-', '_', "
                            "and '/' between parts");
}

/// Offset of the part "Subscriptions" of a path, npos without one. A name of one part may be so.
std::size_t find_subscriptions(std::string_view path) noexcept {
  for (std::size_t start = 0; start < path.size();) {
    auto const end = std::min(path.find('/', start), path.size());
    bool const is_all = start == 0 && end == path.size();
    if (!is_all && detail::is_same_name(path.substr(start, end - start), subscriptions_part))
      return start;
    start = end + 1;
  }
  return std::string_view::npos;
}

}  // namespace

std::string_view to_string(entity_status value) noexcept {
  switch (value) {
    case entity_status::active: return "active";
    case entity_status::send_disabled: return "send_disabled";
    case entity_status::receive_disabled: return "receive_disabled";
    case entity_status::disabled: return "disabled";
  }
  return "unlisted";
}

result<void> validate(queue_options const& what) {
  EVSRC_TRY(check_lock(what.lock_duration, what.max_delivery_count));
  return check_sending(what);
}

result<void> validate(topic_options const& what) { return check_sending(what); }

result<void> validate(subscription_settings const& what) {
  EVSRC_TRY(check_lock(what.lock_duration, what.max_delivery_count));
  EVSRC_TRY(check_time_to_live(what.default_time_to_live));
  return check_status(what.status);
}

result<void> validate_entity_name(std::string_view name) {
  EVSRC_TRY(check_length("name", name, limits::entity_name_bytes));
  for (std::size_t start = 0; start <= name.size();) {
    auto const end = std::min(name.find('/', start), name.size());
    EVSRC_TRY(check_part("name", name.substr(start, end - start)));
    start = end + 1;
  }
  if (find_subscriptions(name) == std::string_view::npos) return {};
  return invalid("name", "a part \"Subscriptions\" is of paths of subscriptions alone");
}

result<void> validate_subscription_name(std::string_view name) {
  EVSRC_TRY(check_length("subscription", name, limits::subscription_name_bytes));
  if (name.find('/') != std::string_view::npos)
    return invalid("subscription", "\"" + std::string{name} + "\" holds '/'");
  return check_part("subscription", name);
}

result<entity_path> parse_entity_path(std::string_view path) {
  entity_path parsed;
  if (auto const slash = path.rfind('/');
      slash != std::string_view::npos &&
      detail::is_same_name(path.substr(slash + 1), dead_letter_part)) {
    parsed.is_dead_letter = true;
    path = path.substr(0, slash);
  }
  auto const at = find_subscriptions(path);
  if (at == std::string_view::npos) {
    EVSRC_TRY(validate_entity_name(path));
    parsed.name = path;
    return parsed;
  }
  auto const topic = path.substr(0, at == 0 ? 0 : at - 1);
  auto const name = path.substr(std::min(at + subscriptions_part.size() + 1, path.size()));
  EVSRC_TRY(validate_entity_name(topic));
  EVSRC_TRY(validate_subscription_name(name));
  parsed.name = topic;
  parsed.subscription = name;
  return parsed;
}

std::string to_string(entity_path const& path) {
  auto const live =
      path.subscription.empty() ? path.name : subscription_path(path.name, path.subscription);
  return path.is_dead_letter ? dead_letter_path(live) : live;
}

std::string subscription_path(std::string_view topic, std::string_view name) {
  std::string path{topic};
  path += '/';
  path += subscriptions_part;
  path += '/';
  return path += name;
}

std::string dead_letter_path(std::string_view path) {
  std::string made{path};
  made += '/';
  return made += dead_letter_part;
}

std::string folded(std::string_view name) {
  std::string made{name};
  for (auto& each : made) each = detail::in_lower_case(each);
  return made;
}

}  // namespace evsrc::inline v0
