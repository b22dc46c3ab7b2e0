// SPDX-License-Identifier: Apache-2.0
// Events that evsrc writes itself: about keys, readers, and what a person did to messages.
#pragma once

#include <string>

#include "evsrc/codec/json_codec.hpp"
#include "evsrc/core/event_record.hpp"
#include "evsrc/core/random.hpp"
#include "evsrc/core/result.hpp"

namespace evsrc::inline v0::detail {

template <class E>
[[nodiscard]] result<new_event> own_event(E const& event, timestamp now, random_source& random,
                                          std::string const& user = {}) {
  new_event made;
  made.name = E::wire_name.name;
  made.version = E::wire_name.version;
  EVSRC_TRY(encode_json(event, made.payload));
  made.meta.id = make_event_id(now, random);
  made.meta.time = now;
  made.meta.source = "evsrc";
  made.meta.user = user;
  return made;
}

}  // namespace evsrc::inline v0::detail
