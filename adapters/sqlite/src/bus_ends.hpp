// SPDX-License-Identifier: Apache-2.0
// What a bus opens: senders, receivers, its topology; and what they share.
#pragma once

#include <atomic>
#include <mutex>
#include <unordered_map>

#include "evsrc/sqlite/message_bus.hpp"
#include "store_state.hpp"

namespace evsrc::sqlite::inline v0::detail {

class topology_port final : public evsrc::topology {
 public:
  explicit topology_port(bus_state& bus) : bus_(bus) {}

  [[nodiscard]] result<void> create_queue(std::string_view name,
                                          queue_options const& with) override;
  [[nodiscard]] result<queue_options> describe_queue(std::string_view name) override;
  [[nodiscard]] result<void> update_queue(std::string_view name,
                                          queue_options const& with) override;
  [[nodiscard]] result<void> create_topic(std::string_view name,
                                          topic_options const& with) override;
  [[nodiscard]] result<topic_options> describe_topic(std::string_view name) override;
  [[nodiscard]] result<void> update_topic(std::string_view name,
                                          topic_options const& with) override;
  [[nodiscard]] result<void> create_subscription(std::string_view topic, std::string_view name,
                                                 subscription_settings const& with,
                                                 std::vector<rule> const& rules) override;
  [[nodiscard]] result<subscription_settings> describe_subscription(std::string_view topic,
                                                                    std::string_view name) override;
  [[nodiscard]] result<void> update_subscription(std::string_view topic, std::string_view name,
                                                 subscription_settings const& with) override;
  [[nodiscard]] result<void> remove(std::string_view path) override;
  [[nodiscard]] result<std::vector<std::string>> queues() override;
  [[nodiscard]] result<std::vector<std::string>> topics() override;
  [[nodiscard]] result<std::vector<std::string>> subscriptions(std::string_view topic) override;
  [[nodiscard]] result<void> add_rule(std::string_view topic, std::string_view subscription,
                                      rule const& what) override;
  [[nodiscard]] result<void> remove_rule(std::string_view topic, std::string_view subscription,
                                         std::string_view rule_name) override;
  [[nodiscard]] result<std::vector<rule>> rules(std::string_view topic,
                                                std::string_view subscription) override;
  [[nodiscard]] result<entity_counts> counts(std::string_view path) override;

 private:
  [[nodiscard]] result<queue_options> describe(std::string_view path, entity_kind kind,
                                               bool* dead_letters_filter_errors = nullptr);
  [[nodiscard]] result<std::vector<std::string>> list(entity_kind kind, std::string_view topic);

  bus_state& bus_;
};

/// Behind the ports of one bus.
struct bus_state {
  bus_state(store_state& of, random_source* with)
      : store(of), random(with != nullptr ? *with : system_random()) {}

  /// A step in the writer's turn. Its verdict is what it returns; only failures of the file end the
  /// transaction. May run again.
  template <class Value>
  result<Value> write(bool needs_sync, std::size_t bytes,
                      unique_function<result<Value>(bus_tables&, timestamp now)> work) {
    if (is_closed) return closed();
    return write_in_any_case<Value>(needs_sync, bytes, std::move(work));
  }
  /// Also when the bus was closed, as long as its store is open.
  template <class Value>
  result<Value> write_in_any_case(bool needs_sync, std::size_t bytes,
                                  unique_function<result<Value>(bus_tables&, timestamp now)> work) {
    result<Value> told;
    auto const ran = store.writer->run_step(
        [&](ledger& tables, timestamp now) -> result<void> {
          told = work(tables.bus(), now);
          if (!told && !is_verdict(told.error())) return fail(told.error());
          return {};
        },
        needs_sync, bytes);
    if (!ran) return fail(ran.error());
    return told;
  }
  /// A step behind all that is due by time: its work answers false where that is more than one
  /// transaction does, and runs again in the next.
  [[nodiscard]] result<void> write_after_due(
      std::size_t bytes, unique_function<result<bool>(bus_tables&, timestamp now)> work);
  /// A view on a reader's connection.
  template <class Value, class Work>
  result<Value> read(Work work) {
    if (is_closed) return closed();
    return store.with_reader([&](auto& from) -> result<Value> {
      auto const seen = bus_tables::view::open(from->bus());
      if (!seen) return fail(seen.error());
      return work(from->bus());
    });
  }
  /// Lets happen what time alone has made due, so that a reader sees it.
  [[nodiscard]] result<void> catch_up(std::string_view entity);

  [[nodiscard]] static tl::unexpected<error> closed() {
    return fail(errc::closed, "the bus was closed", "sqlite.bus");
  }

  /// A session that is held through this bus, given back by its receiver or by close(), whichever
  /// comes first.
  struct session_in_hand {
    std::string entity;
    std::int64_t lane = 0;
  };
  void hold(std::int64_t holder, session_in_hand what);
  void release(std::int64_t holder) noexcept;
  void close();

  store_state& store;
  random_source& random;
  std::atomic<bool> is_closed = false;
  topology_port topology{*this};

