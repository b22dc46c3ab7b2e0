// expect: this takes the store (or bus) itself and not a pointer to it
// The store is one, the bus is a pointer to one.
#include <memory>

#include "evsrc/runtime/consumer.hpp"

namespace {

class store_with_keys : public evsrc::event_store, public evsrc::idempotency_store {};

}  // namespace

void run(store_with_keys& store, std::unique_ptr<evsrc::message_bus> const& bus,
         evsrc::router& way) {
#ifdef EVSRC_OFFENDING_LINE
  evsrc::consumer all{store, bus, way, {.name = "all", .entity = "doors"}};
#else
  evsrc::consumer all{store, *bus, way, {.name = "all", .entity = "doors"}};
#endif
}
