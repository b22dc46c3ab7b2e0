// SPDX-License-Identifier: Apache-2.0
// One command from its key to its outcome: look up, load, decide, commit, and again on conflict.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "evsrc/core/clock.hpp"
#include "evsrc/model/decision_context.hpp"
#include "evsrc/runtime/command_options.hpp"
#include "evsrc/runtime/detail/command_record.hpp"
#include "evsrc/runtime/detail/commit_lookup.hpp"
#include "evsrc/runtime/detail/retry_budget.hpp"
#include "evsrc/runtime/detail/together_set.hpp"

namespace evsrc::inline v0::detail {

/// What a handler lends to its commands.
template <class State, class Publications>
struct command_surroundings {
  using port = typename working_set<State>::port;

  port* store;
  idempotency_store* keys;
  clock* time;
  random_source* random;
  std::string source;
  std::chrono::seconds keep_keys_for;
  Publications publications;
  typename working_set<State>::memory memory;
};

/// When a key that is used at `now` may be forgotten.
[[nodiscard]] timestamp key_expiry(timestamp now, std::chrono::seconds keep_for) noexcept;
/// "timed_out" with what stood in the way last.
[[nodiscard]] error deadline_error(error last);
/// True for what a new decision on the newer state may settle.
[[nodiscard]] inline bool is_conflict(error const& failure) noexcept {
  return failure.effect == effect::none &&
         (failure.code == errc::version_conflict || failure.code == errc::condition_failed);
}
[[nodiscard]] result<receipt> commit_through(stream_store& store, commit&& what,
                                             std::chrono::milliseconds deadline);
[[nodiscard]] result<receipt> commit_through(event_store& store, commit&& what,
                                             std::chrono::milliseconds deadline);

template <class State, class Command>
using decision_of = std::remove_cvref_t<decltype(call_decide(
    std::declval<State const&>(), std::declval<Command const&>(),
    std::declval<decision_context const&>()))>;

/// Says in one sentence what is wrong with `decide`, if anything is.
template <class State, class Command>
[[nodiscard]] consteval bool check_decision() {
  using decision_type = decision_of<State, Command>;
  static_assert(is_decision_of<decision_type, State> || !decides<State, Command>,
                "evsrc: `decide` returns evsrc::decision<State, Rejections...> of the same State");
  return is_decision_of<decision_type, State>;
}

template <class State, class Publications, class Command>
class command_run {
  using set = working_set<State>;
  using decision_type = decision_of<State, Command>;

 public:
  using outcome = command_outcome<decision_type>;

  command_run(command_run const&) = delete;
  command_run& operator=(command_run const&) = delete;
  command_run(command_surroundings<State, Publications>& around, typename set::keys const& keys,
              Command const& command, command_options const& options)
      : around_(around),
        keys_(keys),
        command_(command),
        options_(options),
        budget_(*around.time, *around.random, options.deadline) {
    bool const dated = options.meta.time != timestamp{};
    stamp_.given = &options.meta;
    stamp_.source = around.source;
    stamp_.key = options.key;
    stamp_.now = dated ? options.meta.time : around.time->now();
    stamp_.random = around.random;
  }

  [[nodiscard]] outcome operator()() {
    try {
      if (auto valid = check_valid(command_); !valid) return std::move(valid.error());
      if (options_.key.empty()) return attempts();
      auto fingerprint = request_fingerprint(command_, set::keys_text(keys_));
      if (!fingerprint) return std::move(fingerprint.error());
      fingerprint_ = std::move(*fingerprint);
      auto known = around_.keys->find_once(set::scope(), options_.key);
      if (!known) return std::move(known.error());
      if (*known) return replay(**known);
      return attempts();
    } catch (...) {
      auto failure = thrown_error("decide, apply or validate");
      failure.effect = written_ ? effect::applied : effect::none;
      return failure;
    }
  }

 private:
  [[nodiscard]] outcome attempts() {
    set loaded(around_.memory, keys_);
    if (auto ready = loaded.acquire(*around_.store); !ready) return std::move(ready.error());
    for (;;) {
      stamp_.ids.clear();
      decision_context const context(stamp_.now, loaded.version(), options_.meta, *around_.random);
      decision_type const decided = call_decide(std::as_const(loaded).state(), command_, context);
      error last;
      if (decided.is_rejected() || decided.events().empty()) {
        // What a cache says may be old: a commit would find out, but there is none.
        auto const changed =
            loaded.is_proven() ? result<bool>(false) : loaded.refresh(*around_.store);
        if (!changed) return changed.error();
        if (!*changed) return conclude(loaded, decided);
        last = {errc::version_conflict, "the state changed under every decision",
                "command_handler.handle"};
      } else {
        commit what;
        if (auto written = write(loaded, decided, what); !written)
          return std::move(written.error());
        auto done = commit_through(*around_.store, std::move(what), budget_.remaining());
        if (!done && done.error().effect != effect::none) {
          is_settled_ = true;
          done = settle(loaded, decided, done.error());
        }
        if (done) return finish(loaded, decided, std::move(*done));
        last = std::move(done.error());
        if (!is_conflict(last)) return last;
      }
      if (!budget_.pause()) return deadline_error(std::move(last));
      if (auto fresh = loaded.refresh(*around_.store); !fresh) return std::move(fresh.error());
    }
  }

