// expect: `previous` must be the struct of the version just before
// Version 2 would be lost between 1 and 3.
#include "evsrc/codec/upcast.hpp"

namespace {

struct deposited_v1 {
  static constexpr evsrc::event_name wire_name{"deposited", 1};
};
struct deposited {
#ifdef EVSRC_OFFENDING_LINE
  static constexpr evsrc::event_name wire_name{"deposited", 3};
#else
  static constexpr evsrc::event_name wire_name{"deposited", 2};
#endif
  using previous = deposited_v1;
};
deposited upcast(deposited_v1 const&) { return {}; }

}  // namespace

evsrc::result<void> read(evsrc::padded_json json) {
  return evsrc::decode_event<deposited>("deposited", 1, json, [](deposited const&) {});
}
