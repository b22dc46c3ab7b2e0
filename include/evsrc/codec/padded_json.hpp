// SPDX-License-Identifier: Apache-2.0
// JSON text that may be read past its end.
#pragma once

#include <string_view>

#include "evsrc/core/event_record.hpp"

namespace evsrc::inline v0 {

/// JSON followed by `payload_padding` readable bytes of any content, as in an event page. The
/// scanner reads them, never judges by them.
struct padded_json {
  std::string_view text;
};

}  // namespace evsrc::inline v0
