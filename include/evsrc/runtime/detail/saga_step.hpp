// SPDX-License-Identifier: Apache-2.0
// From one input of a saga to what it adds to a commit.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "evsrc/core/clock.hpp"
#include "evsrc/runtime/detail/pending_state.hpp"
#include "evsrc/runtime/detail/saga_timeouts.hpp"
#include "evsrc/runtime/saga_cause.hpp"
#include "evsrc/store/idempotency_store.hpp"

namespace evsrc::inline v0::detail {

/// What a handler lends to its steps.
struct saga_surroundings {
  stream_store* store;
  idempotency_store* keys;
  clock* time;
  random_source* random;
  std::string timeouts_to;
  std::string source;
  std::chrono::seconds keep_inputs_for;
  std::string_view category;
};
[[nodiscard]] saga_surroundings saga_surroundings_of(stream_store& store, idempotency_store& keys,
                                                     std::string timeouts_to, std::string source,
                                                     std::chrono::seconds keep_inputs_for,
                                                     clock* time, random_source* random,
                                                     std::string_view category);

/// The key of the stream of saga_timeouts.
[[nodiscard]] std::string timeouts_key(std::string_view category, std::string_view key);

/// The part of a step that is the same for every saga.
class saga_writes {
 public:
  saga_writes(saga_surroundings const& around, std::string const& key, saga_cause const& cause,
              commit& into);

  /// Whether this input was here before, in the store or in the commit.
  [[nodiscard]] result<bool> is_known(std::string_view type) const;
  /// Puts all into the commit, with the entry that says what became of the input.
  [[nodiscard]] saga_outcome conclude(saga_outcome what, std::string_view type);

  /// An encoded command. @errors invalid_argument: the destination
  [[nodiscard]] result<void> send(std::string destination, std::string key, event_name const& type,
                                  std::string body);
  [[nodiscard]] result<void> set_timeout(timeout_book& book, std::string const& name,
                                         std::chrono::milliseconds after, event_name const& type);
  [[nodiscard]] result<void> write_timeouts(timeout_book const& book);

  [[nodiscard]] metadata const& meta() const noexcept { return meta_; }
  [[nodiscard]] timestamp now() const noexcept { return now_; }
  [[nodiscard]] command_stamp stamp() const noexcept;
  [[nodiscard]] commit& own() noexcept { return own_; }
  [[nodiscard]] commit const& pending() const noexcept { return *into_; }

 private:
  [[nodiscard]] outgoing_message message(std::string destination, std::string key,
                                         event_name const& type, std::string body) const;

  saga_surroundings const& around_;
  std::string const& key_;
  saga_cause const& cause_;
  commit* into_;
  commit own_;  // until the step has succeeded
  metadata meta_;
  timestamp now_;
  std::size_t sent_ = 0;
};

template <class S, class Publications>
class saga_step {
 public:
  saga_step(saga_surroundings const& around, Publications const& outgoing, std::string const& key,
            saga_cause const& cause, commit& into)
      : around_(around), outgoing_(outgoing), key_(key), writes_(around, key, cause, into) {}

  template <class Input>
  [[nodiscard]] result<saga_outcome> take(Input const& input, std::string_view type) {
    auto const known = writes_.is_known(type);
    if (!known) return fail(known.error());
    if (*known) return saga_outcome::repeated;
    if (key_.empty()) return writes_.conclude(saga_outcome::unaddressed, type);
    auto const found = load_pending<S>(*around_.store, key_, writes_.pending());
    if (!found) return fail(found.error());
    if (has_ended(found->state)) return writes_.conclude(saga_outcome::passed_over, type);
    EVSRC_TRY(follow(*found, input, nullptr));
    return writes_.conclude(saga_outcome::reacted, type);
  }

