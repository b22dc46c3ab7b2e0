// expect: an enum value named after a reserved word, such as `new_`, needs a wire name
// The same for the values of an enum.
#include "evsrc/codec/json_codec.hpp"

enum class state { new_, old };

#ifndef EVSRC_OFFENDING_LINE
template <>
inline constexpr auto evsrc::enum_names<state> = evsrc::wire_fields(evsrc::rename("new_", "new"));
#endif

evsrc::result<void> write(std::string& out) { return evsrc::encode_json(state::new_, out); }
