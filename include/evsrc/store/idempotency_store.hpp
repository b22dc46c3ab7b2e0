// SPDX-License-Identifier: Apache-2.0
// Keys whose work is done once (G5).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evsrc/core/event_record.hpp"
#include "evsrc/store/receipt.hpp"

namespace evsrc::inline v0 {

/// Part of a commit: "this request, once". The store adds the receipt of the commit.
struct idempotency_entry {
  std::string scope;  ///< who asks, such as "command:account" or "consumer:billing"
  std::string key;    ///< the caller's; unique within the scope; limits::idempotency_key_bytes
  std::string fingerprint;  ///< of the request, at most 64 bytes; another one is errc::key_reused
  std::string outcome{};    ///< given back to repeats; limits::outcome_bytes
  timestamp expires_at = timestamp::max();  ///< judged by the store's clock; the entry ends then
};

/// What was recorded under a key.
struct idempotency_record {
  std::string fingerprint;
  std::string outcome;
  evsrc::receipt receipt;
  timestamp expires_at = timestamp::max();
};

/// The keys of a store, usable alone. @threads every function may be called from any thread
class idempotency_store {
 public:
  idempotency_store() = default;
  idempotency_store(idempotency_store const&) = delete;
  idempotency_store& operator=(idempotency_store const&) = delete;
  virtual ~idempotency_store() = default;

  /// The record of a key that has not expired; nullopt where there is none.
  [[nodiscard]] virtual result<std::optional<idempotency_record>> find_once(
      std::string_view scope, std::string_view key) = 0;
  /// Records `entry` alone: a commit of nothing else. A repeat answers with `duplicate` set and the
  /// recorded outcome. @errors key_reused: nothing written
  [[nodiscard]] virtual result<receipt> record_once(idempotency_entry entry) = 0;
  /// Removes at most `limit` entries that have expired, in a transaction of its own.
  /// @return how many were removed; fewer than `limit` means that none is left
  [[nodiscard]] virtual result<std::size_t> remove_expired(std::size_t limit) = 0;
};

}  // namespace evsrc::inline v0
