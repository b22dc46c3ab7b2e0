// SPDX-License-Identifier: Apache-2.0
// What a handler of messages may know and do.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include "evsrc/bus/delivery.hpp"
#include "evsrc/runtime/command_handler.hpp"
#include "evsrc/runtime/detail/message_identity.hpp"
#include "evsrc/runtime/effects.hpp"

namespace evsrc::inline v0 {

namespace detail {

/// What a consumer lends to one call of a handler; tests of handlers may fill it themselves.
struct message_surroundings {
  delivery const* received = nullptr;
  message_identity identity{};
  std::uint32_t attempt = 1;
  std::stop_token stop{};
  clock* time = nullptr;
  random_source* random = nullptr;
  std::string consumer{};
  /// Renews what is due. Null: nothing is locked.
  unique_function<result<void>()>* keep_alive = nullptr;
};

}  // namespace detail

/// One call of a handler for one message. What is emitted, sent, cancelled and decided here is one
/// commit, made when the handler has answered `ack`, `dead_letter` or `defer`, together with the
/// note that this message is done: in the store it happens once (G12).
// NOLINTNEXTLINE(cppcoreguidelines-virtual-class-destructor): Clang 14 overlooks `final`
class message_context final : public effects {
 public:
  /// For the runtime and for tests of handlers: writes go into `joint`, which outlives this.
  message_context(detail::message_surroundings around, detail::joint_commit& joint)
      : effects(joint.whole(), *around.time, *around.random, around.consumer),
        around_(std::move(around)),
        joint_(&joint) {}

  [[nodiscard]] delivery const& received() const noexcept { return *around_.received; }
  [[nodiscard]] evsrc::message const& message() const noexcept { return received().message; }
  /// The id of the first of all copies of this message.
  [[nodiscard]] std::string const& origin_id() const noexcept { return around_.identity.origin; }
  /// How often the message was redriven from the dead letters.
  [[nodiscard]] std::uint32_t round() const noexcept { return around_.identity.round; }
  /// From 1, over immediate and delayed attempts and crashes.
  [[nodiscard]] std::uint32_t attempt() const noexcept { return around_.attempt; }
  /// For calls to the outside: the same at every attempt, delivery and redrive of this message, so
  /// that who is called can tell a repeat. `what` tells several calls of one handler apart.
  [[nodiscard]] std::string idempotency_key(std::string_view what = {}) const;

  /// Fires when the lock is known to be lost: another may have the message now, and what this
  /// handler wants will not be committed.
  [[nodiscard]] std::stop_token const& stop_token() const noexcept { return around_.stop; }
  /// Renews all locks of the consumer that are due, each until consumer_options::max_lock_renewal.
  /// Call it from time to time in a handler that takes long and is stepped by poll(); run() has a
  /// thread that does it. @errors lock_lost: this message's
  [[nodiscard]] result<void> keep_alive();

  /// Decides `command` on the state of `key` into this message's commit, and answers like
  /// command_handler::handle, before it is committed. If others write the state meanwhile, the
  /// message is handled again from the start; that is no attempt. `with.key` needs none.
  /// Give the messages of one state's commands to one handler.
  template <class State, class Publications, class Command>
  [[nodiscard]] auto handle(command_handler<State, Publications>& handler,
                            typename command_handler<State, Publications>::keys const& key,
                            Command const& command, metadata meta = {}) {
    fill(meta);
    return handler.decide_into(*joint_, key, command, meta);
  }

  /// For the router: the type's wire name and version, once found.
  void set_type(std::string name, std::uint32_t version) {
    type_ = std::move(name);
    type_version_ = version;
  }
  [[nodiscard]] std::string const& type() const noexcept { return type_; }
  [[nodiscard]] std::uint32_t type_version() const noexcept { return type_version_; }
  [[nodiscard]] std::string const& consumer() const noexcept { return around_.consumer; }

 private:
  [[nodiscard]] result<detail::cause_links> find_cause() const override;
  void fill(metadata& meta) const;

  detail::message_surroundings around_;
  detail::joint_commit* joint_;
  std::string type_;
  std::uint32_t type_version_ = 1;
};

}  // namespace evsrc::inline v0
