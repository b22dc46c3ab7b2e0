// SPDX-License-Identifier: Apache-2.0
// JSON as nlohmann's tree, for what works on any document.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "evsrc/codec/padded_json.hpp"
#include "evsrc/core/result.hpp"

namespace evsrc::inline v0::detail {

[[nodiscard]] result<nlohmann::json> parse_tree(padded_json json);
[[nodiscard]] result<std::string> print_tree(nlohmann::json const& tree);

}  // namespace evsrc::inline v0::detail
