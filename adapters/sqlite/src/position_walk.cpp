// SPDX-License-Identifier: Apache-2.0
// Positions from several indexes, in one order.
#include "position_walk.hpp"

#include <algorithm>
#include <set>

#include "encoding.hpp"

namespace evsrc::sqlite::inline v0::detail {
namespace {

using index = walk_statements::index;

char const* sql_of(index which, direction order) noexcept {
  bool const up = order == direction::forwards;
  switch (which) {
    case index::all:
      return up ? "SELECT position FROM evsrc_events WHERE position > ?1 ORDER BY position"
                : "SELECT position FROM evsrc_events WHERE position < ?1 ORDER BY position DESC";
    case index::kind:
      return up ? "SELECT position FROM evsrc_events INDEXED BY evsrc_events_by_kind"
                  " WHERE kind = ?2 AND position > ?1 ORDER BY position"
                : "SELECT position FROM evsrc_events INDEXED BY evsrc_events_by_kind"
                  " WHERE kind = ?2 AND position < ?1 ORDER BY position DESC";
    case index::tag:
      return up ? "SELECT position FROM evsrc_tags WHERE tag = ?2 AND position > ?1"
                  " ORDER BY position"
                : "SELECT position FROM evsrc_tags WHERE tag = ?2 AND position < ?1"
                  " ORDER BY position DESC";
    case index::tag_seek:
      return up ? "SELECT position FROM evsrc_tags WHERE tag = ?2 AND position >= ?1"
                  " ORDER BY position LIMIT 1"
                : "SELECT position FROM evsrc_tags WHERE tag = ?2 AND position <= ?1"
                  " ORDER BY position DESC LIMIT 1";
  }
  return "";
}

}  // namespace

result<statement> walk_statements::borrow(index which, direction order) {
  auto& free = free_[slot(which, order)];
  if (free.empty()) return of_.prepare(sql_of(which, order));
  auto taken = std::move(free.back());
  free.pop_back();
  return taken;
}

void walk_statements::give_back(index which, direction order, statement used) {
  used.reset();
  free_[slot(which, order)].push_back(std::move(used));
}

position_walk::~position_walk() {
  for (auto& one : sources_) statements_.give_back(one.index, order_, std::move(one.sql));
}

result<void> position_walk::add(source one) {
  auto const more = advance(one);
  if (!more || !*more) {
    statements_.give_back(one.index, order_, std::move(one.sql));
    if (!more) return fail(more.error());
    return {};
  }
  sources_.push_back(std::move(one));
  std::push_heap(sources_.begin(), sources_.end(),
                 [this](source const& a, source const& b) { return is_later(a, b); });
  return {};
}

result<void> position_walk::add_all() {
  auto sql = statements_.borrow(index::all, order_);
  if (!sql) return fail(sql.error());
  sql->integer(1, after_);
  return add(source{index::all, std::move(*sql), {}, 0});
}

result<void> position_walk::add_kind(std::int64_t kind) {
  auto sql = statements_.borrow(index::kind, order_);
  if (!sql) return fail(sql.error());
  sql->integer(1, after_).integer(2, kind);
  return add(source{index::kind, std::move(*sql), {}, 0});
}

result<void> position_walk::add_tags(std::vector<std::int64_t> tags) {
  bool const alone = tags.size() == 1;
  auto const which = alone ? index::tag : index::tag_seek;
  auto sql = statements_.borrow(which, order_);
  if (!sql) return fail(sql.error());
  if (alone) sql->integer(1, after_).integer(2, tags.front());
  return add(source{which, std::move(*sql), std::move(tags), after_});
}

result<bool> position_walk::advance(source& one) {
  if (one.index == index::tag_seek) return advance_together(one);
  auto more = one.sql.next();
  if (more && *more) one.at = one.sql.number_at(0);
  return more;
}

// Each tag in turn jumps to the first position that can still be common to all.
result<bool> position_walk::advance_together(source& one) {
  bool const up = order_ == direction::forwards;
  if (!up && one.at == 0) return false;
  std::uint64_t wanted = up ? one.at + 1 : one.at - 1;
  for (std::size_t agreed = 0, i = 0; agreed < one.tags.size(); i = (i + 1) % one.tags.size()) {
    one.sql.integer(1, wanted).integer(2, one.tags[i]);
    auto more = one.sql.next();
    if (!more || !*more) return more;
    auto const found = one.sql.number_at(0);
    one.sql.reset();
    agreed = found == wanted ? agreed + 1 : 1;
    wanted = found;
  }
  one.at = wanted;
  return true;
}

result<std::optional<std::uint64_t>> position_walk::next() {
  auto const later = [this](source const& a, source const& b) { return is_later(a, b); };
  while (!sources_.empty()) {
    auto const found = sources_.front().at;
    std::pop_heap(sources_.begin(), sources_.end(), later);
    auto const more = advance(sources_.back());
    if (!more) return fail(more.error());
    if (*more) {
      std::push_heap(sources_.begin(), sources_.end(), later);
    } else {
      statements_.give_back(sources_.back().index, order_, std::move(sources_.back().sql));
      sources_.pop_back();
    }
    if (std::exchange(last_, found) != found) return std::optional{found};
  }
  return std::optional<std::uint64_t>{};
}

result<void> position_walk::add_query(query const& what, kind_directory const& kinds) {
  bool const everything =
      what.items.empty() || std::any_of(what.items.begin(), what.items.end(), [](auto const& item) {
        return item.names.empty() && item.tags.empty();
      });
  if (everything) return add_all();
  std::set<std::int64_t> wanted;
  for (auto const& item : what.items) {
    if (item.tags.empty()) {
      for (auto const& kind : kinds.all())
        if (std::find(item.names.begin(), item.names.end(), kind->name) != item.names.end())
          wanted.insert(kind->id);
    } else {
      std::vector<std::int64_t> tags;
      for (auto const& tag : item.tags) tags.push_back(hash_tag(tag.name, tag.value));
      EVSRC_TRY(add_tags(std::move(tags)));
    }
  }
  for (auto const kind : wanted) EVSRC_TRY(add_kind(kind));
  return {};
}

bool has_tags(query const& what) noexcept {
  return std::any_of(what.items.begin(), what.items.end(),
                     [](auto const& item) { return !item.tags.empty(); });
}

result<bool> is_match(query const& what, event_kind const& kind,
                      std::string_view encoded_metadata) {
  if (!has_tags(what)) return matches(what, kind.name, {});
  auto const meta = decode_metadata(encoded_metadata, {}, {});
  if (!meta) return fail(meta.error());
  return matches(what, kind.name, meta->tags);
}

}  // namespace evsrc::sqlite::inline v0::detail
