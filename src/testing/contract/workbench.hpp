// SPDX-License-Identifier: Apache-2.0
// What every check of the contract works with: a fresh store, short words to write and to demand.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "demands.hpp"
#include "evsrc/testing/contracts.hpp"
#include "evsrc/testing/manual_clock.hpp"

namespace evsrc::testing::inline v0::detail {

/// Ids that no other worker makes, in this process or another.
class id_maker {
 public:
  explicit id_maker(std::uint32_t worker) : worker_(worker) {}
  event_id next();

 private:
  std::uint32_t worker_;
  std::uint64_t count_ = 0;
};

/// All events forwards, in the store's order.
std::vector<seen_event> everything(evsrc::event_store& store);
seen_event seen(event_view const& event);

/// What a refused commit must leave as it was.
struct state_of_store {
  std::vector<event_id> events;
  std::vector<std::string> messages;
  owner_state owner;
  cursor checkpoint;
  friend bool operator==(state_of_store const&, state_of_store const&) = default;
};

/// How a check's stores are opened.
enum class opening : std::uint8_t {
  plain,
  stepped,
  /// On the system's clock: waiting for another process would let a manual clock run away.
  contest,
};

class workbench {
 public:
  static constexpr std::string_view owned = "readers";  ///< the owner and checkpoint in `state()`

  workbench(contract_setting const& setting, opening how);

  [[nodiscard]] evsrc::event_store& store() { return *ports().events; }
  [[nodiscard]] idempotency_store& keys();
  [[nodiscard]] snapshot_store& snapshots();
  [[nodiscard]] outbox_store& outbox();
  [[nodiscard]] manual_clock& clock() { return clock_; }
  [[nodiscard]] contract_setting const& setting() const { return setting_; }

  /// Destroys the handle and opens the same data again.
  void reopen();
  void close_handle() { handle_.reset(); }
  [[nodiscard]] std::unique_ptr<store_handle> open_again();
  /// The first handle of a place of its own.
  [[nodiscard]] std::unique_ptr<store_handle> open_stranger();

  [[nodiscard]] new_event event(std::string name = "thing.happened",
                                std::vector<event_tag> tags = {});
  [[nodiscard]] std::vector<new_event> events(std::size_t count);
  [[nodiscard]] evsrc::commit append(std::string key, expected_version expected,
                                     std::size_t count = 1);
  [[nodiscard]] evsrc::commit append(std::string key, new_event event);
  receipt commit(evsrc::commit what);
  /// Commits one event without an expectation.
  receipt write(std::string key, std::string name = "thing.happened",
                std::vector<event_tag> tags = {});
  /// Demands the refusal and that nothing changed.
  void refuse(evsrc::commit what, errc expected, std::string_view why);

  [[nodiscard]] stream_version version_of(std::string key);
  [[nodiscard]] std::vector<event_id> ids_of(event_scope scope);
  [[nodiscard]] state_of_store state();
  /// Submits; the answer is kept in `told`, under the number of the submission from 0.
  void submit(evsrc::commit what);
  struct told_answer {
    std::size_t number;
    result<receipt> answer;
  };
  /// In the order in which the completions ran. Outlives the handle, as completions need it to.
  [[nodiscard]] std::vector<told_answer> const& told() const { return told_; }
  /// Polls until that many answers were told, at most a bounded number of times.
  std::vector<told_answer> const& poll_until_told(std::size_t count);

 private:
  [[nodiscard]] store_ports ports() { return handle_->ports(); }
  [[nodiscard]] std::unique_ptr<store_handle> open(store_place& place, std::string_view what);

  contract_setting const& setting_;
  opening how_;
  manual_clock clock_;
  id_maker ids_{0};
  std::vector<told_answer> told_;
  std::size_t submitted_ = 0;
  std::vector<std::unique_ptr<store_place>> strangers_;
  std::unique_ptr<store_place> place_;
  std::unique_ptr<store_handle> handle_;
};

inline stream_id thing(std::string key) { return {"thing", std::move(key)}; }
inline query by_tag(std::string name, std::string value) {
  return {{{{}, {{std::move(name), std::move(value)}}}}};
}
inline query by_name(std::vector<std::string> names) { return {{{std::move(names), {}}}}; }

/// Makes a check of a function over a workbench.
template <auto Body, opening How = opening::plain>
verdict on_workbench(contract_setting const& setting) {
  try {
    workbench bench{setting, How};
    Body(bench);
    return verdict::holds();
  } catch (flaw_found const& found) {
    return verdict::fails(found.text);
  }
}

using checks = std::span<event_store_check const>;
[[nodiscard]] checks commit_checks() noexcept;
[[nodiscard]] checks version_checks() noexcept;
[[nodiscard]] checks key_checks() noexcept;
[[nodiscard]] checks order_checks() noexcept;
[[nodiscard]] checks condition_checks() noexcept;
[[nodiscard]] checks cursor_checks() noexcept;
[[nodiscard]] checks owner_checks() noexcept;
[[nodiscard]] checks read_checks() noexcept;
[[nodiscard]] checks queue_checks() noexcept;
[[nodiscard]] checks outbox_checks() noexcept;
[[nodiscard]] checks outbox_due_checks() noexcept;
[[nodiscard]] checks snapshot_checks() noexcept;
[[nodiscard]] checks handle_checks() noexcept;
[[nodiscard]] checks race_checks() noexcept;
[[nodiscard]] checks process_checks() noexcept;

}  // namespace evsrc::testing::inline v0::detail
