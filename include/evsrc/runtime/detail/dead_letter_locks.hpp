// SPDX-License-Identifier: Apache-2.0
// Locks on dead letters: a bus gives them in order only, so that others are locked on the way.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "evsrc/bus/message_bus.hpp"
#include "evsrc/core/clock.hpp"

namespace evsrc::inline v0::detail {

/// What was put aside stays locked, however long that takes, and is given back at the end. Not
/// locked: one thread at a time.
class dead_letter_locks {
 public:
  dead_letter_locks(message_bus& bus, std::string_view entity, clock& time);
  dead_letter_locks(dead_letter_locks const&) = delete;
  dead_letter_locks& operator=(dead_letter_locks const&) = delete;
  ~dead_letter_locks() { give_back(); }

  /// The next that nobody has locked; empty: there are none.
  [[nodiscard]] result<std::vector<delivery>> take(std::size_t max_messages);
  /// Locks that one; nullopt where another holds it, or it is gone.
  [[nodiscard]] result<std::optional<delivery>> take_one(std::int64_t sequence_number);
  void put_aside(delivery const& one);
  void give_back();

 private:
  struct lock {
    settlement back;
    timestamp renew_at;
  };
  [[nodiscard]] timestamp half_of(timestamp until) const;
  void renew_due();

  message_bus* bus_;
  std::string path_;
  clock* clock_;
  std::unique_ptr<receiver> from_;
  std::map<std::int64_t, lock> aside_;
};

}  // namespace evsrc::inline v0::detail
