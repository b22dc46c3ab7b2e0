// SPDX-License-Identifier: Apache-2.0
// The commands: what each is given, and how it is run. None changes the file unless it says so.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "evsrc/runtime/dead_letters.hpp"
#include "output.hpp"

namespace evsrc_cli {

struct streams_request {
  target where;
  std::string category{};  ///< empty: count streams and events of every category
  std::string after{};     ///< key, exclusive
  std::size_t limit = 1'000;
};
[[nodiscard]] evsrc::result<void> list_streams(streams_request const& what);

struct read_request {
  target where;
  std::string scope = "all";  ///< "all", "CATEGORY" or "CATEGORY/KEY"
  std::uint64_t from = 0;     ///< stream: version, exclusive
  std::uint64_t limit = 100;  ///< events; 0: all
  bool backwards = false;
};
[[nodiscard]] evsrc::result<void> read_events(read_request const& what);

struct tail_request {
  target where;
  std::string scope = "all";
  std::uint64_t limit = 0;   ///< ends after that many events; 0: goes on until interrupted
  bool from_start = false;   ///< else from now on
  std::int64_t idle_ms = 0;  ///< ends when nothing came for that long; 0: never
};
[[nodiscard]] evsrc::result<void> tail_events(tail_request const& what);

struct status_request {
  target where;
  bool why = false;
};
[[nodiscard]] evsrc::result<void> show_outbox(status_request const& what);
[[nodiscard]] evsrc::result<void> show_projections(status_request const& what);

[[nodiscard]] evsrc::result<void> show_keys(status_request const& what);

struct key_request {
  target where;
  std::string key{};
  std::string queue{};  ///< or topic/Subscriptions/name
  std::string consumer{};
  std::string user{};
  std::string id{};  ///< of skip: a message that is held, by its origin id; empty: what blocks
  std::int64_t window_s = 0;  ///< of redrive; 0: the inbox keeps its entries for ever
  bool force = false;         ///< of redrive
};
enum class key_work : std::uint8_t { redrive, skip };
/// Changes the file.
[[nodiscard]] evsrc::result<void> work_on_key(key_request const& what, key_work kind);

struct refused_request {
  target where;
  std::uint64_t number = 0;  ///< in the outbox; 0: by filter
  std::string destination{};
  std::string type{};
  std::string reason{};
  std::string key{};
  std::string id{};
  // of list
  std::uint64_t after = 0;
  std::size_t limit = 100;
  // of what changes something
  std::string user{};
  bool all = false;
  std::optional<std::uint64_t> confirm{};  ///< of drop
};
enum class refused_work : std::uint8_t { redrive, drop };
[[nodiscard]] evsrc::result<void> list_refused(refused_request const& what);
[[nodiscard]] evsrc::result<void> show_refused(refused_request const& what);
/// Changes the file.
[[nodiscard]] evsrc::result<void> work_on_refused(refused_request const& what, refused_work kind);

struct dead_letters_request {
  target where;
  std::string queue{};      ///< or topic/Subscriptions/name; empty: list those that there are
  std::int64_t number = 0;  ///< sequence number; 0: by filter
  std::string type{};
  std::string reason{};
  std::string key{};
  std::string id{};
  std::string from{};   ///< RFC 3339, inclusive
  std::string until{};  ///< exclusive
  // of list
  std::int64_t after = 0;
  std::size_t limit = 100;
  // of what changes something
  std::string consumer{};
  std::string user{};
  bool all = false;
  bool force = false;
  std::int64_t window_s = 0;  ///< 0: the inbox keeps its entries for ever
  std::string destination{};
  std::string body_file{};
  std::uint32_t per_second = 0;
  std::int64_t up_to = 0;     ///< 0: what is there now
  std::uint64_t confirm = 0;  ///< of purge
};
enum class dead_letters_work : std::uint8_t { redrive, skip, purge };
/// @errors invalid_argument: a time
[[nodiscard]] evsrc::result<evsrc::dead_letter_filter> filter_of(dead_letters_request const& what);
[[nodiscard]] evsrc::result<void> list_dead_letters(dead_letters_request const& what);
[[nodiscard]] evsrc::result<void> show_dead_letter(dead_letters_request const& what);
/// Changes the file.
[[nodiscard]] evsrc::result<void> work_on_dead_letters(dead_letters_request const& what,
                                                       dead_letters_work kind);

struct doctor_request {
  target where;
  bool quick = false;  ///< leaves out the full scan
};
/// @errors corrupt: what was found is printed, too
[[nodiscard]] evsrc::result<void> examine(doctor_request const& what);

}  // namespace evsrc_cli
