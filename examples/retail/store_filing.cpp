// SPDX-License-Identifier: Apache-2.0
// The two consumers of the tills' topic.
#include "store_filing.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

#include "evsrc/runtime/consumer.hpp"
#include "evsrc/sqlite/message_bus.hpp"

namespace retail_example {
namespace {

namespace retail = evsrc::retail;

/// Written beside its place and moved there, so that nobody sees half a document.
evsrc::result<void> write_file(std::filesystem::path const& path, std::string const& text) {
  auto const part = path.string() + ".part";
  {
    std::ofstream out(part, std::ios::binary | std::ios::trunc);
    out << text;
    out.flush();
    if (!out)
      return evsrc::fail(evsrc::errc::io_failed, part + ": " + std::strerror(errno), "filing");
  }
  std::error_code failed;
  std::filesystem::rename(part, path, failed);
  if (failed)
    return evsrc::fail(evsrc::errc::io_failed, path.string() + ": " + failed.message(), "filing");
  return {};
}

/// A name of the message's making: letters, digits, '-', '_' and '.', all else becomes '_'.
std::string file_name(std::string_view id) {
  std::string name;
  for (char const c : id.substr(0, 128)) {
    bool const is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '-' || c == '_';
    name += is_plain ? c : '_';
  }
  return name + ".json";
}

template <class Event>
evsrc::router filing_router(std::filesystem::path folder) {
  evsrc::router made;
  made.type_by([](evsrc::message const& one) {
    return std::string(evsrc::find_text(one.properties, "event_type"));
  });
  made.on<Event>([folder = std::move(folder)](Event const&, evsrc::message_context& context) {
    return write_file(folder / file_name(context.origin_id()), context.message().body);
  });
  return made;
}

struct filing {
  std::unique_ptr<evsrc::router> router;  // lent to the consumer
  std::unique_ptr<evsrc::consumer> consumer;
};

template <class Event>
evsrc::result<filing> filing_consumer(evsrc::sqlite::event_store& store, evsrc::message_bus& bus,
                                      std::string const& folder) {
  std::string const type(Event::wire_name.name);
  auto const place = std::filesystem::path(folder) / type;
  std::error_code failed;
  std::filesystem::create_directories(place, failed);
  if (failed)
    return evsrc::fail(evsrc::errc::io_failed, place.string() + ": " + failed.message(), "filing");
  evsrc::consumer_options options;
  options.name = "filing-" + type;
  options.entity = evsrc::subscription_path(store_topic, type);
  options.max_in_flight = 256;
  filing made{std::make_unique<evsrc::router>(filing_router<Event>(place)), nullptr};
  made.consumer = std::make_unique<evsrc::consumer>(store, bus, *made.router, options);
  return made;
}

}  // namespace

evsrc::result<filing_report> produce_and_file(evsrc::sqlite::event_store& store,
                                              producer_options const& with,
                                              std::string const& folder,
                                              retail::producer_answer& answer) {
  evsrc::sqlite::message_bus bus(store);
  EVSRC_TRY(declare_store_topic(bus.topology()));
  auto made = produce(bus, with);
  if (!made) return evsrc::fail(made.error());
  answer = *made;
  auto sales = filing_consumer<retail::sale_event>(store, bus, folder);
  if (!sales) return evsrc::fail(sales.error());
  auto moves = filing_consumer<retail::inventory_event>(store, bus, folder);
  if (!moves) return evsrc::fail(moves.error());
  for (std::size_t handled = 1; handled != 0;) {
    handled = 0;
    for (auto* const one : {sales->consumer.get(), moves->consumer.get()}) {
      auto const some = one->poll();
      if (!some) return evsrc::fail(some.error());
      handled += *some;
    }
  }
  filing_report told;
  for (auto* const one : {sales->consumer.get(), moves->consumer.get()}) {
    auto const counts = one->explain().counts;
    told.filed += static_cast<std::int64_t>(counts.done);
    for (auto const& [reason, count] : counts.dead_letters)
      told.dead_letters += static_cast<std::int64_t>(count);
  }
  return told;
}

}  // namespace retail_example
