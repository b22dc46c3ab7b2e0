// SPDX-License-Identifier: Apache-2.0
// What stands behind an open store.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "bus_waits.hpp"
#include "evsrc/sqlite/event_store.hpp"
#include "group_writer.hpp"
#include "reader_pool.hpp"

namespace evsrc::sqlite::inline v0::detail {

/// Changes with every start of the machine; empty where that cannot be seen, as where a container
/// hides it.
[[nodiscard]] std::string present_boot();

struct store_state {
  options with;
  std::string boot = present_boot();
  std::string path;  ///< absolute, links followed; empty in memory
  clock* time = nullptr;
  store_identity identity;  ///< as of the opening; the epoch may have been raised since
  std::mutex connection;    ///< of a store in memory: reads and writes share one
  std::optional<reader_pool> readers;
  std::unique_ptr<group_writer> writer;

  std::mutex growth;
  std::condition_variable grown;  ///< head or outbox have, or the store was closed
  std::uint64_t known_head = 0;
  std::uint64_t known_sequence = 0;  ///< of the outbox
  bool is_watched = false;           ///< somebody looks for other processes' events
  bool is_closed = false;

  /// Runs `work` on a reader.
  template <class Work>
  auto with_reader(Work work) -> decltype(work(std::declval<reader_pool::loan&>())) {
    // A store in memory has one connection, and who leads a group is using it.
    if (with.durability == durability::memory && writer->is_working_thread())
      return fail(errc::unsupported,
                  "a store in memory cannot be read from inside a commit's function", "sqlite");
    auto lent = readers->borrow(identity);
    if (!lent) return fail(std::move(lent.error()));
    auto answer = work(*lent);
    // Only close() interrupts a reader.
    if (!answer && answer.error().code == errc::cancelled)
      return fail(errc::closed, "the store was closed before the read had ended", "sqlite");
    return answer;
  }
  void note_growth(std::uint64_t head, std::uint64_t outbox);

  std::unique_ptr<bus_waits> waits;  ///< who waits for messages of the bus
  reader* looked_with = nullptr;     ///< of the thread that looks for all of them
  std::int64_t looked_at = 0;
  [[nodiscard]] bool look_for_messages(std::vector<bus_waits::question>& asked, bool is_new);
};

/// Everything that opening does; see open().
[[nodiscard]] result<void> open_state(store_state& opened);
/// An interrupted restore is brought to its end. The caller has claimed the store alone, or opens
/// it.
[[nodiscard]] result<void> finish_restore(std::string const& store_path);
[[nodiscard]] std::string restoring_path(std::string const& store_path);
/// Makes names in the folder of `path` survive a power loss.
[[nodiscard]] result<void> sync_folder(std::string const& path);

}  // namespace evsrc::sqlite::inline v0::detail
