// SPDX-License-Identifier: Apache-2.0
// Planned failures.
#include "evsrc/testing/faults.hpp"

namespace evsrc::testing::inline v0 {

void faulty_store::fail_commits(fault plan) {
  std::lock_guard const held{mutex_};
  commits_.push_back(std::move(plan));
}
void faulty_store::fail_reads(fault plan) {
  std::lock_guard const held{mutex_};
  reads_.push_back(std::move(plan));
}
void faulty_store::fail_lookups(fault plan) {
  std::lock_guard const held{mutex_};
  lookups_.push_back(std::move(plan));
}
std::size_t faulty_store::pending_faults() const {
  std::lock_guard const held{mutex_};
  return commits_.size() + reads_.size() + lookups_.size();
}

/// The fault that is due for this call, if one is.
std::optional<fault> faulty_store::next(plans& of_kind) {
  std::lock_guard const held{mutex_};
  while (!of_kind.empty() && of_kind.front().times == 0) of_kind.pop_front();
  if (of_kind.empty()) return std::nullopt;
  auto& first = of_kind.front();
  if (first.skip > 0) {
    --first.skip;
    return std::nullopt;
  }
  auto due = first;
  if (--first.times == 0) of_kind.pop_front();
  return due;
}

template <class Call>
auto faulty_store::unless_due(plans& of_kind, Call call) -> decltype(call()) {
  auto due = next(of_kind);
  if (!due) return call();
  if (due->is_carried_out) static_cast<void>(call());
  return fail(std::move(due->failure));
}

result<receipt> faulty_store::commit(evsrc::commit what, commit_options const& options) {
  return unless_due(commits_, [&] { return forwarding_store::commit(std::move(what), options); });
}

void faulty_store::submit(evsrc::commit what, completion done) {
  auto due = next(commits_);
  if (!due) return forwarding_store::submit(std::move(what), std::move(done));
  if (!due->is_carried_out) return done(fail(std::move(due->failure)));
  forwarding_store::submit(std::move(what),
                           [done = std::move(done), told = std::move(due->failure)](
                               result<receipt> const&) mutable { done(fail(told)); });
}

result<event_page> faulty_store::read(stream_read const& what) {
  return unless_due(reads_, [&] { return forwarding_store::read(what); });
}
result<event_page> faulty_store::query(scope_read const& what) {
  return unless_due(reads_, [&] { return forwarding_store::query(what); });
}
result<cursor> faulty_store::head() {
  return unless_due(reads_, [&] { return forwarding_store::head(); });
}
result<std::vector<stream_summary>> faulty_store::streams(streams_read const& what) {
  return unless_due(reads_, [&] { return forwarding_store::streams(what); });
}
result<cursor> faulty_store::find_checkpoint(std::string_view name) {
  return unless_due(lookups_, [&] { return forwarding_store::find_checkpoint(name); });
}
result<owner_state> faulty_store::find_owner(std::string_view name) {
  return unless_due(lookups_, [&] { return forwarding_store::find_owner(name); });
}
result<std::optional<idempotency_record>> faulty_store::find_once(std::string_view scope,
                                                                  std::string_view key) {
  return unless_due(lookups_, [&] { return forwarding_store::find_once(scope, key); });
}

}  // namespace evsrc::testing::inline v0
