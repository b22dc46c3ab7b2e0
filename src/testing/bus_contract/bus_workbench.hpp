// SPDX-License-Identifier: Apache-2.0
// What every check of the buses' contract works with: a fresh bus, short words to send and demand.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../contract/demands.hpp"
#include "contest_clock.hpp"
#include "evsrc/testing/bus_contracts.hpp"
#include "evsrc/testing/manual_clock.hpp"
#include "watched_clock.hpp"

namespace evsrc::testing::inline v0::detail {

/// How a check's buses are opened.
enum class bus_opening : std::uint8_t {
  plain,
  /// On a clock that forked processes share: a manual clock would run away while one waits for
  /// another.
  contest,
};

/// What anybody can see of a standing message: what a refused call must leave as it was.
struct standing_message {
  std::int64_t sequence_number = 0;
  std::string id;
  message_state state = message_state::active;
  std::uint32_t delivery_count = 0;
  property_list properties;
  friend bool operator==(standing_message const&, standing_message const&) = default;
};
using contents = std::vector<standing_message>;

class bus_workbench {
 public:
  bus_workbench(bus_contract_setting const& setting, bus_opening how);
  ~bus_workbench();

  [[nodiscard]] message_bus& bus() { return handle_->bus(); }
  [[nodiscard]] evsrc::topology& topology() { return bus().topology(); }
  [[nodiscard]] manual_clock& clock() { return clock_; }
  /// The same, as the bus sees it.
  [[nodiscard]] watched_clock const& watched() const { return watched_; }
  /// Of contests.
  [[nodiscard]] contest_ground& ground() const { return *ground_; }
  [[nodiscard]] contest_clock& contest_time() { return contest_time_; }
  [[nodiscard]] bus_contract_setting const& setting() const { return setting_; }

  /// Destroys the handle and opens the same messages again.
  void reopen();
  void close_handle();
  [[nodiscard]] std::unique_ptr<bus_handle> open_again();

  /// Creates it and returns its path.
  std::string queue(std::string name = "orders", queue_options const& with = {});
  std::string topic(std::string name = "events", topic_options const& with = {});
  std::string subscription(std::string_view topic, std::string_view name,
                           subscription_settings const& with = {},
                           std::vector<rule> const& rules = {{default_rule_name}});

  [[nodiscard]] evsrc::sender& sender(std::string_view entity);
  [[nodiscard]] evsrc::receiver& receiver(std::string_view entity,
                                          receive_mode mode = receive_mode::peek_lock);
  void send(std::string_view entity, std::vector<message> const& batch);
  void send(std::string_view entity, message const& one) { send(entity, std::vector{one}); }
  /// Sends one message for each id, one by one.
  void send_ids(std::string_view entity, std::vector<std::string> const& ids,
                std::string_view session = {});
  std::vector<std::int64_t> schedule(std::string_view entity, std::vector<message> const& batch,
                                     timestamp at);
  /// Demands the refusal, that it names `field`, and that nothing stands there that did not before.
  void refuse_send(std::string_view entity, std::vector<message> const& batch, errc expected,
                   std::string_view field, std::string_view why);

  [[nodiscard]] std::vector<delivery> receive(std::string_view entity, std::size_t max = 1,
                                              receive_mode mode = receive_mode::peek_lock);
  /// The one message that there must be at the front.
  delivery receive_one(std::string_view entity);
  /// As above, with that id.
  delivery receive_id(std::string_view entity, std::string_view id);
  void require_nothing(std::string_view entity, std::string_view why);
  /// Demands these at the front in that order, and nothing behind; receives and deletes them.
  void require_drained(std::string_view entity, std::vector<std::string> const& ids,
                       std::string_view why);
  void settle(settlement const& how);
  void settle(delivery const& what, disposition how = disposition::complete) {
    settle(what.settle(how));
  }
  /// Demands lock_lost, and that nothing changed in its entity and its dead-letter queue.
  void require_lost(settlement const& how, std::string_view why);

  /// Without an id: the next one. Must be there at once.
  [[nodiscard]] std::unique_ptr<session_receiver> accept(std::string_view entity,
                                                         std::optional<std::string> id = {});
  [[nodiscard]] result<std::unique_ptr<session_receiver>> try_accept(
      std::string_view entity, std::optional<std::string> id = {});

