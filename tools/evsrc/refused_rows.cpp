// SPDX-License-Identifier: Apache-2.0
// `evsrc outbox refused list` and `show` only look; `evsrc outbox redrive` and `drop` change the
// file, each decision as an event of it.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>

#include "commands.hpp"
#include "evsrc/runtime/dead_letter_events.hpp"
#include "evsrc/runtime/outbox_redriver.hpp"
#include "interrupts.hpp"

namespace evsrc_cli {
namespace {

evsrc::refused_filter filter_of(refused_request const& what) {
  evsrc::refused_filter made;
  made.destination = what.destination;
  made.key = what.key;
  made.type = what.type;
  made.reason = what.reason;
  made.id = what.id;
  made.sequence = what.number;
  return made;
}

json summary_of(evsrc::refused_row const& one) {
  auto const& message = one.row.message;
  return {{"sequence", one.row.sequence},
          {"destination", message.destination},
          {"key", message.key},
          {"id", message.id.value},
          {"type", message.type},
          {"reason", one.reason},
          {"description", one.description},
          {"holds_key", one.holds_key},
          {"committed_at", evsrc::to_string(one.row.committed_at)},
          {"refused_at", evsrc::to_string(one.refused_at)}};
}

void print_line(evsrc::refused_row const& one) {
  auto const& message = one.row.message;
  fmt::print("{:>8}  {}  {}  {}  {}  key {}{}  {}: {}\n", one.row.sequence,
             evsrc::to_string(one.refused_at), printable(message.destination),
             printable(message.id.value), printable(message.type),
             message.key.empty() ? "-" : printable(message.key), one.holds_key ? " held" : "",
             printable(one.reason), printable(one.description));
}

bool selects_some(refused_request const& what) {
  return what.number != 0 || what.all || !what.destination.empty() || !what.type.empty() ||
         !what.reason.empty() || !what.key.empty() || !what.id.empty();
}

evsrc::result<void> tell(refused_request const& what, evsrc::outbox_redrive_report const& told,
                         std::string_view goes_on) {
  if (what.where.json)
    print({{"redriven", told.redriven},
           {"dropped", told.dropped},
           {"decided_before", told.decided_before},
           {"was_cancelled", told.was_cancelled}});
  else
    fmt::print("{} redriven, {} dropped, {} had been decided before{}\n", told.redriven,
               told.dropped, told.decided_before,
               told.was_cancelled ? fmt::format("; cancelled: {}", goes_on) : "");
  if (what.number != 0 && told.redriven + told.dropped == 0)
    return evsrc::fail(evsrc::errc::not_found,
                       "nothing was done to row " + std::to_string(what.number));
  return {};
}

evsrc::outbox_redrive_options options_of(refused_request const& what) {
  evsrc::outbox_redrive_options made;
  made.user = what.user;
  bool const is_shown = isatty(STDERR_FILENO) != 0;
  made.progress = [is_shown, shown_at = std::chrono::steady_clock::now()](
                      evsrc::outbox_redrive_report const& so_far) mutable {
    auto const now = std::chrono::steady_clock::now();
    if (!is_shown || now - shown_at < std::chrono::seconds(1)) return;
    shown_at = now;
    note(fmt::format("{} done", so_far.redriven + so_far.dropped));
  };
  return made;
}

}  // namespace

evsrc::result<void> list_refused(refused_request const& what) {
  auto const store = open_to_read(what.where);
  if (!store) return evsrc::fail(store.error());
  auto const which = filter_of(what);
  evsrc::outbox_read next{.after = what.after, .max_rows = 16};  // with their bodies
  for (std::size_t shown = 0; shown != what.limit;) {
    auto const page = (*store)->read_refused(next);
    if (!page) return evsrc::fail(page.error());
    for (auto const& one : *page) {
      if (shown == what.limit || !matches(which, one)) continue;
      ++shown;
      if (what.where.json)
        print(summary_of(one));
      else
        print_line(one);
    }
    if (page->size() < next.max_rows) break;
    next.after = page->back().row.sequence;
  }
  return {};
}

evsrc::result<void> show_refused(refused_request const& what) {
  auto const store = open_to_read(what.where);
  if (!store) return evsrc::fail(store.error());
  evsrc::outbox_redriver rows(**store);
  auto const found = rows.find(what.number);
  if (!found) return evsrc::fail(found.error());
  auto const& message = found->row.message;
  auto records = records_of(**store, evsrc::outbox_audit_stream_of(message.destination),
                            "/row/sequence", static_cast<std::int64_t>(what.number));
  if (!records) return evsrc::fail(records.error());
  auto told = summary_of(*found);
  auto const add = [&told](char const* name, std::string const& text) {
    if (!text.empty()) told[name] = text;
  };
  add("content_type", message.content_type);
  add("correlation", message.correlation);
  add("causation", message.causation);
  add("trace_parent", message.trace_parent);
  if (message.not_before != evsrc::timestamp{})
    told["not_before"] = evsrc::to_string(message.not_before);
  if (message.time_to_live != evsrc::no_time_to_live)
    told["time_to_live_ms"] = message.time_to_live.count();
  print_message(std::move(told), message.properties, std::move(*records), message.body,
                what.where.json);
  return {};
}

evsrc::result<void> work_on_refused(refused_request const& what, refused_work kind) {
  if (!selects_some(what))
    return evsrc::invalid("number", "say which: a number, a filter, or --all");
  bool const is_drop = kind == refused_work::drop;
  if (is_drop && what.number == 0 && !what.confirm)
    return evsrc::invalid("confirm", "say how many they are, as outbox refused list shows them");
  auto const store = open_to_write(what.where);
  if (!store) return evsrc::fail(store.error());
  evsrc::outbox_redriver again(**store, options_of(what));
  interrupts const interrupted;
  auto const which = filter_of(what);
  if (what.number != 0) {
    if (auto const there = again.find(what.number); !there) return evsrc::fail(there.error());
  }
  auto const told = is_drop ? again.drop(which, what.confirm.value_or(1), interrupted.token())
                            : again.redrive(which, interrupted.token());
  if (!told) return evsrc::fail(told.error());
  return tell(what, *told,
              is_drop ? "to go on, confirm how many are left" : "the same command goes on");
}

}  // namespace evsrc_cli
