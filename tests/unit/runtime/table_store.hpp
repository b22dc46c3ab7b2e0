// SPDX-License-Identifier: Apache-2.0
// A store in memory with tables that users' functions change within a commit.
#pragma once

#include <exception>
#include <functional>
#include <optional>
#include <thread>

#include "evsrc/runtime/reaction.hpp"
#include "reading.hpp"

namespace reading {

/// One number for each table and key.
using tables = std::map<std::string, std::map<std::string, std::int64_t>>;

/// What another program does in the middle of a step has a thread of its own here: on this one the
/// locks of both would look nested, in both orders.
inline void elsewhere(std::function<void()> const& act) {
  std::exception_ptr thrown;
  std::thread other([&] {
    try {
      act();
    } catch (...) {
      thrown = std::current_exception();
    }
  });
  other.join();
  if (thrown) std::rethrow_exception(thrown);
}

/// Tables follow the commit: they are changed if it is done, and if it is not, they are not.
class table_store final : public evsrc::event_store {
 public:
  using transaction = tables;

  evsrc::result<evsrc::event_page> read(evsrc::stream_read const& what) override {
    if (refuses_read && refuses_read(what.stream))
      return evsrc::fail(evsrc::errc::unavailable, "busy", "table_store");
    return inner_->read(what);
  }
  evsrc::result<evsrc::receipt> append_stream(evsrc::stream_commit what,
                                              evsrc::commit_options const& options) override {
    return inner_->append_stream(std::move(what), options);
  }
  evsrc::result<evsrc::receipt> commit(evsrc::commit what,
                                       evsrc::commit_options const& options = {}) override {
    std::scoped_lock const lock(mutex_);
    if (fail_next_commits != 0) {
      --fail_next_commits;
      return evsrc::fail(evsrc::errc::unavailable, "busy", "table_store");
    }
    return answered(inner_->commit(std::move(what), options));
  }
  evsrc::result<evsrc::receipt> commit(
      evsrc::commit what, evsrc::unique_function<evsrc::result<void>(transaction&)> change,
      evsrc::commit_options const& options = {}) {
    if (auto const hook = at_change) elsewhere(hook);  // which may end itself
    std::scoped_lock const lock(mutex_);
    tables changed = tables_;
    if (auto done = change(changed); !done) return evsrc::fail(done.error());
    auto done = inner_->commit(std::move(what), options);
    if (done && !done->duplicate) tables_ = std::move(changed);
    return answered(std::move(done));
  }
  void submit(evsrc::commit what, evsrc::completion done) override {
    inner_->submit(std::move(what), std::move(done));
  }
  std::size_t poll() override { return inner_->poll(); }
  evsrc::result<evsrc::event_page> query(evsrc::scope_read const& what) override {
    if (at_query) at_query();
    return inner_->query(what);
  }
  evsrc::result<evsrc::cursor> head() override { return inner_->head(); }
  evsrc::result<evsrc::cursor> wait_beyond(evsrc::cursor where,
                                           std::chrono::milliseconds patience) override {
    return inner_->wait_beyond(where, patience);
  }
  evsrc::result<std::vector<evsrc::stream_summary>> streams(
      evsrc::streams_read const& what) override {
    return inner_->streams(what);
  }
  evsrc::result<evsrc::cursor> find_checkpoint(std::string_view name) override {
    if (forged_checkpoint) return *forged_checkpoint;
    auto found = inner_->find_checkpoint(name);
    if (auto const hook = after_checkpoint) elsewhere([&] { hook(name); });
    return found;
  }
  evsrc::result<evsrc::owner_state> find_owner(std::string_view name) override {
    if (auto const hook = at_owner) elsewhere([&] { hook(name); });
    return inner_->find_owner(name);
  }
  void close(std::chrono::milliseconds deadline) override { inner_->close(deadline); }

  [[nodiscard]] tables look() {
    std::scoped_lock const lock(mutex_);
    return tables_;
  }
  evsrc::memory::event_store& inner() { return *inner_; }

  std::function<void()> at_query;
  std::function<void()> at_change;                         // before a commit that changes tables
  std::function<void(std::string_view)> at_owner;          // before it is looked up
  std::function<void(std::string_view)> after_checkpoint;  // and before its reader goes on
  std::function<bool(evsrc::stream_id const&)> refuses_read;
  int fail_next_commits = 0;
  bool lose_next_answer = false;
  std::optional<evsrc::cursor> forged_checkpoint;

 private:
  evsrc::result<evsrc::receipt> answered(evsrc::result<evsrc::receipt> done) {
    if (!done || !lose_next_answer) return done;
    lose_next_answer = false;
    return evsrc::fail({evsrc::errc::io_failed, "lost", "", 0, evsrc::effect::unknown});
  }

  std::unique_ptr<evsrc::memory::event_store> inner_ = evsrc::memory::make_event_store();
  std::mutex mutex_;
  tables tables_;
};

/// Pieces sold, in a table. Each version of it goes by its label.
template <std::uint32_t Version>
struct sales_table {
  static constexpr std::string_view name = "sales_table";
  static constexpr std::uint32_t model_version = Version;
  using events = evsrc::events<item_sold, item_returned>;
  std::string label;

  [[nodiscard]] std::string table() const { return "sales_" + label; }
  void create(tables& t) const { t[table()]; }
  void activate(tables& t) const {
    t["live"].clear();
    t["live"][table()] = 1;
  }
  void drop(tables& t) const { t.erase(table()); }
  evsrc::result<> apply(tables& t, item_sold const& e) const {
    if (e.sku == "refused") return evsrc::invalid("sku", "is refused");
    if (e.sku == "full" && sales::is_armed) return evsrc::fail(evsrc::errc::disk_full, "no room");
    if (e.sku == "bomb" && sales::is_armed) throw std::runtime_error("bang");
    t[table()][e.sku] += e.quantity * Version;
    return {};
  }
  void apply(tables& t, item_returned const& e, evsrc::metadata const& meta) const {
    if (meta.correlation == "corr") t[table()][e.sku] -= e.quantity * Version;
  }
};

/// The same, and it thanks for each sale.
template <std::uint32_t Version>
struct thanking_table : sales_table<Version> {
  evsrc::result<> react(item_sold const& e, evsrc::reaction& effects) const {
    return effects.emit({"thanks", "all"}, thanks_sent{e.sku});
  }
};

}  // namespace reading
