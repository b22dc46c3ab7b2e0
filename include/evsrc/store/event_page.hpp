// SPDX-License-Identifier: Apache-2.0
// Events as read: one arena, and views into it.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "evsrc/core/cursor.hpp"
#include "evsrc/core/event_record.hpp"
#include "evsrc/store/detail/page_memory.hpp"

namespace evsrc::inline v0 {

/// What a read returns. Move-only; its views live as long as it does, wherever it is moved to. A
/// thread keeps at most 9 MiB of what its long pages leave behind, for its next ones.
class event_page {
 public:
  event_page() = default;
  event_page(event_page&&) noexcept = default;
  event_page& operator=(event_page&&) noexcept = default;

  [[nodiscard]] std::span<event_view const> events() const noexcept { return events_; }
  [[nodiscard]] auto begin() const noexcept { return events_.begin(); }
  [[nodiscard]] auto end() const noexcept { return events_.end(); }
  [[nodiscard]] std::size_t size() const noexcept { return events_.size(); }
  [[nodiscard]] bool empty() const noexcept { return events_.empty(); }

  /// Where the next read goes on; also what a condition or a checkpoint takes.
  [[nodiscard]] cursor next() const noexcept { return next_; }
  /// True where nothing more matched when the page was read.
  [[nodiscard]] bool at_end() const noexcept { return at_end_; }
  /// Of the stream that was read, when the page was read; 0 for other reads.
  [[nodiscard]] stream_version version() const noexcept { return version_; }

  // For adapters: build with add() and finish(), in one pass.

  /// Copies the views' bytes into the arena, the payload with its padding behind it.
  /// `like.category`, `key` and `name` equal to the previous event's are shared.
  void add(event_view const& like);
  void finish(cursor next, bool at_end, stream_version version = 0) noexcept;
  /// Payload and metadata bytes added so far.
  [[nodiscard]] std::size_t size_bytes() const noexcept { return size_bytes_; }

 private:
  [[nodiscard]] char* allocate(std::size_t count);
  [[nodiscard]] std::string_view keep(std::string_view text);

  std::vector<event_view, detail::page_allocator<event_view>> events_;
  std::vector<std::unique_ptr<char[], detail::page_block_end>> blocks_;
  char* free_ = nullptr;
  std::size_t free_bytes_ = 0;
  std::size_t size_bytes_ = 0;
  cursor next_{};
  stream_version version_ = 0;
  bool at_end_ = true;
};

}  // namespace evsrc::inline v0
