// SPDX-License-Identifier: Apache-2.0
// Work on many dead letters: in order, at a pace, until it is done or told to stop.
#include <algorithm>
#include <map>
#include <set>

#include "evsrc/runtime/detail/printable_text.hpp"
#include "evsrc/runtime/detail/redrive_core.hpp"
#include "evsrc/runtime/detail/replay.hpp"

namespace evsrc::inline v0 {

using detail::letter_outcome;
using outcome = letter_outcome::kind;

namespace {

/// The store, the bus or the whole entity: no other dead letter would fare better.
bool ends_all(error const& why) noexcept {
  switch (why.code) {
    case errc::invalid_argument:
    case errc::limit_exceeded: return false;
    default: return true;
  }
}

/// Another has it, or decided about its key.
bool is_anothers(error const& why) noexcept {
  return why.code == errc::lock_lost || why.code == errc::version_conflict;
}

class dead_letter_run {
 public:
  using action = unique_function<result<letter_outcome>(delivery const&)>;

  dead_letter_run(detail::redrive_core& core, dead_letter_selection& what,
                  std::stop_token const& stop, action act)
      : core_(core),
        what_(what),
        stop_(stop),
        act_(std::move(act)),
        letters_(core.bus(), core.options().entity),
        locks_(core.bus(), core.options().entity, core.time()) {}

  [[nodiscard]] result<redrive_report> run(char const* name) {
    auto const last = letters_.last();
    if (!last) return fail(last.error());
    report_.up_to = std::min(*last, what_.up_to);
    if (report_.up_to <= 0) return report_;
    auto const id = to_string(make_event_id(core_.time().now(), core_.random()));
    EVSRC_TRY(
        record(dead_letter_run_started{id, core_.options().consumer, name,
                                       detail::printable(to_string(what_.which)), report_.up_to}));
    EVSRC_TRY(work());
    locks_.give_back();
    EVSRC_TRY(record(dead_letter_run_ended{id, done(), report_.ended_before, report_.refused,
                                           report_.left, report_.was_cancelled}));
    return report_;
  }

 private:
  [[nodiscard]] std::size_t done() const noexcept { return report_.redriven + report_.skipped; }
  [[nodiscard]] bool is_over() {
    if (stop_.stop_requested()) report_.was_cancelled = true;
    return report_.was_cancelled || done() >= what_.max_messages;
  }
  template <class E>
  [[nodiscard]] result<void> record(E const& event) {
    commit whole;
    EVSRC_TRY(core_.note(whole, event));
    auto const told = core_.store().commit(std::move(whole));
    if (!told) return fail(told.error());
    return {};
  }

  [[nodiscard]] result<void> work() {
    dead_letter_read next{.which = what_.which, .up_to_sequence_number = report_.up_to};
    while (!is_over()) {
      auto const page = letters_.read(next);
      if (!page) return fail(page.error());
      for (auto const& one : page->letters)
        if (!what_.wanted || what_.wanted(one.letter))
          pending_.emplace(one.letter.sequence_number, one.key);
      EVSRC_TRY(work_off());
      if (page->is_last) return {};
      next.from_sequence_number = page->next;
    }
    return {};
  }

  [[nodiscard]] result<void> work_off() {
    constexpr std::size_t at_once = 100;
    // What is locked is worked off within a second or so.
    auto const batch =
        what_.per_second == 0 ? at_once : std::min<std::size_t>(at_once, what_.per_second);
    while (!pending_.empty() && !is_over()) {
      auto const some = locks_.take(batch);
      if (!some) return fail(some.error());
      if (some->empty()) break;
      for (auto at = some->begin(); at != some->end(); ++at) {
        auto worked = meet(*at);
        if (worked) continue;
        std::for_each(at, some->end(), [this](auto const& one) { locks_.put_aside(one); });
        return worked;
      }
    }
    if (is_over()) return {};
    for (auto const& [number, key] : pending_) leave(key);
    pending_.clear();
    return {};
  }

  void leave(std::string const& key) {
    ++report_.left;
    if (!key.empty()) stuck_.insert(key);
  }
  /// Behind an earlier one of its key that was not reached.
  [[nodiscard]] bool is_behind(std::int64_t number, std::string const& key) const {
    if (key.empty()) return false;
    if (stuck_.count(key) != 0) return true;
    return std::any_of(pending_.begin(), pending_.lower_bound(number),
                       [&](auto const& earlier) { return earlier.second == key; });
  }

