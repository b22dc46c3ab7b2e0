// SPDX-License-Identifier: Apache-2.0
// Opens the ends of a bus, and changes several entities at once.
#include "evsrc/memory/message_bus.hpp"

#include <algorithm>

#include "bus_sender.hpp"
#include "bus_topology.hpp"
#include "receive_end.hpp"

namespace evsrc::memory::inline v0 {
namespace {

using detail::bus_entity;

/// "sends[3].session_id: empty".
tl::unexpected<error> at_item(char const* list, std::size_t index, error failure) {
  auto const place = std::string{list} + "[" + std::to_string(index) + "]";
  bool const names_a_field =
      failure.code == errc::invalid_argument || failure.code == errc::limit_exceeded;
  failure.message.insert(0, place + (names_a_field ? "." : ": "));
  return fail(std::move(failure));
}

result<entity_path> parse_destination(std::string_view path) {
  auto parsed = parse_entity_path(path);
  if (parsed && (parsed->is_dead_letter || !parsed->subscription.empty()))
    return invalid("entity", "\"" + std::string{path} + "\" takes no sends");
  return parsed;
}

/// A bus_transaction on its way: found, locked, judged, and then done.
class transaction {
 public:
  transaction(bus_transaction const& what, detail::bus_context& context)
      : what_(what), context_(context) {}

  [[nodiscard]] result<void> run() {
    EVSRC_TRY(check());
    lock_all();
    EVSRC_TRY(context_.check_open());
    auto const now = context_.time.now();
    EVSRC_TRY(judge_settles(now));
    EVSRC_TRY(judge_sends(now));
    for (auto& each : settles_) each.queue->settle(std::move(each.judged));
    for (auto& [entity, plan] : plans_) entity->send(plan, now, nullptr);
    return {};
  }

 private:
  struct settle_step {
    entity_path path{};
    std::shared_ptr<bus_entity> entity{};
    detail::message_queue* queue = nullptr;
    detail::judged_settlement judged{};
  };
  struct send_step {
    std::shared_ptr<bus_entity> entity{};
    detail::sent_message sent{};
  };

  /// What can be judged without a lock.
  result<void> check() {
    if (auto const count = what_.settles.size() + what_.sends.size();
        count > limits::transaction_messages)
      return fail(errc::limit_exceeded, "settles and sends: " + std::to_string(count) +
                                            ", at most " +
                                            std::to_string(limits::transaction_messages));
    for (std::size_t i = 0; i != what_.settles.size(); ++i) {
      auto path = parse_entity_path(what_.settles[i].entity);
      if (!path) return at_item("settles", i, path.error());
      settles_.push_back({*path, context_.entities.open(path->name)});
    }
    for (std::size_t i = 0; i != what_.sends.size(); ++i) {
      auto const path = parse_destination(what_.sends[i].entity);
      if (!path) return at_item("sends", i, path.error());
      sends_.push_back(
          {context_.entities.open(path->name), detail::prepare(what_.sends[i].message, context_)});
    }
    return {};
  }

  /// In the order of addresses, as everybody who locks several.
  void lock_all() {
    std::vector<bus_entity*> all;
    for (auto const& each : settles_) all.push_back(each.entity.get());
    for (auto const& each : sends_) all.push_back(each.entity.get());
    std::sort(all.begin(), all.end(), std::less<>{});
    all.erase(std::unique(all.begin(), all.end()), all.end());
    for (auto* const each : all) locks_.emplace_back(each->mutex);
  }

  result<void> judge_settles(timestamp now) {
    std::vector<lock_token> tokens;
    for (std::size_t i = 0; i != settles_.size(); ++i) {
      auto& step = settles_[i];
      auto const& how = what_.settles[i];
      detail::receive_source source;
      if (auto found = step.entity->find(step.path, now, context_.random, source); !found)
        return at_item("settles", i, found.error());
      step.queue = source.queue;
      auto judged = step.queue->judge(how);
      if (!judged) return at_item("settles", i, judged.error());
      if (std::find(tokens.begin(), tokens.end(), how.lock) != tokens.end())
        return at_item("settles", i, {errc::lock_lost, "the same lock is settled before"});
      tokens.push_back(how.lock);
      step.judged = std::move(*judged);
    }
    return {};
  }

