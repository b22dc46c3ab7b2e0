// SPDX-License-Identifier: Apache-2.0
// The quiet run, and the comparison.
#include "judge.hpp"

#include "evsrc/memory/event_store.hpp"
#include "evsrc/memory/message_bus.hpp"

namespace evsrc_test {
namespace {

std::string stream_name(evsrc::event_view const& of) {
  return std::string(of.category) + "/" + std::string(of.key);
}
stored_event copied(evsrc::event_view const& from) {
  return {std::string(from.name), from.event_version, std::string(from.payload)};
}

/// What the stream itself says, against what the order of all events said.
std::string compare_stream(evsrc::event_store& store, std::string const& name,
                           std::vector<stored_event> const& expected) {
  auto const cut = name.find('/');
  evsrc::stream_id const stream{name.substr(0, cut), name.substr(cut + 1)};
  evsrc::stream_version at = 0;
  for (;;) {
    auto const page = store.read({.stream = stream, .from = at, .max_events = 1'000});
    if (!page) return name + ": " + to_string(page.error());
    for (auto const& one : *page) {
      if (one.version != at + 1) return name + ": version " + std::to_string(at + 1) + " is absent";
      if (at >= expected.size() || copied(one) != expected[at])
        return name + ": another event at version " + std::to_string(one.version) +
               " than in the whole log";
      ++at;
    }
    if (page->at_end()) break;
  }
  if (at != expected.size()) return name + ": shorter than in the whole log";
  return {};
}

std::string first_difference(std::string const& name, std::vector<stored_event> const& found,
                             std::vector<stored_event> const& expected) {
  std::size_t at = 0;
  while (at < found.size() && at < expected.size() && found[at] == expected[at]) ++at;
  auto const text = [&](std::vector<stored_event> const& of) {
    return at < of.size() ? of[at].name + " " + of[at].payload : std::string("nothing");
  };
  return name + " has " + std::to_string(found.size()) + " events, the quiet run " +
         std::to_string(expected.size()) + "; at version " + std::to_string(at + 1) + " " +
         text(found) + ", there " + text(expected);
}

std::string compare_books(streams_of_events& found, streams_of_events& quiet) {
  std::set<std::string> names;
  for (auto const* side : {&found, &quiet})
    for (auto const& [name, events] : *side)
      if (name.rfind("book/", 0) == 0) names.insert(name);
  auto const by_payload = [](auto const& a, auto const& b) { return a.payload < b.payload; };
  for (auto const& name : names) {
    auto& ours = found[name];
    auto& theirs = quiet[name];
    if (name.rfind("book/letters/", 0) == 0)  // they have no order
      for (auto* side : {&ours, &theirs}) std::sort(side->begin(), side->end(), by_payload);
    if (ours != theirs) return first_difference(name, ours, theirs);
  }
  return {};
}

std::string compare_acknowledged(whole_log const& log, shared_stage const& stage) {
  for (std::size_t process = 0; process < stage.of.size(); ++process) {
    auto const check = [&](char const* category, std::uint64_t acknowledged) -> std::string {
      auto const name = category + std::to_string(process);
      auto const known = log.streams.find(name);
      auto const count = known == log.streams.end() ? 0 : known->second.size();
      if (count == acknowledged) return {};
      return name + " has " + std::to_string(count) + " events of " + std::to_string(acknowledged);
    };
    for (auto const& flaw : {check("shipments/", stage.of[process].shipments),
                             check("pulses/", stage.of[process].pulses)})
      if (!flaw.empty()) return flaw;
  }
  return {};
}

}  // namespace

whole_log read_log(evsrc::event_store& store) {
  whole_log log;
  evsrc::scope_read next;
  evsrc::position last{};
  for (;;) {
    auto const page = store.query(next);
    if (!page) return log.flaw = to_string(page.error()), log;
    for (auto const& one : *page) {
      if (!(last < one.position)) log.flaw = "positions do not grow";
      last = one.position;
      auto& stream = log.streams[stream_name(one)];
      stream.push_back(copied(one));
      if (one.version != stream.size()) log.flaw = stream_name(one) + ": versions do not count";
      if (one.category == "shipments") log.shipments.push_back(stream.back());
    }
    next.from = page->next();
    if (page->at_end()) break;
  }
  for (auto const& [name, events] : log.streams)
    if (log.flaw.empty()) log.flaw = compare_stream(store, name, events);
  return log;
}

evsrc::result<streams_of_events> quiet_run(std::vector<stored_event> const& shipments,
                                           std::uint64_t seed) {
  evsrc::testing::manual_clock time;
  evsrc::testing::seeded_random random(seed);
  evsrc::memory::event_store store{{.clock = &time}};
  evsrc::memory::message_bus bus{{.clock = &time, .random = &random}};
  EVSRC_TRY(create_queues(bus, 10));
  booking::books books(store, {.clock = &time, .random = &random});
  booking quiet(books, nullptr, nullptr, &random);
  for (std::size_t queue = 0; queue < queue_names.size(); ++queue) {
    bool const is_letters = queue == 1;
    evsrc::consumer one(store, bus, quiet.way(),
                        consumer_options_of(queue_names[queue], time, random));
    auto to = bus.open_sender(queue_names[queue]);
    if (!to) return evsrc::fail(to.error());
    std::uint64_t number = 0;
    for (auto const& each : shipments) {
      if ((each.name == "letter") != is_letters) continue;
      auto const read = evsrc::decode_json<parcel>(each.payload);
      if (!read) return evsrc::fail(read.error());
      evsrc::outgoing_message row;
      row.id.value = std::to_string(++number);
      row.key = read->key;
      row.type = each.name;
      row.body = each.payload;
      EVSRC_TRY((*to)->send(to_message(row)));
    }
    // Sessions that are empty make room for others in a poll that finishes nothing.
    for (int idle = 0; idle < 3; ++idle) {
      auto const done = one.poll();
      if (!done) return evsrc::fail(done.error());
      if (*done != 0) idle = 0;
    }
    auto const counts = bus.topology().counts(queue_names[queue]);
    if (!counts || counts->active != 0)
      return evsrc::fail(evsrc::errc::timed_out, "the quiet run: " + to_string(one.explain()));
  }
  auto log = read_log(store);
  if (!log.flaw.empty()) return evsrc::fail(evsrc::errc::corrupt, "the quiet run: " + log.flaw);
  return std::move(log.streams);
}

std::string find_flaw(evsrc::sqlite::event_store& store, shared_stage const& stage,
                      std::uint64_t seed) {
  if (auto const sound = store.check_integrity(); !sound) return to_string(sound.error());
  auto log = read_log(store);
  if (!log.flaw.empty()) return log.flaw;
  if (auto flaw = compare_acknowledged(log, stage); !flaw.empty()) return flaw;
  auto const outbox = store.read_outbox({});
  if (!outbox) return to_string(outbox.error());
  if (!outbox->empty()) return "the outbox holds " + outbox->front().message.id.value;
  auto quiet = quiet_run(log.shipments, seed);
  if (!quiet) return to_string(quiet.error());
  return compare_books(log.streams, *quiet);
}

}  // namespace evsrc_test
