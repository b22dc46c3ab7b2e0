// SPDX-License-Identifier: Apache-2.0
// Files the tills' messages: each as one JSON document, in a folder for its type.
#pragma once

#include <string>

#include "evsrc/sqlite/event_store.hpp"
#include "store_producer.hpp"

namespace retail_example {

/// What the consumers made of the messages.
struct filing_report {
  std::int64_t filed = 0;
  std::int64_t dead_letters = 0;
};

/// Sends `with.count` messages and files them as `folder`/TYPE/ID.json until none waits. A message
/// that is delivered again is filed again, under the same name with the same content; malformed
/// ones are dead letters that say what is wrong.
/// @errors io_failed: a folder or file cannot be written; what bus and store say
[[nodiscard]] evsrc::result<filing_report> produce_and_file(evsrc::sqlite::event_store& store,
                                                            producer_options const& with,
                                                            std::string const& folder,
                                                            evsrc::retail::producer_answer& answer);

}  // namespace retail_example
