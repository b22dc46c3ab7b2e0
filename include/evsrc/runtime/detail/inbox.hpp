// SPDX-License-Identifier: Apache-2.0
// What became of each message, recorded before the broker is told (G15).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "evsrc/core/clock.hpp"
#include "evsrc/runtime/detail/message_identity.hpp"
#include "evsrc/store/idempotency_store.hpp"

namespace evsrc::inline v0::detail {

/// The end of one round of a message. All ends of a round have one key, so the first one counts.
struct final_disposition {
  enum class kind : std::uint8_t { done, dead_lettered, skipped };

  kind what = kind::done;
  std::string reason{};  ///< of a dead letter; of a skipped one where another takes its place
  std::string description{};

  friend bool operator==(final_disposition const&, final_disposition const&) = default;
};

/// How long entries are kept. The maximum: for ever.
inline constexpr auto window_for_ever = std::chrono::milliseconds::max();

/// Entries {consumer:<name>, <origin id>#<round>} in a store.
class inbox {
 public:
  inbox(idempotency_store& store, clock& time, std::string_view consumer,
        std::chrono::milliseconds window = window_for_ever);

  [[nodiscard]] std::string const& scope() const noexcept { return scope_; }
  [[nodiscard]] static std::string key_of(message_identity const& which);
  void set_window(std::chrono::milliseconds window) noexcept { window_ = window; }
  [[nodiscard]] std::chrono::milliseconds window() const noexcept { return window_; }
  /// Of entries that are made now.
  [[nodiscard]] timestamp expiry() const noexcept;
  /// True where an entry of a message first enqueued then may have ended.
  [[nodiscard]] bool has_passed(timestamp first_enqueued) const noexcept;

  /// nullopt where this round has not ended, as far as entries go back.
  [[nodiscard]] result<std::optional<final_disposition>> find(message_identity const& which) const;
  /// True where this round has ended, of another message under the same id.
  [[nodiscard]] result<bool> is_of_another(message_identity const& which,
                                           std::string_view body) const;
  /// The entry that ends a round. A message with another body under the same id is refused by the
  /// store (key_reused).
  [[nodiscard]] result<idempotency_entry> entry(message_identity const& which,
                                                std::string_view body,
                                                final_disposition const& how) const;
  /// For a second message under an id that is taken.
  [[nodiscard]] result<idempotency_entry> entry_beside(message_identity const& which,
                                                       std::string_view body,
                                                       final_disposition const& how) const;
  [[nodiscard]] static result<final_disposition> read(std::string_view outcome);

 private:
  idempotency_store* store_;
  clock* clock_;
  std::string scope_;
  std::chrono::milliseconds window_;
};

}  // namespace evsrc::inline v0::detail
