// SPDX-License-Identifier: Apache-2.0
// Which slots of the outbox a relay owns, and for how long it may count on that.
#pragma once

#include <array>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "evsrc/core/clock.hpp"
#include "evsrc/store/event_store.hpp"
#include "evsrc/store/outbox_store.hpp"

namespace evsrc::inline v0::detail {

struct lease_settings {
  outbox_slot_set wanted{};
  std::chrono::milliseconds patience{};
  std::chrono::milliseconds heartbeat{};
  std::string holder{};
};

/// An owner proves each slot at least once a heartbeat, with a commit; another takes over what it
/// has seen unchanged for its patience. So a lease counts from the moment at which the last commit
/// that proved it began.
/// @threads any thread may call
class slot_leases {
 public:
  slot_leases(event_store& store, clock& time, lease_settings settings);

  /// Proves what is held where that is due, takes what is free or silent. Another that was faster
  /// is no error. @return how many slots were found to be lost
  [[nodiscard]] result<std::size_t> keep();
  /// Proves all that is held, now. @return as keep()
  [[nodiscard]] result<std::size_t> renew();
  [[nodiscard]] outbox_slot_set held() const;
  /// Those on which one may count for as long.
  [[nodiscard]] outbox_slot_set held_for(std::chrono::milliseconds left) const;
  /// Part of a commit that is only true while `slots` are held: claims of them, and of the others
  /// where those are due. Slots that are not held are not claimed.
  [[nodiscard]] std::vector<owner_claim> claims(outbox_slot_set const& slots) const;
  /// The commit with `claims`, begun at that time, succeeded.
  void note_proved(std::vector<owner_claim> const& claims, clock::steady_time begun);
  /// A claim did not hold: finds out which. @return how many are lost
  [[nodiscard]] result<std::size_t> find_lost();
  /// Gives all back, so that the next owner need not wait out its patience.
  void release();
  /// Slots that it does not hold, by their holders.
  [[nodiscard]] result<std::map<std::string, std::size_t>> others() const;
  [[nodiscard]] std::string const& holder() const noexcept { return settings_.holder; }

  [[nodiscard]] static std::string name_of(std::size_t slot);

 private:
  using steady_time = clock::steady_time;
  struct lease {
    std::uint64_t epoch = 0;  // 0: not held
    steady_time proved{};
    owner_state seen{};  // of another owner
    std::optional<steady_time> seen_since{};
  };

  // With mutex_ held.
  [[nodiscard]] bool is_due() const;
  [[nodiscard]] std::vector<owner_claim> all_claims() const;
  [[nodiscard]] result<std::size_t> prove();
  [[nodiscard]] result<std::size_t> drop_lost();
  [[nodiscard]] result<void> take_free();
  [[nodiscard]] result<bool> is_free(std::size_t slot, lease& of, std::uint64_t& next_epoch);

  event_store* store_;
  clock* time_;
  lease_settings settings_;
  mutable std::mutex mutex_;
  std::array<lease, outbox_slots> leases_{};
  std::optional<steady_time> looked_at_;
};

}  // namespace evsrc::inline v0::detail
