// SPDX-License-Identifier: Apache-2.0
// How failures are told to others, beside the dead letter itself.
#include "evsrc/codec/json_codec.hpp"
#include "evsrc/runtime/dead_letters.hpp"
#include "evsrc/runtime/detail/consumer_worker.hpp"
#include "evsrc/runtime/detail/fingerprint.hpp"
#include "evsrc/runtime/detail/printable_text.hpp"
#include "evsrc/runtime/message_failed.hpp"

namespace evsrc::inline v0::detail {
namespace {

/// The destination itself will not have it, now or ever.
bool is_refusal(errc code) noexcept {
  switch (code) {
    case errc::not_found:
    case errc::entity_disabled:
    case errc::quota_exceeded:
    case errc::limit_exceeded:
    case errc::invalid_argument: return true;
    default: return false;
  }
}

}  // namespace

/// One for each round, so that its repeat is known by its id.
result<outgoing_message> consumer_worker::report_of(delivery const& failed_one,
                                                    message_identity const& identity,
                                                    std::uint32_t immediate,
                                                    final_disposition const& how) const {
  auto const& what = failed_one.message;
  auto const& origin = identity.origin;
  auto const told = describe(failed_one);
  message_failed failed;
  failed.reason = printable(how.reason);
  failed.description = printable(how.description);
  failed.error =
      how.description.empty() ? failed.reason : failed.reason + ": " + failed.description;
  auto const caused_by = find_text(what.properties, property_names::causation);
  failed.event_id = printable(caused_by.empty() ? std::string_view(origin) : caused_by);
  std::uint32_t const tries = identity.attempts + failed_one.delivery_count;
  failed.retry_count = tries * (shared_.options.retry.immediate + 1) + immediate;
  failed.message_id = printable(origin);
  failed.type = printable(told.type);
  failed.key = printable(told.key);
  failed.consumer = printable(shared_.options.name);
  failed.entity = shared_.options.entity;
  failed.round = identity.round;
  failed.failed_at = shared_.time.now();

  outgoing_message row;
  auto suffix = std::to_string(identity.round) + ".failed";
  if (how.reason == dead_letter_reasons::id_reused)  // another message than that of the id
    suffix.append(".").append(fingerprint_of(what.body));
  if (!origin.empty()) row.id = copy_id(origin, suffix);
  row.destination = shared_.options.failures_to;
  row.key = !told.key.empty() ? told.key : !origin.empty() ? origin : failed.consumer;
  row.type = message_failed::wire_name.name;
  row.type_version = message_failed::wire_name.version;
  row.correlation = what.correlation_id;
  row.causation = origin;
  set_property(row.properties, std::string(failure_properties::error), failed.error);
  set_property(row.properties, std::string(failure_properties::event_id), failed.event_id);
  set_property(row.properties, std::string(failure_properties::retry_count),
               std::int64_t{failed.retry_count});
  EVSRC_TRY(encode_json(failed, row.body));
  return row;
}

/// With the commit where the settlement rides on it, else with the settlement.
result<void> consumer_worker::report(job& one, std::string const& reason,
                                     std::string const& description) {
  if (shared_.options.failures_to.empty()) return {};
  auto row = report_of(one.received, one.identity, one.immediate,
                       {final_disposition::kind::dead_lettered, reason, description});
  if (!row) return fail(std::move(row.error()));
  if (one.rides)
    one.whole.messages.push_back(std::move(*row));
  else
    one.report = std::move(*row);
  return {};
}

/// A destination never keeps a message from its end: what it refuses stays in the outbox.
result<void> consumer_worker::keep_report(job& one, error const& why) {
  if (!one.report || !is_refusal(why.code)) return fail(why);
  commit what;
  what.messages.push_back(*one.report);
  auto const kept = shared_.store.commit(std::move(what));
  if (!kept) return fail(kept.error());
  one.report.reset();
  return {};
}

/// Before the record that ends its round: whatever is cut off comes again, under the same id.
result<void> consumer_worker::report_with(delivery const& one, message_identity const& identity,
                                          final_disposition const& how, commit& both) {
  if (shared_.options.failures_to.empty()) return {};
  auto row = report_of(one, identity, 0, how);
  if (!row) return fail(std::move(row.error()));
  if (!shared_.is_one_place) {
    auto const opened = shared_.bus.open_sender(row->destination);
    if (!opened) return fail(opened.error());
    auto sent = (*opened)->send(to_message(*row));
    if (sent || !is_refusal(sent.error().code)) return sent;
  }
  both.messages.push_back(std::move(*row));
  return {};
}

}  // namespace evsrc::inline v0::detail
