// SPDX-License-Identifier: Apache-2.0
// The workbench of the contract's checks.
#include "workbench.hpp"

namespace evsrc::testing::inline v0::detail {

event_id id_maker::next() {
  event_id made;
  ++count_;
  for (std::size_t i = 0; i != 4; ++i)
    made.octets[i] = static_cast<std::uint8_t>(worker_ >> (24 - 8 * i));
  made.octets[6] = 0x70;  // version 7 and the variant, so that it reads as a UUID
  made.octets[8] = 0x80;
  for (std::size_t i = 0; i != 6; ++i)
    made.octets[10 + i] = static_cast<std::uint8_t>(count_ >> (40 - 8 * i));
  return made;
}

seen_event seen(event_view const& event) {
  seen_event kept;
  kept.position = event.position;
  kept.stream = {std::string(event.category), std::string(event.key)};
  kept.version = event.version;
  kept.name = event.name;
  kept.id = event.id;
  if (auto const meta = event.meta()) kept.tags = meta->tags;
  return kept;
}

std::vector<seen_event> everything(evsrc::event_store& store) {
  std::vector<seen_event> all;
  scope_read next;
  for (bool at_end = false; !at_end;) {
    auto const page = value_of(store.query(next), "reading all events");
    for (auto const& event : page) all.push_back(seen(event));
    next.from = page.next();
    at_end = page.at_end();
    require(at_end || !page.empty(), "a page that is not the last one is empty");
  }
  return all;
}

workbench::workbench(contract_setting const& setting, opening how)
    : setting_(setting), how_(how), place_(setting.make_place()) {
  require(place_ != nullptr, "the factory made no place for a store");
  handle_ = open_again();
}

std::unique_ptr<store_handle> workbench::open(store_place& place, std::string_view what) {
  open_request request{&clock_, how_ == opening::stepped};
  if (how_ == opening::contest) request.clock = &system_clock();
  return value_of(place.open(request), what);
}

std::unique_ptr<store_handle> workbench::open_again() { return open(*place_, "opening the store"); }

std::unique_ptr<store_handle> workbench::open_stranger() {
  strangers_.push_back(setting_.make_place());
  return open(*strangers_.back(), "opening another store");
}

void workbench::reopen() {
  handle_.reset();
  handle_ = open_again();
}

idempotency_store& workbench::keys() {
  require(ports().keys != nullptr, "the store has no idempotency_store");
  return *ports().keys;
}
snapshot_store& workbench::snapshots() {
  require(ports().snapshots != nullptr, "the store has no snapshot_store");
  return *ports().snapshots;
}
outbox_store& workbench::outbox() {
  require(ports().outbox != nullptr, "the store has no outbox_store");
  return *ports().outbox;
}

new_event workbench::event(std::string name, std::vector<event_tag> tags) {
  new_event made;
  made.name = std::move(name);
  made.payload = "{}";
  made.meta.id = ids_.next();
  made.meta.time = clock_.now();
  made.meta.tags = std::move(tags);
  return made;
}

std::vector<new_event> workbench::events(std::size_t count) {
  std::vector<new_event> made;
  for (std::size_t i = 0; i != count; ++i) made.push_back(event());
  return made;
}

evsrc::commit workbench::append(std::string key, expected_version expected, std::size_t count) {
  evsrc::commit made;
  made.appends.push_back({thing(std::move(key)), expected, events(count)});
  return made;
}

evsrc::commit workbench::append(std::string key, new_event event) {
  evsrc::commit made;
  made.appends.push_back({thing(std::move(key)), expected_version::any(), {}});
  made.appends.back().events.push_back(std::move(event));
  return made;
}

receipt workbench::commit(evsrc::commit what) {
  return value_of(store().commit(std::move(what)), "commit");
}

receipt workbench::write(std::string key, std::string name, std::vector<event_tag> tags) {
  return commit(append(std::move(key), event(std::move(name), std::move(tags))));
}

void workbench::refuse(evsrc::commit what, errc expected, std::string_view why) {
  auto const before = state();
  require_error(store().commit(std::move(what)), expected, why);
  require(state() == before, std::string(why) + ": the refused commit changed something");
}

void workbench::submit(evsrc::commit what) {
  store().submit(std::move(what), [this, number = submitted_++](result<receipt> answer) {
    told_.push_back({number, std::move(answer)});
  });
}

std::vector<workbench::told_answer> const& workbench::poll_until_told(std::size_t count) {
  for (int i = 0; i != 100'000 && told_.size() < count; ++i) static_cast<void>(store().poll());
  require(told_.size() >= count, "poll() does not complete what was submitted");
  static_cast<void>(store().poll());
  require(told_.size() == count, "a completion must run once");
  return told_;
}

stream_version workbench::version_of(std::string key) {
  stream_read last;
  last.stream = thing(std::move(key));
  last.order = direction::backwards;
  last.max_events = 1;
  auto const page = value_of(store().read(last), "reading a stream");
  require(page.size() == (page.version() == 0 ? 0U : 1U), "a stream's version and events disagree");
  require(page.empty() || page.events().front().version == page.version(),
          "the last event does not have the stream's version");
  return page.version();
}

std::vector<event_id> workbench::ids_of(event_scope scope) {
  scope_read what;
  what.scope = std::move(scope);
  std::vector<event_id> found;
  for (auto const& event : value_of(store().query(what), "query")) found.push_back(event.id);
  return found;
}

state_of_store workbench::state() {
  state_of_store now;
  for (auto const& event : everything(store())) now.events.push_back(event.id);
  if (ports().outbox != nullptr)
    for (auto const& row : value_of(ports().outbox->read_outbox({}), "read_outbox"))
      now.messages.push_back(row.message.id.value);
  now.owner = value_of(store().find_owner(owned), "find_owner");
  now.checkpoint = value_of(store().find_checkpoint(owned), "find_checkpoint");
  return now;
}

}  // namespace evsrc::testing::inline v0::detail
