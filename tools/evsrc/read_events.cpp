// SPDX-License-Identifier: Apache-2.0
// `evsrc read` and `evsrc tail`: events with everything that is known about them.
#include <fmt/format.h>

#include <chrono>
#include <limits>

#include "commands.hpp"

namespace evsrc_cli {
namespace {

constexpr std::size_t page_events = 500;

evsrc::result<void> show(evsrc::event_view const& event, bool as_json) {
  auto const meta = event.meta();
  if (!meta) return evsrc::fail(meta.error());
  if (as_json) {
    json line{{"position", event.position.value},
              {"category", event.category},
              {"key", event.key},
              {"version", event.version},
              {"name", event.name},
              {"event_version", event.event_version},
              {"id", evsrc::to_string(event.id)},
              {"time", evsrc::to_string(event.time)}};
    auto const add = [&line](char const* name, std::string const& text) {
      if (!text.empty()) line[name] = text;
    };
    add("source", meta->source);
    add("subject", meta->subject);
    add("correlation", meta->correlation);
    add("causation", meta->causation);
    add("user", meta->user);
    add("trace_parent", meta->trace_parent);
    for (auto const& tag : meta->tags) line["tags"].push_back({tag.name, tag.value});
    for (auto const& [name, value] : meta->headers) line["headers"].push_back({name, value});
    print(line, "payload", json_text_of(event.payload));
    return {};
  }
  fmt::print("{}  {}/{} v{}  {} v{}  position {}  id {}", evsrc::to_string(event.time),
             event.category, printable(event.key), event.version, event.name, event.event_version,
             event.position.value, evsrc::to_string(event.id));
  auto const add = [](char const* name, std::string const& text) {
    if (!text.empty()) fmt::print("  {} {}", name, printable(text));
  };
  add("source", meta->source);
  add("correlation", meta->correlation);
  add("causation", meta->causation);
  add("user", meta->user);
  for (auto const& tag : meta->tags) fmt::print("  {}={}", tag.name, printable(tag.value));
  for (auto const& [name, value] : meta->headers) fmt::print("  {}: {}", name, printable(value));
  fmt::print("\n    {}\n", printable(event.payload));
  return {};
}

/// Shows a page's events; false where `left`, if any was set, is used up.
evsrc::result<bool> show_page(evsrc::event_page const& page, std::uint64_t& left, bool as_json) {
  for (auto const& event : page) {
    if (left == 0) return false;
    EVSRC_TRY(show(event, as_json));
    if (left != std::numeric_limits<std::uint64_t>::max()) --left;
  }
  return left != 0;
}

evsrc::event_scope scope_of(std::string const& text) {
  if (text == "all") return evsrc::all_events{};
  return evsrc::events_of_category{text};
}

std::uint64_t bound(std::uint64_t limit) {
  return limit == 0 ? std::numeric_limits<std::uint64_t>::max() : limit;
}

evsrc::result<void> read_stream(evsrc::sqlite::event_store& store, read_request const& what,
                                std::size_t slash) {
  auto const order = what.backwards ? evsrc::direction::backwards : evsrc::direction::forwards;
  evsrc::stream_read next{.stream = {what.scope.substr(0, slash), what.scope.substr(slash + 1)},
                          .from = what.from,
                          .order = order,
                          .max_events = page_events};
  std::uint64_t left = bound(what.limit);
  bool is_first = true;
  for (;;) {
    auto const page = store.read(next);
    if (!page) return evsrc::fail(page.error());
    if (is_first && page->version() == 0)
      return evsrc::fail(evsrc::errc::not_found, "there is no stream " + printable(what.scope));
    is_first = false;
    auto const more = show_page(*page, left, what.where.json);
    if (!more) return evsrc::fail(more.error());
    if (!*more || page->at_end() || page->empty()) return {};
    next.from = page->events().back().version;
  }
}

}  // namespace

evsrc::result<void> read_events(read_request const& what) {
  auto const store = open_to_read(what.where);
  if (!store) return evsrc::fail(store.error());
  if (auto const slash = what.scope.find('/'); slash != std::string::npos)
    return read_stream(**store, what, slash);
  evsrc::scope_read next{
      .scope = scope_of(what.scope),
      .order = what.backwards ? evsrc::direction::backwards : evsrc::direction::forwards,
      .max_events = page_events};
  std::uint64_t left = bound(what.limit);
  for (;;) {
    auto const page = (*store)->query(next);
    if (!page) return evsrc::fail(page.error());
    auto const more = show_page(*page, left, what.where.json);
    if (!more) return evsrc::fail(more.error());
    if (!*more || page->at_end()) return {};
    next.from = page->next();
  }
}

evsrc::result<void> tail_events(tail_request const& what) {
  auto const store = open_to_read(what.where);
  if (!store) return evsrc::fail(store.error());
  evsrc::cursor from{};
  if (!what.from_start) {
    auto const head = (*store)->head();
    if (!head) return evsrc::fail(head.error());
    from = *head;
  }
  auto const slash = what.scope.find('/');
  auto const category = what.scope.substr(0, slash);
  auto const key = slash == std::string::npos ? std::string{} : what.scope.substr(slash + 1);
  auto const patience =
      what.idle_ms > 0 ? std::chrono::milliseconds(what.idle_ms) : std::chrono::milliseconds(1'000);
  for (std::uint64_t left = bound(what.limit); left != 0;) {
    auto const page =
        (*store)->query({.scope = scope_of(category), .from = from, .max_events = page_events});
    if (!page) return evsrc::fail(page.error());
    for (auto const& event : *page) {
      if (left == 0) break;
      if (!key.empty() && event.key != key) continue;
      EVSRC_TRY(show(event, what.where.json));
      if (what.limit != 0) --left;
    }
    EVSRC_TRY(flush_output());
    from = page->next();
    if (left == 0 || !page->at_end()) continue;
    auto const woken = (*store)->wait_beyond(from, patience);
    if (!woken) return evsrc::fail(woken.error());
    if (*woken == from && what.idle_ms > 0) return {};
  }
  return {};
}

}  // namespace evsrc_cli
