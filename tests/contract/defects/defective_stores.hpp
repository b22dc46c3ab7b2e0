// SPDX-License-Identifier: Apache-2.0
// Stores with one planted defect each: every one breaks one promise and keeps the others.
#pragma once

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "evsrc/memory/event_store.hpp"
#include "evsrc/testing/contracts.hpp"
#include "evsrc/testing/forwarding_store.hpp"

namespace evsrc::defects {

using testing::forwarding_store;

/// Acknowledges every tenth commit of events and forgets them.
class lost_append final : public forwarding_store {
 public:
  using forwarding_store::forwarding_store;

  result<receipt> commit(evsrc::commit what, commit_options const& options) override {
    bool const has_events = std::any_of(what.appends.begin(), what.appends.end(),
                                        [](append const& one) { return !one.events.empty(); });
    if (!has_events || ++count_ % 10 != 0) return inner().events->commit(std::move(what), options);
    std::vector<std::size_t> sizes;
    for (auto& one : what.appends) {
      sizes.push_back(one.events.size());
      one.events.clear();
    }
    auto answer = inner().events->commit(std::move(what), options);
    if (!answer || answer->duplicate) return answer;
    auto const last = inner().events->query({.order = direction::backwards, .max_events = 1});
    auto next = last && !last->empty() ? last->begin()->position.value : 0;
    for (std::size_t i = 0; i != sizes.size(); ++i) {
      answer->versions[i] += sizes[i];
      for (std::size_t j = 0; j != sizes[i]; ++j) answer->positions.push_back(position{++next});
    }
    return answer;
  }

 private:
  std::atomic<std::size_t> count_ = 0;
};

/// Writes the streams of a commit one after the other.
class torn_commit final : public forwarding_store {
 public:
  using forwarding_store::forwarding_store;

  result<receipt> commit(evsrc::commit what, commit_options const& options) override {
    if (what.appends.size() < 2) return inner().events->commit(std::move(what), options);
    auto rest = std::move(what.appends);
    receipt whole;
    for (auto& one : rest) {
      what.appends.clear();
      what.appends.push_back(std::move(one));
      auto part = inner().events->commit(std::exchange(what, {}), options);
      if (!part || part->duplicate) return part;
      whole.positions.insert(whole.positions.end(), part->positions.begin(), part->positions.end());
      whole.versions.push_back(part->versions.front());
      whole.up_to = part->up_to;
    }
    return whole;
  }
};

/// Judges the conditions of a group before the group is written.
class condition_without_own_group final : public forwarding_store {
 public:
  using forwarding_store::forwarding_store;

  void submit(evsrc::commit what, completion done) override {
    waiting_.emplace_back(std::move(what), std::move(done));
  }
  std::size_t poll() override {
    auto group = std::exchange(waiting_, {});
    for (auto& [what, done] : group) {
      // An empty commit with the same conditions: the verdict of the moment.
      auto const verdict = inner().events->commit({.unless = std::exchange(what.unless, {})});
      if (!verdict) what.unless.push_back({});  // fails, as it should
    }
    for (auto& [what, done] : group) inner().events->submit(std::move(what), std::move(done));
    return inner().events->poll();
  }

 private:
  std::vector<std::pair<evsrc::commit, completion>> waiting_;
};

/// Tells a conflict with what is only queued, before that is committed.
class conflict_before_durability final : public forwarding_store {
 public:
  using forwarding_store::forwarding_store;

  void submit(evsrc::commit what, completion done) override {
    for (auto const& one : what.appends) {
      auto& queued = queued_[one.stream];
      if (!one.expected.holds_for(queued))
        return done(fail(errc::version_conflict, "told in a hurry", "defect"));
      queued += one.events.size();
    }
    inner().events->submit(std::move(what), std::move(done));
  }

 private:
  std::map<stream_id, stream_version> queued_;
};

/// Gives the position of the last event again after a refusal.
class reused_position final : public forwarding_store {
 public:
  using forwarding_store::forwarding_store;

