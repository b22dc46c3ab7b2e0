// SPDX-License-Identifier: Apache-2.0
// The same history in three files.
#include "stores.hpp"

#include <algorithm>
#include <atomic>

#include "measurement.hpp"

namespace bench {
namespace {

constexpr std::size_t fill_events = 500;  // of one commit

evsrc::new_event next_order() {
  // Grows, as a UUIDv7 does; nobody looks at it.
  static std::atomic<std::uint64_t> counter = 0;
  auto const count = counter.fetch_add(1, std::memory_order_relaxed) + 1;
  evsrc::new_event made{"order.placed", 1, sample_payload(), sample_stamp()};
  for (std::size_t i = 0; i != 8; ++i)
    made.meta.id.octets[i] = static_cast<std::uint8_t>(count >> (56 - 8 * i));
  made.meta.id.octets[15] = 1;
  return made;
}

/// One event into each stream, then into random ones.
void fill(evsrc::sqlite::event_store& store, std::size_t events) {
  stream_choice choice;
  evsrc::commit next;
  for (std::size_t i = 0; i != events; ++i) {
    auto const stream = i < stream_count ? i : choice.next();
    next.appends.push_back({{"order", stream_key(stream)}, evsrc::expected_version::any(), {}});
    next.appends.back().events.push_back(next_order());
    if (next.appends.size() == fill_events || i + 1 == events)
      must(store.commit(std::exchange(next, {})));
  }
}

}  // namespace

std::string stream_key(std::size_t stream) { return "customer-" + std::to_string(stream); }

evsrc::commit order_commit(std::size_t stream, std::size_t events) {
  evsrc::commit made;
  made.appends.push_back({{"order", stream_key(stream)}, evsrc::expected_version::any(), {}});
  made.appends.back().events.reserve(events);
  for (std::size_t i = 0; i != events; ++i) made.appends.back().events.push_back(next_order());
  return made;
}

evsrc::message order_message(std::size_t stream) {
  static std::atomic<std::size_t> counter = 0;
  evsrc::message made;
  made.id.value = "order-message-" + std::to_string(++counter);
  made.body = sample_payload();
  made.content_type = "application/json";
  made.subject = "order.placed";
  made.correlation_id = stream_key(stream % stream_count);
  return made;
}

std::unique_ptr<evsrc::sqlite::event_store> open_store(std::filesystem::path const& path,
                                                       durability level) {
  evsrc::sqlite::options with;
  with.durability =
      level == durability::fsync ? evsrc::sqlite::durability::fsync : evsrc::sqlite::durability::os;
  return must(evsrc::sqlite::open(path.string(), with));
}

scratch_folder::scratch_folder(std::filesystem::path where) : path(std::move(where)) {
  std::filesystem::create_directories(path);
}

scratch_folder::~scratch_folder() { std::filesystem::remove_all(path); }

store_files::store_files(std::filesystem::path const& folder, std::string const& name,
                         std::size_t events)
    : folder_(folder / name) {
  auto store = open_store(ours(), durability::os);
  fill(*store, std::max(events, stream_count));
  must(store->checkpoint_wal());
  store.reset();
  std::filesystem::copy_file(ours(), limit());
}

}  // namespace bench
