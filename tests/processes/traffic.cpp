// SPDX-License-Identifier: Apache-2.0
// What is common to both sides: the file, the queues, the handlers.
#include "traffic.hpp"

#include <stdexcept>
#include <thread>

#include "evsrc/runtime/redrive.hpp"

namespace evsrc_test {

using namespace std::chrono_literals;

evsrc::decision<book, booked_before> decide(book const& state, book_it const& c) {
  if (c.is_rejected_twice && state.entries.count({c.sender, c.number}) != 0)
    return evsrc::reject(booked_before{});
  return booked{c.sender, c.number};
}

evsrc::result<std::unique_ptr<evsrc::sqlite::event_store>> open_store(traffic_options const& how,
                                                                      evsrc::clock& time) {
  evsrc::sqlite::options with;
  with.durability = how.durability;
  with.clock = &time;
  return evsrc::sqlite::open(how.path, with);
}

evsrc::result<void> create_queues(evsrc::message_bus& bus, std::uint32_t max_delivery_count) {
  evsrc::queue_options with;
  with.lock_duration = 5s;
  with.max_delivery_count = max_delivery_count;
  with.requires_session = true;
  EVSRC_TRY(bus.topology().create_queue("parcels", with));
  with.requires_session = false;
  return bus.topology().create_queue("letters", with);
}

evsrc::consumer_options consumer_options_of(std::string const& queue, evsrc::clock& time,
                                            evsrc::random_source& random) {
  evsrc::consumer_options options;
  options.name = queue;
  options.entity = queue;
  options.keep_order = queue == "parcels";
  options.sessions = options.keep_order ? 2 : 0;
  options.max_in_flight = 8;
  options.retry.immediate = 1;
  options.retry.delayed = 3;
  options.retry.first_delay = 20ms;
  options.retry.max_delay = 300ms;
  options.max_message_age = 12h;  // the window is finite, and no jump of a clock reaches its end
  options.max_held_per_key = 100'000;
  options.failures_before_pause = 1'000;
  options.pause = 20ms;
  options.clock = &time;
  options.random = &random;
  return options;
}

booking::booking(books& to, shared_stage const* stage, process_notes* notes,
                 evsrc::random_source* random)
    : books_(&to), stage_(stage), notes_(notes), random_(random) {
  way_.on<parcel>([this](parcel const& what, evsrc::message_context& context) {
    return handle("parcels/", {what.sender, what.number, true}, context);
  });
  way_.on<letter>([this](letter const& what, evsrc::message_context& context) {
    return handle("letters/", {what.sender, what.number, false}, context);
  });
}

bool booking::roll(unsigned one_in) {
  return stage_ != nullptr && stage_->is_rough && random_->next() % one_in == 0;
}

booking::handle_result booking::handle(char const* queue, book_it const& what,
                                       evsrc::message_context& context) {
  if (notes_ != nullptr) {
    auto const returns = context.received().delivery_count;
    for (auto most = notes_->most_returns.load(); most < returns;)
      if (notes_->most_returns.compare_exchange_weak(most, returns)) break;
  }
  // Real time, so that other processes are restarted while messages are in hand.
  if (stage_ != nullptr && stage_->is_slow)
    std::this_thread::sleep_for(20ms + std::chrono::milliseconds(what.number % 31));
  if (roll(25)) throw std::runtime_error("unlucky");
  if (roll(300)) return evsrc::invalid("number", "unlucky for good");
  if (roll(50)) return evsrc::handling{evsrc::retry_in{std::chrono::milliseconds(30)}};
  auto const& message = context.message();
  auto const done = context.handle(*books_, queue + message.session_id, what);
  // Right where this is a repeat, which is known as one then; else it stays a dead letter.
  if (done.is_rejected()) return evsrc::handling{evsrc::dead_letter{booked_twice}};
  if (!done) return evsrc::fail(done.error());
  return evsrc::handling{evsrc::ack{}};
}

void redrive_all(evsrc::sqlite::event_store& store, evsrc::message_bus& bus, evsrc::clock& time,
                 evsrc::random_source& random) {
  for (auto const* queue : queue_names) {
    evsrc::redriver again{
        store, bus, {.consumer = queue, .entity = queue, .clock = &time, .random = &random}};
    if (std::string_view(queue) == "parcels")
      for (auto const* key : key_names) static_cast<void>(again.redrive(key));
    static_cast<void>(again.redrive_dead_letters());
  }
}

}  // namespace evsrc_test
