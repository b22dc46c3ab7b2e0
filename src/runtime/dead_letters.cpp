// SPDX-License-Identifier: Apache-2.0
// Pages of dead letters, and which of them fit a filter.
#include "evsrc/runtime/dead_letters.hpp"

#include <algorithm>

#include "evsrc/runtime/detail/message_identity.hpp"

namespace evsrc::inline v0 {
namespace {

std::string_view type_of(message const& what) noexcept {
  auto const type = find_text(what.properties, property_names::type);
  return type.empty() ? std::string_view(what.subject) : type;
}

std::string_view key_of(message const& what) noexcept {
  return what.session_id.empty() ? what.partition_key : what.session_id;
}

bool fits(std::string const& wanted, std::string_view actual) noexcept {
  return wanted.empty() || wanted == actual;
}

}  // namespace

bool matches(dead_letter_filter const& which, delivery const& letter) {
  auto const& what = letter.message;
  if (which.sequence_number != 0 && which.sequence_number != letter.sequence_number) return false;
  if (letter.enqueued_at < which.enqueued_from || letter.enqueued_at >= which.enqueued_until)
    return false;
  if (!fits(which.type, type_of(what)) || !fits(which.key, key_of(what))) return false;
  if (!fits(which.reason, find_text(what.properties, property_names::dead_letter_reason)))
    return false;
  return which.id.empty() || which.id == detail::identify(what, letter.enqueued_at).origin;
}

std::string to_string(dead_letter_filter const& which) {
  std::string made;
  auto const add = [&](char const* name, std::string const& value) {
    if (value.empty()) return;
    if (!made.empty()) made.push_back(' ');
    made.append(name).append("=").append(value);
  };
  add("type", which.type);
  add("reason", which.reason);
  add("key", which.key);
  add("id", which.id);
  if (which.enqueued_from != timestamp{}) add("from", to_string(which.enqueued_from));
  if (which.enqueued_until != timestamp::max()) add("until", to_string(which.enqueued_until));
  if (which.sequence_number != 0) add("sequence_number", std::to_string(which.sequence_number));
  return made.empty() ? "all" : made;
}

dead_letter_entry describe(delivery letter) {
  dead_letter_entry made;
  auto const& what = letter.message;
  auto identity = detail::identify(what, letter.enqueued_at);
  made.origin_id = std::move(identity.origin);
  made.type = type_of(what);
  made.key = key_of(what);
  made.reason = find_text(what.properties, property_names::dead_letter_reason);
  made.description = find_text(what.properties, property_names::dead_letter_description);
  made.round = identity.round;
  made.attempts = identity.attempts + letter.delivery_count;
  made.letter = std::move(letter);
  return made;
}

dead_letters::dead_letters(message_bus& bus, std::string entity)
    : bus_(&bus), entity_(std::move(entity)) {}

result<std::vector<delivery>> dead_letters::peek(std::int64_t from, std::size_t max_messages) {
  auto const opened = bus_->open_receiver(dead_letter_path(entity_));
  if (!opened) return fail(opened.error());
  return (*opened)->peek(from, max_messages);
}

result<dead_letter_page> dead_letters::read(dead_letter_read const& what) {
  if (what.max_letters == 0 || what.max_letters > limits::receive_messages)
    return invalid("max_letters", "must be 1 to " + std::to_string(limits::receive_messages));
  constexpr std::size_t looked_at_most = 1'000;
  constexpr std::size_t at_once = 100;
  dead_letter_page page;
  page.next = what.from_sequence_number;
  for (std::size_t seen = 0; seen < looked_at_most && !page.is_last;) {
    auto some = peek(page.next, at_once);
    if (!some) return fail(std::move(some.error()));
    page.is_last = some->empty();
    seen += some->size();
    for (auto& one : *some) {
      if (one.sequence_number > what.up_to_sequence_number) {
        page.is_last = true;
        return page;
      }
      if (page.letters.size() == what.max_letters) return page;
      page.next = one.sequence_number + 1;
      if (matches(what.which, one)) page.letters.push_back(describe(std::move(one)));
    }
  }
  return page;
}

result<dead_letter_entry> dead_letters::find(std::int64_t sequence_number) {
  auto some = peek(sequence_number, 1);
  if (!some) return fail(std::move(some.error()));
  if (some->empty() || some->front().sequence_number != sequence_number)
    return fail(errc::not_found,
                "no dead letter of " + entity_ + " has the sequence number " +
                    std::to_string(sequence_number),
                "dead_letters.find");
  return describe(std::move(some->front()));
}

// The port says what stands from a number on: doubled until nothing does, then halved.
result<std::int64_t> dead_letters::last() {
  std::int64_t known = 0;  // something stands there, or nowhere
  std::int64_t step = 1;
  std::int64_t behind = last_sequence_number;  // nothing stands there or beyond
  while (known < behind - 1) {
    auto const look = known < behind - step ? known + step : known + (behind - known) / 2;
    auto const some = peek(look, 1);
    if (!some) return fail(some.error());
    if (some->empty()) {
      behind = look;
      step = std::max<std::int64_t>(1, (behind - known) / 2);
    } else {
      known = some->front().sequence_number;
      if (behind == last_sequence_number) step *= 2;
    }
  }
  return known;
}

result<std::uint64_t> dead_letters::count(dead_letter_filter const& which,
                                          std::int64_t up_to_sequence_number) {
  std::uint64_t total = 0;
  dead_letter_read next{.which = which,
                        .up_to_sequence_number = up_to_sequence_number,
                        .max_letters = limits::receive_messages};
  for (;;) {
    auto const page = read(next);
    if (!page) return fail(page.error());
    total += page->letters.size();
    if (page->is_last) return total;
    next.from_sequence_number = page->next;
  }
}

}  // namespace evsrc::inline v0
