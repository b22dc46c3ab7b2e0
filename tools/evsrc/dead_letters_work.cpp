// SPDX-License-Identifier: Apache-2.0
// `evsrc deadletters redrive`, `skip` and `purge`: these change the file, each as an event of it.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iterator>

#include "commands.hpp"
#include "evsrc/runtime/redrive.hpp"
#include "evsrc/sqlite/message_bus.hpp"
#include "interrupts.hpp"

namespace evsrc_cli {
namespace {

class progress {
 public:
  explicit progress(bool is_shown) : is_shown_(is_shown) {}

  void operator()(evsrc::redrive_report const& so_far) {
    auto const now = std::chrono::steady_clock::now();
    if (!is_shown_ || now - shown_at_ < std::chrono::seconds(1)) return;
    shown_at_ = now;
    note(fmt::format("{} done, {} refused, up to {}", so_far.redriven + so_far.skipped,
                     so_far.refused, so_far.up_to));
  }

 private:
  bool is_shown_;
  std::chrono::steady_clock::time_point shown_at_ = std::chrono::steady_clock::now();
};

bool selects_some(dead_letters_request const& what) {
  return what.number != 0 || what.all || !what.type.empty() || !what.reason.empty() ||
         !what.key.empty() || !what.id.empty() || !what.from.empty() || !what.until.empty();
}

evsrc::result<void> tell(dead_letters_request const& what, dead_letters_work kind,
                         evsrc::redrive_report const& told) {
  if (what.where.json) {
    print({{"redriven", told.redriven},
           {"skipped", told.skipped},
           {"ended_before", told.ended_before},
           {"kept", told.kept},
           {"refused", told.refused},
           {"left", told.left},
           {"refusals", told.refusals},
           {"up_to", told.up_to},
           {"was_cancelled", told.was_cancelled}});
  } else {
    fmt::print("{} redriven, {} skipped, {} had ended before, {} kept, {} refused, {} left\n",
               told.redriven, told.skipped, told.ended_before, told.kept, told.refused, told.left);
    for (auto const& why : told.refusals) fmt::print("refused {}\n", printable(why));
    if (told.was_cancelled && kind == dead_letters_work::purge)
      fmt::print("cancelled: to go on, confirm how many are left\n");
    else if (told.was_cancelled)
      fmt::print("cancelled: --up-to {} goes on\n", told.up_to);
  }
  bool const is_nothing = told.redriven + told.skipped + told.ended_before == 0;
  if (what.number != 0 && is_nothing)
    return evsrc::fail(evsrc::errc::not_found,
                       "nothing was done to dead letter " + std::to_string(what.number));
  return {};
}

evsrc::redrive_options options_of(dead_letters_request const& what) {
  evsrc::redrive_options made;
  made.consumer = what.consumer;
  made.entity = what.queue;
  made.is_forced = what.force;
  made.user = what.user;
  if (what.window_s != 0) made.inbox_window = std::chrono::seconds(what.window_s);
  return made;
}

evsrc::result<void> redrive_with_body(evsrc::redriver& again, dead_letters_request const& what) {
  if (what.number == 0) return evsrc::invalid("body", "is for one dead letter: give its number");
  std::ifstream from(what.body_file, std::ios::binary);
  if (!from) return evsrc::fail(evsrc::errc::not_found, "cannot read " + what.body_file);
  std::string body(std::istreambuf_iterator<char>(from), {});
  auto const sent =
      again.redrive_edited(what.number, [&](evsrc::message& changed) -> evsrc::result<void> {
        changed.body = body;
        return {};
      });
  if (!sent) return evsrc::fail(sent.error());
  if (what.where.json)
    print({{"edited_id", sent->value}});
  else
    fmt::print("sent as {}; the original stays until it is purged\n", printable(sent->value));
  return {};
}

}  // namespace

evsrc::result<void> work_on_dead_letters(dead_letters_request const& what, dead_letters_work kind) {
  bool const is_purge = kind == dead_letters_work::purge;
  if (!selects_some(what))
    return evsrc::invalid("number", "say which: a number, a filter, or --all");
  auto const which = filter_of(what);
  if (!which) return evsrc::fail(which.error());
  auto const store = open_to_write(what.where);
  if (!store) return evsrc::fail(store.error());
  evsrc::sqlite::message_bus bus(**store);
  evsrc::redriver again(**store, bus, options_of(what));
  if (!what.body_file.empty()) return redrive_with_body(again, what);
  interrupts const interrupted;
  evsrc::dead_letter_selection selection;
  selection.which = *which;
  selection.per_second = what.per_second;
  selection.destination = what.destination;
  if (what.up_to != 0) selection.up_to = what.up_to;
  selection.progress = progress(isatty(STDERR_FILENO) != 0);
  auto const told = is_purge ? again.purge(*which, what.confirm, interrupted.token())
                    : kind == dead_letters_work::skip
                        ? again.skip_dead_letters(std::move(selection), interrupted.token())
                        : again.redrive_dead_letters(std::move(selection), interrupted.token());
  if (!told) return evsrc::fail(told.error());
  return tell(what, kind, *told);
}

}  // namespace evsrc_cli
