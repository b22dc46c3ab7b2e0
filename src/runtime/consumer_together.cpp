// SPDX-License-Identifier: Apache-2.0
// Several messages in one commit: handled one after the other, on states that those before them
// have changed. Whatever is not plain is left to the waves in which each message is for itself.
#include <iterator>
#include <set>

#include "evsrc/runtime/detail/consumer_worker.hpp"

namespace evsrc::inline v0::detail {
namespace {

/// With so much in it a commit takes no more messages; one message adds what it likes.
bool is_full(commit const& what) noexcept {
  constexpr std::size_t part = 2;
  return what.appends.size() >= limits::commit_streams / part ||
         what.messages.size() >= limits::commit_messages / part ||
         what.once.size() >= limits::commit_once / part ||
         what.unless.size() >= limits::commit_conditions / part ||
         count_effects(what) >= limits::commit_events / part;
}

template <class T>
void move_behind(std::vector<T>& from, std::vector<T>& to) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
  from.clear();
}

/// Names every field, so that one that a commit gains does not compile before it is moved here.
void move_behind(commit& from, commit& to) {
  auto& [appends, unless, messages, cancel, handed_on, refused, redriven, settles, once, owners,
         checkpoints] = from;
  move_behind(appends, to.appends);
  move_behind(unless, to.unless);
  move_behind(messages, to.messages);
  move_behind(cancel, to.cancel);
  move_behind(handed_on, to.handed_on);
  move_behind(refused, to.refused);
  move_behind(redriven, to.redriven);
  move_behind(settles, to.settles);
  move_behind(once, to.once);
  move_behind(owners, to.owners);
  move_behind(checkpoints, to.checkpoints);
}

}  // namespace

/// Nothing is known against it: new, and nobody has looked at it.
bool consumer_worker::may_join(job const& one) const {
  return one.at == job::stage::fresh && !one.is_alone && !one.look_up && !one.is_final &&
         !one.from_ledger && one.immediate == 0 && one.conflicts == 0 &&
         one.received.delivery_count == 0 && !one.identity.is_copy && one.identity.round == 0 &&
         one.identity.attempts == 0 && !one.identity.origin.empty() &&
         one.due <= shared_.time.steady() && !is_lost(one);
}

std::vector<consumer_job*> consumer_worker::joinable() {
  std::vector<job*> found;
  if (shared_.is_paused()) return found;
  auto const most = shared_.options.messages_per_commit;
  for (auto const& one : jobs_) {
    if (found.size() == most || !may_join(*one)) break;  // none overtakes another
    found.push_back(one.get());
  }
  for (auto& session : sessions_) {
    auto* const first = ready_of(session);
    if (first == nullptr || first != session.current.get()) continue;
    if (keeps_order(*first) && session.state->standing() != key_standing::open) continue;
    if (found.size() == most || !may_join(*first)) continue;
    found.push_back(first);
    for (auto const& one : session.behind) {
      if (found.size() == most || !may_join(*one)) break;
      found.push_back(one.get());
    }
  }
  return found;
}

std::size_t consumer_worker::wave_together(bool& moved) {
  constexpr int attempts_max = 3;
  for (int attempt = 0; attempt < attempts_max && !is_stopping(); ++attempt) {
    auto const jobs = joinable();
    if (jobs.size() < 2) return 0;
    if (!commit_together(jobs)) continue;
    moved = true;
    return end_wave(jobs);
  }
  for (auto* one : joinable()) one->is_alone = true;
  return 0;
}

/// False where nothing was written: some of them are alone now, or all should be tried again.
bool consumer_worker::commit_together(std::vector<job*> const& jobs) {
  joint_states common;
  commit whole;
  std::vector<job*> in;
  job* other = nullptr;
  std::set<std::string_view> origins;
  for (auto* one : jobs) {
    if (is_full(whole) || (!in.empty() && is_stopping())) break;
    // Those before it may have taken long.
    shared_.locks.renew_due();
    if (!origins.insert(one->identity.origin).second) {  // a repeat of one of these
      one->is_alone = one->look_up = true;
      break;
    }
    in.push_back(one);
    if (!plan_with_others(*one, common)) {
      other = one;
      break;
    }
    move_behind(one->whole, whole);
  }
  for (auto* one : in)
    if (is_too_late(*one)) other = one;
  if (other != nullptr) {
    for (auto* one : in) part(*one);
    other->is_alone = true;
    return false;
  }
  auto const done = shared_.store.commit(std::move(whole));
  if (!done || done->duplicate) {
    bool const conflicts = !done && is_conflict(done.error());
    if (conflicts) shared_.count(&consumer_counts::conflicts);
    for (auto* one : in) {
      part(*one);
      one->is_alone = !conflicts;
      one->look_up = !conflicts;
      if (one->session != nullptr) one->session->state.reset();
    }
    return false;
  }
  common.committed();
  for (auto* one : in) {
    note_end(*one);
    one->is_finished = one->rides;
    one->is_final = !one->rides;
    one->at = one->rides ? job::stage::gone : job::stage::settling;
  }
  return true;
}

/// False where it ends in another way than by being done.
bool consumer_worker::plan_with_others(job& one, joint_states& common) {
  one.common = &common;
  auto const planned = plan(one);
  one.common = nullptr;
  return planned && one.at == job::stage::committing && one.becomes == job::end::done &&
         !one.copy && !one.changes_ledger;
}

/// Back to where it was before it was handled with others.
void consumer_worker::part(job& one) {
  if (one.at == job::stage::gone) return;
  reset(one);
  one.at = job::stage::fresh;
}

}  // namespace evsrc::inline v0::detail
