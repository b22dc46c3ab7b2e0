// SPDX-License-Identifier: Apache-2.0
// The world outside: a bank that charges and refunds, a carrier that ships. They live in a process
// of their own, as in life, and keep a ledger by idempotency key: what was done under a key is done
// once, and a repeat gets the first answer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "evsrc/core/money.hpp"
#include "evsrc/core/result.hpp"

namespace retail_example {

/// How the outside behaves. Whether an order's payment or parcel fails follows from seed and order
/// id alone, so that every run and every repeat agrees.
struct outside_options {
  std::uint64_t seed = 1;
  std::int64_t payment_failures_per_mille = 20;
  std::int64_t shipping_failures_per_mille = 10;
  std::int64_t latency_us = 0;  ///< before each answer
  std::int64_t garbled_per_mille =
      0;  ///< charges that are not made, with an answer nobody can read
};

/// Sums over a ledger.
struct payments_made {
  evsrc::money charged{};
  evsrc::money refunded{};
};

/// Exit code of an outside whose ledger is another one's.
inline constexpr int ledger_in_use = 3;

/// The side of the outside: serves clients on a Unix socket until stdin is closed, which happens
/// when the process that started it ends; then it removes the socket, and its folder where that is
/// empty. The ledger is a text file, a line per thing done: kind, key, order, amount, outcome; it
/// is locked, so that what is done under a key is done once. @return the exit code
[[nodiscard]] int serve_outside(std::string const& socket_path, std::string const& ledger_path,
                                outside_options const& options);

/// The shop's side: a connection. @threads one at a time
class outside_services {
 public:
  outside_services() = default;
  outside_services(outside_services&& other) noexcept;
  outside_services& operator=(outside_services&& other) noexcept;
  ~outside_services();

  /// @errors unavailable: nobody answers there
  [[nodiscard]] static evsrc::result<outside_services> connect(std::string const& socket_path);

  struct answer {
    bool accepted = false;
    std::string reference{};  ///< payment or shipment id
    std::string reason{};     ///< why not
  };
  /// What answers under `key` is final. @errors unavailable, timed_out: ask again, same key;
  /// malformed: what was answered cannot be read, now or ever
  [[nodiscard]] evsrc::result<answer> charge(std::string_view key, std::string_view order,
                                             evsrc::money const& amount);
  [[nodiscard]] evsrc::result<answer> refund(std::string_view key, std::string_view order,
                                             evsrc::money const& amount);
  [[nodiscard]] evsrc::result<answer> ship(std::string_view key, std::string_view order);
  [[nodiscard]] evsrc::result<payments_made> payments();
  /// Takes "payment" or "shipping" away for a while.
  [[nodiscard]] evsrc::result<void> begin_outage(std::string_view service,
                                                 std::int64_t duration_ms);

 private:
  [[nodiscard]] evsrc::result<answer> ask(std::string const& text);
  void close() noexcept;

  std::string path_;
  std::string rest_;  ///< read and not yet used
  int socket_ = -1;
};

}  // namespace retail_example
