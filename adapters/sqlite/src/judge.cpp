// SPDX-License-Identifier: Apache-2.0
// Judging a commit: reads first, in the order that the guarantees state, and no write before all of
// it has passed.
#include <algorithm>
#include <set>

#include "encoding.hpp"
#include "ledger.hpp"

namespace evsrc::sqlite::inline v0::detail {
namespace {

constexpr char const* origin = "sqlite.commit";

bool refuse(prepared_commit& one, error why) {
  one.answer = fail(std::move(why));
  return false;
}

bool refuse(prepared_commit& one, errc code, std::string message) {
  return refuse(one, error{code, std::move(message), origin});
}

}  // namespace

result<bool> ledger::judge(prepared_commit& one, timestamp now) {
  ++commits_judged_;
  plan_.streams.clear();
  plan_.owners.clear();
  plan_.checkpoints.clear();
  // Most commits have few of these: what is not there is not judged.
  for (auto const judge_part :
       {&ledger::judge_owners, &ledger::judge_versions, &ledger::judge_conditions,
        &ledger::judge_checkpoints, &ledger::judge_messages}) {
    if (judge_part == &ledger::judge_owners && !one.what.once.empty()) {
      auto passed = judge_once(one, now);
      if (!passed || !*passed) return passed;
    }
    auto passed = (this->*judge_part)(one);
    if (!passed || !*passed) return passed;
  }
  return one.what.settles.empty() ? result<bool>{true} : judge_settles(one, now);
}

result<bool> ledger::judge_settles(prepared_commit& one, timestamp now) {
  auto judged = bus().judge_settles(one.what.settles, now);
  if (judged) return true;
  if (!is_verdict(judged.error())) return fail(std::move(judged.error()));
  return refuse(one, std::move(judged.error()));
}

result<bool> ledger::judge_once(prepared_commit& one, timestamp now) {
  auto& find = sql_[find_once];
  statement::rewind const again{find};
  for (auto const& entry : one.what.once) {
    find.text(1, entry.scope).text(2, entry.key).integer(3, as_integer(now));
    auto const known = find.next();
    if (!known) return fail(known.error());
    if (!*known) continue;
    if (find.bytes_at(0) != entry.fingerprint)
      return refuse(one, errc::key_reused,
                    "key " + entry.key + " of " + entry.scope + " was used for another request");
    auto recorded = decode_receipt(find.bytes_at(1), identity_.fingerprint);
    if (!recorded) return fail(recorded.error());
    recorded->duplicate = true;
    recorded->outcome = std::string{find.bytes_at(2)};
    one.answer = std::move(*recorded);
    return false;
  }
  return true;
}

result<bool> ledger::judge_owners(prepared_commit& one) {
  for (auto const& claim : one.what.owners) {
    auto planned = std::find_if(plan_.owners.begin(), plan_.owners.end(),
                                [&](auto const& each) { return each.first == claim.name; });
    if (planned == plan_.owners.end()) {
      auto& find = sql_[find_owner];
      statement::rewind const again{find};
      auto const known = find.text(1, claim.name).next();
      if (!known) return fail(known.error());
      owner_state state;
      if (*known) state = {find.number_at(0), find.number_at(1), std::string{find.bytes_at(2)}};
      planned = plan_.owners.insert(plan_.owners.end(), {claim.name, std::move(state)});
    }
    auto& owner = planned->second;
    bool const raises = claim.what == owner_claim::kind::take_over;
    if (claim.epoch == 0 || claim.epoch != owner.epoch + (raises ? 1 : 0))
      return refuse(one, errc::fenced,
                    "owner of " + claim.name + " is at epoch " + std::to_string(owner.epoch) +
                        ", the claim " + (raises ? "takes over as " : "holds ") +
                        std::to_string(claim.epoch));
    owner.epoch = claim.epoch;
    ++owner.heartbeat;
    if (raises) owner.holder = claim.holder;
  }
  return true;
}

result<bool> ledger::judge_versions(prepared_commit& one) {
  for (auto const& append : one.what.appends) {
    auto const found = locate(append.stream);
    if (!found) return fail(found.error());
    auto& place = **found;
    if (place.planned_by != commits_judged_) {
      place.planned_by = commits_judged_;
      place.planned = place.version;
    }
    if (!append.expected.holds_for(place.planned))
      return refuse(one, errc::version_conflict,
                    "stream " + to_string(append.stream) + " is at version " +
                        std::to_string(place.planned) + ", expected " + to_string(append.expected));
    place.planned += append.events.size();
    plan_.streams.push_back(&place);
  }
  return true;
}

result<bool> ledger::judge_conditions(prepared_commit& one) {
  for (auto const& condition : one.what.unless) {
    if (auto known = identity_.know(condition.after, head_); !known)
      return refuse(one, std::move(known.error()));
    if (condition.after.major() == head_) continue;  // nothing is behind it
    auto const found = first_match(condition);
    if (!found) return fail(found.error());
    if (*found)
      return refuse(one, errc::condition_failed,
                    "the event at position " + std::to_string(**found) +
                        " matches and was not seen by the decision");
  }
  return true;
}

result<std::optional<std::uint64_t>> ledger::first_match(append_condition const& what) {
  position_walk walk{walks_, direction::forwards, what.after.major()};
  EVSRC_TRY(walk.add_query(what.matching, kinds_));
  auto& find = sql_[find_event];
  for (;;) {
    auto position = walk.next();
    if (!position || !*position || !has_tags(what.matching)) return position;
    statement::rewind const again{find};
    auto const there = find.integer(1, **position).next();
    if (!there) return fail(there.error());
    auto const* const kind = *there ? kinds_.find(find.integer_at(0)) : nullptr;
    if (kind == nullptr)
      return fail(
          errc::corrupt,
          "an index names position " + std::to_string(**position) + ", where no known event is",
          origin);
    auto const matching = is_match(what.matching, *kind, find.bytes_at(1));
    if (!matching) return fail(matching.error());
    if (*matching) return position;
  }
}

result<bool> ledger::judge_checkpoints(prepared_commit& one) {
  for (auto const& move : one.what.checkpoints) {
    auto planned = std::find_if(plan_.checkpoints.begin(), plan_.checkpoints.end(),
                                [&](auto const& each) { return each.first == move.name; });
    if (planned == plan_.checkpoints.end()) {
      auto& find = sql_[find_checkpoint];
      statement::rewind const again{find};
      auto const known = find.text(1, move.name).next();
      if (!known) return fail(known.error());
      auto const stands =
          *known && !find.is_null_at(0) ? identity_.at(find.number_at(0)) : cursor{};
      planned = plan_.checkpoints.insert(plan_.checkpoints.end(), {move.name, stands});
    }
    if (planned->second != move.from)
      return refuse(one, errc::checkpoint_mismatch,
                    "checkpoint " + move.name + " is at " + to_string(planned->second) +
                        ", not at " + to_string(move.from));
    if (auto known = identity_.know(move.to, head_); !known)
      return refuse(one, std::move(known.error()));
    planned->second = move.to;
  }
  return true;
}

result<bool> ledger::judge_messages(prepared_commit& one) {
  if (one.what.messages.empty()) return true;
  std::set<std::string_view> cancelled;
  for (auto const& id : one.what.cancel) cancelled.insert(id.value);
  std::set<std::string_view> entered;
  auto& find = sql_[find_message];
  for (auto const& message : one.what.messages) {
    auto const& id = message.id.value;
    bool waits = false;
    if (!cancelled.contains(id)) {
      auto const known = find.text(1, id).next();
      if (!known) return fail(known.error());
      find.reset();
      waits = *known;
    }
    if (waits || !entered.insert(id).second)
      return refuse(one, errc::invalid_argument,
                    "messages.id: " + id + " is already in the outbox");
  }
  return true;
}

}  // namespace evsrc::sqlite::inline v0::detail