  [[nodiscard]] result<void> meet(delivery const& one) {
    auto const at = pending_.find(one.sequence_number);
    if (at == pending_.end() || is_over() || !keep_pace()) {
      locks_.put_aside(one);
      return {};
    }
    auto const key = at->second;
    bool const is_late = is_behind(one.sequence_number, key);
    pending_.erase(at);
    if (is_late) {
      locks_.put_aside(one);
      leave(key);
      return {};
    }
    auto const told = act_(one);
    if (told) {
      tell(one, *told, key);
    } else if (is_anothers(told.error())) {
      locks_.put_aside(one);
      leave(key);
    } else if (ends_all(told.error())) {
      return fail(told.error());
    } else {
      tell(one, {outcome::refused, told.error().message}, key);
    }
    if (what_.progress) what_.progress(report_);
    return {};
  }

  void tell(delivery const& one, letter_outcome const& told, std::string const& key) {
    constexpr std::size_t most = 10;
    switch (told.what) {
      case outcome::redriven: ++report_.redriven; return;
      case outcome::skipped: ++report_.skipped; return;
      case outcome::ended_before: ++report_.ended_before; return;
      case outcome::kept: ++report_.kept; break;
      case outcome::refused:
        ++report_.refused;
        if (report_.refusals.size() < most)
          report_.refusals.push_back(std::to_string(one.sequence_number) + ": " + told.why);
        if (!key.empty()) stuck_.insert(key);
        break;
    }
    locks_.put_aside(one);
  }

  /// False where it was told to stop while it waited for its turn.
  [[nodiscard]] bool keep_pace() {
    if (what_.per_second == 0) return true;
    constexpr std::chrono::microseconds at_once{50'000};  // how late a stop is heard
    auto& time = core_.time();
    for (auto now = time.steady(); now < turn_; now = time.steady()) {
      if (is_over()) return false;
      time.sleep(std::min(at_once, std::chrono::ceil<std::chrono::microseconds>(turn_ - now)));
    }
    turn_ =
        std::max(turn_, time.steady()) + std::chrono::microseconds(1'000'000) / what_.per_second;
    return !is_over();
  }

  detail::redrive_core& core_;
  dead_letter_selection& what_;
  std::stop_token stop_;
  action act_;
  dead_letters letters_;
  detail::dead_letter_locks locks_;
  redrive_report report_{};
  std::map<std::int64_t, std::string> pending_{};  ///< wanted: sequence numbers and their keys
  std::set<std::string> stuck_{};                  ///< keys of which one could not be worked on
  clock::steady_time turn_{};
};

/// The caller's functions may throw; what is locked is given back on the way.
result<redrive_report> run(detail::redrive_core& core, dead_letter_selection& what,
                           std::stop_token const& stop, char const* name,
                           dead_letter_run::action act) {
  EVSRC_TRY(core.check_options());
  try {
    return dead_letter_run(core, what, stop, std::move(act)).run(name);
  } catch (...) {
    return fail(detail::thrown_error("wanted or progress"));
  }
}

}  // namespace

result<redrive_report> redriver::redrive_dead_letters(dead_letter_selection what,
                                                      std::stop_token const& stop) {
  if (!what.destination.empty()) EVSRC_TRY(core_->check_destination(what.destination));
  return run(*core_, what, stop, "redrive",
             [&](delivery const& one) { return core_->redrive_letter(one, what.destination); });
}

result<redrive_report> redriver::skip_dead_letters(dead_letter_selection what,
                                                   std::stop_token const& stop) {
  if (!what.destination.empty()) return invalid("destination", "what is skipped goes nowhere");
  return run(*core_, what, stop, "skip",
             [&](delivery const& one) { return core_->skip_letter(one, false); });
}

result<redrive_report> redriver::purge(dead_letter_filter const& which, std::uint64_t confirmed,
                                       std::stop_token const& stop) {
  dead_letters all(core_->bus(), core_->options().entity);
  auto const last = all.last();
  if (!last) return fail(last.error());
  auto const count = all.count(which, *last);
  if (!count) return fail(count.error());
  if (*count != confirmed)
    return fail(errc::condition_failed,
                std::to_string(*count) + " dead letters fit, not " + std::to_string(confirmed) +
                    ": nothing was purged",
                "purge");
  dead_letter_selection what;
  what.which = which;
  what.up_to = *last;
  return run(*core_, what, stop, "purge",
             [&](delivery const& one) { return core_->skip_letter(one, true); });
}

}  // namespace evsrc::inline v0
