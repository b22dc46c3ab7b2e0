// expect: the values of an enum without a fixed underlying type cannot be found
// Which values such an enum may have depends on those that it names.
#include "evsrc/codec/json_codec.hpp"

#ifdef EVSRC_OFFENDING_LINE
enum grade { low, high };
#else
enum class grade { low, high };
#endif

evsrc::result<void> write(std::string& out) { return evsrc::encode_json(grade{}, out); }
