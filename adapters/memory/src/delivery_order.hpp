// SPDX-License-Identifier: Apache-2.0
// The messages that can be delivered now, oldest first.
#pragma once

#include "stored_message.hpp"

namespace evsrc::memory::inline v0::detail {

/// New ones come at the end and leave at the front: a list. The few that come back, of whatever
/// age, stand in a tree beside it. @cost constant; logarithmic in those that came back
class delivery_order {
 public:
  [[nodiscard]] bool empty() const noexcept { return first_ == nullptr && returned_.empty(); }

  /// The oldest; null where there is none.
  [[nodiscard]] stored_message* front() const noexcept {
    if (returned_.empty()) return first_;
    auto const& [number, oldest] = *returned_.begin();
    return first_ != nullptr && first_->sequence_number < number ? first_ : oldest;
  }

  /// Newer than all that were appended before.
  void append(stored_message& what) noexcept {
    what.stands = stored_message::place::fresh;
    what.previous = last_;
    what.next = nullptr;
    (last_ == nullptr ? first_ : last_->next) = &what;
    last_ = &what;
  }
  void give_back(stored_message& what) {
    returned_.emplace(what.sequence_number, &what);
    what.stands = stored_message::place::returned;
  }
  /// Does nothing to one that does not stand here.
  void remove(stored_message& what) noexcept {
    if (what.stands == stored_message::place::returned) returned_.erase(what.sequence_number);
    if (what.stands == stored_message::place::fresh) {
      (what.previous == nullptr ? first_ : what.previous->next) = what.next;
      (what.next == nullptr ? last_ : what.next->previous) = what.previous;
    }
    what.stands = stored_message::place::none;
  }

 private:
  stored_message* first_ = nullptr;
  stored_message* last_ = nullptr;
  std::map<std::int64_t, stored_message*> returned_;
};

}  // namespace evsrc::memory::inline v0::detail
