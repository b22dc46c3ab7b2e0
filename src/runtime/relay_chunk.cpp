// SPDX-License-Identifier: Apache-2.0
// Batches, halves, and what an error of a sender means.
#include "evsrc/runtime/detail/relay_chunk.hpp"

#include <algorithm>
#include <exception>

#include "evsrc/bus/message_limits.hpp"

namespace evsrc::inline v0::detail {

relay_row to_relay_row(outbox_row from) {
  relay_row made;
  made.sequence = from.sequence;
  made.slot = outbox_slot(from.message.destination, from.message.key);
  made.key = from.message.key;
  made.what = to_message(std::move(from.message));
  return made;
}

send_verdict judge_send(error const& why) noexcept {
  // Where nobody knows what happened the same ids are sent again.
  if (why.effect != effect::none) return send_verdict::again;
  switch (why.code) {
    case errc::not_found:
    case errc::permission_denied: return send_verdict::no_entity;
    case errc::invalid_argument:
    case errc::limit_exceeded:
    case errc::malformed:
    case errc::unknown_event:
    case errc::newer_version:
    case errc::key_reused:
    case errc::unsupported:
    case errc::handler_failed: return send_verdict::bad_rows;
    default: return send_verdict::again;
  }
}

void relay_chunk::send(unique_function<bool()>& may_send) {
  auto const most = to->max_batch_bytes();
  for (std::size_t begin = 0; begin < rows.size();) {
    auto bytes = size_bytes(rows[begin].what);
    auto end = begin + 1;
    for (; end < rows.size() && end - begin < limits::send_messages; ++end) {
      auto const more = size_bytes(rows[end].what);
      if (bytes + more > most) break;
      bytes += more;
    }
    if (!send_part(begin, end, may_send)) return;
    begin = end;
  }
}

bool relay_chunk::is_behind_refused(std::size_t at) const {
  if (!holds_keys || rows[at].key.empty()) return false;
  auto const before = rows.begin() + static_cast<std::ptrdiff_t>(at);
  return std::any_of(rows.begin(), before, [&](relay_row const& one) {
    return one.became == relay_row::end::refused && one.key == rows[at].key;
  });
}

result<void> relay_chunk::call(std::vector<message> const& batch) const {
  try {
    return to->send(batch);
  } catch (std::exception const& thrown) {
    return fail(error{errc::handler_failed, std::string("the sender threw: ") + thrown.what(),
                      "relay", 0, effect::unknown});
  } catch (...) {
    return fail(error{errc::handler_failed, "the sender threw something unknown", "relay", 0,
                      effect::unknown});
  }
}

/// @return false where the chunk ends
bool relay_chunk::send_part(std::size_t begin, std::size_t end, unique_function<bool()>& may) {
  std::vector<std::size_t> which;
  std::vector<message> batch;
  for (auto at = begin; at != end; ++at) {
    if (is_behind_refused(at)) continue;
    which.push_back(at);
    batch.push_back(rows[at].what);
  }
  if (batch.empty()) return true;
  if (!may()) return false;
  auto sent = call(batch);
  if (sent) {
    for (auto const at : which) rows[at].became = relay_row::end::sent;
    return true;
  }
  auto const verdict = judge_send(sent.error());
  if (verdict == send_verdict::bad_rows && which.size() > 1) {
    auto const middle = which[which.size() / 2];
    return send_part(begin, middle, may) && send_part(middle, end, may);
  }
  if (verdict != send_verdict::again) {
    rows[which.front()].became = relay_row::end::refused;
    rows[which.front()].why = sent.error();
  }
  if (verdict == send_verdict::bad_rows) return true;
  trouble = std::move(sent.error());
  return false;
}

}  // namespace evsrc::inline v0::detail
