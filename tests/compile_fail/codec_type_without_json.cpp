// expect: private members rule that out): specialise evsrc::json_customize<T>
// A pointer cannot travel; a class with private fields needs a json_customize.
#include "evsrc/codec/json_codec.hpp"

namespace {

struct reading {
#ifdef EVSRC_OFFENDING_LINE
  char const* unit = "";
#else
  std::string unit;
#endif
};

}  // namespace

evsrc::result<void> write(std::string& out) { return evsrc::encode_json(reading{}, out); }
