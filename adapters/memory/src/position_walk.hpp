// SPDX-License-Identifier: Apache-2.0
// Walks several lists of positions as one, each position once, forwards or backwards.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "evsrc/store/event_store.hpp"

namespace evsrc::memory::inline v0::detail {

/// Positions in increasing order.
using position_list = std::vector<std::uint64_t>;

/// Starts behind `from` (forwards) or before it (backwards). The lists outlive the walk.
class position_walk {
 public:
  position_walk(direction order, std::uint64_t from) : order_(order), from_(from) {}

  void add(position_list const& list) {
    if (order_ == direction::forwards) {
      push({list.data(), std::upper_bound(list.begin(), list.end(), from_) - list.begin(),
            static_cast<std::ptrdiff_t>(list.size())});
    } else {
      push({list.data(), std::lower_bound(list.begin(), list.end(), from_) - list.begin() - 1, -1});
    }
  }
  /// Every position from 1 to `head`.
  void add_all(std::uint64_t head) {
    auto const end = static_cast<std::ptrdiff_t>(head);
    auto const from = static_cast<std::ptrdiff_t>(from_);
    if (order_ == direction::forwards)
      push({nullptr, from, end});
    else
      push({nullptr, std::min(from - 1, end) - 1, -1});
  }

  std::optional<std::uint64_t> next() {
    while (!sources_.empty()) {
      std::pop_heap(sources_.begin(), sources_.end(), later{order_});
      source first = sources_.back();
      sources_.pop_back();
      auto const found = first.position();
      first.index += order_ == direction::forwards ? 1 : -1;
      push(first);
      if (found != last_) return last_ = found;
    }
    return std::nullopt;
  }

 private:
  /// One list, or all positions where `list` is null.
  struct source {
    std::uint64_t const* list;
    std::ptrdiff_t index;
    std::ptrdiff_t end;
    [[nodiscard]] std::uint64_t position() const {
      return list != nullptr ? list[index] : static_cast<std::uint64_t>(index) + 1;
    }
  };

  /// Puts the source that is next in turn on top of the heap.
  struct later {
    direction order;
    bool operator()(source const& a, source const& b) const {
      return order == direction::forwards ? a.position() > b.position()
                                          : a.position() < b.position();
    }
  };
  void push(source one) {
    bool const over = order_ == direction::forwards ? one.index >= one.end : one.index <= one.end;
    if (over) return;
    sources_.push_back(one);
    std::push_heap(sources_.begin(), sources_.end(), later{order_});
  }

  direction order_;
  std::uint64_t from_;
  std::optional<std::uint64_t> last_;
  std::vector<source> sources_;
};

}  // namespace evsrc::memory::inline v0::detail
