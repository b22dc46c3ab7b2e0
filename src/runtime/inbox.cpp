// SPDX-License-Identifier: Apache-2.0
// Keys, outcomes and expiry of inbox entries.
#include "evsrc/runtime/detail/inbox.hpp"

#include "evsrc/codec/json_codec.hpp"
#include "evsrc/runtime/detail/fingerprint.hpp"

namespace evsrc::inline v0::detail {
namespace {

/// The JSON under a key. Reasons may be any bytes that a handler gave: those stand in base64.
struct stored_disposition {
  std::string what;
  std::optional<bytes> reason{};
  std::optional<bytes> description{};
};

constexpr std::string_view names[] = {"done", "dead-lettered", "skipped"};

bytes to_bytes(std::string_view text) {
  bytes made(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) made[at] = static_cast<std::byte>(text[at]);
  return made;
}
std::string to_text(std::optional<bytes> const& raw) {
  std::string made;
  if (raw)
    for (auto const one : *raw) made.push_back(static_cast<char>(one));
  return made;
}

result<std::string> write(final_disposition const& how) {
  stored_disposition made{std::string(names[static_cast<std::size_t>(how.what)])};
  bool const is_explained = !how.reason.empty() || !how.description.empty();
  if (how.what == final_disposition::kind::dead_lettered || is_explained) {
    made.reason = to_bytes(how.reason);
    made.description = to_bytes(how.description);
  }
  std::string text;
  EVSRC_TRY(encode_json(made, text));
  return text;
}

}  // namespace

inbox::inbox(idempotency_store& store, clock& time, std::string_view consumer,
             std::chrono::milliseconds window)
    : store_(&store), clock_(&time), scope_("consumer:"), window_(window) {
  scope_.append(consumer);
}

std::string inbox::key_of(message_identity const& which) {
  return which.origin + "#" + std::to_string(which.round);
}

timestamp inbox::expiry() const noexcept {
  return window_ == window_for_ever ? timestamp::max() : clock_->now() + window_;
}

bool inbox::has_passed(timestamp first_enqueued) const noexcept {
  return window_ != window_for_ever && first_enqueued + window_ <= clock_->now();
}

result<std::optional<final_disposition>> inbox::find(message_identity const& which) const {
  auto found = store_->find_once(scope_, key_of(which));
  if (!found) return fail(std::move(found.error()));
  if (!*found) return std::optional<final_disposition>{};
  auto how = read((*found)->outcome);
  if (!how) return fail(std::move(how.error()));
  return std::optional<final_disposition>(std::move(*how));
}

result<bool> inbox::is_of_another(message_identity const& which, std::string_view body) const {
  auto const found = store_->find_once(scope_, key_of(which));
  if (!found) return fail(found.error());
  return *found && (*found)->fingerprint != fingerprint_of(body);
}

result<idempotency_entry> inbox::entry(message_identity const& which, std::string_view body,
                                       final_disposition const& how) const {
  auto text = write(how);
  if (!text) return fail(std::move(text.error()));
  return idempotency_entry{scope_, key_of(which), fingerprint_of(body), std::move(*text), expiry()};
}

result<idempotency_entry> inbox::entry_beside(message_identity const& which, std::string_view body,
                                              final_disposition const& how) const {
  auto made = entry(which, body, how);
  if (made) made->key.append("#").append(made->fingerprint);
  return made;
}

result<final_disposition> inbox::read(std::string_view outcome) {
  auto stored = decode_json<stored_disposition>(outcome);
  if (!stored) return fail(std::move(stored.error()));
  final_disposition made;
  for (std::size_t at = 0; at < std::size(names); ++at) {
    if (stored->what != names[at]) continue;
    made.what = static_cast<final_disposition::kind>(at);
    made.reason = to_text(stored->reason);
    made.description = to_text(stored->description);
    return made;
  }
  return fail(errc::newer_version, "the inbox holds '" + stored->what + "', which is not known",
              "consumer");
}

}  // namespace evsrc::inline v0::detail
