// SPDX-License-Identifier: Apache-2.0
// Answers from the events themselves: no table was prepared for these questions.
#include "read_side.hpp"

#include <fmt/format.h>

#include <iterator>

#include "evsrc/codec/json_codec.hpp"
#include "evsrc/retail/payment_events.hpp"
#include "evsrc/runtime/state_reader.hpp"

namespace retail_example {
namespace {

constexpr char const* origin = "read_side";

evsrc::error not_found(evsrc::stream_id const& stream) {
  return {evsrc::errc::not_found, "there is no stream " + stream.category + "/" + stream.key,
          origin};
}

void add_line(std::string& page, evsrc::event_view const& event, evsrc::metadata const& meta) {
  auto out = std::back_inserter(page);
  fmt::format_to(out, "{:>5}  {}  {} v{}  position {}  id {}  source {}", event.version,
                 evsrc::to_string(event.time), event.name, event.event_version,
                 event.position.value, evsrc::to_string(event.id), meta.source);
  if (!meta.correlation.empty()) fmt::format_to(out, "  correlation {}", meta.correlation);
  for (auto const& tag : meta.tags) fmt::format_to(out, "  {}={}", tag.name, tag.value);
  for (auto const& [name, value] : meta.headers) fmt::format_to(out, "  {}: {}", name, value);
  fmt::format_to(out, "\n       {}\n", event.payload);
}

template <class A>
evsrc::result<std::string> state_text(evsrc::event_store& store, evsrc::stream_id const& stream,
                                      std::optional<evsrc::stream_version> version) {
  evsrc::state_reader<A> const reader(store);
  auto const found = version ? reader.state_at(stream.key, *version) : reader.load(stream.key);
  if (!found) return evsrc::fail(found.error());
  if (found->version == 0) return evsrc::fail(not_found(stream));
  std::string text;
  EVSRC_TRY(evsrc::encode_json(found->state, text));
  return fmt::format("{{\"stream\":\"{}\",\"version\":{},\"state\":{}}}\n", stream.category,
                     found->version, text);
}

}  // namespace

evsrc::result<evsrc::stream_id> parse_stream(std::string const& text) {
  auto const slash = text.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == text.size())
    return evsrc::invalid("stream",
                          "must look like order/536365 or stock/85123A, is '" + text + "'");
  return evsrc::stream_id{text.substr(0, slash), text.substr(slash + 1)};
}

evsrc::result<std::string> history_of(evsrc::event_store& store, evsrc::stream_id const& stream) {
  std::string page;
  for (evsrc::stream_version from = 0;;) {
    auto const read = store.read({.stream = stream, .from = from});
    if (!read) return evsrc::fail(read.error());
    for (auto const& event : *read) {
      auto const meta = event.meta();
      if (!meta) return evsrc::fail(meta.error());
      add_line(page, event, *meta);
      from = event.version;
    }
    if (read->at_end()) break;
  }
  if (page.empty()) return evsrc::fail(not_found(stream));
  return page;
}

evsrc::result<std::string> state_of(evsrc::event_store& store, evsrc::stream_id const& stream,
                                    std::optional<evsrc::stream_version> version) {
  if (stream.category == evsrc::retail::order::category.name)
    return state_text<evsrc::retail::order>(store, stream, version);
  if (stream.category == evsrc::retail::stock::category.name)
    return state_text<evsrc::retail::stock>(store, stream, version);
  return evsrc::invalid(
      "stream", "only order/... and stock/... have a state here, is '" + stream.category + "'");
}

evsrc::result<bool> has_payments(evsrc::event_store& store) {
  evsrc::query_item const paid{{std::string(evsrc::retail::payment_completed::wire_name.name)}, {}};
  auto const page = store.query({.scope = evsrc::query{{paid}}, .max_events = 1});
  if (!page) return evsrc::fail(page.error());
  return !page->empty();
}

}  // namespace retail_example
