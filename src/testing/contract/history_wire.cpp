// SPDX-License-Identifier: Apache-2.0
// Histories to bytes and back: one function names the fields, two visitors write and read them.
#include "history_wire.hpp"

#include <cstring>
#include <type_traits>

namespace evsrc::testing::inline v0::detail {
namespace {

class writer {
 public:
  template <class T>
  requires std::is_trivially_copyable_v<T>
  void field(T const& value) { out_.append(reinterpret_cast<char const*>(&value), sizeof value); }
  void field(std::string const& text) {
    field(text.size());
    out_ += text;
  }
  template <class T>
  std::size_t count(std::vector<T> const& list) {
    field(list.size());
    return list.size();
  }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

class reader {
 public:
  explicit reader(std::string_view bytes) : bytes_(bytes) {}

  template <class T>
  requires std::is_trivially_copyable_v<T>
  void field(T& value) {
    if (auto const from = next(sizeof value); !from.empty())
      std::memcpy(static_cast<void*>(&value), from.data(), sizeof value);
  }
  void field(std::string& text) {
    std::size_t size = 0;
    field(size);
    text = next(size);
  }
  template <class T>
  std::size_t count(std::vector<T>& list) {
    std::size_t size = 0;
    field(size);
    if (size > bytes_.size()) size = 0, is_cut_ = true;  // an element has at least one byte
    list.resize(size);
    return size;
  }
  [[nodiscard]] bool is_whole() const { return !is_cut_ && bytes_.empty(); }

 private:
  std::string_view next(std::size_t size) {
    if (is_cut_ || size > bytes_.size()) {
      is_cut_ = true;
      return {};
    }
    auto const found = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return found;
  }

  std::string_view bytes_;
  bool is_cut_ = false;
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

template <class T, class Of>
concept maybe_const = std::is_same_v<std::remove_const_t<T>, Of>;

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
