// SPDX-License-Identifier: Apache-2.0
// Handing calls on.
#include "evsrc/testing/forwarding_store.hpp"

namespace evsrc::testing::inline v0 {
namespace {

auto lacks(char const* port) {
  return fail(errc::unsupported, std::string("the store has no ") + port, "testing.forwarding");
}

}  // namespace

result<event_page> forwarding_store::read(stream_read const& what) {
  return inner_.events->read(what);
}
result<receipt> forwarding_store::append_stream(stream_commit what, commit_options const& options) {
  evsrc::commit whole;
  whole.appends.push_back(std::move(what.events));
  whole.messages = std::move(what.messages);
  whole.once = std::move(what.once);
  return commit(std::move(whole), options);
}
result<receipt> forwarding_store::commit(evsrc::commit what, commit_options const& options) {
  return inner_.events->commit(std::move(what), options);
}
void forwarding_store::submit(evsrc::commit what, completion done) {
  inner_.events->submit(std::move(what), std::move(done));
}
std::size_t forwarding_store::poll() { return inner_.events->poll(); }
result<event_page> forwarding_store::query(scope_read const& what) {
  return inner_.events->query(what);
}
result<cursor> forwarding_store::head() { return inner_.events->head(); }
result<cursor> forwarding_store::wait_beyond(cursor where, std::chrono::milliseconds patience) {
  return inner_.events->wait_beyond(where, patience);
}
result<std::vector<stream_summary>> forwarding_store::streams(streams_read const& what) {
  return inner_.events->streams(what);
}
result<cursor> forwarding_store::find_checkpoint(std::string_view name) {
  return inner_.events->find_checkpoint(name);
}
result<owner_state> forwarding_store::find_owner(std::string_view name) {
  return inner_.events->find_owner(name);
}
void forwarding_store::close(std::chrono::milliseconds deadline) { inner_.events->close(deadline); }

result<std::optional<idempotency_record>> forwarding_store::find_once(std::string_view scope,
                                                                      std::string_view key) {
  if (inner_.keys == nullptr) return lacks("idempotency_store");
  return inner_.keys->find_once(scope, key);
}
result<receipt> forwarding_store::record_once(idempotency_entry entry) {
  if (inner_.keys == nullptr) return lacks("idempotency_store");
  evsrc::commit alone;
  alone.once.push_back(std::move(entry));
  return commit(std::move(alone));
}
result<std::size_t> forwarding_store::remove_expired(std::size_t limit) {
  if (inner_.keys == nullptr) return lacks("idempotency_store");
  return inner_.keys->remove_expired(limit);
}

result<std::optional<snapshot>> forwarding_store::load_snapshot(stream_id const& stream) {
  if (inner_.snapshots == nullptr) return lacks("snapshot_store");
  return inner_.snapshots->load_snapshot(stream);
}
result<void> forwarding_store::save_snapshot(stream_id const& stream, snapshot what) {
  if (inner_.snapshots == nullptr) return lacks("snapshot_store");
  return inner_.snapshots->save_snapshot(stream, std::move(what));
}
result<void> forwarding_store::remove_snapshot(stream_id const& stream) {
  if (inner_.snapshots == nullptr) return lacks("snapshot_store");
  return inner_.snapshots->remove_snapshot(stream);
}

result<std::vector<outbox_row>> forwarding_store::read_outbox(outbox_read const& what) {
  if (inner_.outbox == nullptr) return lacks("outbox_store");
  return inner_.outbox->read_outbox(what);
}
result<std::vector<refused_row>> forwarding_store::read_refused(outbox_read const& what) {
  if (inner_.outbox == nullptr) return lacks("outbox_store");
  return inner_.outbox->read_refused(what);
}
result<std::vector<outbox_row>> forwarding_store::read_due(due_read const& what) {
  if (inner_.outbox == nullptr) return lacks("outbox_store");
  return inner_.outbox->read_due(what);
}
result<timestamp> forwarding_store::next_due(timestamp after) {
  if (inner_.outbox == nullptr) return lacks("outbox_store");
  return inner_.outbox->next_due(after);
}
result<std::vector<outbox_backlog>> forwarding_store::outbox(timestamp due_by) {
  if (inner_.outbox == nullptr) return lacks("outbox_store");
  return inner_.outbox->outbox(due_by);
}
result<bool> forwarding_store::wait_for_rows(std::uint64_t& seen,
                                             std::chrono::milliseconds patience) {
  if (inner_.outbox == nullptr) return lacks("outbox_store");
  return inner_.outbox->wait_for_rows(seen, patience);
}

}  // namespace evsrc::testing::inline v0
