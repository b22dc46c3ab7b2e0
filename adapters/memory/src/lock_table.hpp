// SPDX-License-Identifier: Apache-2.0
// Which message a lock token is of.
#pragma once

#include <cstring>
#include <vector>

#include "evsrc/core/random.hpp"
#include "stored_message.hpp"

namespace evsrc::memory::inline v0::detail {

/// A token is the number of a slot and 96 random bits, so that finding one compares and never
/// searches. @cost constant
class lock_table {
 public:
  /// Gives `what` a token that no other delivery has.
  void add(stored_message& what, random_source& random) {
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(slots_.size()));
      slots_.push_back(nullptr);
    }
    auto const slot = free_.back();
    free_.pop_back();
    slots_[slot] = &what;
    auto const number = slot + 1;  // the nil token is nobody's
    std::uint64_t const chance[] = {random.next(), random.next()};
    std::memcpy(what.lock.value.octets.data(), &number, sizeof number);
    std::memcpy(what.lock.value.octets.data() + sizeof number, chance, 12);
  }
  /// Null for a token that holds nothing.
  [[nodiscard]] stored_message* find(lock_token const& token) const noexcept {
    auto const number = slot_number(token);
    if (number == 0 || number > slots_.size()) return nullptr;
    auto* const held = slots_[number - 1];
    return held != nullptr && held->lock == token ? held : nullptr;
  }
  /// Does nothing to one that is not locked.
  void remove(stored_message& what) {
    if (!what.is_locked()) return;
    auto const slot = slot_number(what.lock) - 1;
    slots_[slot] = nullptr;
    free_.push_back(slot);
    what.lock = {};
  }

 private:
  [[nodiscard]] static std::uint32_t slot_number(lock_token const& token) noexcept {
    std::uint32_t number = 0;
    std::memcpy(&number, token.value.octets.data(), sizeof number);
    return number;
  }

  std::vector<stored_message*> slots_;
  std::vector<std::uint32_t> free_;
};

}  // namespace evsrc::memory::inline v0::detail
