// SPDX-License-Identifier: Apache-2.0
// The services with their queues on one file, and the loop that steps them.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evsrc/retail/stock.hpp"
#include "evsrc/sqlite/event_store.hpp"
#include "outside_services.hpp"

namespace retail_example {

/// How the services find together: each by the events of others, or led by a saga.
enum class order_style : std::uint8_t { choreography, saga };
[[nodiscard]] std::string_view to_string(order_style style) noexcept;

inline constexpr std::chrono::seconds outage_max = std::chrono::hours(1);

/// A part of the outside that is away for a while, from the first message on.
struct outage_plan {
  std::string service{};     ///< "payment", "shipping"; empty: none
  std::int64_t seconds = 0;  ///< at most `outage_max`
};

struct pipeline_options {
  std::string outside_socket{};
  outage_plan outage{};
  /// None: as the store began, which is the only one that it can go on with; choreography at first.
  std::optional<order_style> style{};
};

/// What an outage did.
struct outage_report {
  std::string service;
  std::int64_t seconds = 0;
  std::int64_t peak_backlog = 0;  ///< messages that waited at the end of it
  double grown_per_second = 0;    ///< messages, while it lasted
  double drain_seconds = 0;       ///< until all of it was worked off
  double drained_per_second = 0;
};

/// What went through, since the pipeline was opened, and what waits for a person.
struct pipeline_report {
  std::string style{};
  std::map<std::string, std::int64_t> messages_by_queue;  ///< handled
  std::map<std::string, std::int64_t> dead_letters;       ///< by reason
  /// By queue, those of earlier runs as well.
  std::map<std::string, std::int64_t> dead_letters_waiting;
  std::int64_t duplicates_absorbed = 0;
  std::int64_t orders_completed = 0;
  double placed_to_completed_p50_ms = 0;
  double placed_to_completed_p99_ms = 0;
  double orders_per_second = 0;  ///< completed, over the time that work_off took
  std::optional<outage_report> outage;
};

/// @threads one at a time
class order_pipeline {
 public:
  /// Declares topic, queues and subscriptions where they are not there, and connects to the
  /// outside. The store is lent. @errors invalid_argument: the store began in the other style
  [[nodiscard]] static evsrc::result<std::unique_ptr<order_pipeline>> open(
      evsrc::sqlite::event_store& store, pipeline_options const& with);
  ~order_pipeline();

  /// Handles messages until none is left but dead letters; decisions are dated `shop_time` and go
  /// by `policy`. Waits for what a process that died has locked.
  /// @errors unavailable: nothing moves any more, says why
  [[nodiscard]] evsrc::result<void> work_off(evsrc::timestamp shop_time,
                                             evsrc::retail::stock_policy const& policy = {});
  /// As work_off, and waits for the end of an outage.
  [[nodiscard]] evsrc::result<void> finish(evsrc::timestamp shop_time,
                                           evsrc::retail::stock_policy const& policy = {});
  /// Messages that wait, by queue.
  [[nodiscard]] evsrc::result<std::map<std::string, std::int64_t>> backlog();
  [[nodiscard]] evsrc::result<pipeline_report> report() const;
  /// What the bank has in its ledger. @errors unavailable, timed_out: it does not answer
  [[nodiscard]] evsrc::result<payments_made> payments();

 private:
  struct parts;
  explicit order_pipeline(std::unique_ptr<parts> made);
  std::unique_ptr<parts> parts_;
};

}  // namespace retail_example
