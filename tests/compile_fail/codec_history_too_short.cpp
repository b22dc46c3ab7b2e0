// expect: `history` has one function for each version before the current one
// The chain is whole from version 1 on, or it does not compile.
#include <nlohmann/json.hpp>

#include "evsrc/codec/upcast.hpp"

namespace {

nlohmann::json add_currency(nlohmann::json event) { return event; }

struct placed {
#ifdef EVSRC_OFFENDING_LINE
  static constexpr evsrc::event_name wire_name{"placed", 3};
#else
  static constexpr evsrc::event_name wire_name{"placed", 2};
#endif
  static constexpr auto history = evsrc::json_upcasts(&add_currency);
};

}  // namespace

evsrc::result<void> read(evsrc::padded_json json) {
  return evsrc::decode_event<placed>("placed", 1, json, [](placed const&) {});
}
