// SPDX-License-Identifier: Apache-2.0
// The way out of a queue, subscription or dead-letter queue, with or without a session.
#pragma once

#include <atomic>

#include "bus_context.hpp"
#include "evsrc/bus/message_bus.hpp"

namespace evsrc::memory::inline v0::detail {

/// @threads every function but `accept` may be called from any thread
class receive_end {
 public:
  receive_end(bus_context& context, entity_path path, std::string asked, receive_mode mode)
      : context_(context),
        path_(std::move(path)),
        asked_(std::move(asked)),
        mode_(mode),
        entity_(context.entities.open(path_.name)) {}

  [[nodiscard]] result<std::vector<delivery>> receive(receive_request const& how);
  [[nodiscard]] std::vector<result<void>> settle(std::span<settlement const> what);
  [[nodiscard]] result<timestamp> renew(lock_token token);
  [[nodiscard]] result<std::vector<delivery>> peek(std::int64_t from, std::size_t max_messages);
  [[nodiscard]] result<std::vector<delivery>> receive_deferred(
      std::span<std::int64_t const> numbers);

  /// Holds a session from now on: the named or the next.
  [[nodiscard]] result<void> accept(session_request const& which);
  [[nodiscard]] std::string const& session_id() const noexcept { return session_id_; }
  [[nodiscard]] timestamp locked_until() const noexcept;
  [[nodiscard]] result<timestamp> renew_session();
  [[nodiscard]] result<std::optional<std::string>> session_state();
  [[nodiscard]] result<void> set_session_state(std::optional<std::string> state);
  /// Does nothing where the session was lost before.
  void release();

  /// Of every session of the entity.
  [[nodiscard]] result<std::vector<std::string>> sessions(std::string_view after, std::size_t max);

 private:
  struct call {
    receive_source source{};
    session_record* session = nullptr;  ///< null without one
    timestamp now{};

    [[nodiscard]] message_queue& queue() const noexcept { return *source.queue; }
  };
  /// Once the entity's lock is held: all that is due happens, then the queue and the session are
  /// found. @errors closed; not_found; lock_lost: of the session
  [[nodiscard]] result<void> enter(call& in);
  [[nodiscard]] result<void> receive(receive_request const& how, handed_out& out);
  [[nodiscard]] result<void> check_receiving(call const& in) const;
  [[nodiscard]] result<void> check_sessions(message_queue const& queue) const;
  [[nodiscard]] result<session_record*> find_free(message_queue& queue,
                                                  session_request const& which) const;
  [[nodiscard]] result<void> settle_one(settlement const& what, call const& in);
  [[nodiscard]] timestamp note_lock(timestamp until) noexcept;

  bus_context& context_;
  entity_path const path_;
  std::string const asked_;  ///< the path as it was opened, for deliveries
  receive_mode const mode_;
  std::shared_ptr<bus_entity> const entity_;
  std::string session_id_{};
  std::uint64_t holder_ = 0;  ///< 0: without a session
  std::atomic<std::int64_t> locked_until_us_{};
};

/// Both kinds of receivers are the same to those who only receive.
template <class Port>
class receiver_on : public Port {
 public:
  receiver_on(bus_context& context, entity_path path, std::string asked, receive_mode mode)
      : end_(context, std::move(path), std::move(asked), mode) {}

  using receiver::settle;
  [[nodiscard]] result<std::vector<delivery>> receive(receive_request const& how) override {
    return end_.receive(how);
  }
  [[nodiscard]] std::vector<result<void>> settle(std::span<settlement const> what) override {
    return end_.settle(what);
  }
  [[nodiscard]] result<timestamp> renew(lock_token lock) override { return end_.renew(lock); }
  [[nodiscard]] result<std::vector<delivery>> peek(std::int64_t from_sequence_number,
                                                   std::size_t max_messages) override {
    return end_.peek(from_sequence_number, max_messages);
  }
  [[nodiscard]] result<std::vector<delivery>> receive_deferred(
      std::span<std::int64_t const> sequence_numbers) override {
    return end_.receive_deferred(sequence_numbers);
  }

 protected:
  receive_end end_;
};

using bus_receiver = receiver_on<receiver>;

class bus_session_receiver final : public receiver_on<session_receiver> {
 public:
  using receiver_on::receiver_on;
  ~bus_session_receiver() override { end_.release(); }

  [[nodiscard]] result<void> accept(session_request const& which) { return end_.accept(which); }
  [[nodiscard]] std::string const& session_id() const override { return end_.session_id(); }
  [[nodiscard]] timestamp locked_until() const override { return end_.locked_until(); }
  [[nodiscard]] result<timestamp> renew_session() override { return end_.renew_session(); }
  [[nodiscard]] result<std::optional<std::string>> state() override { return end_.session_state(); }
  [[nodiscard]] result<void> set_state(std::optional<std::string> state) override {
    return end_.set_session_state(std::move(state));
  }
};

}  // namespace evsrc::memory::inline v0::detail
