// SPDX-License-Identifier: Apache-2.0
// A read model in memory.
// Start with examples/05_projection; docs/projections.md tells the rest.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "evsrc/runtime/background_loop.hpp"
#include "evsrc/runtime/detail/memory_model.hpp"
#include "evsrc/runtime/detail/model_settings.hpp"
#include "evsrc/runtime/detail/store_behind.hpp"

namespace evsrc::inline v0 {

/// A read model in memory:
///
///     struct totals {
///       using events = evsrc::events<order_placed, order_paid, order_cancelled>;
///       std::map<std::string, money> by_country;
///       void apply(order_placed const& event);  // one for each event; where more is asked for:
///       void apply(order_paid const& event, evsrc::event_view const& stored);  // stored.key
///       void apply(order_cancelled const& event, evsrc::metadata const& meta);
///     };
///     evsrc::projection<totals> orders{store};
///
/// It starts from the first event whenever it is constructed, in each process for itself. `apply`
/// must not throw after it changed something. The store passes over what is not listed, undecoded.
/// @threads every function may be called from any thread; `apply` runs on one at a time
template <class Model>
class memory_projection {
  static_assert(detail::check_model<Model, event_store>());
  using build = detail::memory_build<Model>;

 public:
  explicit memory_projection(event_store& store, projection_options const& options = {})
      : store_(&store),
        settings_(detail::model_settings<Model>(options, false)),
        live_(store, settings_) {}
  /// Does not compile, and says why.
  template <detail::leads_to<event_store> Handle>
  explicit memory_projection(Handle&& handle, projection_options const& options = {})
      : memory_projection(detail::store_behind<event_store>(handle), options) {}

  /// Applies one batch. @return events passed; 0: none there
  /// @errors of the event or store that it stands at; the same until `resume()` once it is stopped
  [[nodiscard]] result<std::size_t> poll() {
    std::scoped_lock const lock(step_);
    auto const rebuilt = poll_rebuild();
    if (rebuilt != 0 && live_.runner.is_stopped()) return rebuilt;
    auto moved = live_.runner.poll();
    if (moved) *moved += rebuilt;
    return moved;
  }
  /// Polls until told to stop, waits for events in between. Returns early, with the error, where a
  /// failure stops it.
  [[nodiscard]] result<void> run(std::stop_token const& stop) {
    return live_.runner.run(stop, [this] { return poll(); });
  }
  [[nodiscard]] background_loop start() { return background_loop(*this); }

  /// Read-your-writes: returns when the model holds everything up to the receipt. Polls itself if
  /// no thread runs it. Events of a parked stream count as held, not as missing.
  /// @errors timed_out; checkpoint_ahead: a receipt of another store; what stopped the projection
  [[nodiscard]] result<void> wait(receipt const& written, std::chrono::milliseconds deadline) {
    return live_.runner.wait(written.up_to, deadline, [this] { return poll(); });
  }
  /// `orders.read([](totals const& model) { return model.by_country; })`, between two batches and
  /// beside other readers. What it refers to in the model must not leave it.
  template <class Read>
  decltype(auto) read(Read&& use) const {
    return live_.target.read(std::forward<Read>(use));
  }

  /// Builds the model again from the first event, step by step beside the live one; it takes the
  /// place of the live one at the moment when both stand at the same event. A second call while one
  /// runs does nothing. Does not fail.
  [[nodiscard]] result<void> rebuild() {
    std::scoped_lock const lock(step_);
    if (current_rebuild()) return {};
    std::scoped_lock const shown(shown_);
    rebuild_ = std::make_shared<build>(*store_, settings_);
    return {};
  }
  [[nodiscard]] bool is_rebuilding() const { return current_rebuild() != nullptr; }

  /// Goes on after a failure that stopped it, with the event that failed.
  void resume() {
    live_.runner.resume();
    if (auto const beside = current_rebuild()) beside->runner.resume();
  }
  /// Applies what was held of a parked stream, in order. @return events applied
  /// @errors not_found: nothing is held of it; why it failed again, and it stays parked
  [[nodiscard]] result<std::size_t> redrive(stream_id const& stream) {
    std::scoped_lock const lock(step_);
    return live_.runner.redrive(stream);
  }
  /// @cost reads up to 1,000 events to count those behind
  [[nodiscard]] explanation explain() {
    auto made = live_.runner.explain();
    if (auto const beside = current_rebuild()) made.rebuild = to_string(beside->runner.explain());
    return made;
  }

 private:
  [[nodiscard]] std::shared_ptr<build> current_rebuild() const {
    std::scoped_lock const shown(shown_);
    return rebuild_;
  }
  /// Its failures are told by `explain()` and are not the live model's.
  std::size_t poll_rebuild() {
    auto const beside = current_rebuild();
    if (!beside) return 0;
    cursor const level = live_.runner.processed();
    auto const moved = beside->runner.poll(&level);
    if (!moved || !beside->runner.is_level()) return moved.value_or(0);
    live_.target.take(beside->target);
    live_.runner.adopt(beside->runner);
    std::scoped_lock const shown(shown_);
    rebuild_.reset();
    return *moved + 1;
  }

  event_store* store_;
  detail::runner_settings settings_;
  build live_;
  std::mutex step_;           // of poll and of what changes the two builds
  mutable std::mutex shown_;  // of the pointer
  std::shared_ptr<build> rebuild_;
};

}  // namespace evsrc::inline v0
