// SPDX-License-Identifier: Apache-2.0
// The fields of histories, for their way through pipes.
#include "history_wire.hpp"

#include "wire.hpp"

namespace evsrc::testing::inline v0::detail {
namespace {

/// Of this file, so that they find its functions.
class writer final : public wire_writer {};
class reader final : public wire_reader {
 public:
  using wire_reader::wire_reader;
};

template <class Visitor, class T>
void visit(Visitor& with, T& value) {
  with.field(value);
}
template <class Visitor, class T>
void visit_list(Visitor& with, T& list) {
  auto const size = with.count(list);
  for (std::size_t i = 0; i != size; ++i) visit(with, list[i]);
}
template <class Visitor, class Stream>
void visit_stream(Visitor& with, Stream& stream) {
  with.field(stream.category);
  with.field(stream.key);
}

void visit(auto& with, maybe_const<event_tag> auto& tag) {
  with.field(tag.name);
  with.field(tag.value);
}
void visit(auto& with, maybe_const<recorded_append> auto& append) {
  visit_stream(with, append.stream);
  with.field(append.expected);
  visit_list(with, append.events);
}
void visit(auto& with, maybe_const<query_item> auto& item) {
  visit_list(with, item.names);
  visit_list(with, item.tags);
}
void visit(auto& with, maybe_const<recorded_condition> auto& condition) {
  visit_list(with, condition.matching.items);
  visit_list(with, condition.seen);
}
void visit(auto& with, maybe_const<recorded_key> auto& entry) {
  with.field(entry.scope);
  with.field(entry.key);
  with.field(entry.fingerprint);
  with.field(entry.outcome);
}
void visit(auto& with, maybe_const<recorded_commit> auto& one) {
  with.field(one.worker);
  with.field(one.race);
  with.field(one.times);
  visit_list(with, one.appends);
  visit_list(with, one.unless);
  visit_list(with, one.once);
  with.field(one.answer);
  with.field(one.refusal);
  visit_list(with, one.positions);
  visit_list(with, one.versions);
  with.field(one.outcome);
}
void visit(auto& with, maybe_const<recorded_look> auto& look) {
  with.field(look.worker);
  with.field(look.times);
  visit_stream(with, look.stream);
  with.field(look.version);
}
void visit(auto& with, maybe_const<process_report> auto& report) {
  with.field(report.flaw);
  visit_list(with, report.kept.commits);
  visit_list(with, report.kept.looks);
}

}  // namespace

std::string encode(process_report const& report) {
  writer out;
  visit(out, report);
  return out.take();
}

process_report decode_report(std::string_view bytes) {
  process_report report;
  reader in{bytes};
  visit(in, report);
  if (!in.is_whole()) report.flaw = "a process ended before its report was written";
  return report;
}

}  // namespace evsrc::testing::inline v0::detail
