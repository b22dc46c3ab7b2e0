// SPDX-License-Identifier: Apache-2.0
// A read model in tables of the store, changed in the transaction of its checkpoint.
// Start with examples/05_projection; docs/projections.md tells the rest.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "evsrc/runtime/background_loop.hpp"
#include "evsrc/runtime/detail/model_labels.hpp"
#include "evsrc/runtime/detail/model_settings.hpp"
#include "evsrc/runtime/detail/store_behind.hpp"
#include "evsrc/runtime/detail/table_model.hpp"

namespace evsrc::inline v0 {

/// A read model in tables:
///
///     struct totals {
///       static constexpr std::string_view name = "order_totals";   // unique in the store
///       static constexpr std::uint32_t model_version = 1;          // raise it to build anew
///       using events = evsrc::events<order_placed>;
///       std::string label;                         // optional: "v1", goes into the tables' names
///       using transaction = evsrc::sqlite::transaction;  // evsrc/sqlite/transaction.hpp
///       evsrc::result<> create(transaction& t);    // optional: return t.exec("CREATE TABLE ...");
///       evsrc::result<> apply(transaction& t, order_placed const& event);  // also with a third:
///                     // `evsrc::event_view const&` (stream, position) or `evsrc::metadata const&`
///       evsrc::result<> activate(transaction& t);  // optional: these tables are read from now on:
///                                                  // "create view totals as ... totals_v1"
///       evsrc::result<> drop(transaction& t);      // optional: nobody reads these any more
///       void react(order_placed const& event, evsrc::reaction& effects);  // optional: what else
///     };                                           // follows; only of the live model, once
///     evsrc::projection<totals, evsrc::sqlite::event_store> orders{store};  // the store itself
///
/// The model keeps nothing in itself but its label: a transaction may be rolled back and repeated.
/// Several runners may exist, in any number of processes: one owns it, the others wait (G10). A
/// model of a higher `model_version` is built beside the live one and takes its place at the moment
/// when both stand at the same event; a lower one refuses to run.
/// @threads every function may be called from any thread; the model's functions run on one at a
/// time, which may be another caller's of the store
template <class Model, class Store>
class table_projection {
  static_assert(detail::check_model<Model, Store>());
  static_assert(detail::check_table_model<Model, Store>());
  using build = detail::table_build<Model, Store>;
  using transaction = typename Store::transaction;

 public:
  explicit table_projection(Store& store, projection_options const& options = {})
      : store_(&store),
        settings_(detail::model_settings<Model>(options, true)),
        name_(settings_.name),
        labels_(name_, detail::model_version<Model>(), settings_),
        main_(store, settings_, "projection:" + name_) {}
  /// Does not compile, and says why.
  template <detail::leads_to<Store> Handle>
  explicit table_projection(Handle&& handle, projection_options const& options = {})
      : table_projection(detail::store_behind<Store>(handle), options) {}

  /// Applies and commits one batch. @return events passed; 0: none there, or another runner owns
  /// @errors of the event or store that it stands at; the same until `resume()` once it is stopped
  [[nodiscard]] result<std::size_t> poll() {
    std::scoped_lock const lock(step_);
    if (main_.runner.is_stopped() && !current_rebuild()) return main_.runner.poll();
    auto const is_ready = prepare();
    if (!is_ready) return main_.runner.refuse(is_ready.error());
    if (!*is_ready) return std::size_t{0};
    if (!is_live_) return poll_build();
    auto const rebuilt = poll_rebuild();
    if (rebuilt != 0 && main_.runner.is_stopped()) return rebuilt;
    auto moved = main_.runner.poll();
    if (moved) *moved += rebuilt;
    return moved;
  }
  /// Polls until told to stop, waits for events in between. Returns early, with the error, where a
  /// failure stops it.
  [[nodiscard]] result<void> run(std::stop_token const& stop) {
    return main_.runner.run(stop, [this] { return poll(); });
  }
  [[nodiscard]] background_loop start() { return background_loop(*this); }

  /// Read-your-writes: returns when the tables hold everything up to the receipt, whoever wrote
  /// them. Polls itself if no thread runs it. Events of a parked stream count as held, not missing.
  /// @errors timed_out, which names the owner; checkpoint_ahead: a receipt of another store; what
  /// stopped the projection
  [[nodiscard]] result<void> wait(receipt const& written, std::chrono::milliseconds deadline) {
    return main_.runner.wait(written.up_to, deadline, [this] { return poll(); });
  }
  /// Of the tables that are read now; empty before the first poll.
  [[nodiscard]] std::string label() const {
    std::scoped_lock const shown(shown_);
    return live_label_;
  }

