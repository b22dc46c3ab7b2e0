// SPDX-License-Identifier: Apache-2.0
// Which tables of a read model exist, which are read, and the commits that change that.
#pragma once

#include "evsrc/runtime/detail/event_runner.hpp"
#include "evsrc/runtime/detail/replay.hpp"

namespace evsrc::inline v0::detail {

/// Labels are "v<model_version>", and "v<model_version>_<n>" for what was built again. Not locked.
class model_labels {
 public:
  struct choice {
    std::string label;
    bool is_live = false;
  };

  model_labels(std::string name, std::uint32_t model_version, runner_settings const& with);

  [[nodiscard]] result<void> load(event_store& store);
  /// What this program moves. Another program may change the answer at any time, as long as this
  /// one does not own the live tables.
  /// @errors newer_version: the tables are of a later model_version
  [[nodiscard]] result<choice> choose(event_store& store);
  /// The tables that are live now may be replaced though their version is higher. That ends when
  /// those of this program are live.
  void replace_on_purpose();

  [[nodiscard]] std::string const& live() const noexcept { return versions_.live; }
  /// @errors unavailable: as last loaded others are live, and the choice must be made again
  [[nodiscard]] result<void> expect_live(std::string const& label) const;
  [[nodiscard]] bool exists(std::string const& label) const;
  /// A rebuild of this program's version that was begun; empty if there is none.
  [[nodiscard]] std::string unfinished() const;
  [[nodiscard]] std::vector<std::string> leftovers(std::string const& but) const;
  [[nodiscard]] std::string fresh() const;
  /// Of owner and checkpoint of the tables under `label`.
  [[nodiscard]] std::string runner_name(std::string const& label) const {
    return name_ + "/" + label;
  }

  /// `claims` are those on the tables under `label`, `live` those on the live ones: empty where
  /// another program moves them.
  [[nodiscard]] result<commit> creation(std::string const& label,
                                        std::vector<std::string> const& dropped,
                                        std::vector<owner_claim> claims,
                                        std::vector<owner_claim> const& live) const;
  /// Also fences who moves the tables that are live. Fails where another program moved those on
  /// from `at`, up to which the ones under `label` are built; `live` proves that nobody did.
  /// @errors fenced: `live` are claims on tables that are not live any more
  [[nodiscard]] result<commit> activation(event_store& store, std::string const& label, cursor at,
                                          std::vector<owner_claim> claims,
                                          std::vector<owner_claim> const& live) const;
  /// Takes the live tables from their owner, who then waits out its patience.
  [[nodiscard]] result<void> fence_live(event_store& store) const;

  bool lets_lower_version = false;  ///< choose() passes over a higher one: while it is asked for

 private:
  [[nodiscard]] bool is_ours(std::string_view label) const;

  std::string name_;
  std::uint32_t model_version_;
  std::uint32_t replaced_on_purpose_ = 0;  // a higher version than ours; 0: none
  std::string holder_;
  model_journal journal_;
  model_versions versions_{};
};

/// Another program recorded something of the model at the same moment: later the call may pass.
[[nodiscard]] error retryable_conflict(error why);

/// Runs a function of the user; what it throws becomes an error that names `function`.
template <class Call>
[[nodiscard]] result<void> guarded(std::string_view function, Call call) {
  try {
    return call();
  } catch (...) {
    return fail(thrown_error(function));
  }
}

}  // namespace evsrc::inline v0::detail
