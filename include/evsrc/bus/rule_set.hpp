// SPDX-License-Identifier: Apache-2.0
// The rules of one subscription, ready to judge messages.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "evsrc/bus/rule.hpp"
#include "evsrc/core/message.hpp"
#include "evsrc/core/random.hpp"
#include "evsrc/core/result.hpp"
#include "evsrc/core/timestamp.hpp"

namespace evsrc::inline v0 {

namespace detail {
struct compiled_rule;
}

/// Parsed rules. @threads const functions may be called from any thread
class rule_set {
 public:
  /// Rules are OR-ed: all that match and have no action give one copy; each that matches and has an
  /// action gives a copy of its own, with the property "RuleName". No rules: no copies.
  struct selection {
    bool unchanged = false;          ///< a copy of the message as it is
    std::vector<message> changed{};  ///< one for each action
    /// An action or filter failed on this message (a division by zero, types that do not compare
    /// are unknown and no failure): a subscription with dead_letter_on_filter_error keeps it.
    std::optional<error> failed{};
  };

  /// What the topic knows of a message beside it, for sys.SequenceNumber and sys.EnqueuedTimeUtc;
  /// those are null where it does not.
  struct arrival {
    std::int64_t sequence_number = 0;
    timestamp enqueued_at{};
  };

  rule_set();
  /// @errors as validate(rule); already_exists: two rules of one name
  [[nodiscard]] static result<rule_set> compile(std::span<rule const> rules);
  rule_set(rule_set&&) noexcept;
  rule_set& operator=(rule_set&&) noexcept;
  ~rule_set();

  /// `random` is for newid(). @cost linear in the rules' lengths
  [[nodiscard]] selection select(message const& sent, random_source& random) const {
    return select(sent, random, arrival{});
  }
  [[nodiscard]] selection select(message const& sent, random_source& random,
                                 arrival const& known) const;

 private:
  std::vector<std::unique_ptr<detail::compiled_rule>> rules_;
};

}  // namespace evsrc::inline v0
