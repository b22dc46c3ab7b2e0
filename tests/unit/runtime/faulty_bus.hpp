// SPDX-License-Identifier: Apache-2.0
// A bus whose settlements and transactions fail when a test says so.
#pragma once

#include <optional>

#include "evsrc/bus/message_bus.hpp"

namespace post {

class faulty_bus final : public evsrc::message_bus {
 public:
  explicit faulty_bus(evsrc::message_bus& inner) : inner_(inner) {}

  bool has_transactions = true;
  /// The calls before that one pass; it fails, carried out or not.
  void fail_call(std::size_t number, bool is_carried_out) {
    left_ = number;
    is_carried_out_ = is_carried_out;
  }
  [[nodiscard]] bool is_pending() const { return left_.has_value(); }

  evsrc::result<std::unique_ptr<evsrc::sender>> open_sender(std::string_view entity) override {
    auto opened = inner_.open_sender(entity);
    if (!opened) return evsrc::fail(opened.error());
    return std::make_unique<sending_end>(std::move(*opened), *this);
  }
  evsrc::result<std::unique_ptr<evsrc::receiver>> open_receiver(
      std::string_view entity, evsrc::receive_mode mode = evsrc::receive_mode::peek_lock) override {
    auto opened = inner_.open_receiver(entity, mode);
    if (!opened) return evsrc::fail(opened.error());
    return std::make_unique<receiving_end>(std::move(*opened), *this);
  }
  evsrc::result<std::unique_ptr<evsrc::session_receiver>> accept_session(
      std::string_view entity, evsrc::session_request const& which = {}) override {
    return inner_.accept_session(entity, which);
  }
  evsrc::result<std::vector<std::string>> sessions(std::string_view entity, std::string_view after,
                                                   std::size_t most) override {
    return inner_.sessions(entity, after, most);
  }
  evsrc::result<void> commit(evsrc::bus_transaction const& what) override {
    if (!has_transactions) return evsrc::fail(evsrc::errc::unsupported, "no transactions");
    return unless_due([&] { return inner_.commit(what); });
  }
  evsrc::topology& topology() override { return inner_.topology(); }
  std::string place() const override { return inner_.place(); }
  void close() override { inner_.close(); }

 private:
  template <class Call>
  evsrc::result<void> unless_due(Call call) {
    if (!left_ || (*left_)-- != 0) return call();
    left_.reset();
    if (is_carried_out_) static_cast<void>(call());
    return evsrc::fail(
        evsrc::error{evsrc::errc::unavailable, "the line broke", "", 0, evsrc::effect::unknown});
  }

  class sending_end final : public evsrc::sender {
   public:
    sending_end(std::unique_ptr<evsrc::sender> inner, faulty_bus& of)
        : inner_(std::move(inner)), of_(of) {}
    using sender::send;
    evsrc::result<void> send(std::span<evsrc::message const> batch) override {
      return of_.unless_due([&] { return inner_->send(batch); });
    }
    evsrc::result<std::vector<std::int64_t>> schedule(std::span<evsrc::message const> batch,
                                                      evsrc::timestamp at) override {
      return inner_->schedule(batch, at);
    }
    evsrc::result<void> cancel_scheduled(std::span<std::int64_t const> numbers) override {
      return inner_->cancel_scheduled(numbers);
    }
    std::size_t max_batch_bytes() const override { return inner_->max_batch_bytes(); }

   private:
    std::unique_ptr<evsrc::sender> inner_;
    faulty_bus& of_;
  };
  class receiving_end final : public evsrc::receiver {
   public:
    receiving_end(std::unique_ptr<evsrc::receiver> inner, faulty_bus& of)
        : inner_(std::move(inner)), of_(of) {}
    using receiver::settle;
    evsrc::result<std::vector<evsrc::delivery>> receive(
        evsrc::receive_request const& how) override {
      return inner_->receive(how);
    }
    std::vector<evsrc::result<void>> settle(std::span<evsrc::settlement const> what) override {
      std::vector<evsrc::result<void>> told;
      for (auto const& one : what)
        told.push_back(of_.unless_due([&] { return inner_->settle(one); }));
      return told;
    }
    evsrc::result<evsrc::timestamp> renew(evsrc::lock_token lock) override {
      return inner_->renew(lock);
    }
    evsrc::result<std::vector<evsrc::delivery>> peek(std::int64_t from, std::size_t most) override {
      return inner_->peek(from, most);
    }
    evsrc::result<std::vector<evsrc::delivery>> receive_deferred(
        std::span<std::int64_t const> numbers) override {
      return inner_->receive_deferred(numbers);
    }

   private:
    std::unique_ptr<evsrc::receiver> inner_;
    faulty_bus& of_;
  };

  evsrc::message_bus& inner_;
  std::optional<std::size_t> left_{};
  bool is_carried_out_ = false;
};

}  // namespace post
