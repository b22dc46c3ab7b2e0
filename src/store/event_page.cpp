// SPDX-License-Identifier: Apache-2.0
// The arena behind a page of events.
#include "evsrc/store/event_page.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace evsrc::inline v0 {
namespace {
// A short stream fits into the first block, most into two. A long page takes whole mebibytes: what
// is not touched costs nothing, and glibc, which adapts to the largest block that it gave back to
// the system, keeps one of this size for the next page instead of having it cleared again.
constexpr std::size_t block_bytes[] = {4 * 1024, 64 * 1024, 1024 * 1024};
}  // namespace

char* event_page::allocate(std::size_t count) {
  if (count > free_bytes_) {
    auto const step = std::min(blocks_.size(), std::size(block_bytes) - 1);
    auto const size = std::max(count, block_bytes[step]);
    blocks_.emplace_back(new char[size]);  // not make_unique: that would clear it first
    free_ = blocks_.back().get();
    free_bytes_ = size;
  }
  char* const at = free_;
  free_ += count;
  free_bytes_ -= count;
  return at;
}

std::string_view event_page::keep(std::string_view text) {
  if (text.empty()) return {};
  char* const at = allocate(text.size());
  std::memcpy(at, text.data(), text.size());
  return {at, text.size()};
}

void event_page::add(event_view const& like) {
  event_view kept = like;
  event_view const* const before = events_.empty() ? nullptr : &events_.back();
  auto const share = [&](std::string_view event_view::*field) {
    bool const same = before != nullptr && before->*field == like.*field;
    kept.*field = same ? before->*field : keep(like.*field);
  };
  share(&event_view::category);
  share(&event_view::key);
  share(&event_view::name);
  kept.encoded_metadata = keep(like.encoded_metadata);
  char* const payload = allocate(like.payload.size() + payload_padding);
  if (!like.payload.empty()) std::memcpy(payload, like.payload.data(), like.payload.size());
  std::memset(payload + like.payload.size(), 0, payload_padding);
  kept.payload = {payload, like.payload.size()};
  size_bytes_ += like.payload.size() + like.encoded_metadata.size();
  events_.push_back(kept);
}

void event_page::finish(cursor next, bool at_end, stream_version version) noexcept {
  next_ = next;
  at_end_ = at_end;
  version_ = version;
}

}  // namespace evsrc::inline v0
