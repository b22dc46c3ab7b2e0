// SPDX-License-Identifier: Apache-2.0
// Judging and writing commits in memory.
#include "tables.hpp"

#include <algorithm>
#include <set>

namespace evsrc::memory::inline v0::detail {
namespace {

constexpr char const* origin = "memory.commit";

template <class Map, class Key>
auto find_or(Map const& map, Key const& key, typename Map::mapped_type otherwise) ->
    typename Map::mapped_type {
  auto const found = map.find(key);
  return found == map.end() ? std::move(otherwise) : found->second;
}

/// As kept_bytes() counts an entry.
std::size_t kept_bytes(std::pair<std::string, std::string> const& key,
                       idempotency_record const& of) noexcept {
  return key.first.size() + key.second.size() + of.fingerprint.size() + of.outcome.size();
}

}  // namespace

result<void> tables::know(cursor const& where) const {
  if (where.is_start()) return {};
  if (where.store() != store_)
    return fail(errc::checkpoint_ahead, "cursor " + to_string(where) + " is of another store");
  if (where.major() > log_.size() || where.minor() != 0)
    return fail(errc::checkpoint_ahead, "cursor " + to_string(where) + " is beyond the head " +
                                            to_string(head()) + " of this store");
  return {};
}

cursor tables::find_checkpoint(std::string_view name) const {
  return find_or(checkpoints_, name, cursor{});
}

owner_state tables::find_owner(std::string_view name) const {
  return find_or(owners_, name, owner_state{});
}

std::optional<idempotency_record> tables::find_once(std::string_view scope, std::string_view key,
                                                    timestamp now) const {
  auto const found = once_.find(once_key{scope, key});
  if (found == once_.end() || found->second.expires_at <= now) return std::nullopt;
  return found->second;
}

std::size_t tables::remove_expired(std::size_t limit, timestamp now) {
  std::size_t removed = 0;
  for (auto at = once_.begin(); at != once_.end() && removed < limit;) {
    if (at->second.expires_at <= now) {
      bytes_ -= kept_bytes(at->first, at->second);
      at = once_.erase(at);
      ++removed;
    } else {
      ++at;
    }
  }
  return removed;
}

std::optional<snapshot> tables::load_snapshot(stream_id const& stream) const {
  auto const found = snapshots_.find(stream);
  if (found == snapshots_.end()) return std::nullopt;
  return found->second;
}

void tables::save_snapshot(stream_id const& stream, snapshot what) {
  auto const [kept, is_new] = snapshots_.try_emplace(stream, what);
  if (!is_new && kept->second.version <= what.version) kept->second = std::move(what);
}

// A commit is judged against copies of what it would change; only one that passed is written, and
// writing cannot fail. The order is the one that the guarantees state.
result<receipt> tables::commit(evsrc::commit what, timestamp now) {
  auto known = judge_once(what, now);
  if (!known) return fail(std::move(known.error()));
  if (*known) return std::move(**known);

  plan changes;
  EVSRC_TRY(judge_owners(what, changes));
  EVSRC_TRY(judge_versions(what, changes));
  EVSRC_TRY(judge_conditions(what));
  EVSRC_TRY(judge_checkpoints(what, changes));
  EVSRC_TRY(judge_messages(what));
  if (!what.settles.empty())
    return fail(errc::unsupported, "settles: no bus shares this store's place", origin);
  if (auto const bytes = bytes_ + kept_bytes(what); bytes > max_bytes_)
    return fail(errc::limit_exceeded,
                "the store would hold " + std::to_string(bytes) + " bytes, at most " +
                    std::to_string(max_bytes_) + " are allowed",
                origin);
  return write(std::move(what), std::move(changes), now);
}

result<std::optional<receipt>> tables::judge_once(evsrc::commit const& what, timestamp now) const {
  for (auto const& entry : what.once) {
    auto record = find_once(entry.scope, entry.key, now);
    if (!record) continue;
    if (record->fingerprint != entry.fingerprint)
      return fail(errc::key_reused,
                  "key " + entry.key + " of " + entry.scope + " was used for another request",
                  origin);
    record->receipt.duplicate = true;
    record->receipt.outcome = std::move(record->outcome);
    return std::move(record->receipt);
  }
  return std::nullopt;
}

result<void> tables::judge_owners(evsrc::commit const& what, plan& changes) const {
  for (auto const& claim : what.owners) {
    auto& owner = changes.owners.try_emplace(claim.name, find_owner(claim.name)).first->second;
    bool const raises = claim.what == owner_claim::kind::take_over;
    auto const wanted = owner.epoch + (raises ? 1 : 0);
    if (claim.epoch != wanted || claim.epoch == 0)
      return fail(errc::fenced,
                  "owner of " + claim.name + " is at epoch " + std::to_string(owner.epoch) +
                      ", the claim " + (raises ? "takes over as " : "holds ") +
                      std::to_string(claim.epoch),
                  origin);
    owner.epoch = claim.epoch;
    ++owner.heartbeat;
    if (raises) owner.holder = claim.holder;
  }
  return {};
}

result<void> tables::judge_versions(evsrc::commit const& what, plan& changes) const {
  std::map<stream_id, stream_version> seen;  // an append sees those before it
  for (auto const& one : what.appends) {
    auto const [version, is_new] = seen.try_emplace(one.stream, 0);
    if (auto const found = streams_.find(one.stream); is_new && found != streams_.end())
      version->second = found->second.size();
    if (!one.expected.holds_for(version->second))
      return fail(errc::version_conflict,
                  "stream " + to_string(one.stream) + " is at version " +
                      std::to_string(version->second) + ", expected " + to_string(one.expected),
                  origin);
    version->second += one.events.size();
    changes.versions.push_back(version->second);
  }
  return {};
}

result<void> tables::judge_conditions(evsrc::commit const& what) const {
  for (auto const& condition : what.unless) {
    EVSRC_TRY(know(condition.after));
    position_walk walk{direction::forwards, condition.after.major()};
    add_candidates(walk, condition.matching);
    while (auto const position = walk.next()) {
      if (!is_match(condition.matching, *position)) continue;
      return fail(errc::condition_failed,
                  "event " + at(*position).event.name + " at position " +
                      std::to_string(*position) + " matches and was not seen by the decision",
                  origin);
    }
  }
  return {};
}

result<void> tables::judge_checkpoints(evsrc::commit const& what, plan& changes) const {
  for (auto const& move : what.checkpoints) {
    auto& current =
        changes.checkpoints.try_emplace(move.name, find_checkpoint(move.name)).first->second;
    if (current != move.from)
      return fail(errc::checkpoint_mismatch,
                  "checkpoint " + move.name + " is at " + to_string(current) + ", not at " +
                      to_string(move.from),
                  origin);
    EVSRC_TRY(know(move.to));
    current = move.to;
  }
  return {};
}

result<void> tables::judge_messages(evsrc::commit const& what) const {
  std::set<message_id> const cancelled(what.cancel.begin(), what.cancel.end());
  std::set<message_id> entered;
  for (auto const& one : what.messages) {
    bool const waits = outbox_.contains(one.id) && !cancelled.contains(one.id);
    if (waits || !entered.insert(one.id).second)
      return fail(errc::invalid_argument,
                  "messages.id: " + one.id.value + " is already in the outbox", origin);
  }
  return {};
}

receipt tables::write(evsrc::commit what, plan changes, timestamp now) {
  bytes_ += kept_bytes(what);
  receipt answer;
  answer.versions = std::move(changes.versions);
  for (auto& one : what.appends) {
    if (one.events.empty()) continue;
    auto const of_stream = streams_.try_emplace(std::move(one.stream)).first;
    for (auto& event : one.events) {
      write_event(of_stream->first, of_stream->second, std::move(event));
      answer.positions.push_back(position{log_.size()});
    }
  }
  answer.up_to = head();
  write_messages(what, now);
  for (auto& [name, owner] : changes.owners) owners_.insert_or_assign(name, std::move(owner));
  for (auto const& [name, where] : changes.checkpoints) checkpoints_.insert_or_assign(name, where);
  write_once(std::move(what.once), answer);
  return answer;
}

void tables::write_messages(evsrc::commit& what, timestamp now) {
  for (auto const sequence : what.handed_on) bytes_ -= outbox_.remove(sequence);
  // Reason and description have been counted, and are freed with their row.
  for (auto& one : what.refused) bytes_ -= outbox_.refuse(std::move(one), now);
  for (auto const sequence : what.redriven) bytes_ -= outbox_.redrive(sequence);
  for (auto const& id : what.cancel) bytes_ -= outbox_.remove(id);
  for (auto& message : what.messages) outbox_.add(std::move(message), now);
}

void tables::write_event(stream_id const& stream, position_list& of_stream, new_event event) {
  auto const position = log_.size() + 1;
  of_stream.push_back(position);
  by_category_[stream.category].push_back(position);
  by_name_[event.name].push_back(position);
  for (auto const& tag : event.meta.tags) {
    auto& tagged = by_tag_[tag];
    if (tagged.empty() || tagged.back() != position) tagged.push_back(position);
  }
  auto& stored = log_.emplace_back();
  stored.stream = &stream;
  stored.version = of_stream.size();
  encode_metadata(event.meta, stored.encoded_metadata);
  stored.event = std::move(event);
}

void tables::write_once(std::vector<idempotency_entry> entries, receipt const& answer) {
  // From the last to the first: of a key that stands twice in one commit the first one is kept.
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    auto const [kept, is_new] =
        once_.try_emplace(once_key{std::move(entry->scope), std::move(entry->key)});
    if (!is_new) bytes_ -= kept_bytes(kept->first, kept->second);
    kept->second = idempotency_record{std::move(entry->fingerprint), std::move(entry->outcome),
                                      answer, entry->expires_at};
  }
}

}  // namespace evsrc::memory::inline v0::detail
