// SPDX-License-Identifier: Apache-2.0
// The arena behind a page of events.
#include "evsrc/store/event_page.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace evsrc::inline v0 {
namespace {
// A short stream fits into the first block, most into two.
constexpr std::size_t block_bytes[] = {4 * 1024, detail::page_block_bytes[0],
                                       detail::page_block_bytes[1]};
}  // namespace

char* event_page::allocate(std::size_t count) {
  if (count > free_bytes_) {
    auto const step = std::min(blocks_.size(), std::size(block_bytes) - 1);
    auto const size = std::max(count, block_bytes[step]);
    blocks_.emplace_back(detail::take_page_memory(size), detail::page_block_end{size});
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
  event_view const* const before = events_.empty() ? nullptr : &events_.back();
  auto const share = [&](std::string_view event_view::*field) {
    bool const same = before != nullptr && before->*field == like.*field;
    return same ? before->*field : keep(like.*field);
  };
  auto const category = share(&event_view::category);
  auto const key = share(&event_view::key);
  auto const name = share(&event_view::name);
  auto const metadata = keep(like.encoded_metadata);
  char* const payload = allocate(like.payload.size() + payload_padding);
  if (!like.payload.empty()) std::memcpy(payload, like.payload.data(), like.payload.size());
  std::memset(payload + like.payload.size(), 0, payload_padding);

  // Copied last, and the views set in place: a copy made in between waits for their halves.
  auto& kept = events_.emplace_back(like);
  kept.category = category;
  kept.key = key;
  kept.name = name;
  kept.encoded_metadata = metadata;
  kept.payload = {payload, like.payload.size()};
  size_bytes_ += like.payload.size() + like.encoded_metadata.size();
}

void event_page::finish(cursor next, bool at_end, stream_version version) noexcept {
  next_ = next;
  at_end_ = at_end;
  version_ = version;
}

}  // namespace evsrc::inline v0
