// SPDX-License-Identifier: Apache-2.0
// The records of runners and models: plain events, written and read like any other.
#include "evsrc/runtime/detail/progress_journal.hpp"

#include <algorithm>

#include "evsrc/codec/upcast.hpp"
#include "evsrc/runtime/detail/own_event.hpp"

namespace evsrc::inline v0::detail {

/// Keys are bytes: only their text for people goes into `stream`.
struct key_parked {
  static constexpr event_name wire_name{"evsrc.key-parked", 1};
  std::string stream;
  std::string category;
  bytes key;
  stream_version version = 0;
  std::string event;
  std::uint32_t event_version = 1;
  uuid event_id{};
  std::string code;
  std::string message;
};
struct event_skipped {
  static constexpr event_name wire_name{"evsrc.event-skipped", 1};
  std::string stream;
  std::string category;
  bytes key;
  stream_version version = 0;
  std::string event;
  std::uint32_t event_version = 1;
  uuid event_id{};
  std::string code;
  std::string message;
};
struct key_redriven {
  static constexpr event_name wire_name{"evsrc.key-redriven", 1};
  std::string stream;
  std::string category;
  bytes key;
  stream_version through = 0;
  bool is_finished = false;
};
struct model_created {
  static constexpr event_name wire_name{"evsrc.model-created", 1};
  std::string label;
};
struct model_activated {
  static constexpr event_name wire_name{"evsrc.model-activated", 1};
  std::string label;
};
struct model_dropped {
  static constexpr event_name wire_name{"evsrc.model-dropped", 1};
  std::string label;
};

namespace {

/// Bytes beyond printable ASCII become '?': what failed may not have been text.
std::string printable(std::string_view text) {
  constexpr std::size_t most = 1'000;
  std::string made(text.substr(0, most));
  std::replace_if(
      made.begin(), made.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return made;
}

bytes to_bytes(std::string_view text) {
  bytes made(text.size());
  std::transform(text.begin(), text.end(), made.begin(),
                 [](char c) { return static_cast<std::byte>(c); });
  return made;
}
std::string to_text(bytes const& raw) {
  std::string made(raw.size(), '\0');
  std::transform(raw.begin(), raw.end(), made.begin(),
                 [](std::byte b) { return static_cast<char>(b); });
  return made;
}

errc code_named(std::string_view name) {
  for (auto code = errc::invalid_argument; code <= errc::io_failed;
       code = static_cast<errc>(static_cast<std::uint8_t>(code) + 1))
    if (to_string(code) == name) return code;
  return errc::handler_failed;
}

template <class Record>
Record record_of(failed_event const& from) {
  Record made;
  made.stream = printable(to_string(from.stream));
  made.category = from.stream.category;
  made.key = to_bytes(from.stream.key);
  made.version = from.version;
  made.event = printable(from.name);
  made.event_version = from.event_version;
  made.event_id = from.id;
  made.code = to_string(from.why.code);
  made.message = printable(from.why.message);
  return made;
}

failed_event failed_of(key_parked const& from) {
  return {{from.category, to_text(from.key)},
          from.version,
          from.event,
          from.event_version,
          from.event_id,
          {code_named(from.code), from.message}};
}

template <class E>
result<void> add(append& to, E const& event, clock& time, random_source& random) {
  auto made = own_event(event, time.now(), random);
  if (!made) return fail(std::move(made.error()));
  to.events.push_back(std::move(*made));
  return {};
}

template <class E>
result<append> one(stream_id const& stream, E const& event, clock& time, random_source& random) {
  append made{stream};
  EVSRC_TRY(add(made, event, time, random));
  return made;
}

/// Calls `apply` for each event of the stream.
template <class... Es, class Apply>
result<stream_version> fold_stream(event_store& store, stream_id const& stream, Apply apply) {
  stream_read what{.stream = stream};
  for (;;) {
    auto const page = store.read(what);
    if (!page) return fail(page.error());
    for (auto const& event : *page) {
      auto const decoded =
          decode_event<Es...>(event.name, event.event_version, padded_json{event.payload}, apply);
      if (!decoded) {
        error why = decoded.error();
        why.message =
            to_string(stream) + " version " + std::to_string(event.version) + ": " + why.message;
        return fail(std::move(why));
      }
      what.from = event.version;
    }
    if (page->at_end()) return page->version();
  }
}

struct journal_fold {
  journal_state& state;

  void operator()(key_parked const& event) const {
    auto const failed = failed_of(event);
    state.held.insert_or_assign(failed.stream, held_stream{failed});
  }
  void operator()(event_skipped const&) const { ++state.skipped; }
  void operator()(key_redriven const& event) const {
    auto& held = state.held[{event.category, to_text(event.key)}];
    held.done_through = event.through;
    held.first.version = event.through + 1;
    held.is_held = !event.is_finished;
  }
};

struct model_fold {
  model_versions& state;

  void operator()(model_created const& event) const {
    state.created.push_back(event.label);
    state.building.push_back(event.label);
  }
  void operator()(model_activated const& event) const {
    state.live = event.label;
    std::erase(state.building, event.label);
  }
  void operator()(model_dropped const& event) const { std::erase(state.building, event.label); }
};

}  // namespace

result<journal_state> progress_journal::load(event_store& store) const {
  journal_state state;
  auto const read =
      fold_stream<key_parked, event_skipped, key_redriven>(store, stream_, journal_fold{state});
  if (!read) return fail(read.error());
  return state;
}

result<append> progress_journal::parked(failed_event const& event) const {
  return one(stream_, record_of<key_parked>(event), *clock_, *random_);
}

result<append> progress_journal::skipped(failed_event const& event) const {
  return one(stream_, record_of<event_skipped>(event), *clock_, *random_);
}

result<append> progress_journal::redriven(stream_id const& stream, stream_version through,
                                          bool finished) const {
  return one(stream_,
             key_redriven{printable(to_string(stream)), stream.category, to_bytes(stream.key),
                          through, finished},
             *clock_, *random_);
}

result<model_versions> model_journal::load(event_store& store) const {
  model_versions state;
  auto const read =
      fold_stream<model_created, model_activated, model_dropped>(store, stream_, model_fold{state});
  if (!read) return fail(read.error());
  state.version = *read;
  return state;
}

result<append> model_journal::record(stream_version expected, std::string const& created,
                                     std::string const& activated,
                                     std::vector<std::string> const& dropped) const {
  append made{stream_, expected_version::exactly(expected)};
  if (!created.empty()) EVSRC_TRY(add(made, model_created{created}, *clock_, *random_));
  if (!activated.empty()) EVSRC_TRY(add(made, model_activated{activated}, *clock_, *random_));
  for (auto const& label : dropped) EVSRC_TRY(add(made, model_dropped{label}, *clock_, *random_));
  return made;
}

}  // namespace evsrc::inline v0::detail
