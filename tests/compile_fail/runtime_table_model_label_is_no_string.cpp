// expect: a model's `label` is a `std::string`
// A view of a label would outlive it.
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
  static constexpr std::string_view name = "doors";
  using events = evsrc::events<opened>;
  void apply(store_with_tables::transaction&, opened const&) {}
#ifdef EVSRC_OFFENDING_LINE
  std::string_view label;
#else
  std::string label;
#endif
};

}  // namespace

void run(store_with_tables& store) { evsrc::projection<doors, store_with_tables> all{store}; }
