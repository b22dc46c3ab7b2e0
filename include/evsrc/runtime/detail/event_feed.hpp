// SPDX-License-Identifier: Apache-2.0
// Pages of a stream, a category, a query or everything, all read from a cursor.
#pragma once

#include <variant>

#include "evsrc/store/event_store.hpp"

namespace evsrc::inline v0 {

/// What a subscription reads. Streams of categories that begin with "evsrc." are evsrc's own
/// records and are passed over, unless their category or stream is named.
using subscription_scope = std::variant<all_events, events_of_category, query, stream_id>;

namespace detail {

/// Not locked.
class event_feed {
 public:
  event_feed(event_store& store, subscription_scope scope)
      : store_(&store), scope_(std::move(scope)) {}

  /// @cost the first read of a stream from a cursor that is not the start scans the events of its
  /// category behind the cursor, to learn the version there
  [[nodiscard]] result<event_page> read(cursor from, std::size_t max_events);
  /// Whether this event of the scope's store would come in `read`.
  [[nodiscard]] result<bool> includes(event_view const& event) const;
  /// Not one of evsrc's own records.
  [[nodiscard]] bool is_wanted(event_view const& event) const noexcept;
  [[nodiscard]] subscription_scope const& scope() const noexcept { return scope_; }

 private:
  struct place {
    cursor at{};
    stream_version version = 0;
  };
  [[nodiscard]] result<event_page> read_stream(stream_id const& stream, cursor from,
                                               std::size_t max_events);
  [[nodiscard]] result<stream_version> version_at(stream_id const& stream, cursor where);

  event_store* store_;
  subscription_scope scope_;
  place last_{};  // of a stream: where the last read began, and where it ended
  place next_{};
};

}  // namespace detail
}  // namespace evsrc::inline v0
