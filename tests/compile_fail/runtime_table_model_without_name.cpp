// expect: a model in tables needs `static constexpr std::string_view name
// Its checkpoint needs a name that does not change with the C++ type.
#include "evsrc/runtime/projection.hpp"

namespace {

struct opened {
  static constexpr evsrc::event_name wire_name{"door.opened", 1};
};
struct store_with_tables : evsrc::event_store {
  struct transaction {};
  using evsrc::event_store::commit;
  evsrc::result<evsrc::receipt> commit(
      evsrc::commit what, evsrc::unique_function<evsrc::result<void>(transaction&)> with);
};
struct doors {
#ifndef EVSRC_OFFENDING_LINE
  static constexpr std::string_view name = "doors";
#endif
  using events = evsrc::events<opened>;
  void apply(store_with_tables::transaction&, opened const&) {}
};

}  // namespace

void run(store_with_tables& store) { evsrc::projection<doors, store_with_tables> all{store}; }
