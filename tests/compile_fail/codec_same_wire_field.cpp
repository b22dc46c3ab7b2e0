// expect: two fields of the struct have the same wire name
// Each key stands once in an object.
#include "evsrc/codec/json_codec.hpp"

namespace {

struct reading {
  double value = 0;
  double other = 0;
#ifdef EVSRC_OFFENDING_LINE
  static constexpr auto wire_fields = evsrc::wire_fields(evsrc::rename("other", "value"));
#endif
};

}  // namespace

evsrc::result<void> write(std::string& out) { return evsrc::encode_json(reading{}, out); }
