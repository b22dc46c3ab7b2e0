// SPDX-License-Identifier: Apache-2.0
// Snapshots: one per stream, the newest wins.
#include "workbench.hpp"

namespace evsrc::testing::inline v0::detail {
namespace {

std::optional<snapshot> load(workbench& bench, stream_id const& stream) {
  return value_of(bench.snapshots().load_snapshot(stream), "load_snapshot");
}

void save(workbench& bench, stream_id const& stream, snapshot what) {
  value_of(bench.snapshots().save_snapshot(stream, std::move(what)), "save_snapshot");
}

void a_snapshot_comes_back_as_it_was_saved(workbench& bench) {
  require(!load(bench, thing("a")), "none was saved");
  std::string state;
  for (int i = 0; i != 256; ++i) state.push_back(static_cast<char>(i));
  save(bench, thing("a"), {3, "fingerprint", state});
  auto const found = load(bench, thing("a"));
  require(
      found && found->version == 3 && found->fingerprint == "fingerprint" && found->state == state,
      "version, fingerprint and state must come back");
  require(!load(bench, thing("b")) && !load(bench, {"other", "a"}), "of this stream alone");
}

void the_latest_version_wins(workbench& bench) {
  save(bench, thing("a"), {3, "f", "three"});
  save(bench, thing("a"), {2, "f", "two"});
  require(load(bench, thing("a"))->state == "three", "an earlier version does not replace it");
  save(bench, thing("a"), {3, "g", "three again"});
  require(load(bench, thing("a"))->state == "three again", "the same version replaces it");
  save(bench, thing("a"), {4, "f", "four"});
  require(load(bench, thing("a"))->version == 4, "a later version replaces it");
}

void a_removed_snapshot_is_gone(workbench& bench) {
  save(bench, thing("a"), {3, "f", "three"});
  save(bench, thing("b"), {1, "f", "one"});
  value_of(bench.snapshots().remove_snapshot(thing("a")), "remove_snapshot");
  value_of(bench.snapshots().remove_snapshot(thing("a")), "remove_snapshot of nothing");
  require(!load(bench, thing("a")) && load(bench, thing("b")), "the one, not the other");
  save(bench, thing("a"), {1, "f", "one"});
  require(load(bench, thing("a"))->version == 1, "after removal an earlier one can be saved");
}

void a_snapshot_is_no_event(workbench& bench) {
  save(bench, thing("a"), {3, "f", "three"});
  require(bench.version_of("a") == 0 && everything(bench.store()).empty(),
          "a snapshot must not show in reads");
}

void a_snapshot_too_large_is_refused(workbench& bench) {
  auto const refuse = [&](snapshot what, char const* why) {
    require_error(bench.snapshots().save_snapshot(thing("a"), std::move(what)),
                  errc::limit_exceeded, why);
  };
  refuse({1, "f", std::string(limits::snapshot_bytes + 1, 's')}, "a large state");
  refuse({1, std::string(65, 'f'), "s"}, "a long fingerprint");
  require(!load(bench, thing("a")), "what was refused must not be kept");
}

constexpr auto snapshots = &event_store_features::snapshots;

constexpr event_store_check all[] = {
    {"snapshots",
     "a_snapshot_comes_back_as_it_was_saved",
     {snapshots},
     &on_workbench<a_snapshot_comes_back_as_it_was_saved>},
    {"snapshots", "the_latest_version_wins", {snapshots}, &on_workbench<the_latest_version_wins>},
    {"snapshots",
     "a_removed_snapshot_is_gone",
     {snapshots},
     &on_workbench<a_removed_snapshot_is_gone>},
    {"snapshots", "a_snapshot_is_no_event", {snapshots}, &on_workbench<a_snapshot_is_no_event>},
    {"snapshots",
     "a_snapshot_too_large_is_refused",
     {snapshots},
     &on_workbench<a_snapshot_too_large_is_refused>},
};

}  // namespace

checks snapshot_checks() noexcept { return all; }

}  // namespace evsrc::testing::inline v0::detail
