// SPDX-License-Identifier: Apache-2.0
// The contract of buses as named checks: for any test framework, and ready for GoogleTest.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "evsrc/bus/message_bus.hpp"
#include "evsrc/testing/open_request.hpp"
#include "evsrc/testing/verdict.hpp"

namespace evsrc::testing::inline v0 {

/// One open bus; destroying it closes the bus.
class bus_handle {
 public:
  bus_handle() = default;
  bus_handle(bus_handle const&) = delete;
  bus_handle& operator=(bus_handle const&) = delete;
  virtual ~bus_handle() = default;

  [[nodiscard]] virtual message_bus& bus() = 0;
};

/// A handle on a bus that `bus` owns.
template <std::derived_from<message_bus> Bus>
[[nodiscard]] std::unique_ptr<bus_handle> own(std::unique_ptr<Bus> bus) {
  class owning final : public bus_handle {
   public:
    explicit owning(std::unique_ptr<Bus> owned) : owned_(std::move(owned)) {}
    message_bus& bus() override { return *owned_; }

   private:
    std::unique_ptr<Bus> owned_;
  };
  return std::make_unique<owning>(std::move(bus));
}

/// Where the messages of one bus live; empty when made, gone when destroyed.
class bus_place {
 public:
  bus_place() = default;
  bus_place(bus_place const&) = delete;
  bus_place& operator=(bus_place const&) = delete;
  virtual ~bus_place() = default;

  /// Opens the bus. Called again it opens the same messages: after the handles before were
  /// destroyed (feature `persistent`), beside them (`several_handles`), in a forked process
  /// (`several_processes`). Buses without these features are opened once.
  /// @threads any, one at a time
  [[nodiscard]] virtual result<std::unique_ptr<bus_handle>> open(open_request const& how) = 0;
};

/// A fresh place at each call, none of whose buses knows another.
using bus_place_factory = std::function<std::unique_ptr<bus_place>()>;

/// What a bus has. What it lacks is printed as not covered.
struct message_bus_features {
  bool persistent = false;         ///< messages outlive the handle
  bool several_handles = false;    ///< two handles on the same messages in one process
  bool several_processes = false;  ///< handles in forked processes; `open` must work after fork()
};

/// Everything that a check gets.
struct bus_contract_setting {
  bus_place_factory make_place;
  message_bus_features features{};
  std::size_t rounds = 1'000;  ///< of contests, which take a fifth where that is more than 100
  std::size_t racers = 8;
};

/// One promise, checked.
struct message_bus_check {
  std::string_view behaviour;  ///< "1.4 lock": the section of Service Bus's wire and its subject
  std::string_view name;       ///< a sentence: "a_lost_lock_settles_nothing"
  std::array<bool message_bus_features::*, 2> needs{};  ///< null: nothing
  verdict (*run)(bus_contract_setting const&) = nullptr;
};

/// All checks, in the order of the sections.
[[nodiscard]] std::span<message_bus_check const> message_bus_checks();
/// True where the bus has all that `check` needs.
[[nodiscard]] bool covers(message_bus_features const& features, message_bus_check const& check);
/// Runs the check of that name; a name that does not exist fails.
[[nodiscard]] verdict run_message_bus_check(std::string_view name,
                                            bus_contract_setting const& setting);

/// Registers a GoogleTest test for each check that `features` allow, in the suite
/// `<name>_message_bus`; call it before RUN_ALL_TESTS. What is not covered is printed, now and at
/// the end. The environment sets the contests' length: EVSRC_ROUNDS (a number of rounds) and
/// EVSRC_SOAK (a factor); without them 1,000 rounds, 50 under ThreadSanitizer. Link evsrc::testing
/// and GoogleTest.
void register_bus_contract(std::string const& name, bus_place_factory make_place,
                           message_bus_features features);

}  // namespace evsrc::testing::inline v0
