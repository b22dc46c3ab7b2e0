// SPDX-License-Identifier: Apache-2.0
// A store whose calls fail when a test says so.
#pragma once

#include <cstddef>
#include <deque>
#include <mutex>

#include "evsrc/testing/forwarding_store.hpp"

namespace evsrc::testing::inline v0 {

/// One planned failure. Which calls it hits: `skip` calls of its kind pass, then `times` fail.
struct fault {
  error failure;  ///< told to the caller; set `failure.effect` to what the test is about
  /// The call is carried out all the same and only its answer is replaced: with effect::unknown the
  /// two cases that a caller cannot tell apart are `false` (it never happened) and `true` (it did).
  bool is_carried_out = false;
  std::size_t skip = 0;
  std::size_t times = 1;
};

/// Forwards to a store until a planned fault is due. Plans of one kind are used up in order.
/// @threads any thread may call
class faulty_store final : public forwarding_store {
 public:
  using forwarding_store::forwarding_store;

  /// For `commit`, `append_stream`, `record_once` and `submit`.
  void fail_commits(fault plan);
  /// For `read`, `query`, `streams` and `head`.
  void fail_reads(fault plan);
  /// For `find_once`, `find_checkpoint` and `find_owner`.
  void fail_lookups(fault plan);
  /// Plans that have not been used up.
  [[nodiscard]] std::size_t pending_faults() const;

  [[nodiscard]] result<receipt> commit(evsrc::commit what,
                                       commit_options const& options = {}) override;
  void submit(evsrc::commit what, completion done) override;
  [[nodiscard]] result<event_page> read(stream_read const& what) override;
  [[nodiscard]] result<event_page> query(scope_read const& what) override;
  [[nodiscard]] result<cursor> head() override;
  [[nodiscard]] result<std::vector<stream_summary>> streams(streams_read const& what) override;
  [[nodiscard]] result<cursor> find_checkpoint(std::string_view name) override;
  [[nodiscard]] result<owner_state> find_owner(std::string_view name) override;
  [[nodiscard]] result<std::optional<idempotency_record>> find_once(std::string_view scope,
                                                                    std::string_view key) override;

 private:
  using plans = std::deque<fault>;
  [[nodiscard]] std::optional<fault> next(plans& of_kind);
  template <class Call>
  auto unless_due(plans& of_kind, Call call) -> decltype(call());

  mutable std::mutex mutex_;
  plans commits_;
  plans reads_;
  plans lookups_;
};

}  // namespace evsrc::testing::inline v0
