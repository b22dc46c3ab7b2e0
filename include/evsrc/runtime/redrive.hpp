// SPDX-License-Identifier: Apache-2.0
// Brings dead letters back to their consumer, and lets blocked keys go on (G16, G18).
#pragma once

#include <concepts>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "evsrc/core/clock.hpp"
#include "evsrc/core/random.hpp"
#include "evsrc/core/unique_function.hpp"
#include "evsrc/runtime/dead_letters.hpp"
#include "evsrc/runtime/detail/inbox.hpp"
#include "evsrc/store/event_store.hpp"

namespace evsrc::inline v0 {

namespace detail {
class redrive_core;
}

struct redrive_options {
  std::string consumer{};  ///< its name; required
  std::string entity{};    ///< that it reads; required
  /// The consumer's, as explain() tells it; the maximum where entries are kept for ever.
  std::chrono::milliseconds inbox_window = detail::window_for_ever;
  /// Also what is older than the inbox window, or came behind it (DedupWindowPassed): it may have
  /// taken effect, and would again.
  bool is_forced = false;
  std::string user{};  ///< who does it, for the records
  evsrc::clock* clock = nullptr;
  random_source* random = nullptr;
};

struct redrive_report {
  std::size_t redriven = 0;
  std::size_t skipped = 0;       ///< purged ones included
  std::size_t ended_before = 0;  ///< took effect or were skipped meanwhile: removed
  std::size_t kept = 0;          ///< originals of edited messages: stay where they are
  /// Older than the inbox window, without an id, with that of another message, too large to be
  /// sent.
  std::size_t refused = 0;
  std::size_t left = 0;                 ///< locked by others, or behind such a one of their key
  std::vector<std::string> refusals{};  ///< why; the first ten
  std::int64_t up_to = 0;               ///< sequence number: later ones were not looked at
  bool was_cancelled = false;

  friend bool operator==(redrive_report const&, redrive_report const&) = default;
};

/// Dead letters to work on, in the order of their sequence numbers.
struct dead_letter_selection {
  dead_letter_filter which{};
  unique_function<bool(delivery const&)> wanted{};  ///< where set it must agree, too
  /// Later ones are left alone: what fails again meanwhile does not come round. A run that was cut
  /// off is resumed with the number of its report or of its record.
  std::int64_t up_to = last_sequence_number;
  std::size_t max_messages = std::numeric_limits<std::size_t>::max();
  std::uint32_t per_second = 0;  ///< at most, by the clock of the options; 0: as fast as it goes
  /// Of redrives: a queue or topic instead of where they came from. It sees new messages with the
  /// same origin ids; for this consumer they are skipped. One that comes back, by whatever way, is
  /// in the round behind that.
  std::string destination{};
  unique_function<void(redrive_report const&)> progress{};  ///< after each one
};

/// Needs no handlers: it writes what was decided, and sends copies; the consumer does the rest.
/// Each decision is an event (dead_letter_events.hpp), in one commit with its effect where store
/// and bus are one place, before it elsewhere: every call that was cut off may be made again, loses
/// nothing, and takes effect once. Where the file's queue has no room for a copy it waits in the
/// outbox for a relay. Store and bus are lent.
/// @threads any thread may call
class redriver {
 public:
  template <std::derived_from<event_store> Store>
  redriver(Store& store, message_bus& bus, redrive_options options)
      : redriver(store, store, bus, std::move(options)) {}
  redriver(event_store& store, idempotency_store& keys, message_bus& bus, redrive_options options);
  redriver(redriver&&) noexcept;
  ~redriver();

  /// Sends the front of a blocked key into its next round; when it is done the held messages
  /// follow in order, then new ones. For a key that is redriven already, or whose delayed attempt
  /// is overdue, the copy is sent again.
  /// @errors not_found: the key is open; unavailable: it waits for a copy that is due later;
  ///   condition_failed: its front came behind the inbox window, which only is_forced passes;
  ///   version_conflict: somebody else decided; limit_exceeded: the copy does not fit into the
  ///   queue. Nothing was changed
  [[nodiscard]] result<void> redrive(std::string const& key);
  /// Takes a message out of a key's way for good: its front, or the held one of that origin id.
  /// @errors as redrive; not_found also where the key has no such message
  [[nodiscard]] result<void> skip(std::string const& key, std::string const& origin = {});

  /// Sends dead letters into their next round, those of blocked keys as redrive() does. Of one key
  /// none overtakes another. Others are given back as they were.
  /// @errors not_found: the destination; of store and bus: what was done stays done
  /// @cost locks what stands before the last one that is wanted
  [[nodiscard]] result<redrive_report> redrive_dead_letters(dead_letter_selection what = {},
                                                            std::stop_token const& stop = {});
  /// Removes dead letters for good: neither they nor repeats of them take effect. A key that one of
  /// them blocked goes on. @errors as redrive_dead_letters
  [[nodiscard]] result<redrive_report> skip_dead_letters(dead_letter_selection what,
                                                         std::stop_token const& stop = {});
  /// As skip, of all that fit, if they are exactly `confirmed` now.
  /// @errors condition_failed: they are not; nothing was changed
  [[nodiscard]] result<redrive_report> purge(dead_letter_filter const& which,
                                             std::uint64_t confirmed,
                                             std::stop_token const& stop = {});
  /// Sends a changed copy as a new message, caused by the old one, in its place of a blocked key.
  /// The original stays in the dead letters and is never redriven; purge() removes it. Calling it
  /// again with the same change sends the same message. @return its id
  /// @errors not_found; invalid_argument: the change touches id or key; version_conflict: the old
  ///   one took effect, was redriven, skipped or edited otherwise; condition_failed: it came behind
  ///   the inbox window, which only is_forced passes, or has the id of another message. Nothing was
  ///   changed
  [[nodiscard]] result<message_id> redrive_edited(std::int64_t sequence_number,
                                                  unique_function<result<void>(message&)> change);

 private:
  std::unique_ptr<detail::redrive_core> core_;
};

}  // namespace evsrc::inline v0
