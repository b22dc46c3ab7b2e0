// SPDX-License-Identifier: Apache-2.0
// Finds types and handlers, and says why there is none.
#include "evsrc/runtime/router.hpp"

#include <limits>

#include "evsrc/runtime/detail/replay.hpp"

namespace evsrc::inline v0 {

namespace detail {
namespace {

std::string describe_type(message_context const& context) {
  return context.type() + " v" + std::to_string(context.type_version());
}

}  // namespace

result<handling> refuse_body(message_context const& context, error const& why) {
  bool const is_newer = why.code == errc::newer_version;
  return handling{dead_letter{
      is_newer ? dead_letter_reasons::newer_version : dead_letter_reasons::malformed_body,
      describe_type(context) + ": " + why.message}};
}

result<handling> refuse_value(message_context const& context, error const& why) {
  return handling{dead_letter{dead_letter_reasons::invalid_message,
                              describe_type(context) + ": " + why.message}};
}

padded_body::padded_body(std::string_view body) {
  text_.reserve(body.size() + payload_padding);
  text_.assign(body).append(payload_padding, '\0');
}

padded_json padded_body::json() const noexcept {
  return padded_json{std::string_view(text_).substr(0, text_.size() - payload_padding)};
}

}  // namespace detail

namespace {

/// The version that the type's property gives: an integer, or text as others write it.
result<std::uint32_t> find_version(message const& what) {
  auto const* value = find_property(what.properties, property_names::type_version);
  if (value == nullptr) return std::uint32_t{1};
  std::string const name(property_names::type_version);
  if (auto const* number = std::get_if<std::int64_t>(value)) {
    if (*number < 1 || *number > std::numeric_limits<std::uint32_t>::max())
      return fail(errc::malformed, name + ": " + std::to_string(*number) + " is no version");
    return static_cast<std::uint32_t>(*number);
  }
  if (auto const* text = std::get_if<std::string>(value)) {
    auto read = parse_event_version(*text);
    if (!read) return fail(errc::malformed, name + ": " + read.error().message);
    return read;
  }
  return fail(errc::malformed, name + ": neither an integer nor text");
}

}  // namespace

void router::add(std::span<std::string_view const> names, handler_function handler) {
  for (auto const name : names) by_name_.insert_or_assign(std::string(name), handlers_.size());
  handlers_.push_back(std::move(handler));
}

std::vector<std::string> router::types() const {
  std::vector<std::string> names;
  for (auto const& one : by_name_) names.push_back(one.first);
  return names;
}

result<void> router::find_type(message_context& context) {
  auto const& what = context.message();
  std::string type(find_text(what.properties, property_names::type));
  if (type.empty() && find_type_) type = find_type_(what);
  if (type.empty()) type = what.subject;
  auto const version = find_version(what);
  context.set_type(std::move(type), version.value_or(1));
  if (!version) return fail(version.error());
  return {};
}

result<handling> router::handle(message_context& context) {
  try {
    if (auto known = find_type(context); !known) return detail::refuse_body(context, known.error());
    return enter(context, 0);
  } catch (...) {
    return fail(detail::thrown_error("middleware"));
  }
}

result<handling> router::enter(message_context& context, std::size_t layer) {
  if (layer < layers_.size()) return layers_[layer](context, next_handler(*this, layer + 1));
  try {
    return dispatch(context);
  } catch (...) {
    return fail(detail::thrown_error("the handler"));
  }
}

result<handling> router::dispatch(message_context& context) {
  auto const found = by_name_.find(context.type());
  if (found != by_name_.end()) return handlers_[found->second](context);
  std::string text = context.type().empty()
                         ? "the message has no type: neither " + std::string(property_names::type) +
                               " nor subject is set"
                         : "no handler is registered for " + context.type();
  return handling{dead_letter{dead_letter_reasons::unknown_type, std::move(text)}};
}

}  // namespace evsrc::inline v0
