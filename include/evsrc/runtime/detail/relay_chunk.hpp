// SPDX-License-Identifier: Apache-2.0
// Due rows of one destination on their way to its sender.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "evsrc/bus/sender.hpp"
#include "evsrc/core/unique_function.hpp"
#include "evsrc/store/outbox_store.hpp"

namespace evsrc::inline v0::detail {

struct relay_row {
  enum class end : std::uint8_t {
    waits,    // not tried, or may pass when tried again
    sent,     // the sender took it
    refused,  // never will, for `why`
  };

  std::uint64_t sequence = 0;
  std::size_t slot = 0;
  std::string key{};
  message what{};
  end became = end::waits;
  std::optional<error> why{};
};
[[nodiscard]] relay_row to_relay_row(outbox_row from);

/// What a failed send means.
enum class send_verdict : std::uint8_t {
  again,      ///< may pass: the rows wait
  no_entity,  ///< it is gone, or not for us: no row of the batch is to blame
  bad_rows,   ///< at least one row of the batch never passes
};
[[nodiscard]] send_verdict judge_send(error const& why) noexcept;

struct relay_chunk {
  std::string destination;
  sender* to = nullptr;
  bool holds_keys = true;  ///< rows behind a refused one of their key wait
  std::vector<relay_row> rows{};
  std::optional<error> trouble{};  ///< why it ended early

  /// Sends the rows in order, in batches as large as the sender takes; a batch that is refused is
  /// halved until the row is alone that is to blame. Ends at what may pass when tried again, behind
  /// the first row where the entity is gone, and where `may_send` says no.
  void send(unique_function<bool()>& may_send);

 private:
  [[nodiscard]] bool send_part(std::size_t begin, std::size_t end, unique_function<bool()>& may);
  [[nodiscard]] bool is_behind_refused(std::size_t at) const;
  [[nodiscard]] result<void> call(std::vector<message> const& batch) const;
};

}  // namespace evsrc::inline v0::detail
