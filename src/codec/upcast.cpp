// SPDX-License-Identifier: Apache-2.0
// Upcasting on JSON, and the errors of events that cannot be decoded.
#include "evsrc/codec/upcast.hpp"

#include <exception>
#include <nlohmann/json.hpp>

#include "json_tree.hpp"

namespace evsrc::inline v0::detail {
namespace {

constexpr char const* origin = "event.decode";

std::string event_and_version(std::string_view name, std::uint32_t version) {
  return "event '" + std::string(name) + "' version " + std::to_string(version);
}

}  // namespace

error version_error(std::string_view name, std::uint32_t version, std::uint32_t current) {
  if (version == 0)
    return {errc::malformed, event_and_version(name, version) + ": versions begin at 1", origin};
  return {errc::newer_version,
          event_and_version(name, version) +
              ": was written by a later program, this one knows versions up to " +
              std::to_string(current),
          origin};
}

error unknown_event_error(std::string_view name) {
  return {errc::unknown_event,
          "event '" + std::string(name.substr(0, limits::event_name_bytes)) +
              "': is not one of the listed events",
          origin};
}

error upcast_error(std::string_view name, std::uint32_t from_version) {
  error failure{errc::handler_failed, "upcaster of " + event_and_version(name, from_version),
                origin};
  try {
    throw;
  } catch (std::exception const& e) {
    failure.message += std::string(" threw: ") + e.what();
  } catch (...) {
    failure.message += " threw something that is no std::exception";
  }
  return failure;
}

result<std::string> run_upcasts(std::string_view name, padded_json payload,
                                std::span<json_upcaster const> steps, std::uint32_t version) {
  if (payload.text.size() > limits::event_payload_bytes)
    return fail(errc::limit_exceeded, event_and_version(name, version) + ": is too long", origin);
  auto tree = parse_tree(payload);
  if (!tree) return fail(std::move(tree.error()));
  for (std::size_t step = version - 1; step < steps.size(); ++step) {
    try {
      *tree = steps[step](std::move(*tree));
    } catch (...) {
      return fail(upcast_error(name, static_cast<std::uint32_t>(step + 1)));
    }
  }
  return print_tree(*tree);
}

}  // namespace evsrc::inline v0::detail