  /// Builds the tables again under a new label, step by step beside the live ones, and switches.
  /// Once begun, by the next poll, it goes on after a restart and with the next owner; a second
  /// call does nothing. Until a restart it brings a lower `model_version` back over the live one.
  /// @errors unavailable: another runner owns it
  [[nodiscard]] result<void> rebuild() {
    static_assert(
        requires(Model m) { m.label = std::string(); },
        "evsrc: to be built again beside itself a model in tables needs a member "
        "`std::string label;` that goes into the names of its tables");
    std::scoped_lock const lock(step_);
    labels_.lets_lower_version = true;
    auto is_ready = require_owner("projection.rebuild");
    labels_.lets_lower_version = false;
    if (!is_ready) return is_ready;
    is_rebuild_due_ = is_live_ && !current_rebuild();
    if (!is_live_) labels_.replace_on_purpose();
    main_.runner.resume();
    return {};
  }
  [[nodiscard]] bool is_rebuilding() const { return current_rebuild() != nullptr; }

  /// Goes on after a failure that stopped it, with the event that failed.
  void resume() {
    main_.runner.resume();
    if (auto const beside = current_rebuild()) beside->runner.resume();
  }
  /// Applies what was held of a parked stream, in order. @return events applied
  /// @errors not_found: nothing is held of it; unavailable: not the owner; why it failed again, and
  /// it stays parked
  [[nodiscard]] result<std::size_t> redrive(stream_id const& stream) {
    std::scoped_lock const lock(step_);
    EVSRC_TRY(require_owner("projection.redrive"));
    return main_.runner.redrive(stream);
  }
  /// @cost reads up to 1,000 events to count those behind
  [[nodiscard]] explanation explain() {
    if (!is_chosen_) {  // the label names the runner, and with it owner and checkpoint
      std::scoped_lock const one(step_);
      if (!is_chosen_) static_cast<void>(choose_label());
    }
    auto made = main_.runner.explain();
    if (auto const beside = current_rebuild()) made.rebuild = to_string(beside->runner.explain());
    return made;
  }

