// expect: an event above version 1 has no upcaster from the version before it
// Events of version 1 may be stored; something must lead from them to version 2.
#include "evsrc/codec/upcast.hpp"

namespace {

struct deposited_v1 {
  static constexpr evsrc::event_name wire_name{"deposited", 1};
};
struct deposited {
  static constexpr evsrc::event_name wire_name{"deposited", 2};
#ifndef EVSRC_OFFENDING_LINE
  using previous = deposited_v1;
#endif
};
#ifndef EVSRC_OFFENDING_LINE
deposited upcast(deposited_v1 const&) { return {}; }
#endif

}  // namespace

evsrc::result<void> read(evsrc::padded_json json) {
  return evsrc::decode_event<deposited>("deposited", 1, json, [](deposited const&) {});
}
