// SPDX-License-Identifier: Apache-2.0
// A decision's events to what a commit takes: bytes, metadata, tags, messages.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "evsrc/codec/json_codec.hpp"
#include "evsrc/core/random.hpp"
#include "evsrc/model/publication.hpp"
#include "evsrc/model/tags.hpp"
#include "evsrc/model/validation.hpp"
#include "evsrc/store/commit.hpp"

namespace evsrc::inline v0::detail {

/// What all events of one command have in common, and the ids that they got.
struct command_stamp {
  metadata const* given = nullptr;  ///< by the caller
  std::string_view source{};
  std::string_view key{};  ///< the command's
  timestamp now{};
  random_source* random = nullptr;
  std::vector<event_id>
      ids{};  ///< kept, so that writing the same decision again gives the same bytes
};

/// What the caller left empty: id, time and source; as subject "account/42"; as correlation the id
/// of the command's first event; as causation its idempotency key.
[[nodiscard]] metadata stamped(command_stamp& stamp, std::size_t index, stream_id const& stream);
/// The message that carries an event: its id follows from the event's id and the destination.
[[nodiscard]] outgoing_message carrying(new_event const& event, std::string_view destination,
                                        std::string key);
/// Names the event before the reason.
[[nodiscard]] error event_error(event_name const& name, error reason);

template <class Publications>
class event_writer {
 public:
  event_writer(command_stamp& stamp, Publications const& outgoing, commit& whole) noexcept
      : stamp_(&stamp), outgoing_(&outgoing), whole_(&whole) {}

  /// Adds `event` to the append `to` of the commit, and its messages.
  template <class E>
  [[nodiscard]] result<void> write(E const& event, append& to) {
    if (auto valid = check_valid(event); !valid)
      return fail(event_error(E::wire_name, std::move(valid.error())));
    new_event& made = to.events.emplace_back();
    made.name = E::wire_name.name;
    made.version = E::wire_name.version;
    made.payload.reserve(512);  // most events fit, and are then written without a copy
    if (auto encoded = encode_json(event, made.payload); !encoded)
      return fail(event_error(E::wire_name, std::move(encoded.error())));
    made.meta = stamped(*stamp_, written_++, to.stream);
    add_tags(event, made.meta.tags);
    outgoing_->each_for(event, [&](auto const& publication, E const& published) {
      whole_->messages.push_back(
          carrying(made, publication.destination, publication.key_of(published)));
      whole_->messages.back().properties = published_properties(published);
    });
    return {};
  }

  /// As `write`, for a state that is read by a query: the event must carry the query's tag, or the
  /// next decision would not see it.
  template <class E>
  [[nodiscard]] result<void> write_tagged(E const& event, append& to, event_tag const& scope) {
    EVSRC_TRY(write(event, to));
    auto const& tags = to.events.back().meta.tags;
    if (std::find(tags.begin(), tags.end(), scope) != tags.end()) return {};
    return fail(event_error(
        E::wire_name, {errc::handler_failed, "decided over " + scope.name + " '" + scope.value +
                                                 "' but not tagged with it"}));
  }

 private:
  command_stamp* stamp_;
  Publications const* outgoing_;
  commit* whole_;
  std::size_t written_ = 0;
};

}  // namespace evsrc::inline v0::detail
