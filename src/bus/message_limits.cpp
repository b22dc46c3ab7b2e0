// SPDX-License-Identifier: Apache-2.0
// The checks of messages and settlements where they enter a bus.
#include "evsrc/bus/message_limits.hpp"

#include <algorithm>
#include <vector>

namespace evsrc::inline v0 {
namespace {

constexpr std::size_t time_bytes = 8;

tl::unexpected<error> too_large(std::string field, std::size_t is, std::size_t limit) {
  return fail(errc::limit_exceeded, std::move(field) + ": " + std::to_string(is) +
                                        " bytes, at most " + std::to_string(limit));
}

std::string property_field(char const* field, std::string_view name) {
  return std::string{field} + "[\"" + std::string{name} + "\"]";
}

/// A few names are compared one by one; sorted are the thousands that a header can hold.
std::string_view find_twin(property_list const& all) {
  constexpr std::size_t few = 16;
  if (all.size() <= few) {
    for (auto at = all.begin(); at != all.end(); ++at)
      for (auto other = all.begin(); other != at; ++other)
        if (other->first == at->first) return at->first;
    return {};
  }
  std::vector<std::string_view> names;
  names.reserve(all.size());
  for (auto const& each : all) names.emplace_back(each.first);
  std::sort(names.begin(), names.end());
  auto const twin = std::adjacent_find(names.begin(), names.end());
  return twin == names.end() ? std::string_view{} : *twin;
}

result<void> check_unique(char const* field, property_list const& all) {
  auto const twin = find_twin(all);
  if (twin.empty()) return {};
  return invalid(property_field(field, twin), "a name stands once");
}

/// Sizes first, so that no list is sorted that is too large anyway.
result<void> check_properties(char const* field, property_list const& all) {
  if (auto const total = size_bytes(all); total > limits::message_header_bytes)
    return too_large(field, total, limits::message_header_bytes);
  for (auto const& each : all) {
    if (each.first.empty()) return invalid(field, "a name is empty");
    if (auto const is = size_bytes(each); is > limits::message_property_bytes)
      return too_large(property_field(field, each.first.substr(0, limits::message_id_bytes)), is,
                       limits::message_property_bytes);
  }
  return check_unique(field, all);
}

template <class Options>
result<void> check_batch(std::span<message const> batch, Options const& goes_to) {
  if (batch.size() > limits::send_messages)
    return fail(errc::limit_exceeded, "messages: " + std::to_string(batch.size()) + ", at most " +
                                          std::to_string(limits::send_messages));
  std::size_t total = 0;
  for (std::size_t i = 0; i != batch.size(); ++i) {
    if (auto checked = validate(batch[i], goes_to); !checked) {
      auto failure = std::move(checked.error());
      failure.message.insert(0, "messages[" + std::to_string(i) + "].");
      return fail(std::move(failure));
    }
    if (batch.size() == 1) break;  // the message's own limit is no larger
    total += size_bytes(batch[i]);
    if (total > limits::send_bytes)
      return too_large("messages[" + std::to_string(i) + "]: with those before it", total,
                       limits::send_bytes);
  }
  return {};
}

}  // namespace

std::size_t header_bytes(message const& of) noexcept {
  std::size_t total = size_bytes(of.properties);
  for (auto const* text :
       {&of.content_type, &of.id.value, &of.session_id, &of.partition_key, &of.correlation_id,
        &of.subject, &of.reply_to, &of.reply_to_session_id, &of.to})
    total += text->size();
  if (of.time_to_live != no_time_to_live) total += time_bytes;
  if (of.enqueue_at != timestamp{}) total += time_bytes;
  return total;
}

std::size_t size_bytes(message const& of) noexcept { return of.body.size() + header_bytes(of); }

// Each message passes here on its way in: results are made of failures alone.
result<void> validate(message const& what, std::size_t max_message_bytes) {
  constexpr auto names_max = limits::session_id_bytes;
  if (auto const is = what.id.value.size(); is > limits::message_id_bytes)
    return too_large("id", is, limits::message_id_bytes);
  if (auto const is = what.session_id.size(); is > names_max)
    return too_large("session_id", is, names_max);
  if (auto const is = what.reply_to_session_id.size(); is > names_max)
    return too_large("reply_to_session_id", is, names_max);
  if (auto const is = what.partition_key.size(); is > names_max)
    return too_large("partition_key", is, names_max);
  if (!what.partition_key.empty() && !what.session_id.empty() &&
      what.partition_key != what.session_id)
    return invalid("partition_key", "must equal session_id where both are set");
  if (what.time_to_live <= std::chrono::milliseconds::zero())
    return invalid("time_to_live",
                   "must be above zero, is " + std::to_string(what.time_to_live.count()) + " ms");
  if (!what.properties.empty()) EVSRC_TRY(check_properties("properties", what.properties));
  auto const headers = header_bytes(what);
  if (headers > limits::message_header_bytes)
    return too_large("headers", headers, limits::message_header_bytes);
  if (auto const all = what.body.size() + headers; all > max_message_bytes)
    return too_large("body: with headers", all, max_message_bytes);
  return {};
}

result<void> validate(message const& what, queue_options const& goes_to) {
  if (goes_to.requires_session && what.session_id.empty())
    return invalid("session_id", "empty, but the queue has sessions");
  return validate(what, goes_to.max_message_bytes);
}

result<void> validate(message const& what, topic_options const& goes_to) {
  return validate(what, goes_to.max_message_bytes);
}

result<void> validate_batch(std::span<message const> batch, queue_options const& goes_to) {
  return check_batch(batch, goes_to);
}

result<void> validate_batch(std::span<message const> batch, topic_options const& goes_to) {
  return check_batch(batch, goes_to);
}

result<void> validate(settlement const& what) {
  if (what.what > disposition::dead_letter) return invalid("what", "none of the four");
  if (auto const is = what.reason.size(); is > limits::dead_letter_reason_bytes)
    return too_large("reason", is, limits::dead_letter_reason_bytes);
  if (auto const is = what.description.size(); is > limits::dead_letter_description_bytes)
    return too_large("description", is, limits::dead_letter_description_bytes);
  if (what.what != disposition::dead_letter) {
    if (!what.reason.empty()) return invalid("reason", "goes with dead_letter alone");
    if (!what.description.empty()) return invalid("description", "goes with dead_letter alone");
  }
  if (what.what == disposition::complete && !what.modify.empty())
    return invalid("modify", "nothing is kept of what is completed");
  if (what.modify.empty()) return {};
  return check_properties("modify", what.modify);
}

}  // namespace evsrc::inline v0
