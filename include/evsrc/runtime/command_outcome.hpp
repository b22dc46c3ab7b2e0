// SPDX-License-Identifier: Apache-2.0
// What a command came to: done, rejected by the business, or an error of the world.
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "evsrc/core/result.hpp"
#include "evsrc/model/decision.hpp"
#include "evsrc/store/receipt.hpp"

namespace evsrc::inline v0 {

/// A stream and the version that a command left it at.
struct handled_stream {
  stream_id stream;
  stream_version version = 0;

  friend bool operator==(handled_stream const&, handled_stream const&) = default;
};

/// A command that was carried out, or found nothing to do.
struct handled {
  /// Of the stream; of the first part's stream for a together<...>.
  stream_version version = 0;
  /// Each stream of a together<...> in the order of its parts, the keys of `many` sorted; 0 for a
  /// part that is read by a query. Empty for one aggregate.
  std::vector<handled_stream> streams{};
  /// For read-your-writes; empty where nothing was written.
  evsrc::receipt receipt{};
  /// The key was known: this is what the first call came to, nothing was written now.
  bool duplicate = false;
};

template <class Decision>
class command_outcome;

/// What `command_handler::handle` returns: `handled`, one of the rejections, or an error.
template <class State, class... Rejections>
class [[nodiscard]] command_outcome<decision<State, Rejections...>> {
 public:
  using rejection_variant = typename decision<State, Rejections...>::rejection_variant;

  // NOLINTNEXTLINE(google-explicit-constructor): returned as it is
  command_outcome(handled done) : done_(std::move(done)) {}
  // NOLINTNEXTLINE(google-explicit-constructor): returned as it is
  command_outcome(evsrc::error failure) : failure_(std::move(failure)) {}
  command_outcome(rejection_variant why, bool duplicate)
      : rejection_(std::move(why)),
        failure_{errc::handler_failed, "the command was rejected", "command_handler.handle"},
        duplicate_(duplicate) {}

  [[nodiscard]] explicit operator bool() const noexcept { return done_.has_value(); }
  [[nodiscard]] handled const& operator*() const noexcept { return *done_; }
  [[nodiscard]] handled const* operator->() const noexcept { return &*done_; }

  [[nodiscard]] bool is_rejected() const noexcept { return rejection_.has_value(); }
  /// The rejection if it is an `R`, else nullptr.
  template <class R>
  requires(std::same_as<R, Rejections> || ...) [[nodiscard]] R const* rejection() const noexcept {
    return rejection_ ? std::get_if<R>(&*rejection_) : nullptr;
  }
  /// Any rejection; only for outcomes that are rejected.
  [[nodiscard]] rejection_variant const& rejection() const noexcept { return *rejection_; }
  /// True for a rejection or success that an earlier call with the same key came to.
  [[nodiscard]] bool is_duplicate() const noexcept { return done_ ? done_->duplicate : duplicate_; }

  /// The failure; not for outcomes that hold. A rejection reads as errc::handler_failed here, so
  /// that one which nobody asked for is not taken for success.
  [[nodiscard]] evsrc::error const& error() const noexcept { return failure_; }

 private:
  std::optional<handled> done_;
  std::optional<rejection_variant> rejection_;
  evsrc::error failure_{};
  bool duplicate_ = false;
};

}  // namespace evsrc::inline v0
