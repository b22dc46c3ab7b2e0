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

/// The first entry that is there more often, or less often, than in the quiet run.
std::string compare_counts(std::string const& name, std::vector<stored_event> const& found,
                           std::vector<stored_event> const& expected) {
  std::map<std::string, std::pair<std::size_t, std::size_t>> counts;
  for (auto const& one : found) ++counts[one.name + " " + one.payload].first;
  for (auto const& one : expected) ++counts[one.name + " " + one.payload].second;
  for (auto const& [entry, times] : counts) {
    auto const [here, there] = times;
    if (here == there) continue;
    auto const check = here < there ? "no_message_is_lost: "
                       : there == 0 ? "nothing_is_invented: "
                                    : "messages_take_effect_once: ";
    std::string flaw = check;
    flaw.append(name).append(" has ").append(entry).append(" ").append(std::to_string(here));
    return flaw.append(" times, the quiet run ").append(std::to_string(there)).append(" times");
  }
  return {};
}

std::string compare_order(std::string const& name, std::vector<stored_event> const& found,
                          std::vector<stored_event> const& expected) {
  auto const [ours, theirs] = std::mismatch(found.begin(), found.end(), expected.begin());
  if (ours == found.end()) return {};
  return "keys_are_in_order: " + name + " has " + ours->payload + " at version " +
         std::to_string(ours - found.begin() + 1) + ", the quiet run " + theirs->payload;
}

std::string compare_books(streams_of_events& found, streams_of_events& quiet) {
  std::set<std::string> names;
  for (auto const* side : {&found, &quiet})
    for (auto const& [name, events] : *side)
      if (name.rfind("book/", 0) == 0) names.insert(name);
  for (auto const& name : names)
    if (auto flaw = compare_counts(name, found[name], quiet[name]); !flaw.empty()) return flaw;
  for (auto const& name : names) {
    bool const has_order = name.rfind("book/letters/", 0) != 0;
    if (!has_order) continue;
    if (auto flaw = compare_order(name, found[name], quiet[name]); !flaw.empty()) return flaw;
  }
  return {};
}

/// Each sender's shipments are numbered from 1, and each number is there once.
std::string compare_numbers(whole_log const& log) {
  std::map<int, std::map<int, std::size_t>> numbers;  // by sender
  for (auto const& one : log.shipments) {
    auto const read = evsrc::decode_json<parcel>(one.payload);
    if (!read) return to_string(read.error());
    if (++numbers[read->sender][read->number] > 1)
      return "commands_take_effect_once: " + one.payload + " was shipped before";
  }
  for (auto const& [sender, those] : numbers) {
    int next = 1;
    for (auto const& [number, times] : those)
      if (number != next++)
        return "acknowledged_is_there: shipments/" + std::to_string(sender) + " has no number " +
               std::to_string(next - 1);
  }
  return {};
}

std::string compare_acknowledged(whole_log const& log, shared_stage const& stage) {
  for (std::size_t process = 0; process < stage.of.size(); ++process) {
    auto const check = [&](char const* category, std::uint64_t acknowledged) -> std::string {
      auto const name = category + std::to_string(process);
      auto const known = log.streams.find(name);
      auto const count = known == log.streams.end() ? 0 : known->second.size();
      return flaw_of_count(name, acknowledged, count, 0);
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
  if (auto const sound = store.check_integrity(); !sound)
    return "the_file_is_sound: " + to_string(sound.error());
  auto log = read_log(store);
  if (!log.flaw.empty()) return "the_log_is_whole: " + log.flaw;
  if (auto flaw = compare_numbers(log); !flaw.empty()) return flaw;
  if (auto flaw = compare_acknowledged(log, stage); !flaw.empty()) return flaw;
  auto const outbox = store.read_outbox({});
  if (!outbox) return to_string(outbox.error());
  if (!outbox->empty())
    return "nothing_waits: the outbox holds " + outbox->front().message.id.value;
  auto quiet = quiet_run(log.shipments, seed);
  if (!quiet) return to_string(quiet.error());
  return compare_books(log.streams, *quiet);
}

}  // namespace evsrc_test