  [[nodiscard]] result<saga_outcome> take_timeout(saga_timeout<S> const& due) {
    constexpr std::string_view type = saga_timeout<S>::wire_name.name;
    auto const known = writes_.is_known(type);
    if (!known) return fail(known.error());
    if (*known) return saga_outcome::repeated;
    auto book = load_book();
    if (!book) return fail(std::move(book.error()));
    auto const* const open = book->state().find(due.name);
    if (open == nullptr || open->sequence != due.sequence)
      return writes_.conclude(saga_outcome::stale, type);
    auto const found = load_pending<S>(*around_.store, key_, writes_.pending());
    if (!found) return fail(found.error());
    if (has_ended(found->state)) return writes_.conclude(saga_outcome::passed_over, type);
    book->fire(due.name);
    if constexpr (reacts<S, timed_out>) EVSRC_TRY(follow(*found, timed_out{due.name}, &*book));
    return writes_.conclude(saga_outcome::reacted, type);
  }

 private:
  [[nodiscard]] result<timeout_book> load_book() const {
    auto found = load_pending<saga_timeouts>(*around_.store, timeouts_key(around_.category, key_),
                                             writes_.pending());
    if (!found) return fail(std::move(found.error()));
    return timeout_book(around_.category, key_, std::move(found->state), found->version);
  }

  /// Asks `react` and collects what it answers. `book`: the time-outs where they are read already.
  template <class Input>
  [[nodiscard]] result<void> follow(loaded_state<S> const& found, Input const& input,
                                    timeout_book* book) {
    decision_context const context(writes_.now(), found.version, writes_.meta(), *around_.random);
    reaction_plan<S> const plan = call_react(found.state, input, context);
    EVSRC_TRY(write_events(plan, found.version));
    for (auto const& one : plan.commands()) EVSRC_TRY(write_command(one));
    bool const ends = has_ended(plan.after(found.state));
    if (book == nullptr && plan.timeouts().empty() && !ends) return {};
    if (book != nullptr) return write_timeouts(plan, *book, ends);
    auto loaded = load_book();
    if (!loaded) return fail(std::move(loaded.error()));
    return write_timeouts(plan, *loaded, ends);
  }

  /// Without events the append only checks that the state is still the one that was asked.
  [[nodiscard]] result<void> write_events(reaction_plan<S> const& plan, stream_version version) {
    append events{{std::string(S::category.name), key_}, expected_version::exactly(version)};
    auto stamp = writes_.stamp();
    event_writer<Publications> writer(stamp, outgoing_, writes_.own());
    for (auto const& which : plan.events())
      EVSRC_TRY(std::visit([&](auto const& one) { return writer.write(one, events); }, which));
    writes_.own().appends.push_back(std::move(events));
    return {};
  }

  template <class Addressed>
  [[nodiscard]] result<void> write_command(Addressed const& one) {
    if constexpr (std::is_same_v<typename reaction_plan<S>::command, std::monostate>) {
      return {};
    } else {
      return std::visit(
          [&]<class C>(C const& command) -> result<void> {
            std::string body;
            auto fine = check_valid(command);
            if (fine) fine = encode_json(command, body, limits::message_bytes);
            if (fine) fine = writes_.send(one.destination, one.key, C::wire_name, std::move(body));
            if (fine) return {};
            fine.error().message =
                "command " + std::string(C::wire_name.name) + ": " + fine.error().message;
            return fail(std::move(fine.error()));
          },
          one.command);
    }
  }

  [[nodiscard]] result<void> write_timeouts(reaction_plan<S> const& plan, timeout_book& book,
                                            bool ends) {
    for (auto const& one : plan.timeouts()) {
      if (!one.after)
        book.cancel(one.name);
      else if (!ends)
        EVSRC_TRY(writes_.set_timeout(book, one.name, *one.after, saga_timeout<S>::wire_name));
    }
    if (ends) book.cancel_all();
    return writes_.write_timeouts(book);
  }

  saga_surroundings const& around_;
  Publications const& outgoing_;
  std::string const& key_;
  saga_writes writes_;
};

}  // namespace evsrc::inline v0::detail
