// SPDX-License-Identifier: Apache-2.0
// Keys whose messages must wait, as events of one stream per key (G16).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evsrc/core/clock.hpp"
#include "evsrc/core/random.hpp"
#include "evsrc/runtime/detail/message_identity.hpp"
#include "evsrc/store/event_store.hpp"

namespace evsrc::inline v0::detail {

/// A message as the ledger keeps it: whole.
struct held_message {
  evsrc::message message;
  message_identity identity;
  std::int64_t sequence_number = 0;
  timestamp enqueued_at{};

  friend bool operator==(held_message const&, held_message const&) = default;
};
[[nodiscard]] held_message held_from(delivery const& received, message_identity identity);

enum class key_standing : std::uint8_t {
  open,      ///< messages are handled as they come
  blocked,   ///< its front is a dead letter: a person must redrive or skip it
  waiting,   ///< a copy of its front is on its way, redriven or delayed
  draining,  ///< held messages are to be handled before new ones
};
[[nodiscard]] std::string_view to_string(key_standing value) noexcept;

/// What the events of one key add up to.
struct key_state {
  stream_version version = 0;
  std::optional<held_message> front{};  ///< blocks or is waited for
  bool is_waiting = false;
  /// The front was held, so that no broker has it: a copy of it must be sent.
  bool wants_carrier = false;
  timestamp due{};       ///< of the copy of a delayed front
  std::string reason{};  ///< of a blocked key
  std::string description{};
  timestamp since{};
  std::vector<held_message> held{};  ///< in order of arrival

  [[nodiscard]] key_standing standing() const noexcept;
  [[nodiscard]] bool is_front(message_identity const& which) const noexcept;
  [[nodiscard]] bool holds(message_identity const& which) const noexcept;
  /// True where the front or a held message has that origin, and another body.
  [[nodiscard]] bool has_another(std::string_view origin, std::string_view body) const noexcept;
};

/// Writes and folds `evsrc.key-blocked`, `evsrc.message-held`, `-delayed`, `-redriven`, `-carried`,
/// `-skipped`, `-done` in the streams {evsrc.keys.<consumer>, key}. Each append expects the version
/// that its state was read at. @threads any thread may call
class key_ledger {
 public:
  key_ledger(event_store& store, clock& time, random_source& random, std::string_view consumer);

  [[nodiscard]] static std::string category_of(std::string_view consumer);
  /// `known`: what was read before, which only what was written since is added to.
  [[nodiscard]] result<key_state> load(std::string const& key, key_state known = {}) const;
  /// Keys that are not open, in byte order; reads the stream of every key that ever was not.
  [[nodiscard]] result<std::vector<std::string>> keys_not_open() const;

  /// Only checks: nobody wrote to the key since.
  [[nodiscard]] append guard(std::string const& key, key_state const& at) const;
  /// `what` becomes the front; `was_held`: it stood in the ledger before.
  [[nodiscard]] result<append> blocked(std::string const& key, key_state const& at,
                                       held_message const& what, std::string_view reason,
                                       std::string_view description, bool was_held) const;
  [[nodiscard]] result<append> held(std::string const& key, key_state const& at,
                                    held_message const& what) const;
  /// `what` becomes the front and is waited for until after `due`.
  [[nodiscard]] result<append> delayed(std::string const& key, key_state const& at,
                                       held_message const& what, timestamp due,
                                       bool was_held) const;
  /// The front of a blocked key goes into its next round.
  [[nodiscard]] result<append> redriven(std::string const& key, key_state const& at) const;
  /// The copy of the front was sent.
  [[nodiscard]] result<append> carried(std::string const& key, key_state const& at) const;
  [[nodiscard]] result<append> skipped(std::string const& key, key_state const& at,
                                       message_identity const& which) const;
  [[nodiscard]] result<append> done(std::string const& key, key_state const& at,
                                    message_identity const& which) const;

 private:
  [[nodiscard]] stream_id stream_of(std::string const& key) const { return {category_, key}; }
  template <class... Es>
  [[nodiscard]] result<append> record(std::string const& key, key_state const& at,
                                      Es const&... events) const;

  event_store* store_;
  clock* clock_;
  random_source* random_;
  std::string category_;
};

}  // namespace evsrc::inline v0::detail
