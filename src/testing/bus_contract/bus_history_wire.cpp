// SPDX-License-Identifier: Apache-2.0
// The fields of buses' histories, for their way through pipes.
#include "bus_history_wire.hpp"

#include "../contract/wire.hpp"

namespace evsrc::testing::inline v0::detail {
namespace {

/// Of this file, so that they find its functions.
class writer final : public wire_writer {};
class reader final : public wire_reader {
 public:
  using wire_reader::wire_reader;
};

template <class Visitor, class T>
void visit_list(Visitor& with, T& list) {
  auto const size = with.count(list);
  for (std::size_t i = 0; i != size; ++i) visit(with, list[i]);
}

template <class Visitor, class Call>
void visit_call(Visitor& with, Call& call) {
  with.field(call.worker);
  with.field(call.times);
  with.field(call.bus_time);
  with.field(call.entity);
  with.field(call.outcome);
  with.field(call.refusal);
}

void visit(auto& with, maybe_const<sent_message> auto& one) {
  with.field(one.id);
  with.field(one.session_id);
  with.field(one.body);
}
void visit(auto& with, maybe_const<seen_message> auto& one) {
  with.field(one.id);
  with.field(one.session_id);
  with.field(one.body);
  with.field(one.sequence_number);
  with.field(one.delivery_count);
  with.field(one.lock);
  with.field(one.dead_letter_reason);
  with.field(one.expires_at);
}
void visit(auto& with, maybe_const<recorded_send> auto& one) {
  visit_call(with, one);
  with.field(one.transaction);
  with.field(one.is_scheduled);
  visit_list(with, one.messages);
}
void visit(auto& with, maybe_const<recorded_receive> auto& one) {
  visit_call(with, one);
  with.field(one.holder);
  with.field(one.is_deferred);
  with.field(one.is_deleting);
  visit_list(with, one.messages);
}
void visit(auto& with, maybe_const<recorded_settle> auto& one) {
  visit_call(with, one);
  with.field(one.transaction);
  with.field(one.lock);
  with.field(one.what);
  with.field(one.reason);
}
void visit(auto& with, maybe_const<recorded_renewal> auto& one) {
  visit_call(with, one);
  with.field(one.holder);
  with.field(one.lock);
  with.field(one.until);
}
void visit(auto& with, maybe_const<recorded_accept> auto& one) {
  visit_call(with, one);
  with.field(one.holder);
  with.field(one.session_id);
  with.field(one.lock);
  with.field(one.closing);
}
void visit(auto& with, maybe_const<recorded_cancel> auto& one) {
  visit_call(with, one);
  with.field(one.id);
}
void visit(auto& with, maybe_const<bus_process_report> auto& report) {
  with.field(report.flaw);
  visit_list(with, report.kept.sends);
  visit_list(with, report.kept.receives);
  visit_list(with, report.kept.settles);
  visit_list(with, report.kept.renewals);
  visit_list(with, report.kept.accepts);
  visit_list(with, report.kept.cancels);
}

}  // namespace

std::string encode(bus_process_report const& report) {
  writer out;
  visit(out, report);
  return out.take();
}

bus_process_report decode_bus_report(std::string_view bytes) {
  bus_process_report report;
  reader in{bytes};
  visit(in, report);
  if (!in.is_whole()) report.flaw = "a process ended before its report was written";
  return report;
}

}  // namespace evsrc::testing::inline v0::detail
