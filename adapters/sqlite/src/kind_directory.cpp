// SPDX-License-Identifier: Apache-2.0
// The kinds of events that a file has.
#include "kind_directory.hpp"

namespace evsrc::sqlite::inline v0::detail {

result<void> kind_directory::refresh(connection& from) {
  if (!load_) {
    auto prepared = from.prepare(
        "SELECT id, category, name, version FROM evsrc_kinds WHERE id > ? ORDER BY id");
    if (!prepared) return fail(prepared.error());
    load_ = std::move(*prepared);
  }
  load_.integer(1, std::uint64_t{kinds_.size()});
  statement::rewind const again{load_};
  for (;;) {
    auto const more = load_.next();
    if (!more) return fail(more.error());
    if (!*more) return {};
    if (load_.number_at(0) != kinds_.size() + 1)
      return fail(errc::corrupt, "evsrc_kinds: a row is missing", "sqlite");
    add({load_.integer_at(0), std::string{load_.bytes_at(1)}, std::string{load_.bytes_at(2)},
         static_cast<std::uint32_t>(load_.integer_at(3))});
  }
}

void kind_directory::add(event_kind kind) {
  auto const& kept = *kinds_.emplace_back(std::make_unique<event_kind>(std::move(kind)));
  by_text_.emplace(key{kept.category, kept.name, kept.version}, &kept);
}

void kind_directory::clear() noexcept {
  by_text_.clear();
  kinds_.clear();
  last_ = nullptr;
}

event_kind const* kind_directory::find(std::string_view category, std::string_view name,
                                       std::uint32_t version) const {
  if (last_ != nullptr && last_->version == version && last_->name == name &&
      last_->category == category)
    return last_;
  auto const found = by_text_.find(key{category, name, version});
  return last_ = found == by_text_.end() ? nullptr : found->second;
}

}  // namespace evsrc::sqlite::inline v0::detail
