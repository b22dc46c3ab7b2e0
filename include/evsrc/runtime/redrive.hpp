// SPDX-License-Identifier: Apache-2.0
// Brings dead letters back to their consumer, and lets blocked keys go on (G16, G18).
#pragma once

#include <concepts>
#include <string>
#include <vector>

#include "evsrc/bus/message_bus.hpp"
#include "evsrc/core/clock.hpp"
#include "evsrc/core/random.hpp"
#include "evsrc/core/unique_function.hpp"
#include "evsrc/runtime/detail/inbox.hpp"
#include "evsrc/runtime/detail/key_ledger.hpp"

namespace evsrc::inline v0 {

struct redrive_options {
  std::string consumer{};  ///< its name; required
  std::string entity{};    ///< that it reads; required
  /// The consumer's, as explain() tells it; the maximum where entries are kept for ever.
  std::chrono::milliseconds inbox_window = detail::window_for_ever;
  /// Also what is older than the inbox window: it may have taken effect, and would again.
  bool is_forced = false;
  evsrc::clock* clock = nullptr;
  random_source* random = nullptr;
};

struct redrive_report {
  std::size_t redriven = 0;
  std::size_t ended_before = 0;  ///< took effect or were skipped meanwhile: removed
  std::size_t refused = 0;       ///< older than the inbox window, or under an id that is taken
};

/// Needs no handlers: it writes what was decided, and sends copies; the consumer does the rest.
/// Every step may be cut off and called again. Store and bus are lent.
/// @threads any thread may call
class redriver {
 public:
  template <std::derived_from<event_store> Store>
  redriver(Store& store, message_bus& bus, redrive_options options)
      : redriver(store, store, bus, std::move(options)) {}
  redriver(event_store& store, idempotency_store& keys, message_bus& bus, redrive_options options);

  /// Sends the front of a blocked key into its next round; when it is done the held messages
  /// follow in order, then new ones. For a key that is redriven already the copy is sent again.
  /// @errors not_found: the key is open; unavailable: it waits for a copy that is due later;
  ///   version_conflict: somebody else decided
  [[nodiscard]] result<void> redrive(std::string const& key);
  /// Takes a message out of a key's way for good: its front, or the held one of that origin id.
  /// @errors as redrive; not_found also where the key has no such message
  [[nodiscard]] result<void> skip(std::string const& key, std::string const& origin = {});
  /// Sends dead letters that `wanted` picks into their next round, those of blocked keys as
  /// redrive() does. Others are given back as they were.
  /// @cost locks all dead letters for a moment, at most `max_messages`
  [[nodiscard]] result<redrive_report> redrive_dead_letters(
      unique_function<bool(delivery const&)> wanted, std::size_t max_messages = 10'000);

 private:
  struct locked_dead_letters;

  [[nodiscard]] result<std::string> send_path() const;
  [[nodiscard]] result<locked_dead_letters> lock_dead_letters(std::size_t max_messages);
  [[nodiscard]] result<void> send_front(detail::held_message const& front,
                                        delivery const* dead_letter);
  [[nodiscard]] result<void> send_copy(message copy, delivery const* in_place_of);
  [[nodiscard]] result<void> wake(std::string const& key);
  [[nodiscard]] result<void> start_round(std::string const& key, detail::key_state const& state);
  [[nodiscard]] result<void> redrive_one(delivery const& one, redrive_report& report);
  [[nodiscard]] result<void> remove(delivery const& one);

  event_store* store_;
  idempotency_store* keys_;
  message_bus* bus_;
  redrive_options options_;
  clock* clock_;
  random_source* random_;
  detail::inbox inbox_;
  detail::key_ledger ledger_;
};

}  // namespace evsrc::inline v0
