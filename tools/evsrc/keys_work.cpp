// SPDX-License-Identifier: Apache-2.0
// `evsrc keys redrive` and `skip`: these change the file, each as an event of it.
#include <fmt/format.h>

#include "commands.hpp"
#include "evsrc/runtime/redrive.hpp"
#include "evsrc/sqlite/message_bus.hpp"

namespace evsrc_cli {

evsrc::result<void> work_on_key(key_request const& what, key_work kind) {
  bool const is_skip = kind == key_work::skip;
  auto const store = open_to_write(what.where);
  if (!store) return evsrc::fail(store.error());
  evsrc::sqlite::message_bus bus(**store);
  evsrc::redrive_options with;
  with.consumer = what.consumer;
  with.entity = what.queue;
  with.user = what.user;
  with.is_forced = what.force;
  if (what.window_s != 0) with.inbox_window = std::chrono::seconds(what.window_s);
  evsrc::redriver again(**store, bus, std::move(with));
  EVSRC_TRY(is_skip ? again.skip(what.key, what.id) : again.redrive(what.key));
  if (what.where.json)
    print({{"consumer", what.consumer},
           {"key", what.key},
           {"done", is_skip ? "skipped" : "redriven"}});
  else if (is_skip)
    fmt::print("skipped: key {} of {} goes on without it\n", printable(what.key),
               printable(what.consumer));
  else
    fmt::print("redriven: {} goes on with key {}, what it holds follows in order\n",
               printable(what.consumer), printable(what.key));
  return {};
}

}  // namespace evsrc_cli
