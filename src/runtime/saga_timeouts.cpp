// SPDX-License-Identifier: Apache-2.0
// Open time-outs of a saga instance.
#include "evsrc/runtime/detail/saga_timeouts.hpp"

#include <algorithm>

#include "evsrc/core/limits.hpp"
#include "evsrc/runtime/detail/fingerprint.hpp"

namespace evsrc::inline v0 {

result<void> check_timeout(std::string const& name, std::chrono::milliseconds after) {
  std::string const field = "time-out '" + name.substr(0, limits::timeout_name_bytes) + "'";
  if (name.empty() || name.size() > limits::timeout_name_bytes ||
      name.find('/') != std::string::npos)
    return invalid(field, "its name must have 1 to " + std::to_string(limits::timeout_name_bytes) +
                              " bytes and no slash");
  if (after < std::chrono::milliseconds::zero()) return invalid(field, "its time is negative");
  if (after > std::chrono::years(100)) return invalid(field, "its time is longer than 100 years");
  return {};
}

namespace detail {

void saga_timeouts::apply(timeout_set const& e) {
  close(e.name);
  open.push_back({e.name, e.sequence, e.due});
}

open_timeout const* saga_timeouts::find(std::string_view name) const noexcept {
  auto const found = std::find_if(open.begin(), open.end(),
                                  [&](open_timeout const& one) { return one.name == name; });
  return found == open.end() ? nullptr : &*found;
}

void saga_timeouts::close(std::string_view name) {
  std::erase_if(open, [&](open_timeout const& one) { return one.name == name; });
}

message_id timeout_id(std::string_view category, std::string_view key, std::string_view name,
                      std::uint64_t sequence) {
  // The key may hold any byte and stands last; none of the others holds a slash.
  std::string text(category);
  text.append("/").append(name).append("/").append(std::to_string(sequence)).append("/");
  text.append(key);
  if (text.size() > limits::message_id_bytes) text = "timeout/" + fingerprint_of(text);
  return {std::move(text)};
}

template <class E>
void timeout_book::note(E const& event) {
  state_.apply(event);
  changes_.emplace_back(event);
}

result<open_timeout> timeout_book::set(std::string const& name, timestamp due) {
  if (auto const* replaced = state_.find(name); replaced != nullptr)
    cancelled_.push_back(timeout_id(category_, key_, name, replaced->sequence));
  else if (state_.open.size() >= limits::saga_timeouts)
    return fail(errc::limit_exceeded, "time-out '" + name +
                                          "': " + std::to_string(limits::saga_timeouts) +
                                          " are open already, which is the most");
  // The place in the stream is a number that no other time-out of the instance gets.
  std::uint64_t const sequence = version_ + changes_.size() + 1;
  note(timeout_set{name, sequence, due});
  return open_timeout{name, sequence, due};
}

void timeout_book::cancel(std::string const& name) {
  auto const* const open = state_.find(name);
  if (open == nullptr) return;
  cancelled_.push_back(timeout_id(category_, key_, name, open->sequence));
  note(timeout_cancelled{name, open->sequence});
}

void timeout_book::cancel_all() {
  while (!state_.open.empty()) cancel(std::string(state_.open.front().name));
}

void timeout_book::fire(std::string const& name) {
  if (auto const* const open = state_.find(name); open != nullptr)
    note(timeout_fired{name, open->sequence});
}

result<void> timeout_book::write(command_stamp& stamp, commit& to) const {
  if (changes_.empty()) return {};
  append changes{{std::string(saga_timeouts::category.name), std::string(category_) + "/" + key_},
                 expected_version::exactly(version_)};
  publications<> const none;
  event_writer<publications<>> writer(stamp, none, to);
  for (auto const& change : changes_)
    EVSRC_TRY(std::visit([&](auto const& event) { return writer.write(event, changes); }, change));
  to.appends.push_back(std::move(changes));
  to.cancel.insert(to.cancel.end(), cancelled_.begin(), cancelled_.end());
  return {};
}

}  // namespace detail
}  // namespace evsrc::inline v0
