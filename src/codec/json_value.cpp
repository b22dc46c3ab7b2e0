// SPDX-License-Identifier: Apache-2.0
// Between our text and nlohmann's tree.
#include "evsrc/codec/json_value.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "evsrc/codec/json_codec.hpp"
#include "json_tree.hpp"

namespace evsrc::inline v0 {
namespace detail {

result<nlohmann::json> parse_tree(padded_json json) {
  json_scanner scanner{json};
  // Ours judges first: nlohmann knows neither double keys nor a limit of depth.
  if (!scanner.start(limits::snapshot_bytes) || !scanner.skip_value() || !scanner.finish())
    return fail(scanner.take_failure());
  auto tree = nlohmann::json::parse(json.text, nullptr, false);
  if (tree.is_discarded()) return fail(errc::malformed, "document: is not JSON", "json.decode");
  return tree;
}

namespace {

bool is_finite(nlohmann::json const& tree) {
  if (tree.is_number_float()) return std::isfinite(tree.get<double>());
  if (!tree.is_structured()) return true;
  for (auto const& element : tree)
    if (!is_finite(element)) return false;
  return true;
}

}  // namespace

result<std::string> print_tree(nlohmann::json const& tree) {
  // nlohmann writes null in place of a number that is not finite.
  if (!is_finite(tree)) return fail(errc::malformed, "a number is not finite", "json.encode");
  try {
    return tree.dump();
  } catch (nlohmann::json::exception const& e) {
    return fail(errc::malformed, e.what(), "json.encode");
  }
}

}  // namespace detail

result<nlohmann::json> to_nlohmann(json_value const& value) {
  std::string padded = value.text;
  padded.append(payload_padding, '\0');
  return detail::parse_tree({std::string_view(padded).substr(0, value.text.size())});
}

result<json_value> to_json_value(nlohmann::json const& value) {
  auto text = detail::print_tree(value);
  if (!text) return fail(std::move(text.error()));
  return json_value{std::move(*text)};
}

}  // namespace evsrc::inline v0
