// SPDX-License-Identifier: Apache-2.0
// The judges of histories.
#include "evsrc/testing/history.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

namespace evsrc::testing::inline v0 {
namespace {

struct id_hash {
  std::size_t operator()(event_id const& id) const noexcept {
    std::size_t hash = 14695981039346656037U;  // FNV-1a
    for (auto const octet : id.octets) hash = (hash ^ octet) * 1099511628211U;
    return hash;
  }
};
using id_set = std::unordered_set<event_id, id_hash>;
template <class Value>
using id_map = std::unordered_map<event_id, Value, id_hash>;

std::string text(stream_id const& stream, stream_version version) {
  return to_string(stream) + " at version " + std::to_string(version);
}
std::string text(recorded_commit const& one) {
  return "the commit of worker " + std::to_string(one.worker) + " begun at " +
         std::to_string(one.times.invoked);
}
std::string text(seen_event const& event) {
  return "event " + to_string(event.id) + " (" + text(event.stream, event.version) + ", position " +
         std::to_string(event.position.value) + ")";
}

bool is_committed(recorded_commit const& one) { return one.answer == answer_kind::committed; }
bool wrote_nothing(recorded_commit const& one) {
  return one.answer == answer_kind::refused || one.answer == answer_kind::duplicate;
}

/// Index in `all_events` by id; an id that stands twice keeps its first place.
id_map<std::size_t> places(history const& what) {
  id_map<std::size_t> found;
  for (std::size_t i = 0; i != what.all_events.size(); ++i)
    found.try_emplace(what.all_events[i].id, i);
  return found;
}

std::map<stream_id, stream_version> final_versions(history const& what) {
  std::map<stream_id, stream_version> found;
  for (auto const& event : what.all_events) {
    auto& version = found[event.stream];
    version = std::max(version, event.version);
  }
  return found;
}

/// The exact version that an append is about, with `none` as 0.
std::optional<stream_version> exact(expected_version expected) {
  if (expected.what() == expected_version::kind::none) return 0;
  if (expected.what() == expected_version::kind::exactly) return expected.version();
  return std::nullopt;
}

}  // namespace

void merge(history& into, history from) {
  auto const move_all = [](auto& to, auto& of) {
    to.insert(to.end(), std::make_move_iterator(of.begin()), std::make_move_iterator(of.end()));
  };
  move_all(into.commits, from.commits);
  move_all(into.looks, from.looks);
  move_all(into.pages, from.pages);
}

verdict one_winner_per_version(history const& what) {
  std::map<std::pair<stream_id, stream_version>, recorded_commit const*> winners;
  auto const versions = final_versions(what);
  for (auto const& one : what.commits) {
    bool is_explained = one.answer != answer_kind::refused || one.refusal != errc::version_conflict;
    for (auto const& append : one.appends) {
      auto const expected = exact(append.expected);
      if (!expected) continue;
      if (is_committed(one) && !append.events.empty()) {
        auto const [winner, is_first] = winners.try_emplace({append.stream, *expected}, &one);
        if (!is_first && winner->second != &one)
          return verdict::fails(text(append.stream, *expected) + " was won twice: by " +
                                text(*winner->second) + " and by " + text(one));
      }
      auto const found = versions.find(append.stream);
      auto const version = found == versions.end() ? 0 : found->second;
      is_explained = is_explained || version != *expected;
    }
    if (!is_explained)
      return verdict::fails(text(one) +
                            " was refused for a version conflict, but no event explains it");
  }
  return verdict::holds();
}

verdict one_winner_per_race(history const& what) {
  struct tally {
    std::size_t winners = 0;
    std::size_t unclear = 0;
  };
  std::map<std::uint64_t, tally> races;
  for (auto const& one : what.commits) {
    if (one.race == 0) continue;
    auto& race = races[one.race];
    if (is_committed(one)) ++race.winners;
    if (one.answer == answer_kind::none || one.answer == answer_kind::unknown) ++race.unclear;
  }
  for (auto const& [race, count] : races)
    if (count.winners > 1 || (count.winners == 0 && count.unclear == 0))
      return verdict::fails("race " + std::to_string(race) + " has " +
                            std::to_string(count.winners) + " winners");
  return verdict::holds();
}

verdict no_lost_append(history const& what) {
  auto const found = places(what);
  if (found.size() != what.all_events.size()) return verdict::fails("an event id is there twice");
  for (auto const& one : what.commits) {
    if (!is_committed(one)) continue;
    if (one.versions.size() != one.appends.size())
      return verdict::fails(text(one) + " has " + std::to_string(one.versions.size()) +
                            " versions for " + std::to_string(one.appends.size()) + " appends");
    std::size_t index = 0;
    for (std::size_t i = 0; i != one.appends.size(); ++i) {
      auto const& append = one.appends[i];
      for (std::size_t j = 0; j != append.events.size(); ++j, ++index) {
        auto const place = found.find(append.events[j]);
        if (place == found.end())
          return verdict::fails("event " + to_string(append.events[j]) + " of " + text(one) +
                                " was acknowledged and is lost");
        auto const& event = what.all_events[place->second];
        auto const version = one.versions[i] - append.events.size() + j + 1;
        bool const is_told = index < one.positions.size() &&
                             event.position == one.positions[index] && event.version == version;
        if (!is_told || event.stream != append.stream)
          return verdict::fails(text(event) + " is not where the receipt of " + text(one) +
                                " says");
      }
    }
  }
  std::map<stream_id, stream_version> last;
  for (auto const& event : what.all_events)
    if (event.version != ++last[event.stream])
      return verdict::fails(text(event) + " follows version " +
                            std::to_string(last[event.stream] - 1));
  return verdict::holds();
}

verdict no_torn_commit(history const& what) {
  auto const found = places(what);
  for (auto const& one : what.commits) {
    std::size_t there = 0;
    std::size_t all = 0;
    for (auto const& append : one.appends) {
      all += append.events.size();
      for (auto const& id : append.events) there += found.count(id);
    }
    if (there != 0 && there != all)
      return verdict::fails("of " + text(one) + " " + std::to_string(there) + " of " +
                            std::to_string(all) + " events are there");
  }
  return verdict::holds();
}

verdict losers_wrote_nothing(history const& what) {
  auto const found = places(what);
  for (auto const& one : what.commits) {
    if (!wrote_nothing(one)) continue;
    for (auto const& append : one.appends)
      for (auto const& id : append.events)
        if (auto const place = found.find(id); place != found.end())
          return verdict::fails(text(what.all_events[place->second]) + " is there, but " +
                                text(one) + " wrote nothing");
  }
  return verdict::holds();
}

verdict nobody_was_refused(history const& what) {
  for (auto const& one : what.commits)
    if (one.answer != answer_kind::committed)
      return verdict::fails(text(one) +
                            " was not committed: " + std::string(to_string(one.refusal)));
  return verdict::holds();
}

verdict positions_unique_increasing(history const& what) {
  std::unordered_map<std::uint64_t, event_id> owner;
  std::string flaw;
  auto const note = [&](position at, event_id const& id) {
    auto const [known, is_first] = owner.try_emplace(at.value, id);
    if (is_first || known->second == id) return true;
    flaw = "position " + std::to_string(at.value) + " belongs to " + to_string(known->second) +
           " and to " + to_string(id);
    return false;
  };
  std::map<stream_id, position> last_of_stream;
  for (auto const& event : what.all_events) {
    if (!note(event.position, event.id)) return verdict::fails(flaw);
    auto& last = last_of_stream[event.stream];
    if (event.position <= last)
      return verdict::fails(text(event) + " is not behind its predecessor");
    last = event.position;
  }
  for (auto const& page : what.pages)
    for (auto const& event : page.events)
      if (!note(event.position, event.id)) return verdict::fails(flaw);
  // Completed one after the other by one worker: the later commit has the later positions.
  std::map<std::uint32_t, std::vector<recorded_commit const*>> by_worker;
  for (auto const& one : what.commits) {
    if (!is_committed(one)) continue;
    std::size_t index = 0;
    for (auto const& append : one.appends)
      for (auto const& id : append.events)
        if (index < one.positions.size() && !note(one.positions[index++], id))
          return verdict::fails(flaw);
    by_worker[one.worker].push_back(&one);
  }
  for (auto& [worker, commits] : by_worker) {
    std::sort(commits.begin(), commits.end(),
              [](auto const* a, auto const* b) { return a->times.invoked < b->times.invoked; });
    position last{};
    for (auto const* one : commits)
      for (auto const at : one->positions) {
        if (at <= last)
          return verdict::fails(text(*one) + " got position " + std::to_string(at.value) +
                                " after " + std::to_string(last.value));
        last = at;
      }
  }
  return verdict::holds();
}

verdict follower_reads_each_once_in_order(history const& what) {
  struct follower {
    id_set read;
    cursor next;
    std::map<stream_id, stream_version> versions;
  };
  std::map<std::uint32_t, follower> followers;
  for (auto const& page : what.pages) {
    auto& one = followers[page.worker];
    if (page.from != one.next)
      return verdict::fails("follower " + std::to_string(page.worker) + " went on from " +
                            to_string(page.from) + ", but had ended at " + to_string(one.next));
    one.next = page.next;
    for (auto const& event : page.events) {
      if (!one.read.insert(event.id).second)
        return verdict::fails("follower " + std::to_string(page.worker) + " read " + text(event) +
                              " twice");
      if (auto& version = one.versions[event.stream]; event.version != ++version)
        return verdict::fails("follower " + std::to_string(page.worker) + " read " + text(event) +
                              " out of order");
    }
  }
  for (auto const& [worker, one] : followers)
    for (auto const& event : what.all_events)
      if (!one.read.contains(event.id))
        return verdict::fails("follower " + std::to_string(worker) + " never read " + text(event));
  return verdict::holds();
}

verdict conditions_respected(history const& what) {
  auto const found = places(what);
  // Matching events of a query, as places in increasing order; few queries serve many commits.
  std::vector<std::pair<query, std::vector<std::size_t>>> matching;
  auto const matches_of = [&](query const& asked) -> std::vector<std::size_t> const& {
    for (auto at = matching.rbegin(); at != matching.rend(); ++at)
      if (at->first == asked) return at->second;
    auto& fresh = matching.emplace_back(asked, std::vector<std::size_t>{}).second;
    for (std::size_t i = 0; i != what.all_events.size(); ++i)
      if (matches(asked, what.all_events[i].name, what.all_events[i].tags)) fresh.push_back(i);
    return fresh;
  };
  for (auto const& one : what.commits) {
    if (!is_committed(one) || one.unless.empty()) continue;
    std::optional<std::size_t> first;
    for (auto const& append : one.appends)
      for (auto const& id : append.events)
        if (auto const place = found.find(id); place != found.end())
          first = std::min(first.value_or(place->second), place->second);
    if (!first) continue;
    for (auto const& condition : one.unless) {
      id_set const seen(condition.seen.begin(), condition.seen.end());
      for (auto const place : matches_of(condition.matching)) {
        if (place >= *first) break;
        if (!seen.contains(what.all_events[place].id))
          return verdict::fails(text(what.all_events[place]) + " stands before " + text(one) +
                                ", matches its condition and was not seen by it");
      }
    }
  }
  return verdict::holds();
}

namespace {

/// The version that a stream had certainly reached by a moment, by what had been told before.
class told_versions {
 public:
  void tell(stream_id const& stream, std::uint64_t when, stream_version version) {
    told_[stream].emplace_back(when, version);
  }
  void sort() {
    for (auto& [stream, told] : told_) {
      std::sort(told.begin(), told.end());
      stream_version most = 0;
      for (auto& [when, version] : told) version = most = std::max(most, version);
    }
  }
  [[nodiscard]] stream_version before(stream_id const& stream, std::uint64_t moment) const {
    auto const found = told_.find(stream);
    if (found == told_.end()) return 0;
    auto const& told = found->second;
    auto const at =
        std::lower_bound(told.begin(), told.end(), std::pair{moment, stream_version{0}});
    return at == told.begin() ? 0 : std::prev(at)->second;
  }

