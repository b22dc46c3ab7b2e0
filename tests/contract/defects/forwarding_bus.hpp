// SPDX-License-Identifier: Apache-2.0
// A bus that hands every call on: what planted defects derive from.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "evsrc/bus/message_bus.hpp"

namespace evsrc::defects {

/// Override what should differ: each hook gets the inner end that a call came through.
class forwarding_bus : public message_bus {
 public:
  using deliveries = result<std::vector<delivery>>;

  /// The inner bus outlives this one.
  explicit forwarding_bus(message_bus& inner) noexcept : inner_(inner) {}

  result<std::unique_ptr<sender>> open_sender(std::string_view entity) override;
  result<std::unique_ptr<receiver>> open_receiver(std::string_view entity,
                                                  receive_mode mode) override;
  result<std::unique_ptr<session_receiver>> accept_session(std::string_view entity,
                                                           session_request const& which) override;
  result<std::vector<std::string>> sessions(std::string_view entity, std::string_view after,
                                            std::size_t max_sessions) override {
    return inner_.sessions(entity, after, max_sessions);
  }
  result<void> commit(bus_transaction const& what) override { return inner_.commit(what); }
  evsrc::topology& topology() override { return inner_.topology(); }
  std::string place() const override { return inner_.place(); }
  void close() override { inner_.close(); }

  virtual result<void> send(sender& to, std::span<message const> batch) { return to.send(batch); }
  virtual result<void> cancel(sender& to, std::span<std::int64_t const> numbers) {
    return to.cancel_scheduled(numbers);
  }
  virtual deliveries receive(receiver& from, receive_request const& how) {
    return from.receive(how);
  }
  virtual deliveries receive_in_session(session_receiver& from, receive_request const& how) {
    return from.receive(how);
  }
  virtual std::vector<result<void>> settle(receiver& at, std::span<settlement const> what) {
    return at.settle(what);
  }
  virtual result<timestamp> renew(receiver& at, lock_token lock) { return at.renew(lock); }

 private:
  message_bus& inner_;
};

namespace detail {

class forwarding_sender final : public sender {
 public:
  forwarding_sender(forwarding_bus& by, std::unique_ptr<sender> inner)
      : by_(by), inner_(std::move(inner)) {}
  result<void> send(std::span<message const> batch) override { return by_.send(*inner_, batch); }
  result<std::vector<std::int64_t>> schedule(std::span<message const> batch,
                                             timestamp at) override {
    return inner_->schedule(batch, at);
  }
  result<void> cancel_scheduled(std::span<std::int64_t const> numbers) override {
    return by_.cancel(*inner_, numbers);
  }
  std::size_t max_batch_bytes() const override { return inner_->max_batch_bytes(); }

 private:
  forwarding_bus& by_;
  std::unique_ptr<sender> inner_;
};

/// Of `Port`: receiver or session_receiver.
template <class Port>
class forwarding_end : public Port {
 public:
  forwarding_end(forwarding_bus& by, std::unique_ptr<Port> inner)
      : by_(by), inner_(std::move(inner)) {}
  result<std::vector<delivery>> receive(receive_request const& how) override {
    if constexpr (std::is_same_v<Port, session_receiver>)
      return by_.receive_in_session(*inner_, how);
    else
      return by_.receive(*inner_, how);
  }
  std::vector<result<void>> settle(std::span<settlement const> what) override {
    return by_.settle(*inner_, what);
  }
  result<timestamp> renew(lock_token lock) override { return by_.renew(*inner_, lock); }
  result<std::vector<delivery>> peek(std::int64_t from, std::size_t max_messages) override {
    return inner_->peek(from, max_messages);
  }
  result<std::vector<delivery>> receive_deferred(std::span<std::int64_t const> numbers) override {
    return inner_->receive_deferred(numbers);
  }

 protected:
  forwarding_bus& by_;
  std::unique_ptr<Port> inner_;
};

class forwarding_session : public forwarding_end<session_receiver> {
 public:
  using forwarding_end<session_receiver>::forwarding_end;
  std::string const& session_id() const override { return inner_->session_id(); }
  timestamp locked_until() const override { return inner_->locked_until(); }
  result<timestamp> renew_session() override { return inner_->renew_session(); }
  result<std::optional<std::string>> state() override { return inner_->state(); }
  result<void> set_state(std::optional<std::string> state) override {
    return inner_->set_state(std::move(state));
  }
};

}  // namespace detail

inline result<std::unique_ptr<sender>> forwarding_bus::open_sender(std::string_view entity) {
  auto opened = inner_.open_sender(entity);
  if (!opened) return opened;
  return std::make_unique<detail::forwarding_sender>(*this, std::move(*opened));
}

inline result<std::unique_ptr<receiver>> forwarding_bus::open_receiver(std::string_view entity,
                                                                       receive_mode mode) {
  auto opened = inner_.open_receiver(entity, mode);
  if (!opened) return opened;
  return std::make_unique<detail::forwarding_end<receiver>>(*this, std::move(*opened));
}

inline result<std::unique_ptr<session_receiver>> forwarding_bus::accept_session(
    std::string_view entity, session_request const& which) {
  auto opened = inner_.accept_session(entity, which);
  if (!opened) return opened;
  return std::make_unique<detail::forwarding_session>(*this, std::move(*opened));
}

}  // namespace evsrc::defects
