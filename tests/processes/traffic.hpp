// SPDX-License-Identifier: Apache-2.0
// Shipments and their bookings: events, queues, and what producing and consuming processes do.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "evsrc/runtime/consumer.hpp"
#include "evsrc/sqlite/message_bus.hpp"
#include "evsrc/testing/seeded_random.hpp"
#include "planted.hpp"
#include "stage.hpp"

namespace evsrc_test {

/// Handed over in order of their key: a queue with sessions.
struct parcel {
  static constexpr evsrc::event_name wire_name{"parcel", 1};
  int sender = 0;
  int number = 0;  ///< from 1, over all that this sender ships
  std::string key;
};
/// In no order.
struct letter {
  static constexpr evsrc::event_name wire_name{"letter", 1};
  int sender = 0;
  int number = 0;
  std::string key;
};
inline constexpr char const* booked_twice = "BookedTwice";  ///< a parcel's dead-letter reason
inline constexpr std::array<char const*, 2> queue_names{"parcels", "letters"};
inline constexpr std::array<char const*, 8> key_names{"a", "b", "c", "d", "e", "f", "g", "h"};

/// What a message comes to.
struct booked {
  static constexpr evsrc::event_name wire_name{"booked", 1};
  int sender = 0;
  int number = 0;
};
/// Of one queue and key: "parcels/a".
struct book {
  static constexpr evsrc::category category{"book"};
  using events = evsrc::events<booked>;
  std::set<std::pair<int, int>> entries;
  void apply(booked const& e) { entries.emplace(e.sender, e.number); }
};
struct book_it {
  int sender = 0;
  int number = 0;
  /// Of parcels: what is in the book is rejected. Letters are booked whatever is there: nothing but
  /// the inbox keeps them from being booked twice.
  bool is_rejected_twice = false;
};
struct booked_before {};
evsrc::decision<book, booked_before> decide(book const& state, book_it const& c);

struct traffic_options {
  std::string path{};
  evsrc::sqlite::durability durability = evsrc::sqlite::durability::os;
  std::uint64_t commits_per_checkpoint = 0;  ///< 0: as the store sees fit
  std::uint32_t max_delivery_count = 200;
  std::uint64_t backlog_max = 200;  ///< messages that wait before producers do other things
  bool repeats = true;  ///< messages are sent one to five times, and commands now and then
  planted defect = planted::nothing;
  /// For the end, when all that was sent must have taken effect.
  std::chrono::seconds patience = std::chrono::minutes(5);
};

[[nodiscard]] evsrc::result<std::unique_ptr<evsrc::sqlite::event_store>> open_store(
    traffic_options const& how, evsrc::clock& time);
[[nodiscard]] evsrc::result<void> create_queues(evsrc::message_bus& bus,
                                                std::uint32_t max_delivery_count);
[[nodiscard]] evsrc::consumer_options consumer_options_of(std::string const& queue,
                                                          evsrc::clock& time,
                                                          evsrc::random_source& random);

/// Handlers that book what arrives, take their time while it is slow, and fail now and then while
/// it is rough.
class booking {
 public:
  using books = evsrc::command_handler<book>;
  booking(books& to, shared_stage const* stage, process_notes* notes, evsrc::random_source* random);
  booking(booking const&) = delete;
  booking& operator=(booking const&) = delete;
  [[nodiscard]] evsrc::router& way() { return way_; }

 private:
  using handle_result = evsrc::result<evsrc::handling>;
  [[nodiscard]] handle_result handle(char const* queue, book_it const& what,
                                     evsrc::message_context& context);
  [[nodiscard]] bool roll(unsigned one_in);

  books* books_;
  shared_stage const* stage_;
  process_notes* notes_;
  evsrc::random_source* random_;
  evsrc::router way_;
};

/// Ships until told to end: event and message in one commit under a key, repeats of the message and
/// of the commit later.
void produce(shared_stage& stage, std::size_t process, traffic_options const& how,
             std::uint64_t seed);
/// Books until told to end, stepping both consumers; redrives what ended as a dead letter.
void consume(shared_stage& stage, std::size_t process, traffic_options const& how,
             std::uint64_t seed);
/// Lets both consumers run on threads of theirs until told to end; then drains them.
void consume_on_threads(shared_stage& stage, std::size_t process, traffic_options const& how,
                        std::uint64_t seed);
/// One round of redrives, of both queues.
void redrive_all(evsrc::sqlite::event_store& store, evsrc::message_bus& bus, evsrc::clock& time,
                 evsrc::random_source& random);

}  // namespace evsrc_test
