// expect: `validate()` is const and returns evsrc::result<>
// Rules that would be asked for and not understood.
#include "evsrc/model/validation.hpp"

namespace {

struct withdraw {
  int cents = 0;
#ifdef EVSRC_OFFENDING_LINE
  bool validate() const { return cents > 0; }
#else
  evsrc::result<> validate() const {
    if (cents > 0) return {};
    return evsrc::invalid("cents", "must be above zero");
  }
#endif
};

}  // namespace

bool is_fine() { return evsrc::check_valid(withdraw{1}).has_value(); }
