// expect: an alternative of a variant needs `wire_name` or
// The discriminator needs a text for each alternative.
#include <variant>

#include "evsrc/codec/json_codec.hpp"

namespace {

struct card {
  static constexpr std::string_view json_name = "card";
  std::string number;
};
struct cash {
#ifndef EVSRC_OFFENDING_LINE
  static constexpr std::string_view json_name = "cash";
#endif
  bool exact = true;
};
struct payment {
  std::variant<card, cash> by;
};

}  // namespace

evsrc::result<void> write(std::string& out) { return evsrc::encode_json(payment{}, out); }
