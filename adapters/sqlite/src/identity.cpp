// SPDX-License-Identifier: Apache-2.0
// Which store a file is, and which positions it may still speak of.
#include "identity.hpp"

#include <algorithm>

#include "encoding.hpp"

namespace evsrc::sqlite::inline v0::detail {
namespace {

std::string to_hex(std::string_view octets) {
  constexpr char const* digits = "0123456789abcdef";
  std::string text;
  for (char const c : octets) {
    text += digits[static_cast<unsigned char>(c) >> 4U];
    text += digits[static_cast<unsigned char>(c) & 15U];
  }
  return text;
}

}  // namespace

result<store_identity> store_identity::read(connection& from) {
  auto row = from.prepare("SELECT id, epoch, is_backup, unsynced_boot FROM evsrc_store");
  if (!row) return fail(row.error());
  auto const there = row->next();
  if (!there) return fail(there.error());
  if (!*there) return fail(errc::corrupt, "evsrc_store: the row is missing", "sqlite.open");
  store_identity found;
  found.id_hex = to_hex(row->bytes_at(0));
  found.fingerprint = std::max<std::uint64_t>(hash_bytes(row->bytes_at(0), 3), 1);
  found.epoch = row->number_at(1);
  found.is_backup = row->integer_at(2) != 0;
  found.unsynced_boot = std::string{row->bytes_at(3)};

  auto ended = from.prepare("SELECT epoch, last_position FROM evsrc_epochs");
  if (!ended) return fail(ended.error());
  for (;;) {
    auto const more = ended->next();
    if (!more) return fail(more.error());
    if (!*more) return found;
    found.ended.push_back({ended->number_at(0), ended->number_at(1)});
  }
}

result<void> store_identity::catch_up(connection& from, std::uint64_t present_epoch) {
  if (present_epoch == epoch) return {};
  auto found = read(from);
  if (!found) return fail(std::move(found.error()));
  *this = std::move(*found);
  return {};
}

std::uint64_t store_identity::next_position(std::uint64_t last) const noexcept {
  auto const number = last & number_mask;
  return number == number_mask ? 0 : (epoch << epoch_shift) | (number + 1);
}

result<void> store_identity::know(cursor const& where, std::uint64_t head) const {
  if (where.is_start()) return {};
  if (where.store() != fingerprint)
    return fail(errc::checkpoint_ahead, "cursor " + to_string(where) + " is of another store",
                "sqlite");
  auto const position = where.major();
  if (position > head || where.minor() != 0)
    return fail(errc::checkpoint_ahead,
                "cursor " + to_string(where) + " is beyond the head " + to_string(at(head)) +
                    " of this store",
                "sqlite");
  // An epoch that is not in the list was skipped: it gave out no position that still counts.
  auto const of = position >> epoch_shift;
  if (of == epoch) return {};
  for (auto const& past : ended)
    if (past.epoch == of && position <= past.last_position) return {};
  return fail(
      errc::checkpoint_ahead,
      "cursor " + to_string(where) + " saw events that a restore or a loss of power has taken back",
      "sqlite");
}

result<void> raise_epoch(connection& file, std::uint64_t epoch) {
  if (epoch > epoch_max)
    return fail(errc::limit_exceeded,
                "epoch: " + std::to_string(epoch) + " is above " + std::to_string(epoch_max),
                "sqlite.restore");
  // One that gave out no position which still counts is in no cursor: where the boot cannot be seen
  // every open raises the epoch, and the list is read by each.
  EVSRC_TRY(
      file.run("INSERT INTO evsrc_epochs SELECT epoch, last FROM (SELECT epoch, max(position_floor,"
               " coalesce((SELECT max(position) FROM evsrc_events), 0)) AS last FROM evsrc_store)"
               " WHERE last >> 40 = epoch"));
  auto const raise =
      "UPDATE evsrc_store SET is_backup = 0, unsynced_boot = '', epoch = " + std::to_string(epoch);
  return file.run(raise.c_str());
}

}  // namespace evsrc::sqlite::inline v0::detail
