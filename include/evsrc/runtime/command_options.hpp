// SPDX-License-Identifier: Apache-2.0
// What may be said about a command handler, and about one command.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "evsrc/core/clock.hpp"
#include "evsrc/core/metadata.hpp"
#include "evsrc/core/random.hpp"

namespace evsrc::inline v0 {

class aggregate_cache;

/// For the life of a handler.
struct command_handler_options {
  evsrc::clock* clock = nullptr;      ///< the system's where null; must outlive the handler
  random_source* random = nullptr;    ///< for ids and jitter; the system's where null
  std::string source{};               ///< written into each event: which service this is
  std::size_t cache_entries = 4'096;  ///< states kept per aggregate type; 0 keeps none
  /// Shared with other handlers of the same store, in place of an own one; must outlive them.
  aggregate_cache* cache = nullptr;
  /// How long a command's key is remembered; the maximum is for ever. The store's clock judges.
  std::chrono::seconds keep_keys_for = std::chrono::seconds::max();
};

/// For one command.
struct command_options {
  /// The caller's idempotency key, at most limits::idempotency_key_bytes: the command takes effect
  /// once, repeats are answered with its first outcome. Empty: each call is a command of its own.
  std::string key{};
  /// How long to go on when others write the same streams.
  std::chrono::milliseconds deadline = std::chrono::seconds(30);
  /// What the caller knows. A `time` is that of the events and of decision_context::now(), for
  /// what happened earlier; an `id` is that of the first event; the rest goes into every event.
  metadata meta{};
};

}  // namespace evsrc::inline v0
