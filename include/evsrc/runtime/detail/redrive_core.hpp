// SPDX-License-Identifier: Apache-2.0
// Decisions about single dead letters: each is recorded and carried out, in one commit or after it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "evsrc/runtime/dead_letter_events.hpp"
#include "evsrc/runtime/detail/dead_letter_locks.hpp"
#include "evsrc/runtime/detail/key_ledger.hpp"
#include "evsrc/runtime/detail/own_event.hpp"
#include "evsrc/runtime/handling.hpp"
#include "evsrc/runtime/redrive.hpp"

namespace evsrc::inline v0::detail {

/// What became of a dead letter that was worked on.
struct letter_outcome {
  enum class kind : std::uint8_t { redriven, skipped, ended_before, kept, refused };

  kind what = kind::redriven;
  std::string why{};  ///< of refused
};

/// @threads any thread may call
class redrive_core {
 public:
  redrive_core(event_store& store, idempotency_store& keys, message_bus& bus,
               redrive_options options);

  [[nodiscard]] result<void> redrive_key(std::string const& key);
  [[nodiscard]] result<void> skip_key(std::string const& key, std::string const& origin);
  [[nodiscard]] result<message_id> edit(std::int64_t sequence_number,
                                        unique_function<result<void>(message&)>& change);

  // Of a locked dead letter. What is refused or kept stays locked.
  [[nodiscard]] result<letter_outcome> redrive_letter(delivery const& one,
                                                      std::string const& destination);
  [[nodiscard]] result<letter_outcome> skip_letter(delivery const& one, bool is_purge);

  /// @errors invalid_argument: names the option
  [[nodiscard]] result<void> check_options() const;
  /// @errors not_found: no queue or topic; entity_disabled
  [[nodiscard]] result<void> check_destination(std::string const& entity);
  /// Adds an event to the audit stream of the entity.
  template <class E>
  [[nodiscard]] result<void> note(commit& what, E const& event) const {
    auto made = own_event(event, clock_->now(), *random_, options_.user);
    if (!made) return fail(std::move(made.error()));
    what.appends.push_back({audit_stream_of(options_.entity)});
    what.appends.back().events.push_back(std::move(*made));
    return {};
  }
  [[nodiscard]] event_store& store() noexcept { return *store_; }
  [[nodiscard]] message_bus& bus() noexcept { return *bus_; }
  [[nodiscard]] clock& time() noexcept { return *clock_; }
  [[nodiscard]] random_source& random() noexcept { return *random_; }
  [[nodiscard]] redrive_options const& options() const noexcept { return options_; }

 private:
  using sends = std::vector<addressed_message>;

  [[nodiscard]] result<std::string> home() const;
  [[nodiscard]] message_identity identity_of(delivery const& one) const;
  [[nodiscard]] result<key_state> state_of(message const& what) const;
  [[nodiscard]] result<std::optional<delivery>> lock_letter_of(message_identity const& which,
                                                               std::string_view body,
                                                               dead_letter_locks& locks);
  /// False: another's entry was there first, nothing was done.
  [[nodiscard]] result<bool> carry_out(commit record, std::string const& decision,
                                       sends const& copies, delivery const* letter);
  [[nodiscard]] result<bool> ride(commit& record, sends const& copies, delivery const* letter);
  [[nodiscard]] result<void> check_taken(addressed_message const& copy) const;
  [[nodiscard]] result<void> tell_bus(sends const& copies, delivery const* letter);
  [[nodiscard]] result<void> add_home(sends& copies, message copy) const;
  [[nodiscard]] result<void> add_wake(sends& copies, key_state const& after) const;
  [[nodiscard]] result<void> wake(std::string const& key, key_state const& state);

  /// Records that this round has ended where nobody did: the broker gave it up, or the entry ended.
  [[nodiscard]] result<void> add_end(commit& record, delivery const& one,
                                     message_identity const& identity,
                                     std::optional<final_disposition> const& known) const;

  [[nodiscard]] result<void> redrive_front(std::string const& key, key_state const& state,
                                           delivery const* letter);
  [[nodiscard]] result<letter_outcome> move_letter(delivery const& one,
                                                   message_identity const& identity,
                                                   std::string const& destination);
  [[nodiscard]] result<letter_outcome> finish(delivery const& one, message_identity const& identity,
                                              final_disposition const& later);
  [[nodiscard]] result<letter_outcome> remove_ended(delivery const& one);
  [[nodiscard]] bool has_passed(message_identity const& identity) const;
  /// Of a dead letter or a key's front with that reason.
  [[nodiscard]] bool is_barred(std::string_view reason) const;
  [[nodiscard]] result<bool> shares_its_id(delivery const& one, message_identity const& identity,
                                           key_state const& state) const;
  [[nodiscard]] result<message> edited_from(delivery const& one, message_identity const& identity,
                                            unique_function<result<void>(message&)>& change) const;

  event_store* store_;
  idempotency_store* keys_;
  message_bus* bus_;
  redrive_options options_;
  clock* clock_;
  random_source* random_;
  inbox inbox_;
  key_ledger ledger_;
  bool is_one_place_;
};

}  // namespace evsrc::inline v0::detail