  result<void> judge_sends(timestamp now) {
    for (std::size_t i = 0; i != sends_.size(); ++i) {
      auto& [entity, sent] = sends_[i];
      auto const& what = what_.sends[i];
      if (auto valid = entity->check_sending(what.entity); !valid)
        return at_item("sends", i, valid.error());
      if (auto valid = entity->check(what.message); !valid)
        return at_item("sends", i, valid.error());
      auto& plan = plan_of(*entity, now);
      plan.entries.push_back({std::move(sent)});
      if (auto fits = entity->judge(plan, now, context_.random); !fits)
        return at_item("sends", i, fits.error());
    }
    return {};
  }

  detail::send_plan& plan_of(bus_entity& entity, timestamp now) {
    for (auto& each : plans_)
      if (each.first == &entity) return each.second;
    entity.advance_schedule(now, context_.random);
    return plans_.emplace_back(&entity, detail::send_plan{}).second;
  }

  bus_transaction const& what_;
  detail::bus_context& context_;
  std::vector<settle_step> settles_;
  std::vector<send_step> sends_;
  std::vector<std::pair<bus_entity*, detail::send_plan>> plans_;
  std::vector<std::unique_lock<std::mutex>> locks_;  // left before the entities are
};

}  // namespace

struct message_bus::state {
  explicit state(bus_options const& with)
      : context{with.clock != nullptr ? *with.clock : system_clock(), with.clock == nullptr,
                with.random != nullptr ? *with.random : system_random()} {}

  detail::bus_context context;
  detail::bus_topology topology{context};
};

message_bus::message_bus(bus_options with) : state_(std::make_unique<state>(with)) {}
message_bus::~message_bus() { message_bus::close(); }

std::unique_ptr<message_bus> make_message_bus(bus_options with) {
  return std::make_unique<message_bus>(with);
}

result<std::unique_ptr<sender>> message_bus::open_sender(std::string_view entity) {
  EVSRC_TRY(state_->context.check_open());
  auto const path = parse_destination(entity);
  if (!path) return fail(path.error());
  return std::make_unique<detail::bus_sender>(state_->context, path->name);
}

result<std::unique_ptr<receiver>> message_bus::open_receiver(std::string_view entity,
                                                             receive_mode mode) {
  EVSRC_TRY(state_->context.check_open());
  auto path = parse_entity_path(entity);
  if (!path) return fail(std::move(path.error()));
  return std::make_unique<detail::bus_receiver>(state_->context, std::move(*path),
                                                std::string{entity}, mode);
}

result<std::unique_ptr<session_receiver>> message_bus::accept_session(
    std::string_view entity, session_request const& which) {
  auto path = parse_entity_path(entity);
  if (!path) return fail(std::move(path.error()));
  auto made = std::make_unique<detail::bus_session_receiver>(state_->context, std::move(*path),
                                                             std::string{entity}, which.mode);
  EVSRC_TRY(made->accept(which));
  return made;
}

result<std::vector<std::string>> message_bus::sessions(std::string_view entity,
                                                       std::string_view after,
                                                       std::size_t max_sessions) {
  auto path = parse_entity_path(entity);
  if (!path) return fail(std::move(path.error()));
  detail::receive_end end{state_->context, std::move(*path), std::string{entity},
                          receive_mode::peek_lock};
  return end.sessions(after, max_sessions);
}

result<void> message_bus::commit(bus_transaction const& what) {
  return transaction{what, state_->context}.run();
}

evsrc::topology& message_bus::topology() { return state_->topology; }

void message_bus::close() {
  state_->context.is_closed = true;
  for (auto const& entity : state_->context.entities.all()) {
    std::lock_guard const held{entity->mutex};
    entity->wake_all();
  }
}

}  // namespace evsrc::memory::inline v0
