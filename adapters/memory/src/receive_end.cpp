// SPDX-License-Identifier: Apache-2.0
// Receiving, settling and holding sessions: each call is one look under the entity's lock.
#include "receive_end.hpp"

namespace evsrc::memory::inline v0::detail {
namespace {

using lock = std::unique_lock<std::mutex>;

bool is_receive_disabled(entity_status status) {
  return status == entity_status::receive_disabled || status == entity_status::disabled;
}

tl::unexpected<error> too_many(char const* field, std::size_t amount) {
  return fail(errc::limit_exceeded, std::string{field} + ": " + std::to_string(amount) +
                                        ", at most " + std::to_string(limits::receive_messages));
}

result<void> check_amount(char const* field, std::size_t amount) {
  if (amount > limits::receive_messages) return too_many(field, amount);
  return {};
}

}  // namespace

result<void> receive_end::enter(call& in) {
  if (context_.is_closed) return bus_context::closed();
  in.now = context_.time.now();
  EVSRC_TRY(entity_->find(path_, in.now, context_.random, in.source));
  if (holder_ == 0) return {};
  in.session = in.queue().sessions().find(session_id_);
  if (in.session != nullptr && in.session->holder == holder_) return {};
  return fail(errc::lock_lost, "the lock of session \"" + session_id_ + "\" was lost",
              "memory.session");
}

result<void> receive_end::check_receiving(call const& in) const {
  if (is_receive_disabled(in.source.status))
    return fail(errc::entity_disabled, "\"" + asked_ + "\" gives no messages now",
                "memory.receive");
  if (in.queue().rules().requires_session && holder_ == 0)
    return invalid("entity", "\"" + asked_ + "\" has sessions: accept_session receives from it");
  return {};
}

result<void> receive_end::receive(receive_request const& how, handed_out& out) {
  lock held{entity_->mutex};
  patience waits{how.wait};
  for (;;) {
    call in;
    EVSRC_TRY(enter(in));
    EVSRC_TRY(check_receiving(in));
    in.queue().receive(how, mode_, in.session, in.now, out);
    if (out.size() != 0 || waits.is_over()) return {};
    waits.sleep(context_, held, in.queue().waiting(), in.source.next_due(), in.now);
  }
}

result<std::vector<delivery>> receive_end::receive(receive_request const& how) {
  if (how.max_messages == 0) return invalid("max_messages", "must be above zero");
  if (how.max_messages > limits::receive_messages)
    return too_many("max_messages", how.max_messages);
  handed_out out;
  EVSRC_TRY(receive(how, out));
  return std::move(out).finish(asked_);
}

result<void> receive_end::settle_one(settlement const& what, call const& in) {
  if (what.entity != asked_ && folded(what.entity) != folded(to_string(path_)))
    return fail(errc::lock_lost, "entity: \"" + what.entity + "\" is not \"" + asked_ + "\"",
                "memory.settle");
  auto judged = in.queue().judge(what);
  if (!judged) return fail(std::move(judged.error()));
  if (judged->what->session != in.session)
    return fail(errc::lock_lost, "the lock is of a session that this receiver does not hold",
                "memory.settle");
  in.queue().settle(std::move(*judged));
  return {};
}

std::vector<result<void>> receive_end::settle(std::span<settlement const> what) {
  std::vector<result<void>> outcomes;
  outcomes.reserve(what.size());
  lock const held{entity_->mutex};
  call in;
  auto const entered = enter(in);
  for (auto const& each : what) outcomes.push_back(entered ? settle_one(each, in) : entered);
  return outcomes;
}

result<timestamp> receive_end::renew(lock_token token) {
  lock const held{entity_->mutex};
  call in;
  EVSRC_TRY(enter(in));
  auto until = in.queue().renew(token, in.session, in.now);
  if (until && in.session != nullptr) return note_lock(*until);
  return until;
}

result<std::vector<delivery>> receive_end::peek(std::int64_t from, std::size_t max_messages) {
  EVSRC_TRY(check_amount("max_messages", max_messages));
  handed_out out;
  lock held{entity_->mutex};
  call in;
  EVSRC_TRY(enter(in));
  in.queue().peek(from, max_messages, in.session, out);
  held.unlock();
  return std::move(out).finish(asked_);
}

result<std::vector<delivery>> receive_end::receive_deferred(std::span<std::int64_t const> numbers) {
  EVSRC_TRY(check_amount("sequence_numbers", numbers.size()));
  handed_out out;
  lock held{entity_->mutex};
  call in;
  EVSRC_TRY(enter(in));
  EVSRC_TRY(check_receiving(in));
  EVSRC_TRY(in.queue().receive_deferred(numbers, mode_, in.session, in.now, out));
  held.unlock();
  return std::move(out).finish(asked_);
}

// ---- sessions

result<void> receive_end::check_sessions(message_queue const& queue) const {
  if (queue.rules().requires_session) return {};
  return invalid("entity", "\"" + asked_ + "\" has no sessions");
}

/// Null where the caller may wait for one.
result<session_record*> receive_end::find_free(message_queue& queue,
                                               session_request const& which) const {
  if (!which.session_id) return queue.sessions().next_available();
  auto* const found = queue.sessions().find(*which.session_id);
  if (found != nullptr && found->holder != 0)
    return fail(errc::session_locked, "session \"" + *which.session_id + "\" has another holder",
                "memory.session");
  return &queue.sessions().open(*which.session_id);
}

result<void> receive_end::accept(session_request const& which) {
  if (which.session_id && which.session_id->empty()) return invalid("session_id", "empty");
  if (which.session_id && which.session_id->size() > limits::session_id_bytes)
    return fail(errc::limit_exceeded, "session_id: " + std::to_string(which.session_id->size()) +
                                          " bytes, at most " +
                                          std::to_string(limits::session_id_bytes));
  lock held{entity_->mutex};
  patience waits{which.wait};
  for (;;) {
    call in;
    EVSRC_TRY(enter(in));
    EVSRC_TRY(check_sessions(in.queue()));
    if (is_receive_disabled(in.source.status)) return check_receiving(in);
    auto found = find_free(in.queue(), which);
    if (!found) return fail(std::move(found.error()));
    if (*found != nullptr) {
      session_id_ = *(*found)->id;
      holder_ = ++context_.last_holder;
      static_cast<void>(note_lock(in.queue().hold(**found, holder_, in.now)));
      return {};
    }
    if (waits.is_over())
      return fail(errc::timed_out, "no session of \"" + asked_ + "\" became available",
                  "memory.session");
    waits.sleep(context_, held, in.queue().waiting(), in.source.next_due(), in.now);
  }
}

timestamp receive_end::note_lock(timestamp until) noexcept {
  locked_until_us_ = until.time_since_epoch().count();
  return until;
}

timestamp receive_end::locked_until() const noexcept {
  return timestamp{std::chrono::microseconds{locked_until_us_.load()}};
}

result<timestamp> receive_end::renew_session() {
  lock const held{entity_->mutex};
  call in;
  EVSRC_TRY(enter(in));
  return note_lock(in.queue().hold(*in.session, holder_, in.now));
}

result<std::optional<std::string>> receive_end::session_state() {
  lock const held{entity_->mutex};
  call in;
  EVSRC_TRY(enter(in));
  return in.session->state;
}

result<void> receive_end::set_session_state(std::optional<std::string> state) {
  if (state && state->size() > limits::session_state_bytes)
    return fail(errc::limit_exceeded, "state: " + std::to_string(state->size()) +
                                          " bytes, at most " +
                                          std::to_string(limits::session_state_bytes));
  lock const held{entity_->mutex};
  call in;
  EVSRC_TRY(enter(in));
  in.session->state = std::move(state);
  return {};
}

void receive_end::release() {
  if (holder_ == 0) return;
  lock const held{entity_->mutex};
  call in;
  if (enter(in)) in.queue().end_session(*in.session, false);
}

result<std::vector<std::string>> receive_end::sessions(std::string_view after, std::size_t max) {
  lock const held{entity_->mutex};
  call in;
  EVSRC_TRY(enter(in));
  EVSRC_TRY(check_sessions(in.queue()));
  return in.queue().sessions().list(after, max);
}

}  // namespace evsrc::memory::inline v0::detail
