// expect: two events of one family are found under the same name
// A stored event must lead to one type, also under a name that an earlier version had.
#include "evsrc/codec/upcast.hpp"

namespace {

struct opened_v1 {
  static constexpr evsrc::event_name wire_name{"door.opened", 1};
};
struct opened {
  static constexpr evsrc::event_name wire_name{"gate.opened", 2};
  using previous = opened_v1;
};
opened upcast(opened_v1 const&) { return {}; }
struct ajar {
#ifdef EVSRC_OFFENDING_LINE
  static constexpr evsrc::event_name wire_name{"door.opened", 1};
#else
  static constexpr evsrc::event_name wire_name{"door.ajar", 1};
#endif
};

}  // namespace

evsrc::result<void> read(evsrc::padded_json json) {
  return evsrc::decode_event<opened, ajar>("door.ajar", 1, json, [](auto const&) {});
}
