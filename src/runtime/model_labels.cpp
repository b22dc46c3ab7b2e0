// SPDX-License-Identifier: Apache-2.0
// Labels of a read model's tables.
#include "evsrc/runtime/detail/model_labels.hpp"

#include <algorithm>
#include <charconv>

namespace evsrc::inline v0::detail {
namespace {

std::string label_of(std::uint32_t version) { return "v" + std::to_string(version); }

/// 0 where the label is none of ours.
std::uint32_t version_of(std::string_view label) {
  std::uint32_t version = 0;
  if (!label.starts_with('v')) return 0;
  std::from_chars(label.data() + 1, label.data() + label.size(), version);
  return version;
}

}  // namespace

error retryable_conflict(error why) {
  if (why.code == errc::version_conflict) why.code = errc::unavailable;
  return why;
}

model_labels::model_labels(std::string name, std::uint32_t model_version,
                           runner_settings const& with)
    : name_(std::move(name)),
      model_version_(model_version),
      holder_(with.holder.empty() ? default_holder() : with.holder),
      journal_({with.journal_category, name_}, with.clock != nullptr ? *with.clock : system_clock(),
               with.random != nullptr ? *with.random : system_random()) {}

result<void> model_labels::load(event_store& store) {
  auto loaded = journal_.load(store);
  if (!loaded) return fail(loaded.error());
  versions_ = std::move(*loaded);
  if (is_ours(versions_.live)) replaced_on_purpose_ = 0;
  return {};
}

void model_labels::replace_on_purpose() { replaced_on_purpose_ = version_of(versions_.live); }

result<void> model_labels::expect_live(std::string const& label) const {
  if (versions_.live == label) return {};
  return fail(errc::unavailable,
              name_ + ": another program made " + versions_.live + " live in the meantime",
              "projection");
}

result<model_labels::choice> model_labels::choose(event_store& store) {
  EVSRC_TRY(load(store));
  if (versions_.live.empty()) return choice{label_of(model_version_), true};
  if (is_ours(versions_.live)) return choice{versions_.live, true};
  auto const there = version_of(versions_.live);
  if (there > std::max(model_version_, replaced_on_purpose_) && !lets_lower_version)
    return fail(errc::newer_version,
                name_ + ": its tables are of model_version " + std::to_string(there) +
                    ", this program has " + std::to_string(model_version_),
                "projection");
  auto const begun = unfinished();
  return choice{begun.empty() ? fresh() : begun, false};
}

bool model_labels::exists(std::string const& label) const {
  return std::find(versions_.created.begin(), versions_.created.end(), label) !=
         versions_.created.end();
}

bool model_labels::is_ours(std::string_view label) const {
  return version_of(label) == model_version_;
}

std::string model_labels::unfinished() const {
  auto const& all = versions_.building;
  auto const last = std::find_if(all.rbegin(), all.rend(),
                                 [&](std::string const& label) { return is_ours(label); });
  return last == all.rend() ? std::string() : *last;
}

std::vector<std::string> model_labels::leftovers(std::string const& but) const {
  std::vector<std::string> found;
  for (auto const& label : versions_.building)
    if (is_ours(label) && label != but) found.push_back(label);
  return found;
}

std::string model_labels::fresh() const {
  auto const first = label_of(model_version_);
  return exists(first) ? first + "_" + std::to_string(versions_.created.size() + 1) : first;
}

result<commit> model_labels::creation(std::string const& label,
                                      std::vector<std::string> const& dropped,
                                      std::vector<owner_claim> claims,
                                      std::vector<owner_claim> const& live) const {
  auto record =
      journal_.record(versions_.version, label, versions_.live.empty() ? label : "", dropped);
  if (!record) return fail(record.error());
  commit made;
  made.appends.push_back(std::move(*record));
  made.owners = std::move(claims);
  made.owners.insert(made.owners.end(), live.begin(), live.end());
  return made;
}

result<commit> model_labels::activation(event_store& store, std::string const& label, cursor at,
                                        std::vector<owner_claim> claims,
                                        std::vector<owner_claim> const& live) const {
  auto const old = runner_name(versions_.live);
  auto owner = store.find_owner(old);
  if (!owner) return fail(owner.error());
  for (auto const& held : live) {
    if (held.name != old) return fail(errc::fenced, held.name + " is not live any more");
    owner->epoch = held.epoch;
  }
  auto record = journal_.record(versions_.version, "", label, {versions_.live});
  if (!record) return fail(record.error());
  commit made;
  made.appends.push_back(std::move(*record));
  made.owners = std::move(claims);
  made.owners.push_back({old, owner->epoch + 1, owner_claim::kind::take_over, {}});
  // Not read anew: who went on since is ahead of what was built. The claims of whoever moves both
  // say as much, and its checkpoint may be behind what it passed over.
  if (live.empty()) made.checkpoints.push_back({old, at, at});
  return made;
}

result<void> model_labels::fence_live(event_store& store) const {
  auto const old = runner_name(versions_.live);
  auto const owner = store.find_owner(old);
  if (!owner) return fail(owner.error());
  commit what;
  what.owners.push_back({old, owner->epoch + 1, owner_claim::kind::take_over, holder_});
  auto const done = store.commit(std::move(what));
  if (!done) return fail(done.error());
  return {};
}

}  // namespace evsrc::inline v0::detail
