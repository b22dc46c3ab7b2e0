// expect: an event with `previous` needs a function `E upcast(previous const&)`
// Saying which struct came before is not enough.
#include "evsrc/codec/upcast.hpp"

namespace {

struct deposited_v1 {
  static constexpr evsrc::event_name wire_name{"deposited", 1};
};
struct deposited {
  static constexpr evsrc::event_name wire_name{"deposited", 2};
  using previous = deposited_v1;
};
#ifndef EVSRC_OFFENDING_LINE
deposited upcast(deposited_v1 const&) { return {}; }
#endif

}  // namespace

evsrc::result<void> read(evsrc::padded_json json) {
  return evsrc::decode_event<deposited>("deposited", 1, json, [](deposited const&) {});
}