  result<receipt> commit(evsrc::commit what, commit_options const& options) override {
    auto answer = inner().events->commit(std::move(what), options);
    if (!answer) ++refusals_;
    if (answer)
      for (auto& at : answer->positions) {
        told_[at.value] = at.value - refusals_;
        at.value = told_[at.value];
      }
    return answer;
  }
  result<event_page> query(scope_read const& what) override {
    auto page = inner().events->query(what);
    if (!page) return page;
    event_page changed;
    for (auto event : *page) {
      if (auto const told = told_.find(event.position.value); told != told_.end())
        event.position.value = told->second;
      changed.add(event);
    }
    changed.finish(page->next(), page->at_end(), page->version());
    return changed;
  }

 private:
  std::uint64_t refusals_ = 0;
  std::map<std::uint64_t, std::uint64_t> told_;
};

/// Moves a checkpoint whoever asks.
class checkpoint_without_epoch final : public forwarding_store {
 public:
  using forwarding_store::forwarding_store;

  result<receipt> commit(evsrc::commit what, commit_options const& options) override {
    if (!what.checkpoints.empty()) what.owners.clear();
    return inner().events->commit(std::move(what), options);
  }
};

/// Decides a repeated request once more.
class duplicate_redecided final : public forwarding_store {
 public:
  using forwarding_store::forwarding_store;

  result<receipt> commit(evsrc::commit what, commit_options const& options) override {
    for (auto const& entry : what.once) {
      auto const known = inner().keys->find_once(entry.scope, entry.key);
      if (!known || !*known || (*known)->fingerprint != entry.fingerprint) continue;
      what.once.clear();
      break;
    }
    return inner().events->commit(std::move(what), options);
  }
};

/// Goes on behind an event that it left out.
class page_with_a_gap final : public forwarding_store {
 public:
  using forwarding_store::forwarding_store;

  result<event_page> query(scope_read const& what) override {
    auto page = inner().events->query(what);
    if (!page || page->size() < 2 || page->at_end()) return page;
    event_page changed;
    for (auto const& event : page->events().first(page->size() - 1)) changed.add(event);
    changed.finish(page->next(), page->at_end(), page->version());
    return changed;
  }
};

/// Gives rows to a relay in order of commit, whenever they are due: timers come too early.
class impatient_outbox final : public forwarding_store {
 public:
  using forwarding_store::forwarding_store;

  result<std::vector<outbox_row>> read_due(due_read const& what) override {
    auto early = what;
    early.due_by = timestamp::max();
    auto rows = inner().outbox->read_due(early);
    if (rows)
      std::sort(rows->begin(), rows->end(),
                [](auto const& a, auto const& b) { return a.sequence < b.sequence; });
    return rows;
  }
};

/// Rows without a time go before timers that were due when they came.
class pushing_outbox final : public forwarding_store {
 public:
  using forwarding_store::forwarding_store;

  result<std::vector<outbox_row>> read_due(due_read const& what) override {
    auto rows = inner().outbox->read_due(what);
    if (rows)
      std::stable_sort(rows->begin(), rows->end(), [](auto const& a, auto const& b) {
        return a.message.not_before < b.message.not_before;
      });
    return rows;
  }
};

/// Keeps rows that were handed on.
class forgetful_outbox final : public forwarding_store {
 public:
  using forwarding_store::forwarding_store;

  result<receipt> commit(evsrc::commit what, commit_options const& options) override {
    what.handed_on.clear();
    return inner().events->commit(std::move(what), options);
  }
};

/// Lets a key go on behind a dead letter that holds it.
class careless_outbox final : public forwarding_store {
 public:
  using forwarding_store::forwarding_store;

  result<receipt> commit(evsrc::commit what, commit_options const& options) override {
    for (auto& one : what.refused) one.holds_key = false;
    return inner().events->commit(std::move(what), options);
  }
};

/// A place whose stores are the one in memory, seen through the defect.
template <class Defect>
class defective_place final : public testing::store_place {
 public:
  result<std::unique_ptr<testing::store_handle>> open(testing::open_request const& how) override {
    class handle final : public testing::store_handle {
     public:
      explicit handle(clock* time) : sound_(memory::options{.clock = time}) {}
      testing::store_ports ports() override { return testing::ports_of(defective_); }

     private:
      memory::event_store sound_;
      Defect defective_{testing::ports_of(sound_)};
    };
    return std::make_unique<handle>(how.clock);
  }
};

}  // namespace evsrc::defects