 private:
  [[nodiscard]] std::shared_ptr<build> current_rebuild() const {
    std::scoped_lock const shown(shown_);
    return rebuild_;
  }
  void set_rebuild(std::shared_ptr<build> now) {
    std::scoped_lock const shown(shown_);
    rebuild_.swap(now);  // the one before may have a commit to make as it goes
  }
  /// Knows the label, owns it, and has its tables. @return false where another runner owns it
  [[nodiscard]] result<bool> prepare() {
    // Who is live is fenced by a switch. Who builds is not: it asks each time what it replaces.
    bool const is_seen = live_epoch_ != 0 && main_.runner.epoch() == live_epoch_;
    if (is_seen && labels_.live() == main_.label) return main_.runner.own();
    live_epoch_ = 0;
    is_rebuild_due_ = false;
    set_rebuild(nullptr);                      // the next owner goes on with it
    for (bool is_owner = false; !is_owner;) {  // as it chose: the owner before may have switched
      EVSRC_TRY(choose_label());
      is_owner = main_.runner.epoch() != 0;
      auto owns = main_.runner.own();
      if (!owns || !*owns) return owns;
    }
    if (!labels_.exists(main_.label)) EVSRC_TRY(create(main_));
    if (!is_live_) return true;
    live_epoch_ = main_.runner.epoch();
    if (auto const begun = labels_.unfinished(); !begun.empty()) set_rebuild(make_build(begun));
    return true;
  }
  [[nodiscard]] result<void> require_owner(char const* origin) {
    auto const owns = prepare();
    if (!owns) return fail(owns.error());
    return *owns ? result<void>{} : fail(errc::unavailable, name_ + ": another owns it", origin);
  }
  [[nodiscard]] result<void> choose_label() {
    auto const chosen = labels_.choose(*store_);
    show_label();
    if (!chosen) return fail(chosen.error());
    is_live_ = chosen->is_live;
    known_live_ = labels_.live();
    use_label(main_, chosen->label);
    main_.target.set_live(is_live_);
    is_chosen_ = true;
    return {};
  }
  void use_label(build& with, std::string const& label) {
    if (with.label == label) return;
    with.label = label;
    with.target.set_label(label);
    with.runner.rename(labels_.runner_name(label));
  }
  void show_label() {
    std::scoped_lock const shown(shown_);
    live_label_ = labels_.live();
  }
  [[nodiscard]] std::shared_ptr<build> make_build(std::string const& label) {
    auto made = std::make_shared<build>(*store_, settings_, "projection:" + name_);
    use_label(*made, label);
    return made;
  }
  /// The tables of `with`, and the record that they are there.
  [[nodiscard]] result<void> create(build& with) {
    EVSRC_TRY(labels_.load(*store_));
    EVSRC_TRY(labels_.expect_live(&with == &main_ ? known_live_ : main_.label));
    if (labels_.exists(with.label)) return {};  // its answer was lost
    auto const leftovers = labels_.leftovers(with.label);
    auto what = labels_.creation(with.label, leftovers, with.runner.claims(), live_claims(with));
    if (!what) return fail(what.error());
    auto const done = store_->commit(std::move(*what), [&](transaction& within) {
      return detail::begin<Model>(within, with.label, leftovers, labels_.live().empty());
    });
    if (!done) return fail(detail::retryable_conflict(done.error()));
    EVSRC_TRY(labels_.load(*store_));
    show_label();
    return {};
  }
  /// That this program still moves what `with` is built beside.
  [[nodiscard]] std::vector<owner_claim> live_claims(build const& with) {
    return &with == &main_ ? std::vector<owner_claim>{} : main_.runner.claims();
  }
  /// Readers go over from the live tables `old`, which stand at `at`, to those of `to`, whose last
  /// event is the same. @return false where `old` has moved on
  [[nodiscard]] result<bool> switch_to(build& to, std::string const& old, cursor at) {
    EVSRC_TRY(labels_.load(*store_));
    show_label();
    if (labels_.live() == to.label) return true;  // its answer was lost
    EVSRC_TRY(labels_.expect_live(old));
    auto what = labels_.activation(*store_, to.label, at, to.runner.claims(), live_claims(to));
    if (!what) return fail(what.error());
    auto const done = store_->commit(std::move(*what), [&](transaction& within) {
      return detail::go_over<Model>(within, old, to.label);
    });
    if (!done && done.error().code == errc::checkpoint_mismatch) return false;
    if (!done) return fail(detail::retryable_conflict(done.error()));
    EVSRC_TRY(labels_.load(*store_));
    show_label();
    return true;
  }
  /// This program's version is built; that of another is live, or was.
  [[nodiscard]] result<std::size_t> poll_build() {
    auto const stands = store_->find_checkpoint(labels_.runner_name(known_live_));
    if (!stands) return main_.runner.refuse(stands.error());
    auto moved = main_.runner.poll(&*stands);
    if (!moved || !main_.runner.is_level()) return moved;
    auto const switched = switch_to(main_, known_live_, *stands);
    if (!switched) return main_.runner.refuse(switched.error());
    if (!*switched) {
      // The other program is busy with it: it must stand still for the switch.
      auto const fenced = labels_.fence_live(*store_);
      return fenced ? moved : main_.runner.refuse(fenced.error());
    }
    return *moved + 1;  // the next step finds it live
  }
  /// Its failures are told by `explain()` and are not the live model's.
  std::size_t poll_rebuild() {
    if (std::exchange(is_rebuild_due_, false)) set_rebuild(make_build(labels_.fresh()));
    auto const beside = current_rebuild();
    if (!beside || beside->runner.is_stopped()) return 0;
    auto const moved = step_rebuild(*beside);
    if (!moved) static_cast<void>(beside->runner.refuse(moved.error()));
    return moved.value_or(0);
  }
  [[nodiscard]] result<std::size_t> step_rebuild(build& beside) {
    auto const owns = beside.runner.own();
    if (!owns) return fail(owns.error());
    if (!*owns) return std::size_t{0};
    if (!labels_.exists(beside.label)) EVSRC_TRY(create(beside));
    cursor const level = main_.runner.processed();
    auto moved = beside.runner.poll(&level);
    if (!moved || !beside.runner.is_level()) return moved;
    auto const switched = switch_to(beside, main_.label, level);
    if (!switched || !*switched) return switched ? moved : fail(switched.error());
    main_.label = beside.label;
    main_.target.set_label(beside.label);
    main_.runner.adopt(beside.runner);
    live_epoch_ = main_.runner.epoch();
    set_rebuild(nullptr);
    return *moved + 1;
  }

  Store* store_;
  detail::runner_settings settings_;
  std::string name_;
  detail::model_labels labels_;
  build main_;
  std::atomic<bool> is_chosen_{false};
  bool is_live_ = false;          // main_ is what readers see
  std::uint64_t live_epoch_ = 0;  // under which main_ was seen to be live; 0: not yet
  bool is_rebuild_due_ = false;   // at the next poll, if main_ is live then
  std::string known_live_;        // what they saw when main_ was chosen
  std::mutex step_;               // of poll and of what changes the two builds
  mutable std::mutex shown_;      // of the two below
  std::string live_label_;
  std::shared_ptr<build> rebuild_;
};

}  // namespace evsrc::inline v0