  [[nodiscard]] result<void> write(set& loaded, decision_type const& decided, commit& to) {
    event_writer<Publications> writer(stamp_, around_.publications, to);
    EVSRC_TRY(loaded.write(decided.events(), writer, to));
    if (options_.key.empty()) return {};
    auto text = record_handled(loaded.versions_after(decided.events()), stamp_.ids.front());
    if (!text) return fail(std::move(text.error()));
    recorded_ = std::move(*text);
    to.once.push_back(entry(recorded_));
    return {};
  }
  [[nodiscard]] idempotency_entry entry(std::string text) const {
    return {set::scope(), options_.key, fingerprint_, std::move(text),
            key_expiry(around_.time->now(), around_.keep_keys_for)};
  }

  /// After an unknown outcome (G2): looks the key up, and where it is not there commits the same
  /// bytes again. Its key, or its expected version and condition, let only one of the two in.
  [[nodiscard]] result<receipt> settle(set& loaded, decision_type const& decided, error unknown) {
    do {
      commit again;
      EVSRC_TRY(write(loaded, decided, again));
      auto found = look_up(again);
      if (!found) return fail(std::move(unknown));
      if (*found) return std::move(**found);
      if (budget_.remaining() == std::chrono::milliseconds(0)) break;
      auto done = commit_through(*around_.store, std::move(again), budget_.remaining());
      if (done) return done;
      if (is_conflict(done.error())) {
        commit same;
        EVSRC_TRY(write(loaded, decided, same));
        found = look_up(same);
        if (!found) return fail(std::move(unknown));
        if (*found) return std::move(**found);
        return done;  // another's events stand there: ours can never be let in
      }
      if (done.error().effect == effect::none) break;
    } while (budget_.pause());
    return fail(std::move(unknown));
  }
  [[nodiscard]] result<std::optional<receipt>> look_up(commit const& what) {
    if (what.once.empty()) return find_applied(*around_.store, what);
    auto known = around_.keys->find_once(set::scope(), options_.key);
    if (!known) return fail(std::move(known.error()));
    if (!*known) return std::optional<receipt>{};
    if ((*known)->fingerprint != fingerprint_) return fail(key_reused());
    auto found = std::move((*known)->receipt);
    found.duplicate = true;
    found.outcome = std::move((*known)->outcome);
    return std::optional<receipt>(std::move(found));
  }

  /// A decision that wrote no events: recorded where the command has a key.
  [[nodiscard]] outcome conclude(set& loaded, decision_type const& decided) {
    handled done;
    auto const versions = loaded.versions_after({});
    loaded.unchanged();
    if (!options_.key.empty()) {
      auto text = decided.is_rejected() ? record_rejection(decided) : record_handled(versions);
      if (!text) return std::move(text.error());
      auto recorded = around_.keys->record_once(entry(*text));
      // The same entry may be recorded again: the first one is what counts.
      while (!recorded && recorded.error().effect == effect::unknown && budget_.pause())
        recorded = around_.keys->record_once(entry(*text));
      if (!recorded) return std::move(recorded.error());
      if (recorded->duplicate) return replay({fingerprint_, recorded->outcome, *recorded});
      done.receipt = std::move(*recorded);
    }
    if (decided.is_rejected()) return rejected_outcome(decided.rejection(), false);
    set::fill(done, keys_, versions);
    return done;
  }

  /// The commit is done: nothing that fails from here on may look like a failed command.
  [[nodiscard]] outcome finish(set& loaded, decision_type const& decided, receipt written) {
    // A known key is another's, unless one of our commits had an unknown outcome and the record
    // names our first event.
    if (written.duplicate && !(is_settled_ && written.outcome == recorded_))
      return replay({fingerprint_, written.outcome, written});
    written_ = true;
    handled done;
    done.receipt = std::move(written);
    done.receipt.duplicate = false;
    set::fill(done, keys_, loaded.versions_after(decided.events()));
    // Two callers may have given their events one id: what was looked up is read, not believed.
    if (is_settled_) return done;
    try {
      loaded.committed(decided.events());
    } catch (...) {  // the states are not kept; the next command reads them and meets it again
    }
    return done;
  }

  /// What the first call with this key came to.
  [[nodiscard]] outcome replay(idempotency_record known) {
    if (known.fingerprint != fingerprint_) return key_reused();
    auto recorded = decode_json<recorded_outcome>(known.outcome);
    if (!recorded) return std::move(recorded.error());
    if (recorded->kind == "rejected") {
      auto why = replay_rejection(recorded->rejection.value_or(std::string{}), known.outcome,
                                  static_cast<decision_type*>(nullptr));
      if (!why) return std::move(why.error());
      return rejected_outcome(std::move(*why), true);
    }
    handled done;
    done.duplicate = true;
    done.receipt = std::move(known.receipt);
    done.receipt.duplicate = true;
    set::fill(done, keys_, recorded->versions.value_or(std::vector<stream_version>{}));
    return done;
  }
  [[nodiscard]] static outcome rejected_outcome(typename decision_type::rejection_variant why,
                                                bool duplicate) {
    return outcome(std::move(why), duplicate);
  }
  [[nodiscard]] error key_reused() const {
    return {errc::key_reused, "key '" + options_.key + "' was used for another request before",
            "command_handler.handle"};
  }

  command_surroundings<State, Publications>& around_;
  typename set::keys const& keys_;
  Command const& command_;
  command_options const& options_;
  retry_budget budget_;
  command_stamp stamp_;
  std::string fingerprint_;
  std::string recorded_;     ///< what the commit puts under the key
  bool is_settled_ = false;  ///< a commit of this run had an unknown outcome
  bool written_ = false;
};

}  // namespace evsrc::inline v0::detail
