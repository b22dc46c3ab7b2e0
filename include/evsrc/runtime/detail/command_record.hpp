// SPDX-License-Identifier: Apache-2.0
// What stands under a command's key: which request it was, and what it came to (G5).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "evsrc/codec/json_codec.hpp"
#include "evsrc/model/decision.hpp"
#include "evsrc/runtime/detail/fingerprint.hpp"
#include "evsrc/runtime/recorded_name.hpp"

namespace evsrc::inline v0::detail {

/// Equal for equal requests: the command's name and fields, and the keys that it goes to.
template <class Command>
[[nodiscard]] result<std::string> request_fingerprint(Command const& command,
                                                      std::string const& keys) {
  std::string text(recorded_name<Command>());
  text.append(" ").append(std::to_string(keys.size())).append(" ").append(keys);
  EVSRC_TRY(encode_json(command, text));
  return fingerprint_of(text);
}

/// The JSON under a key.
struct recorded_outcome {
  std::string kind;                   ///< "handled" or "rejected"
  std::optional<uuid> first_event{};  ///< tells whose commit it was; none where nothing was written
  /// Of a together<...>, or where nothing was written; else the receipt says it.
  std::optional<std::vector<stream_version>> versions{};
  std::optional<std::string> rejection{};
};
template <class Rejection>
struct recorded_rejection {
  std::string kind;
  std::string rejection;
  Rejection value;
};

[[nodiscard]] inline result<std::string> record_handled(std::vector<stream_version> versions,
                                                        std::optional<uuid> first_event = {}) {
  recorded_outcome made{"handled", first_event, {}, {}};
  if (!versions.empty()) made.versions = std::move(versions);
  std::string text;
  EVSRC_TRY(encode_json(made, text));
  return text;
}

template <class State, class... Rejections>
[[nodiscard]] result<std::string> record_rejection(decision<State, Rejections...> const& decided) {
  static_assert(are_rejections_told_apart<decision<State, Rejections...>>);
  std::string text;
  if constexpr (sizeof...(Rejections) != 0) {
    auto const written = std::visit(
        [&]<class R>(R const& why) {
          return encode_json(
              recorded_rejection<R>{"rejected", std::string(recorded_name<R>()), why}, text);
        },
        decided.rejection());
    if (!written) return fail(written.error());
  }
  return text;
}

/// The rejection that `record_rejection` wrote. @errors newer_version: one that `decide` no longer,
/// or not yet, has
template <class State, class... Rejections>
[[nodiscard]] auto replay_rejection(std::string_view name, std::string_view text,
                                    decision<State, Rejections...>*)
    -> result<typename decision<State, Rejections...>::rejection_variant> {
  using variant = typename decision<State, Rejections...>::rejection_variant;
  std::optional<result<variant>> found;
  [[maybe_unused]] auto const try_one = [&]<class R>(std::type_identity<R>) {
    if (found || name != recorded_name<R>()) return;
    auto read = decode_json<recorded_rejection<R>>(text);
    if (read)
      found.emplace(variant{std::in_place_type<R>, std::move(read->value)});
    else
      found.emplace(fail(std::move(read.error())));
  };
  (try_one(std::type_identity<Rejections>{}), ...);
  if (found) return std::move(*found);
  return fail(errc::newer_version,
              "the key's recorded rejection '" + std::string(name) + "' is not one of decide's",
              "command_handler.handle");
}

}  // namespace evsrc::inline v0::detail