  /// All that stands there, in order.
  [[nodiscard]] contents standing(std::string_view entity);
  [[nodiscard]] std::vector<std::string> standing_ids(std::string_view entity);
  [[nodiscard]] entity_counts counts(std::string_view path);

 private:
  using mode_of_entity = std::pair<std::string, receive_mode>;
  [[nodiscard]] std::unique_ptr<bus_handle> open(std::string_view what);

  bus_contract_setting const& setting_;
  bus_opening how_;
  manual_clock clock_;
  watched_clock watched_{clock_};
  shared_memory<contest_ground> ground_;
  contest_clock contest_time_{*ground_};
  std::unique_ptr<bus_place> place_;
  std::unique_ptr<bus_handle> handle_;
  std::map<std::string, std::unique_ptr<evsrc::sender>, std::less<>> senders_;
  std::map<mode_of_entity, std::unique_ptr<evsrc::receiver>> receivers_;
};

/// A message with that id, which is also its body.
[[nodiscard]] message with_id(std::string id);
[[nodiscard]] message in_session(std::string session, std::string id);
[[nodiscard]] message with_property(std::string id, std::string name, property_value value);
[[nodiscard]] std::vector<message> with_ids(std::vector<std::string> const& ids);
[[nodiscard]] std::vector<std::string> ids_of(std::vector<delivery> const& all);
/// "a, b, c"
[[nodiscard]] std::string listed(std::vector<std::string> const& ids);
[[nodiscard]] std::vector<delivery> receive_from(receiver& from, std::size_t max = 1);
/// The one message that there must be at the front.
delivery receive_one_from(receiver& from);

/// Demands that code, effect none, and the words in the message.
template <class T>
void require_refusal(result<T> const& outcome, errc expected, std::string_view names,
                     std::string_view what) {
  require_error(outcome, expected, what);
  require(outcome.error().message.find(names) != std::string::npos,
          std::string(what) + ": the error must name " + std::string(names) + ", but is " +
              to_string(outcome.error()));
}

/// Makes a check of a function over a workbench.
template <auto Body, bus_opening How = bus_opening::plain>
verdict on_bus(bus_contract_setting const& setting) {
  try {
    bus_workbench bench{setting, How};
    Body(bench);
    return verdict::holds();
  } catch (flaw_found const& found) {
    return verdict::fails(found.text);
  }
}

/// A row of a list of checks: the check has its function's name.
#define EVSRC_BUS_CHECK(behaviour, body) \
  { behaviour, #body, {}, &on_bus<body> }
/// The same for a bus that has the feature.
#define EVSRC_BUS_CHECK_WITH(feature, behaviour, body) \
  { behaviour, #body, {&message_bus_features::feature}, &on_bus<body> }

using bus_checks = std::span<message_bus_check const>;
[[nodiscard]] bus_checks sending_checks() noexcept;
[[nodiscard]] bus_checks duplicate_checks() noexcept;
[[nodiscard]] bus_checks scheduling_checks() noexcept;
[[nodiscard]] bus_checks receiving_checks() noexcept;
[[nodiscard]] bus_checks lock_checks() noexcept;
[[nodiscard]] bus_checks settling_checks() noexcept;
[[nodiscard]] bus_checks dead_letter_checks() noexcept;
[[nodiscard]] bus_checks expiry_checks() noexcept;
[[nodiscard]] bus_checks session_checks() noexcept;
[[nodiscard]] bus_checks peek_checks() noexcept;
[[nodiscard]] bus_checks transaction_checks() noexcept;
[[nodiscard]] bus_checks topic_checks() noexcept;
[[nodiscard]] bus_checks rule_checks() noexcept;
[[nodiscard]] bus_checks limit_checks() noexcept;
[[nodiscard]] bus_checks topology_checks() noexcept;
[[nodiscard]] bus_checks bus_handle_checks() noexcept;
[[nodiscard]] bus_checks bus_race_checks() noexcept;
[[nodiscard]] bus_checks bus_process_checks() noexcept;

}  // namespace evsrc::testing::inline v0::detail
