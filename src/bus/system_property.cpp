// SPDX-License-Identifier: Apache-2.0
// The fields of a message by the names that rules give them.
#include "system_property.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "letter_case.hpp"
#include "sql_value.hpp"

namespace evsrc::inline v0::detail {
namespace {

struct entry {
  std::string_view name;
  system_property which;
};

constexpr std::array<entry, 13> entries{{
    {"ContentType", system_property::content_type},
    {"CorrelationId", system_property::correlation_id},
    {"EnqueuedTimeUtc", system_property::enqueued_time},
    {"Label", system_property::subject},
    {"MessageId", system_property::message_id},
    {"PartitionKey", system_property::partition_key},
    {"ReplyTo", system_property::reply_to},
    {"ReplyToSessionId", system_property::reply_to_session_id},
    {"ScheduledEnqueueTimeUtc", system_property::scheduled_time},
    {"SequenceNumber", system_property::sequence_number},
    {"SessionId", system_property::session_id},
    {"Subject", system_property::subject},
    {"To", system_property::to},
}};

/// Null for those that are no texts.
template <class Message>
auto* text_in(Message& of, system_property which) noexcept {
  decltype(&of.to) found = nullptr;
  switch (which) {
    case system_property::content_type: found = &of.content_type; break;
    case system_property::correlation_id: found = &of.correlation_id; break;
    case system_property::message_id: found = &of.id.value; break;
    case system_property::partition_key: found = &of.partition_key; break;
    case system_property::reply_to: found = &of.reply_to; break;
    case system_property::reply_to_session_id: found = &of.reply_to_session_id; break;
    case system_property::session_id: found = &of.session_id; break;
    case system_property::subject: found = &of.subject; break;
    case system_property::to: found = &of.to; break;
    case system_property::enqueued_time:
    case system_property::scheduled_time:
    case system_property::sequence_number: break;
  }
  return found;
}

property_value moment(timestamp when) {
  return when == timestamp{} ? unknown : property_value{when};
}

}  // namespace

std::optional<system_property> find_system_property(std::string_view name) noexcept {
  auto const* const found = std::find_if(entries.begin(), entries.end(), [&](entry const& each) {
    return is_same_name(each.name, name);
  });
  return found == entries.end() ? std::nullopt : std::optional{found->which};
}

std::string system_property_names() {
  std::string names;
  for (auto const& each : entries) {
    if (!names.empty()) names += ", ";
    names += each.name;
  }
  return names;
}

bool is_settable(system_property which) noexcept {
  return which != system_property::enqueued_time && which != system_property::scheduled_time &&
         which != system_property::sequence_number;
}

property_value read(system_property which, message const& from, rule_set::arrival const& known) {
  if (auto const* const text = text_in(from, which))
    return text->empty() ? unknown : property_value{*text};
  if (which == system_property::enqueued_time) return moment(known.enqueued_at);
  if (which == system_property::scheduled_time) return moment(from.enqueue_at);
  return known.sequence_number == 0 ? unknown : property_value{known.sequence_number};
}

result<void> write(system_property which, property_value const& value, message& to) {
  auto* const field = text_in(to, which);
  if (field == nullptr || std::holds_alternative<bytes>(value))
    return fail(errc::invalid_argument, "bytes cannot become a text");
  *field = text_of(value).value_or(std::string{});
  return {};
}

}  // namespace evsrc::inline v0::detail
