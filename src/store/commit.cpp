// SPDX-License-Identifier: Apache-2.0
// Checks that need no store: sizes, names and counts of a commit.
#include "evsrc/store/commit.hpp"

#include <optional>

#include "evsrc/core/limits.hpp"

namespace evsrc::inline v0 {
namespace {

constexpr char const* origin = "commit.validate";

/// "appends[1].events[0].name" is put together only when a check fails.
std::string at(char const* list, std::size_t index, std::string_view field) {
  return std::string(list) + "[" + std::to_string(index) + "]." + std::string(field);
}

struct text_rule {
  std::string_view text;
  char const* field;
  std::size_t max_bytes;
  bool required = true;
};

/// What is wrong with a field: "name: empty".
struct flaw {
  errc code;
  std::string text;
};

flaw too_many(std::string field, std::size_t count, std::size_t most) {
  return {errc::limit_exceeded, std::move(field) + ": " + std::to_string(count) + ", at most " +
                                    std::to_string(most) + " are allowed"};
}

template <std::size_t Count>
std::optional<flaw> first_flaw(text_rule const (&rules)[Count]) {
  for (auto const& rule : rules) {
    if (rule.required && rule.text.empty())
      return flaw{errc::invalid_argument, std::string(rule.field) + ": empty"};
    if (rule.text.size() > rule.max_bytes)
      return too_many(std::string(rule.field) + " (bytes)", rule.text.size(), rule.max_bytes);
  }
  return {};
}

auto refuse(std::string where, flaw const& what) {
  return fail(what.code, std::move(where) + what.text, origin);
}

result<void> check_count(char const* field, std::size_t count, std::size_t most) {
  if (count <= most) return {};
  return refuse({}, too_many(field, count, most));
}

std::size_t metadata_size(metadata const& meta) noexcept {
  std::size_t total = 32 + meta.source.size() + meta.subject.size() + meta.correlation.size() +
                      meta.causation.size() + meta.user.size() + meta.trace_parent.size();
  for (auto const& tag : meta.tags) total += tag.name.size() + tag.value.size() + 8;
  for (auto const& [name, value] : meta.headers) total += name.size() + value.size() + 8;
  return total;
}

std::size_t header_size(outgoing_message const& one) noexcept {
  return one.content_type.size() + one.correlation.size() + one.causation.size() +
         one.trace_parent.size() + size_bytes(one.properties);
}

std::optional<flaw> first_flaw(new_event const& event) {
  text_rule const rules[] = {{event.name, "name", limits::event_name_bytes},
                             {event.payload, "payload", limits::event_payload_bytes, false}};
  if (auto found = first_flaw(rules)) return found;
  if (event.version == 0)
    return flaw{errc::invalid_argument, "version: 0, but versions count from 1"};
  if (event.meta.id.is_nil()) return flaw{errc::invalid_argument, "meta.id: not set"};
  if (auto const count = event.meta.tags.size(); count > limits::tags_per_event)
    return too_many("meta.tags", count, limits::tags_per_event);
  if (auto const count = event.meta.headers.size(); count > limits::headers_per_event)
    return too_many("meta.headers", count, limits::headers_per_event);
  for (auto const& tag : event.meta.tags) {
    text_rule const tag_rules[] = {{tag.name, "meta.tags.name", limits::tag_name_bytes},
                                   {tag.value, "meta.tags.value", limits::tag_value_bytes, false}};
    if (auto found = first_flaw(tag_rules)) return found;
  }
  if (auto const size = metadata_size(event.meta); size > limits::metadata_bytes)
    return too_many("meta (bytes)", size, limits::metadata_bytes);
  return {};
}

result<void> check_appends(std::vector<append> const& appends) {
  EVSRC_TRY(check_count("appends", appends.size(), limits::commit_streams));
  std::size_t events = 0;
  for (std::size_t i = 0; i != appends.size(); ++i) {
    auto const& one = appends[i];
    text_rule const rules[] = {{one.stream.category, "stream.category", limits::category_bytes},
                               {one.stream.key, "stream.key", limits::stream_key_bytes}};
    if (auto const found = first_flaw(rules)) return refuse(at("appends", i, ""), *found);
    for (std::size_t j = 0; j != one.events.size(); ++j)
      if (auto const found = first_flaw(one.events[j]))
        return refuse(at("appends", i, at("events", j, "")), *found);
    events += one.events.size();
  }
  return check_count("events", events, limits::commit_events);
}

result<void> check_query(query const& what, std::size_t index) {
  if (auto const count = what.items.size(); count > limits::query_items)
    return refuse(at("unless", index, ""), too_many("matching.items", count, limits::query_items));
  for (auto const& item : what.items) {
    if (auto const count = item.names.size(); count > limits::query_names_per_item)
      return refuse(at("unless", index, ""),
                    too_many("matching.items.names", count, limits::query_names_per_item));
    if (auto const count = item.tags.size(); count > limits::query_tags_per_item)
      return refuse(at("unless", index, ""),
                    too_many("matching.items.tags", count, limits::query_tags_per_item));
  }
  return {};
}

result<void> check_messages(commit const& what) {
  EVSRC_TRY(check_count("messages", what.messages.size(), limits::commit_messages));
  EVSRC_TRY(check_count("cancel", what.cancel.size(), limits::commit_messages));
  EVSRC_TRY(check_count("handed_on", what.handed_on.size(), limits::commit_messages));
  EVSRC_TRY(check_count("refused", what.refused.size(), limits::commit_messages));
  EVSRC_TRY(check_count("redriven", what.redriven.size(), limits::commit_messages));
  for (std::size_t i = 0; i != what.refused.size(); ++i) {
    auto const& one = what.refused[i];
    text_rule const rules[] = {
        {one.reason, "reason", limits::dead_letter_reason_bytes},
        {one.description, "description", limits::dead_letter_description_bytes, false}};
    if (auto const found = first_flaw(rules)) return refuse(at("refused", i, ""), *found);
  }
  for (std::size_t i = 0; i != what.cancel.size(); ++i)
    if (auto const size = what.cancel[i].value.size(); size > limits::message_id_bytes)
      return refuse(at("cancel", i, "id"), too_many(" (bytes)", size, limits::message_id_bytes));
  EVSRC_TRY(check_count("settles", what.settles.size(), limits::transaction_messages));
  for (std::size_t i = 0; i != what.messages.size(); ++i) {
    auto const& one = what.messages[i];
    text_rule const rules[] = {{one.id.value, "id", limits::message_id_bytes},
                               {one.destination, "destination", limits::entity_name_bytes},
                               {one.key, "key", limits::session_id_bytes, false},
                               {one.type, "type", limits::event_name_bytes, false},
                               {one.body, "body", limits::message_bytes, false}};
    if (auto const found = first_flaw(rules)) return refuse(at("messages", i, ""), *found);
    if (auto const size = header_size(one); size > limits::message_header_bytes)
      return refuse(at("messages", i, ""),
                    too_many("header (bytes)", size, limits::message_header_bytes));
    if (one.time_to_live <= std::chrono::milliseconds::zero())
      return refuse(at("messages", i, ""),
                    {errc::invalid_argument, "time_to_live: must be above zero"});
  }
  return {};
}

result<void> check_once(std::vector<idempotency_entry> const& once) {
  EVSRC_TRY(check_count("once", once.size(), limits::commit_once));
  for (std::size_t i = 0; i != once.size(); ++i) {
    auto const& one = once[i];
    text_rule const rules[] = {{one.scope, "scope", limits::idempotency_key_bytes},
                               {one.key, "key", limits::idempotency_key_bytes},
                               {one.fingerprint, "fingerprint", 64, false},
                               {one.outcome, "outcome", limits::outcome_bytes, false}};
    if (auto const found = first_flaw(rules)) return refuse(at("once", i, ""), *found);
  }
  return {};
}

}  // namespace

std::size_t size_bytes(outgoing_message const& what) noexcept {
  return what.body.size() + what.destination.size() + header_size(what) + 128;
}

std::size_t kept_bytes(commit const& what) noexcept {
  std::size_t total = 0;
  for (auto const& one : what.appends) {
    total += one.stream.category.size() + one.stream.key.size() + 16;
    for (auto const& event : one.events)
      total += event.name.size() + event.payload.size() + metadata_size(event.meta);
  }
  for (auto const& one : what.messages) total += size_bytes(one);
  for (auto const& one : what.refused) total += one.reason.size() + one.description.size();
  for (auto const& one : what.once)
    total += one.scope.size() + one.key.size() + one.fingerprint.size() + one.outcome.size();
  return total;
}

std::size_t size_bytes(commit const& what) noexcept {
  auto const passing = what.cancel.size() + what.handed_on.size() + what.refused.size() +
                       what.redriven.size() + what.settles.size() + what.checkpoints.size() +
                       what.owners.size();
  std::size_t texts = 0;
  for (auto const& id : what.cancel) texts += id.value.size();
  for (auto const& one : what.owners) texts += one.name.size() + one.holder.size();
  for (auto const& one : what.checkpoints) texts += one.name.size();
  return kept_bytes(what) + texts + passing * 64;
}

result<void> validate(commit const& what) {
  EVSRC_TRY(check_appends(what.appends));
  EVSRC_TRY(check_count("unless", what.unless.size(), limits::commit_conditions));
  for (std::size_t i = 0; i != what.unless.size(); ++i)
    EVSRC_TRY(check_query(what.unless[i].matching, i));
  EVSRC_TRY(check_messages(what));
  EVSRC_TRY(check_once(what.once));
  EVSRC_TRY(check_count("owners", what.owners.size(), limits::commit_checkpoints));
  EVSRC_TRY(check_count("checkpoints", what.checkpoints.size(), limits::commit_checkpoints));
  for (std::size_t i = 0; i != what.owners.size(); ++i) {
    auto const& one = what.owners[i];
    text_rule const rules[] = {{one.name, "name", limits::idempotency_key_bytes},
                               {one.holder, "holder", limits::owner_holder_bytes, false}};
    if (auto const found = first_flaw(rules)) return refuse(at("owners", i, ""), *found);
  }
  for (std::size_t i = 0; i != what.checkpoints.size(); ++i) {
    text_rule const rules[] = {{what.checkpoints[i].name, "name", limits::idempotency_key_bytes}};
    if (auto const found = first_flaw(rules)) return refuse(at("checkpoints", i, ""), *found);
  }
  if (auto const size = size_bytes(what); size > limits::commit_bytes)
    return refuse({}, too_many("commit (bytes)", size, limits::commit_bytes));
  return {};
}

std::string to_string(expected_version expected) {
  switch (expected.what()) {
    case expected_version::kind::any: return "any version";
    case expected_version::kind::none: return "no stream";
    case expected_version::kind::exists: return "an existing stream";
    case expected_version::kind::exactly: return "version " + std::to_string(expected.version());
  }
  return {};
}

}  // namespace evsrc::inline v0
