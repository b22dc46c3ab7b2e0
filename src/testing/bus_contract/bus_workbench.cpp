// SPDX-License-Identifier: Apache-2.0
// The workbench of the checks of buses.
#include "bus_workbench.hpp"

#include <algorithm>

namespace evsrc::testing::inline v0::detail {

bus_workbench::bus_workbench(bus_contract_setting const& setting, bus_opening how)
    : setting_(setting), how_(how), place_(setting.make_place()) {
  require(place_ != nullptr, "the factory made no place for a bus");
  handle_ = open_again();
}

bus_workbench::~bus_workbench() { close_handle(); }

std::unique_ptr<bus_handle> bus_workbench::open(std::string_view what) {
  open_request request{&watched_};
  if (how_ == bus_opening::contest) request.clock = &contest_time_;
  return value_of(place_->open(request), what);
}

std::unique_ptr<bus_handle> bus_workbench::open_again() { return open("opening the bus"); }

void bus_workbench::close_handle() {
  senders_.clear();
  receivers_.clear();
  handle_.reset();
}

void bus_workbench::reopen() {
  close_handle();
  handle_ = open("opening the bus again");
}

std::string bus_workbench::queue(std::string name, queue_options const& with) {
  value_of(topology().create_queue(name, with), "create_queue");
  return name;
}

std::string bus_workbench::topic(std::string name, topic_options const& with) {
  value_of(topology().create_topic(name, with), "create_topic");
  return name;
}

std::string bus_workbench::subscription(std::string_view topic, std::string_view name,
                                        subscription_settings const& with,
                                        std::vector<rule> const& rules) {
  value_of(topology().create_subscription(topic, name, with, rules), "create_subscription");
  return subscription_path(topic, name);
}

sender& bus_workbench::sender(std::string_view entity) {
  auto& kept = senders_[std::string(entity)];
  if (kept == nullptr) kept = value_of(bus().open_sender(entity), "open_sender");
  return *kept;
}

receiver& bus_workbench::receiver(std::string_view entity, receive_mode mode) {
  auto& kept = receivers_[{std::string(entity), mode}];
  if (kept == nullptr) kept = value_of(bus().open_receiver(entity, mode), "open_receiver");
  return *kept;
}

void bus_workbench::send(std::string_view entity, std::vector<message> const& batch) {
  value_of(sender(entity).send(batch), "send to " + std::string(entity));
}

void bus_workbench::send_ids(std::string_view entity, std::vector<std::string> const& ids,
                             std::string_view session) {
  for (auto const& id : ids) send(entity, in_session(std::string(session), id));
}

std::vector<std::int64_t> bus_workbench::schedule(std::string_view entity,
                                                  std::vector<message> const& batch, timestamp at) {
  auto numbers = value_of(sender(entity).schedule(batch, at), "schedule");
  require(numbers.size() == batch.size(), "schedule must answer one number per message");
  return numbers;
}

void bus_workbench::refuse_send(std::string_view entity, std::vector<message> const& batch,
                                errc expected, std::string_view field, std::string_view why) {
  auto const before = standing(entity);
  require_refusal(sender(entity).send(batch), expected, field, why);
  require(standing(entity) == before, std::string(why) + ": a refused send changed something");
}

std::vector<delivery> bus_workbench::receive(std::string_view entity, std::size_t max,
                                             receive_mode mode) {
  return receive_from(receiver(entity, mode), max);
}

delivery bus_workbench::receive_one(std::string_view entity) {
  auto found = receive(entity);
  require(found.size() == 1, "a message must be there to receive in " + std::string(entity));
  return std::move(found.front());
}

delivery bus_workbench::receive_id(std::string_view entity, std::string_view id) {
  auto found = receive_one(entity);
  require(found.message.id.value == id,
          "at the front must be " + std::string(id) + ", but is " + found.message.id.value);
  return found;
}

void bus_workbench::require_nothing(std::string_view entity, std::string_view why) {
  auto const found = receive(entity, 10);
  require(found.empty(),
          std::string(why) + ", but got " + listed(ids_of(found)) + " in " + std::string(entity));
}

void bus_workbench::require_drained(std::string_view entity, std::vector<std::string> const& ids,
                                    std::string_view why) {
  std::vector<std::string> got;
  for (;;) {
    auto const some = ids_of(receive(entity, 100, receive_mode::receive_and_delete));
    if (some.empty()) break;
    got.insert(got.end(), some.begin(), some.end());
  }
  require(got == ids, std::string(why) + ": must be [" + listed(ids) + "], but is [" + listed(got) +
                          "] in " + std::string(entity));
}

void bus_workbench::settle(settlement const& how) {
  value_of(receiver(how.entity).settle(how), to_string(how.what));
}

void bus_workbench::require_lost(settlement const& how, std::string_view why) {
  bool const is_dead = how.entity.find('$') != std::string::npos;
  auto const look = [&] {
    auto found = standing(how.entity);
    auto const dead = is_dead ? contents{} : standing(dead_letter_path(how.entity));
    found.insert(found.end(), dead.begin(), dead.end());
    return found;
  };
  auto const before = look();
  require_error(receiver(how.entity).settle(how), errc::lock_lost, why);
  require(look() == before, std::string(why) + ": settling without the lock changed something");
}

std::unique_ptr<session_receiver> bus_workbench::accept(std::string_view entity,
                                                        std::optional<std::string> id) {
  auto const named = id.value_or("the next one");
  return value_of(try_accept(entity, std::move(id)), "accepting a session: " + named);
}

result<std::unique_ptr<session_receiver>> bus_workbench::try_accept(std::string_view entity,
                                                                    std::optional<std::string> id) {
  return bus().accept_session(entity, {.session_id = std::move(id)});
}

contents bus_workbench::standing(std::string_view entity) {
  contents found;
  std::int64_t from = 0;
  for (;;) {
    auto const page = value_of(receiver(entity).peek(from, 100), "peek");
    if (page.empty()) return found;
    for (auto const& one : page)
      found.push_back({one.sequence_number, one.message.id.value, one.state, one.delivery_count,
                       one.message.properties});
    require(page.back().sequence_number >= from, "peek went back");
    from = page.back().sequence_number + 1;
  }
}

std::vector<std::string> bus_workbench::standing_ids(std::string_view entity) {
  std::vector<std::string> found;
  for (auto const& one : standing(entity)) found.push_back(one.id);
  return found;
}

entity_counts bus_workbench::counts(std::string_view path) {
  return value_of(topology().counts(path), "counts");
}

message with_id(std::string id) {
  message made;
  made.body = id;
  made.id = {std::move(id)};
  return made;
}

message in_session(std::string session, std::string id) {
  auto made = with_id(std::move(id));
  made.session_id = std::move(session);
  return made;
}

message with_property(std::string id, std::string name, property_value value) {
  auto made = with_id(std::move(id));
  set_property(made.properties, std::move(name), std::move(value));
  return made;
}

std::vector<message> with_ids(std::vector<std::string> const& ids) {
  std::vector<message> made;
  for (auto const& id : ids) made.push_back(with_id(id));
  return made;
}

std::vector<std::string> ids_of(std::vector<delivery> const& all) {
  std::vector<std::string> found;
  for (auto const& one : all) found.push_back(one.message.id.value);
  return found;
}

std::string listed(std::vector<std::string> const& ids) {
  std::string text;
  for (auto const& id : ids) text += (text.empty() ? "" : ", ") + id;
  return text;
}

std::vector<delivery> receive_from(receiver& from, std::size_t max) {
  auto found = value_of(from.receive({.max_messages = max}), "receive");
  require(found.size() <= max, "receive gave more than max_messages");
  for (std::size_t i = 1; i < found.size(); ++i)
    require(found[i - 1].sequence_number < found[i].sequence_number,
            "one receive must be in order of sequence numbers");
  return found;
}

delivery receive_one_from(receiver& from) {
  auto found = receive_from(from);
  require(found.size() == 1, "a message must be there to receive");
  return std::move(found.front());
}

}  // namespace evsrc::testing::inline v0::detail