 private:
  std::map<stream_id, std::vector<std::pair<std::uint64_t, stream_version>>> told_;
};

verdict looks_show(history const& what, told_versions const& told, char const* because) {
  for (auto const& look : what.looks) {
    auto const least = told.before(look.stream, look.times.invoked);
    if (look.version < least)
      return verdict::fails("worker " + std::to_string(look.worker) + " saw " +
                            text(look.stream, look.version) + ", though version " +
                            std::to_string(least) + " " + because);
  }
  return verdict::holds();
}

/// Pages that reach the end show what was acknowledged before they began.
verdict pages_show_acknowledged(history const& what) {
  std::vector<std::pair<std::uint64_t, event_id>> acknowledged;
  for (auto const& one : what.commits) {
    if (!is_committed(one)) continue;
    for (auto const& append : one.appends)
      for (auto const& id : append.events) acknowledged.emplace_back(one.times.completed, id);
  }
  std::sort(acknowledged.begin(), acknowledged.end());
  struct follower {
    id_set read;
    std::size_t checked = 0;
  };
  std::map<std::uint32_t, follower> followers;
  for (auto const& page : what.pages) {
    auto& one = followers[page.worker];
    for (auto const& event : page.events) one.read.insert(event.id);
    if (!page.at_end) continue;
    for (; one.checked != acknowledged.size(); ++one.checked) {
      auto const& [when, id] = acknowledged[one.checked];
      if (when >= page.times.invoked) break;
      if (!one.read.contains(id))
        return verdict::fails("follower " + std::to_string(page.worker) +
                              " was at the end without event " + to_string(id) +
                              ", which had been acknowledged before");
    }
  }
  return verdict::holds();
}

}  // namespace

verdict acknowledged_is_visible(history const& what) {
  told_versions told;
  for (auto const& one : what.commits)
    if (is_committed(one))
      for (std::size_t i = 0; i < std::min(one.appends.size(), one.versions.size()); ++i)
        told.tell(one.appends[i].stream, one.times.completed, one.versions[i]);
  for (auto const& look : what.looks) told.tell(look.stream, look.times.completed, look.version);
  told.sort();
  if (auto looks = looks_show(what, told, "had been acknowledged or seen before"); !looks)
    return looks;
  return pages_show_acknowledged(what);
}

verdict conflicts_are_visible(history const& what) {
  told_versions told;
  auto const versions = final_versions(what);
  for (auto const& one : what.commits) {
    // With one append the conflict can only be about that one.
    if (one.answer != answer_kind::refused || one.refusal != errc::version_conflict) continue;
    if (one.appends.size() != 1) continue;
    auto const& append = one.appends.front();
    auto const expected = exact(append.expected);
    auto const version = versions.find(append.stream);
    bool const is_beyond = expected && (version == versions.end() || version->second < *expected);
    if (expected && !is_beyond) told.tell(append.stream, one.times.completed, *expected + 1);
  }
  told.sort();
  return looks_show(what, told, "was the reason of a conflict that had been told before");
}

verdict duplicates_not_redecided(history const& what) {
  using key = std::tuple<std::string_view, std::string_view, std::string_view>;
  std::map<key, recorded_commit const*> winners;
  auto const key_of = [](recorded_key const& entry) {
    return key{entry.scope, entry.key, entry.fingerprint};
  };
  for (auto const& one : what.commits) {
    if (!is_committed(one)) continue;
    for (auto const& entry : one.once) {
      auto const [winner, is_first] = winners.try_emplace(key_of(entry), &one);
      if (!is_first)
        return verdict::fails("key " + entry.key + " of " + entry.scope + " was decided by " +
                              text(*winner->second) + " and again by " + text(one));
    }
  }
  for (auto const& one : what.commits) {
    if (one.answer != answer_kind::duplicate) continue;
    bool is_answered = false;
    for (auto const& entry : one.once) {
      auto const winner = winners.find(key_of(entry));
      if (winner == winners.end()) continue;
      auto const& first = *winner->second;
      for (auto const& recorded : first.once)
        is_answered =
            is_answered || (key_of(recorded) == key_of(entry) && recorded.outcome == one.outcome &&
                            first.positions == one.positions);
    }
    // Without a known winner the answer of the first one was lost; then nothing can be compared.
    bool const has_winner = std::any_of(one.once.begin(), one.once.end(), [&](auto const& entry) {
      return winners.contains(key_of(entry));
    });
    if (has_winner && !is_answered)
      return verdict::fails(text(one) +
                            " is a duplicate, but did not get what the first one recorded");
  }
  return verdict::holds();
}

std::span<history_judge const> history_judges() noexcept {
  static constexpr history_judge judges[] = {
      {"one_winner_per_version", &one_winner_per_version},
      {"no_lost_append", &no_lost_append},
      {"no_torn_commit", &no_torn_commit},
      {"losers_wrote_nothing", &losers_wrote_nothing},
      {"positions_unique_increasing", &positions_unique_increasing},
      {"follower_reads_each_once_in_order", &follower_reads_each_once_in_order},
      {"conditions_respected", &conditions_respected},
      {"acknowledged_is_visible", &acknowledged_is_visible},
      {"conflicts_are_visible", &conflicts_are_visible},
      {"duplicates_not_redecided", &duplicates_not_redecided},
  };
  return judges;
}

verdict judge_all(history const& what) {
  for (auto const& one : history_judges())
    if (auto said = one.judge(what); !said)
      return verdict::fails(std::string(one.name) + ": " + said.message());
  return verdict::holds();
}

}  // namespace evsrc::testing::inline v0
