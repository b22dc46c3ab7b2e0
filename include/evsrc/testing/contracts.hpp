// SPDX-License-Identifier: Apache-2.0
// The contract of event stores as named checks: for any test framework, and ready for GoogleTest.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "evsrc/testing/history.hpp"
#include "evsrc/testing/open_request.hpp"
#include "evsrc/testing/store_ports.hpp"
#include "evsrc/testing/verdict.hpp"

namespace evsrc::testing::inline v0 {

/// One open store; destroying it closes the store.
class store_handle {
 public:
  store_handle() = default;
  store_handle(store_handle const&) = delete;
  store_handle& operator=(store_handle const&) = delete;
  virtual ~store_handle() = default;

  [[nodiscard]] virtual store_ports ports() = 0;
};

/// A handle on a store that `store` owns.
template <class Store>
[[nodiscard]] std::unique_ptr<store_handle> own(std::unique_ptr<Store> store) {
  class owning final : public store_handle {
   public:
    explicit owning(std::unique_ptr<Store> owned) : owned_(std::move(owned)) {}
    store_ports ports() override { return ports_of(*owned_); }

   private:
    std::unique_ptr<Store> owned_;
  };
  return std::make_unique<owning>(std::move(store));
}

/// Where the data of one store lives; fresh when made, gone when destroyed.
class store_place {
 public:
  store_place() = default;
  store_place(store_place const&) = delete;
  store_place& operator=(store_place const&) = delete;
  virtual ~store_place() = default;

  /// Opens the store. Called again it opens the same data: after the handles before were destroyed
  /// (feature `persistent`), beside them (`several_handles`), in a forked process
  /// (`several_processes`). Stores without these features are opened once.
  /// @threads any, one at a time
  [[nodiscard]] virtual result<std::unique_ptr<store_handle>> open(open_request const& how) = 0;
};

/// A fresh place at each call, none of whose stores knows another.
using store_place_factory = std::function<std::unique_ptr<store_place>()>;

/// What a store has. What it lacks is printed as not covered.
struct event_store_features {
  bool idempotency = false;        ///< the port idempotency_store
  bool snapshots = false;          ///< the port snapshot_store
  bool outbox = false;             ///< the port outbox_store
  bool stepped = false;            ///< can be opened with `open_request::stepped`
  bool persistent = false;         ///< data outlives the handle
  bool several_handles = false;    ///< two handles on the same data in one process
  bool several_processes = false;  ///< handles in forked processes; `open` must work after fork()
};

/// Everything that a check gets.
struct contract_setting {
  store_place_factory make_place;
  event_store_features features{};
  std::size_t rounds = 1'000;  ///< of each race
  std::size_t racers = 16;
};

/// One promise, checked.
struct event_store_check {
  std::string_view guarantee;  ///< "G6"
  std::string_view name;       ///< a sentence: "exactly_rejects_a_newer_stream"
  std::array<bool event_store_features::*, 2> needs{};  ///< null: nothing
  verdict (*run)(contract_setting const&) = nullptr;
};

/// All checks, in the order of the guarantees.
[[nodiscard]] std::span<event_store_check const> event_store_checks();
/// True where the store has all that `check` needs.
[[nodiscard]] bool covers(event_store_features const& features, event_store_check const& check);
/// Runs the check of that name; a name that does not exist fails.
[[nodiscard]] verdict run_event_store_check(std::string_view name, contract_setting const& setting);

/// Registers a GoogleTest test for each check that `features` allow, in the suite
/// `<name>_event_store`; call it before RUN_ALL_TESTS. What is not covered is printed, now and at
/// the end. The environment sets the races' length: EVSRC_ROUNDS (a number of rounds) and
/// EVSRC_SOAK (a factor); without them 1,000 rounds, 50 under ThreadSanitizer. Link evsrc::testing
/// and GoogleTest.
void register_event_store_contract(std::string const& name, store_place_factory make_place,
                                   event_store_features features);

}  // namespace evsrc::testing::inline v0
