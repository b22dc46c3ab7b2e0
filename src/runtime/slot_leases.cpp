// SPDX-License-Identifier: Apache-2.0
// Taking, proving and losing slots of the outbox.
#include "evsrc/runtime/detail/slot_leases.hpp"

#include "long_time.hpp"

namespace evsrc::inline v0::detail {

using std::chrono::milliseconds;

std::string slot_leases::name_of(std::size_t slot) { return "relay/" + std::to_string(slot); }

slot_leases::slot_leases(event_store& store, clock& time, lease_settings settings)
    : store_(&store), time_(&time), settings_(std::move(settings)) {
  settings_.patience = bounded(settings_.patience);
  settings_.heartbeat = bounded(settings_.heartbeat);
}

result<std::size_t> slot_leases::keep() {
  std::scoped_lock const lock(mutex_);
  std::size_t lost = 0;
  if (is_due()) {
    auto proved = prove();
    if (!proved) return proved;
    lost = *proved;
  }
  // Others are looked at more often than they beat: the patience begins with the last beat seen.
  constexpr int looks_per_heartbeat = 4;
  auto const now = time_->steady();
  if (looked_at_ && now - *looked_at_ < settings_.heartbeat / looks_per_heartbeat) return lost;
  looked_at_ = now;
  EVSRC_TRY(take_free());
  return lost;
}

result<std::size_t> slot_leases::renew() {
  std::scoped_lock const lock(mutex_);
  return prove();
}

bool slot_leases::is_due() const {
  auto const now = time_->steady();
  for (auto const& one : leases_)
    if (one.epoch != 0 && now - one.proved >= settings_.heartbeat) return true;
  return false;
}

std::vector<owner_claim> slot_leases::all_claims() const {
  std::vector<owner_claim> made;
  for (std::size_t slot = 0; slot != outbox_slots; ++slot)
    if (auto const epoch = leases_[slot].epoch; epoch != 0)
      made.push_back({name_of(slot), epoch, owner_claim::kind::hold, settings_.holder});
  return made;
}

result<std::size_t> slot_leases::prove() {
  commit what;
  what.owners = all_claims();
  if (what.owners.empty()) return std::size_t{0};
  auto const begun = time_->steady();
  auto const done = store_->commit(std::move(what));
  if (!done && done.error().code == errc::fenced) return drop_lost();
  if (!done) return fail(done.error());
  for (auto& one : leases_)
    if (one.epoch != 0) one.proved = begun;
  return std::size_t{0};
}

result<std::size_t> slot_leases::drop_lost() {
  std::size_t lost = 0;
  for (std::size_t slot = 0; slot != outbox_slots; ++slot) {
    auto& one = leases_[slot];
    if (one.epoch == 0) continue;
    auto const current = store_->find_owner(name_of(slot));
    if (!current) return fail(current.error());
    if (current->epoch == one.epoch) continue;
    one = {};
    ++lost;
  }
  return lost;
}

result<std::size_t> slot_leases::find_lost() {
  std::scoped_lock const lock(mutex_);
  return drop_lost();
}

result<bool> slot_leases::is_free(std::size_t slot, lease& of, std::uint64_t& next_epoch) {
  auto const current = store_->find_owner(name_of(slot));
  if (!current) return fail(current.error());
  next_epoch = current->epoch + 1;
  if (current->epoch == 0 || current->holder.empty()) return true;
  auto const now = time_->steady();
  if (!of.seen_since || !(*current == of.seen)) {
    of.seen = *current;
    of.seen_since = now;
  }
  return now - *of.seen_since >= settings_.patience;
}

result<void> slot_leases::take_free() {
  commit what;
  std::vector<std::size_t> taken;
  for (std::size_t slot = 0; slot != outbox_slots; ++slot) {
    if (!settings_.wanted.test(slot) || leases_[slot].epoch != 0) continue;
    std::uint64_t epoch = 0;
    auto const free = is_free(slot, leases_[slot], epoch);
    if (!free) return fail(free.error());
    if (!*free) continue;
    what.owners.push_back({name_of(slot), epoch, owner_claim::kind::take_over, settings_.holder});
    taken.push_back(slot);
  }
  if (taken.empty()) return {};
  auto const claims = what.owners;
  auto const begun = time_->steady();
  auto const done = store_->commit(std::move(what));
  if (!done && done.error().code == errc::fenced) {
    looked_at_.reset();  // another was faster: the rest may still be free
    return {};
  }
  if (!done) return fail(done.error());
  for (std::size_t at = 0; at != taken.size(); ++at)
    leases_[taken[at]] = {claims[at].epoch, begun, {}, {}};
  return {};
}

outbox_slot_set slot_leases::held() const {
  std::scoped_lock const lock(mutex_);
  outbox_slot_set found;
  for (std::size_t slot = 0; slot != outbox_slots; ++slot)
    found.set(slot, leases_[slot].epoch != 0);
  return found;
}

outbox_slot_set slot_leases::held_for(milliseconds left) const {
  std::scoped_lock const lock(mutex_);
  // Where both are endless, time passes between the proof and the send all the same.
  left = std::min(bounded(left), long_time / 2);
  auto const now = time_->steady();
  outbox_slot_set found;
  for (std::size_t slot = 0; slot != outbox_slots; ++slot) {
    auto const& one = leases_[slot];
    found.set(slot, one.epoch != 0 && now + left <= one.proved + settings_.patience);
  }
  return found;
}

std::vector<owner_claim> slot_leases::claims(outbox_slot_set const& slots) const {
  std::scoped_lock const lock(mutex_);
  if (is_due()) return all_claims();
  std::vector<owner_claim> made;
  for (std::size_t slot = 0; slot != outbox_slots; ++slot)
    if (auto const epoch = leases_[slot].epoch; slots.test(slot) && epoch != 0)
      made.push_back({name_of(slot), epoch, owner_claim::kind::hold, settings_.holder});
  return made;
}

void slot_leases::note_proved(std::vector<owner_claim> const& claims, steady_time begun) {
  std::scoped_lock const lock(mutex_);
  std::size_t at = 0;  // both are in order of slots
  for (std::size_t slot = 0; slot != outbox_slots && at != claims.size(); ++slot) {
    if (claims[at].name != name_of(slot)) continue;
    auto& one = leases_[slot];
    if (one.epoch == claims[at].epoch && one.proved < begun) one.proved = begun;
    ++at;
  }
}

void slot_leases::release() {
  std::scoped_lock const lock(mutex_);
  commit what;
  for (auto& claim : all_claims()) {
    claim.what = owner_claim::kind::take_over;
    ++claim.epoch;
    claim.holder.clear();
    what.owners.push_back(std::move(claim));
  }
  // Where it fails the next owner waits out its patience, no more.
  if (!what.owners.empty()) static_cast<void>(store_->commit(std::move(what)));
  leases_ = {};
  looked_at_.reset();
}

result<std::map<std::string, std::size_t>> slot_leases::others() const {
  auto const own = held();
  std::map<std::string, std::size_t> found;
  for (std::size_t slot = 0; slot != outbox_slots; ++slot) {
    if (own.test(slot)) continue;
    auto const current = store_->find_owner(name_of(slot));
    if (!current) return fail(current.error());
    ++found[current->holder];
  }
  return found;
}

}  // namespace evsrc::inline v0::detail
