// SPDX-License-Identifier: Apache-2.0
// Which refusals fit, and one commit for each batch of decisions.
#include "evsrc/runtime/outbox_redriver.hpp"

#include <algorithm>
#include <iterator>

#include "evsrc/bus/entity.hpp"
#include "evsrc/runtime/dead_letter_events.hpp"
#include "evsrc/runtime/detail/own_event.hpp"
#include "evsrc/runtime/detail/printable_text.hpp"
#include "evsrc/runtime/detail/replay.hpp"

namespace evsrc::inline v0 {
namespace {

constexpr std::size_t batch_rows = 100;
/// Rows of a page with their bodies: some MiB at most.
constexpr std::size_t page_rows = 16;
/// How long it is known who decided: longer than anybody looks at a list of dead letters.
constexpr auto decisions_last = std::chrono::hours(24 * 7);

bool fits(std::string const& wanted, std::string_view actual) noexcept {
  return wanted.empty() || wanted == actual;
}

refused_row_record record_of(refused_row const& from) {
  auto const& message = from.row.message;
  refused_row_record made;
  made.sequence = from.row.sequence;
  made.id = detail::printable(message.id.value);
  made.origin = detail::to_bytes(message.id.value);
  made.destination = detail::printable(message.destination);
  made.key = detail::printable(message.key);
  made.type = detail::printable(message.type);
  made.reason = detail::printable(from.reason);
  made.description = detail::printable(from.description);
  made.held_key = from.holds_key;
  made.committed_at = from.row.committed_at;
  made.refused_at = from.refused_at;
  return made;
}

/// Every dead letter, until `each` says that it is enough.
template <class Each>
result<void> for_each_refused(outbox_store& outbox, std::uint64_t after, Each const& each) {
  for (outbox_read next{.after = after, .max_rows = page_rows};;) {
    auto const page = outbox.read_refused(next);
    if (!page) return fail(page.error());
    for (auto const& one : *page)
      if (!each(one)) return {};
    if (page->size() < page_rows) return {};
    next.after = page->back().row.sequence;
  }
}

}  // namespace

stream_id outbox_audit_stream_of(std::string_view destination) {
  return {"evsrc.outbox", folded(destination)};
}

bool matches(refused_filter const& which, refused_row const& row) {
  auto const& what = row.row.message;
  if (which.sequence != 0 && which.sequence != row.row.sequence) return false;
  if (!which.destination.empty() && folded(which.destination) != what.destination) return false;
  return fits(which.key, what.key) && fits(which.type, what.type) &&
         fits(which.reason, row.reason) && fits(which.id, what.id.value);
}

outbox_redriver::outbox_redriver(event_store& store, outbox_store& rows,
                                 outbox_redrive_options options)
    : store_(&store),
      outbox_(&rows),
      options_(std::move(options)),
      clock_(options_.clock != nullptr ? options_.clock : &system_clock()),
      random_(options_.random != nullptr ? options_.random : &system_random()) {}

result<refused_row> outbox_redriver::find(std::uint64_t sequence) {
  if (sequence != 0) {
    auto page = outbox_->read_refused({.after = sequence - 1, .max_rows = 1});
    if (!page) return fail(page.error());
    if (!page->empty() && page->front().row.sequence == sequence) return std::move(page->front());
  }
  return fail(errc::not_found,
              "row " + std::to_string(sequence) + " is no dead letter of the outbox", "outbox");
}

result<std::vector<outbox_redriver::refusal>> outbox_redriver::find_all(
    refused_filter const& which) {
  std::vector<refusal> found;
  auto const after = which.sequence == 0 ? 0 : which.sequence - 1;
  EVSRC_TRY(for_each_refused(*outbox_, after, [&](refused_row const& one) {
    if (matches(which, one)) found.push_back({one.row.sequence, one.refused_at});
    return which.sequence == 0;
  }));
  return found;
}

result<std::uint64_t> outbox_redriver::count(refused_filter const& which) {
  auto const found = find_all(which);
  if (!found) return fail(found.error());
  return std::uint64_t{found->size()};
}

result<outbox_redrive_report> outbox_redriver::redrive(refused_filter const& which,
                                                       std::stop_token const& stop) {
  auto wanted = find_all(which);
  if (!wanted) return fail(wanted.error());
  return work(std::move(*wanted), action::redrive, stop);
}

result<outbox_redrive_report> outbox_redriver::drop(refused_filter const& which,
                                                    std::uint64_t confirmed,
                                                    std::stop_token const& stop) {
  auto wanted = find_all(which);
  if (!wanted) return fail(wanted.error());
  if (wanted->size() != confirmed)
    return fail(errc::condition_failed,
                std::to_string(wanted->size()) + " dead letters of the outbox fit, not " +
                    std::to_string(confirmed) + ": nothing was dropped",
                "outbox");
  return work(std::move(*wanted), action::drop, stop);
}

/// In order of commit: of a key that several hold the first one is in front again.
result<outbox_redrive_report> outbox_redriver::work(std::vector<refusal> wanted, action what,
                                                    std::stop_token const& stop) {
  outbox_redrive_report report;
  for (auto next = wanted.begin(); next != wanted.end();) {
    report.was_cancelled = stop.stop_requested();
    if (report.was_cancelled) break;
    batch rows;
    EVSRC_TRY(for_each_refused(*outbox_, next->sequence - 1, [&](refused_row const& one) {
      // What came down the list meanwhile is gone, or somebody's who decided.
      for (; next != wanted.end() && next->sequence < one.row.sequence; ++next)
        ++report.decided_before;
      if (next == wanted.end() || rows.size() == batch_rows) return false;
      if (next->sequence != one.row.sequence) return true;
      if (*next == refusal{one.row.sequence, one.refused_at}) {
        rows.push_back(one);
        rows.back().row.message.body.clear();
      } else {
        ++report.decided_before;
      }
      return ++next != wanted.end();
    }));
    if (rows.empty()) {  // none is left behind here
      report.decided_before += static_cast<std::size_t>(std::distance(next, wanted.end()));
      next = wanted.end();
    }
    EVSRC_TRY(decide(rows, what, report));
    try {
      if (options_.progress) options_.progress(report);
    } catch (...) {
      return fail(detail::thrown_error("progress"));
    }
  }
  return report;
}

/// Where one of a batch was decided by another, none of it was written: each for itself, then.
result<void> outbox_redriver::decide(batch const& rows, action what, outbox_redrive_report& into) {
  if (rows.empty()) return {};
  auto const done = commit_decision(rows, what);
  if (!done) return fail(done.error());
  if (*done) {
    (what == action::redrive ? into.redriven : into.dropped) += rows.size();
    return {};
  }
  if (rows.size() == 1) {
    ++into.decided_before;
    return {};
  }
  for (auto const& one : rows) EVSRC_TRY(decide({one}, what, into));
  return {};
}

result<bool> outbox_redriver::commit_decision(batch const& rows, action what) {
  commit decision;
  auto const expiry = clock_->now() + decisions_last;
  for (auto const& one : rows) {
    auto const sequence = one.row.sequence;
    auto key = std::to_string(sequence) + "/" +
               std::to_string(one.refused_at.time_since_epoch() / std::chrono::microseconds(1));
    decision.once.push_back({"evsrc.outbox", std::move(key), "decision", "decided", expiry});
    (what == action::redrive ? decision.redriven : decision.handed_on).push_back(sequence);
    EVSRC_TRY(note(decision, one, what));
  }
  auto const done = store_->commit(std::move(decision));
  if (!done) return fail(done.error());
  return !done->duplicate;
}

result<void> outbox_redriver::note(commit& into, refused_row const& row, action what) {
  auto event = what == action::redrive ? detail::own_event(refused_row_redriven{record_of(row)},
                                                           clock_->now(), *random_, options_.user)
                                       : detail::own_event(refused_row_dropped{record_of(row)},
                                                           clock_->now(), *random_, options_.user);
  if (!event) return fail(std::move(event.error()));
  auto stream = outbox_audit_stream_of(row.row.message.destination);
  auto at = std::find_if(into.appends.begin(), into.appends.end(),
                         [&](append const& one) { return one.stream == stream; });
  if (at == into.appends.end()) at = into.appends.insert(at, append{std::move(stream)});
  at->events.push_back(std::move(*event));
  return {};
}

}  // namespace evsrc::inline v0
