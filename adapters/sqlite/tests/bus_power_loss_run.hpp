// SPDX-License-Identifier: Apache-2.0
// One life of a bus on a simulated disk, and what must be true of what the power loss leaves.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "evsrc/sqlite/message_bus.hpp"
#include "simulated_disk.hpp"

namespace evsrc_test {

/// What the calls of one life are.
enum class bus_work : std::uint8_t {
  send,           ///< batches of two
  hop,            ///< commits whose message goes straight into the queue
  receive,        ///< sent, received, not settled
  complete,       ///< sent, received, completed
  dead_letter,    ///< sent, received, dead-lettered
  settle_commit,  ///< sent, received, completed in a commit with an event and a bill
  transaction,    ///< sent, received, completed in a transaction with a bill
};
inline constexpr bus_work all_bus_work[] = {
    bus_work::send,        bus_work::hop,           bus_work::receive,    bus_work::complete,
    bus_work::dead_letter, bus_work::settle_commit, bus_work::transaction};
[[nodiscard]] std::string_view to_string(bus_work kind) noexcept;

/// How far one piece of work came: a step was tried where the one before it was acknowledged.
struct bus_attempt {
  bool is_sent = false;   ///< acknowledged
  bool is_tried = false;  ///< its end: settlement, commit or transaction
  bool is_ended = false;  ///< acknowledged
};

struct bus_life {
  bus_work kind = bus_work::send;
  evsrc::sqlite::durability level = evsrc::sqlite::durability::fsync;
  std::vector<bus_attempt> attempts{};
  std::uint64_t operations_before = 0;  ///< of the disk, until store and queues were there
  std::int64_t greatest_number = 0;     ///< of all sequence numbers that somebody saw
};

/// Opens a store and its bus on `disk` and works until the work is done or the power goes.
[[nodiscard]] bus_life live(simulated_disk& disk, std::filesystem::path const& folder,
                            bus_work kind, evsrc::sqlite::durability level);
/// What is wrong with the files in `folder` after that life; empty: nothing.
[[nodiscard]] std::string find_fault(bus_life const& lived, std::filesystem::path const& folder);

}  // namespace evsrc_test
