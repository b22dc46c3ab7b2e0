// expect: `wire_fields` renames a field that the struct does not have
// A field was renamed in C++ and its rule forgotten.
#include "evsrc/codec/json_codec.hpp"

namespace {

struct reading {
#ifdef EVSRC_OFFENDING_LINE
  double celsius = 0;
#else
  double degrees = 0;
#endif
  static constexpr auto wire_fields = evsrc::wire_fields(evsrc::rename("degrees", "value"));
};

}  // namespace

evsrc::result<void> write(std::string& out) { return evsrc::encode_json(reading{}, out); }
