// SPDX-License-Identifier: Apache-2.0
// Many decisions in one commit: each sees the events of those before it, all are written or none.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "evsrc/codec/json_codec.hpp"
#include "evsrc/core/random.hpp"
#include "evsrc/model/fold.hpp"
#include "evsrc/model/validation.hpp"
#include "evsrc/runtime/state_reader.hpp"
#include "evsrc/store/event_store.hpp"

namespace retail_example {

/// A stream's state with the events that the next commit adds to it.
template <class A>
struct open_stream {
  A state{};
  evsrc::stream_version version = 0;  ///< with the events that were added
  std::size_t append = SIZE_MAX;      ///< its place in the commit being built
  std::uint64_t round = 0;            ///< of `reread` calls, when the state was last read
};

/// Collects events for streams of `As`. One thread, and the only writer of these streams between
/// two calls of `reread`: a conflict is an error here, not a reason to decide again.
template <class... As>
class bulk_writer {
  using headers = std::vector<std::pair<std::string, std::string>>;

  template <class A>
  struct streams {
    std::unordered_map<std::string, open_stream<A>> known;
    std::vector<open_stream<A>*> touched;  // since the last commit
  };

 public:
  explicit bulk_writer(evsrc::event_store& store, std::string source,
                       std::size_t states_max = 50'000)
      : store_(&store), source_(std::move(source)), states_max_(states_max) {}

  /// The state of a stream, read from the store where it is not at hand. Valid until `commit`.
  template <class A>
  [[nodiscard]] evsrc::result<open_stream<A>*> open(std::string const& key) {
    auto& known = std::get<streams<A>>(streams_).known;
    auto const [at, is_new] = known.try_emplace(key);
    auto& stream = at->second;
    if (is_new || stream.round != round_) {
      if (auto const caught_up = catch_up(key, stream); !caught_up) {
        known.erase(at);
        return evsrc::fail(caught_up.error());
      }
      stream.round = round_;
    }
    return &at->second;
  }

  /// Adds one event to a stream and applies it to the state. @errors what the event's rules say
  template <class A, class E>
  [[nodiscard]] evsrc::result<void> add(std::string const& key, E const& event,
                                        evsrc::timestamp time, headers more = {}) {
    EVSRC_TRY(evsrc::check_valid(event));
    auto found = open<A>(key);
    if (!found) return evsrc::fail(std::move(found.error()));
    open_stream<A>& stream = **found;
    if (stream.append == SIZE_MAX) {
      std::get<streams<A>>(streams_).touched.push_back(&stream);
      stream.append = batch_.appends.size();
      batch_.appends.push_back({{std::string(A::category.name), key},
                                evsrc::expected_version::exactly(stream.version),
                                {}});
    }
    evsrc::new_event& made = batch_.appends[stream.append].events.emplace_back();
    made.name = E::wire_name.name;
    made.version = E::wire_name.version;
    EVSRC_TRY(evsrc::encode_json(event, made.payload));
    made.meta.id = evsrc::make_event_id(time, evsrc::system_random());
    made.meta.time = time;
    made.meta.source = source_;
    made.meta.headers = std::move(more);
    evsrc::add_tags(event, made.meta.tags);
    evsrc::apply_event(stream.state, event, made.meta);
    ++stream.version;
    ++events_;
    return {};
  }

  [[nodiscard]] std::size_t events() const noexcept { return events_; }
  /// Adds a message that leaves with the events.
  void send(evsrc::outgoing_message message) { batch_.messages.push_back(std::move(message)); }

  /// Others may have written since: what is at hand is read on from the store when it is opened
  /// next. Only right behind a `commit`.
  void reread() noexcept { ++round_; }

  /// Writes everything that was added. After an error the writer is of no more use.
  [[nodiscard]] evsrc::result<void> commit() {
    if (events_ == 0) return {};
    auto const done = store_->commit(std::exchange(batch_, {}));
    if (!done) return evsrc::fail(done.error());
    events_ = 0;
    (settle(std::get<streams<As>>(streams_)), ...);
    return {};
  }

 private:
  /// Applies what the stream has beyond the state.
  template <class A>
  [[nodiscard]] evsrc::result<void> catch_up(std::string const& key, open_stream<A>& stream) const {
    evsrc::state_reader<A> const reader(*store_);
    for (;;) {
      auto const page = reader.history(key, stream.version);
      if (!page) return evsrc::fail(page.error());
      for (auto const& one : page->events)
        std::visit([&](auto const& event) { evsrc::apply_event(stream.state, event, one.meta); },
                   one.event);
      if (!page->events.empty()) stream.version = page->events.back().version;
      if (stream.version >= page->version) return {};
    }
  }
  template <class A>
  void settle(streams<A>& all) {
    for (auto* const stream : all.touched) stream->append = SIZE_MAX;
    all.touched.clear();
    if (all.known.size() > states_max_) all.known.clear();
  }

  evsrc::event_store* store_;
  std::string source_;
  std::size_t states_max_;
  evsrc::commit batch_{};
  std::size_t events_ = 0;
  std::uint64_t round_ = 0;
  std::tuple<streams<As>...> streams_;
};

}  // namespace retail_example
