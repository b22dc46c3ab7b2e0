// expect: a field named after a reserved word, such as `class_`, needs a wire name
// A name that C++ forbids gets its JSON name from wire_fields.
#include "evsrc/codec/json_codec.hpp"

namespace {

struct passenger {
  std::string class_;
#ifndef EVSRC_OFFENDING_LINE
  static constexpr auto wire_fields = evsrc::wire_fields(evsrc::rename("class_", "class"));
#endif
};

}  // namespace

evsrc::result<void> write(std::string& out) { return evsrc::encode_json(passenger{}, out); }
