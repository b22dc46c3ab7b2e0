// SPDX-License-Identifier: Apache-2.0
// Opens the ends of the bus, and changes several entities at once.
#include "evsrc/sqlite/message_bus.hpp"

#include "bus_ends.hpp"

namespace evsrc::sqlite::inline v0 {
namespace {

result<void> check_destination(std::string_view entity) {
  auto const path = parse_entity_path(entity);
  if (!path) return fail(path.error());
  if (path->is_dead_letter || !path->subscription.empty())
    return invalid("entity", std::string{entity} + " takes no sends");
  return {};
}

}  // namespace

message_bus::message_bus(event_store& store, random_source* random)
    : state_(std::make_unique<detail::bus_state>(*store.state_, random)) {}
message_bus::message_bus(std::unique_ptr<event_store> own)
    : own_(std::move(own)), state_(std::make_unique<detail::bus_state>(*own_->state_, nullptr)) {}
message_bus::~message_bus() { message_bus::close(); }

result<std::unique_ptr<message_bus>> open_bus(std::string path, options with) {
  auto store = open(std::move(path), std::move(with));
  if (!store) return fail(std::move(store.error()));
  return std::unique_ptr<message_bus>{new message_bus{std::move(*store)}};
}

result<std::unique_ptr<sender>> message_bus::open_sender(std::string_view entity) {
  if (state_->is_closed) return detail::bus_state::closed();
  EVSRC_TRY(check_destination(entity));
  return std::make_unique<detail::bus_sender>(*state_, std::string{entity});
}

result<std::unique_ptr<receiver>> message_bus::open_receiver(std::string_view entity,
                                                             receive_mode mode) {
  if (state_->is_closed) return detail::bus_state::closed();
  if (auto const path = parse_entity_path(entity); !path) return fail(path.error());
  return std::make_unique<detail::bus_receiver>(*state_, std::string{entity}, mode);
}

result<std::unique_ptr<session_receiver>> message_bus::accept_session(
    std::string_view entity, session_request const& which) {
  auto made =
      std::make_unique<detail::bus_session_receiver>(*state_, std::string{entity}, which.mode);
  EVSRC_TRY(made->accept(which));
  return made;
}

result<std::vector<std::string>> message_bus::sessions(std::string_view entity,
                                                       std::string_view after,
                                                       std::size_t max_sessions) {
  return state_->read<std::vector<std::string>>(
      [&](detail::bus_tables& tables) { return tables.sessions(entity, after, max_sessions); });
}

result<void> message_bus::commit(bus_transaction const& what) {
  if (auto const count = what.settles.size() + what.sends.size();
      count > limits::transaction_messages)
    return fail(errc::limit_exceeded,
                "settles and sends: " + std::to_string(count) + ", at most " +
                    std::to_string(limits::transaction_messages),
                "sqlite.bus");
  std::vector<detail::prepared_batch> sends;
  std::size_t bytes = 0;
  auto const now = state_->store.time->now();
  for (auto const& each : what.sends) {
    sends.push_back(detail::prepare_batch(std::span{&each.message, 1}, now, state_->random));
    bytes += static_cast<std::size_t>(sends.back().bytes.front());
  }
  return state_->write_after_due(bytes, [&](detail::bus_tables& tables, timestamp at) {
    return tables.commit(what, sends, at);
  });
}

evsrc::topology& message_bus::topology() { return state_->topology; }
std::string message_bus::place() const { return state_->store.identity.id_hex; }

void message_bus::close() {
  state_->close();
  if (own_) own_->close(state_->store.with.deadline);
}

}  // namespace evsrc::sqlite::inline v0
