// SPDX-License-Identifier: Apache-2.0
// `evsrc deadletters list` and `show`: what was given up, and why. Both only look.
#include "evsrc/runtime/dead_letters.hpp"

#include <fmt/format.h>

#include "commands.hpp"
#include "evsrc/runtime/dead_letter_events.hpp"
#include "evsrc/sqlite/message_bus.hpp"

namespace evsrc_cli {
namespace {

json summary_of(evsrc::dead_letter_entry const& one) {
  return {{"sequence_number", one.letter.sequence_number},
          {"id", one.origin_id},
          {"type", one.type},
          {"key", one.key},
          {"reason", one.reason},
          {"description", one.description},
          {"enqueued_at", evsrc::to_string(one.letter.enqueued_at)},
          {"round", one.round},
          {"attempts", one.attempts}};
}

void print_line(evsrc::dead_letter_entry const& one) {
  fmt::print("{:>8}  {}  {}  {}  key {}  round {}  {}: {}\n", one.letter.sequence_number,
             evsrc::to_string(one.letter.enqueued_at), printable(one.origin_id),
             printable(one.type), one.key.empty() ? "-" : printable(one.key), one.round,
             printable(one.reason), printable(one.description));
}

evsrc::result<void> list_entity(evsrc::message_bus& bus, std::string const& path, bool as_json) {
  auto const counts = bus.topology().counts(path);
  if (!counts) return evsrc::fail(counts.error());
  if (as_json)
    print({{"queue", path}, {"dead_letters", counts->dead_letter}});
  else
    fmt::print("{:>10}  {}\n", counts->dead_letter, path);
  return {};
}

/// Queues and subscriptions with how many they have.
evsrc::result<void> list_entities(evsrc::message_bus& bus, bool as_json) {
  auto& topology = bus.topology();
  auto const queues = topology.queues();
  if (!queues) return evsrc::fail(queues.error());
  for (auto const& name : *queues) EVSRC_TRY(list_entity(bus, name, as_json));
  auto const topics = topology.topics();
  if (!topics) return evsrc::fail(topics.error());
  for (auto const& topic : *topics) {
    auto const names = topology.subscriptions(topic);
    if (!names) return evsrc::fail(names.error());
    for (auto const& name : *names)
      EVSRC_TRY(list_entity(bus, evsrc::subscription_path(topic, name), as_json));
  }
  return {};
}

}  // namespace

evsrc::result<evsrc::dead_letter_filter> filter_of(dead_letters_request const& what) {
  evsrc::dead_letter_filter made;
  made.type = what.type;
  made.reason = what.reason;
  made.key = what.key;
  made.id = what.id;
  made.sequence_number = what.number;
  auto const read = [](std::string const& text, char const* field,
                       evsrc::timestamp& into) -> evsrc::result<void> {
    if (text.empty()) return {};
    auto const time = evsrc::parse_timestamp(text);
    if (!time) return evsrc::invalid(field, "no RFC 3339 time: " + printable(text));
    into = *time;
    return {};
  };
  EVSRC_TRY(read(what.from, "from", made.enqueued_from));
  EVSRC_TRY(read(what.until, "until", made.enqueued_until));
  return made;
}

evsrc::result<void> list_dead_letters(dead_letters_request const& what) {
  auto const which = filter_of(what);
  if (!which) return evsrc::fail(which.error());
  auto const store = open_to_read(what.where);
  if (!store) return evsrc::fail(store.error());
  evsrc::sqlite::message_bus bus(**store);
  if (what.queue.empty()) return list_entities(bus, what.where.json);
  evsrc::dead_letters letters(bus, what.queue);
  evsrc::dead_letter_read next{.which = *which, .from_sequence_number = what.after + 1};
  for (std::size_t left = what.limit; left != 0;) {
    next.max_letters = std::min<std::size_t>(left, 100);
    auto const page = letters.read(next);
    if (!page) return evsrc::fail(page.error());
    for (auto const& one : page->letters) {
      if (what.where.json)
        print(summary_of(one));
      else
        print_line(one);
    }
    if (page->is_last) return {};
    left -= page->letters.size();
    next.from_sequence_number = page->next;
  }
  return {};
}

evsrc::result<void> show_dead_letter(dead_letters_request const& what) {
  auto const store = open_to_read(what.where);
  if (!store) return evsrc::fail(store.error());
  evsrc::sqlite::message_bus bus(**store);
  evsrc::dead_letters letters(bus, what.queue);
  auto const found = letters.find(what.number);
  if (!found) return evsrc::fail(found.error());
  auto records = records_of(**store, evsrc::audit_stream_of(what.queue), "/letter/sequence_number",
                            what.number);
  if (!records) return evsrc::fail(records.error());
  auto told = summary_of(*found);
  auto const& message = found->letter.message;
  told["delivery_count"] = found->letter.delivery_count;
  auto const add = [&told](char const* name, std::string const& text) {
    if (!text.empty()) told[name] = text;
  };
  add("message_id", message.id.value);
  add("content_type", message.content_type);
  add("subject", message.subject);
  add("session_id", message.session_id);
  add("partition_key", message.partition_key);
  add("correlation_id", message.correlation_id);
  add("reply_to", message.reply_to);
  add("to", message.to);
  print_message(std::move(told), message.properties, std::move(*records), message.body,
                what.where.json);
  return {};
}

}  // namespace evsrc_cli
