// SPDX-License-Identifier: Apache-2.0
// What of a commit can be done on its caller's thread.
#include "prepared_commit.hpp"

#include "encoding.hpp"

namespace evsrc::sqlite::inline v0::detail {

result<void> prepare(prepared_commit& one) {
  EVSRC_TRY(validate(one.what));
  one.bytes = size_bytes(one.what);
  std::size_t count = 0;
  for (auto const& append : one.what.appends) count += append.events.size();
  one.events.reserve(count);
  for (auto const& append : one.what.appends) {
    for (auto const& event : append.events) {
      auto const begin = one.metas.size();
      encode_metadata(event.meta, one.metas);
      auto const meta = std::string_view{one.metas}.substr(begin);
      one.events.push_back({static_cast<std::uint32_t>(begin),
                            static_cast<std::uint32_t>(meta.size()),
                            hash_content(event.meta.id, event.meta.time, meta, event.payload)});
    }
  }
  return {};
}

}  // namespace evsrc::sqlite::inline v0::detail
