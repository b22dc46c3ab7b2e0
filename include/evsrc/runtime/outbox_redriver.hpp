// SPDX-License-Identifier: Apache-2.0
// Lets a relay try dead letters of the outbox again, or removes them for good (G14).
#pragma once

#include <concepts>
#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "evsrc/core/clock.hpp"
#include "evsrc/core/random.hpp"
#include "evsrc/core/unique_function.hpp"
#include "evsrc/store/event_store.hpp"
#include "evsrc/store/outbox_store.hpp"

namespace evsrc::inline v0 {

/// Which dead letters of the outbox: those that all of it fits. What is left as it is fits each.
struct refused_filter {
  std::string destination{};  ///< queue or topic, in whatever case it is spelled
  std::string key{};
  std::string type{};    ///< wire name
  std::string reason{};  ///< "not_found", "limit_exceeded"
  std::string id{};
  std::uint64_t sequence = 0;  ///< in the outbox; 0: any

  friend bool operator==(refused_filter const&, refused_filter const&) = default;
};
[[nodiscard]] bool matches(refused_filter const& which, refused_row const& row);

struct outbox_redrive_report {
  std::size_t redriven = 0;
  std::size_t dropped = 0;
  std::size_t decided_before = 0;  ///< by somebody else, or by a call whose answer was lost
  bool was_cancelled = false;      ///< what was done stays done; called again it goes on

  friend bool operator==(outbox_redrive_report const&, outbox_redrive_report const&) = default;
};

struct outbox_redrive_options {
  std::string user{};  ///< who does it, for the records
  evsrc::clock* clock = nullptr;
  random_source* random = nullptr;
  unique_function<void(outbox_redrive_report const&)> progress{};  ///< after each commit
};

/// Works on rows that no attempt could hand on. Each decision is one commit with its event in the
/// stream of the destination (outbox_audit_stream_of), 100 rows at most in a commit. A refusal is
/// decided once: of two who work on it at a time one is told `decided_before`, so that nobody
/// drops a row that another has brought back. Who uses commit::redriven alone is not seen by this.
/// Rows that are refused while a call works are left alone. Store and outbox are lent.
/// @threads one call at a time
class outbox_redriver {
 public:
  template <std::derived_from<event_store> Store>
  explicit outbox_redriver(Store& store, outbox_redrive_options options = {})
      : outbox_redriver(store, store, std::move(options)) {}
  outbox_redriver(event_store& store, outbox_store& rows, outbox_redrive_options options);

  /// @errors not_found: no dead letter of the outbox has that number
  [[nodiscard]] result<refused_row> find(std::uint64_t sequence);
  /// How many fit. @cost reads all dead letters of the outbox, as the following do
  [[nodiscard]] result<std::uint64_t> count(refused_filter const& which);

  /// They wait for a relay again, where they stood, in front of later rows of their key. Mend the
  /// cause before: what is refused again is a dead letter again.
  /// @errors of the store: what was done stays done
  [[nodiscard]] result<outbox_redrive_report> redrive(refused_filter const& which,
                                                      std::stop_token const& stop = {});
  /// Removes them for good, if they are exactly `confirmed` now: nothing hands them on any more,
  /// and their keys go on. @errors condition_failed: they are not; nothing was changed
  [[nodiscard]] result<outbox_redrive_report> drop(refused_filter const& which,
                                                   std::uint64_t confirmed,
                                                   std::stop_token const& stop = {});

 private:
  enum class action : std::uint8_t { redrive, drop };
  /// One refusal: a row that was brought back may be refused again.
  struct refusal {
    std::uint64_t sequence = 0;
    timestamp at{};
    friend bool operator==(refusal const&, refusal const&) = default;
  };
  using batch = std::vector<refused_row>;

  [[nodiscard]] result<std::vector<refusal>> find_all(refused_filter const& which);
  [[nodiscard]] result<outbox_redrive_report> work(std::vector<refusal> wanted, action what,
                                                   std::stop_token const& stop);
  [[nodiscard]] result<void> decide(batch const& rows, action what, outbox_redrive_report& into);
  [[nodiscard]] result<bool> commit_decision(batch const& rows, action what);
  [[nodiscard]] result<void> note(commit& into, refused_row const& row, action what);

  event_store* store_;
  outbox_store* outbox_;
  outbox_redrive_options options_;
  clock* clock_;
  random_source* random_;
};

}  // namespace evsrc::inline v0