 private:
  std::mutex mutex_;
  std::unordered_map<std::int64_t, session_in_hand> sessions_in_hand_;  ///< by their holders
};

class bus_sender final : public sender {
 public:
  bus_sender(bus_state& bus, std::string entity) : bus_(bus), entity_(std::move(entity)) {}

  using sender::send;
  [[nodiscard]] result<void> send(std::span<message const> batch) override;
  [[nodiscard]] result<std::vector<std::int64_t>> schedule(std::span<message const> batch,
                                                           timestamp at) override;
  [[nodiscard]] result<void> cancel_scheduled(std::span<std::int64_t const> numbers) override;
  [[nodiscard]] std::size_t max_batch_bytes() const override { return limits::send_bytes; }

 private:
  bus_state& bus_;
  std::string entity_;
};

/// What a receiver does, with or without a session.
class receiving_end {
 public:
  receiving_end(bus_state& bus, std::string entity, receive_mode mode)
      : bus_(bus), entity_(std::move(entity)), mode_(mode) {}

  [[nodiscard]] result<void> accept(session_request const& which);
  void release() noexcept;

  [[nodiscard]] result<std::vector<delivery>> receive(receive_request const& how);
  [[nodiscard]] std::vector<result<void>> settle(std::span<settlement const> what);
  [[nodiscard]] result<timestamp> renew(lock_token lock);
  [[nodiscard]] result<std::vector<delivery>> peek(std::int64_t from, std::size_t max_messages);
  [[nodiscard]] result<std::vector<delivery>> receive_deferred(
      std::span<std::int64_t const> numbers);

  [[nodiscard]] std::string const& session_id() const noexcept { return session_id_; }
  [[nodiscard]] timestamp locked_until() const noexcept {
    return timestamp{std::chrono::microseconds{until_.load()}};
  }
  [[nodiscard]] result<timestamp> renew_session();
  [[nodiscard]] result<std::optional<std::string>> state();
  [[nodiscard]] result<void> set_state(std::optional<std::string> const& state);

 private:
  /// The session as it is held now.
  [[nodiscard]] session_lock held() const noexcept { return {lane_, holder_, locked_until()}; }
  timestamp note(timestamp until) noexcept {
    until_ = until.time_since_epoch().count();
    return until;
  }
  /// Whether all that a receiver was asked to settle is of its entity.
  [[nodiscard]] result<void> check(settlement const& what) const;

  bus_state& bus_;
  std::string entity_;
  receive_mode mode_;
  std::string session_id_{};
  std::int64_t lane_ = 0;
  std::int64_t holder_ = 0;  ///< 0: no session
  std::atomic<std::int64_t> until_ = 0;
};

class bus_receiver final : public receiver {
 public:
  bus_receiver(bus_state& bus, std::string entity, receive_mode mode)
      : end_(bus, std::move(entity), mode) {}

  using receiver::settle;
  [[nodiscard]] result<std::vector<delivery>> receive(receive_request const& how) override {
    return end_.receive(how);
  }
  [[nodiscard]] std::vector<result<void>> settle(std::span<settlement const> what) override {
    return end_.settle(what);
  }
  [[nodiscard]] result<timestamp> renew(lock_token lock) override { return end_.renew(lock); }
  [[nodiscard]] result<std::vector<delivery>> peek(std::int64_t from,
                                                   std::size_t max_messages) override {
    return end_.peek(from, max_messages);
  }
  [[nodiscard]] result<std::vector<delivery>> receive_deferred(
      std::span<std::int64_t const> numbers) override {
    return end_.receive_deferred(numbers);
  }

 private:
  receiving_end end_;
};

class bus_session_receiver final : public session_receiver {
 public:
  bus_session_receiver(bus_state& bus, std::string entity, receive_mode mode)
      : end_(bus, std::move(entity), mode) {}
  ~bus_session_receiver() override { end_.release(); }
  [[nodiscard]] result<void> accept(session_request const& which) { return end_.accept(which); }

  using receiver::settle;
  [[nodiscard]] result<std::vector<delivery>> receive(receive_request const& how) override {
    return end_.receive(how);
  }
  [[nodiscard]] std::vector<result<void>> settle(std::span<settlement const> what) override {
    return end_.settle(what);
  }
  [[nodiscard]] result<timestamp> renew(lock_token lock) override { return end_.renew(lock); }
  [[nodiscard]] result<std::vector<delivery>> peek(std::int64_t from,
                                                   std::size_t max_messages) override {
    return end_.peek(from, max_messages);
  }
  [[nodiscard]] result<std::vector<delivery>> receive_deferred(
      std::span<std::int64_t const> numbers) override {
    return end_.receive_deferred(numbers);
  }
  [[nodiscard]] std::string const& session_id() const override { return end_.session_id(); }
  [[nodiscard]] timestamp locked_until() const override { return end_.locked_until(); }
  [[nodiscard]] result<timestamp> renew_session() override { return end_.renew_session(); }
  [[nodiscard]] result<std::optional<std::string>> state() override { return end_.state(); }
  [[nodiscard]] result<void> set_state(std::optional<std::string> state) override {
    return end_.set_state(state);
  }

 private:
  receiving_end end_;
};

}  // namespace evsrc::sqlite::inline v0::detail
