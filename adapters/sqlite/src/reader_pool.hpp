// SPDX-License-Identifier: Apache-2.0
// Read-only connections, opened as they are needed, each lent to one thread at a time.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "reader.hpp"
#include "rows_in_hand.hpp"

namespace evsrc::sqlite::inline v0::detail {

class reader_pool {
 public:
  struct settings {
    connection_settings file;
    std::size_t max_readers = 8;
    std::size_t page_cache_bytes = 0;
    bool verifies = false;
  };
  /// A reader until this is destroyed.
  class loan {
   public:
    loan(reader_pool& from, reader& lent) noexcept : from_(&from), lent_(&lent) {}
    loan(loan&& other) noexcept : from_(other.from_), lent_(std::exchange(other.lent_, nullptr)) {}
    loan& operator=(loan&&) = delete;
    ~loan() {
      if (lent_ != nullptr) from_->give_back(*lent_);
    }
    [[nodiscard]] reader* operator->() const noexcept { return lent_; }

   private:
    reader_pool* from_;
    reader* lent_;
  };

  explicit reader_pool(settings with) : with_(std::move(with)) {}
  /// The one reader of a store in memory, on the writer's own connection.
  reader_pool(std::unique_ptr<reader> only, std::mutex& connection)
      : only_(std::move(only)), connection_(&connection) {}

  /// Waits for a free reader where all are lent.
  /// @errors closed; invalid_argument: from within rows of one
  [[nodiscard]] result<loan> borrow(store_identity const& identity);
  /// Waits for every loan to end, from `interrupts_at` on with their statements interrupted, and
  /// closes all connections.
  void close(std::chrono::steady_clock::time_point interrupts_at);
  /// Ends the statements of those who have a reader, at this moment: they answer `cancelled`.
  void interrupt_lent();
  /// What rows_in_hand knows its readers by: where there is one connection, all its users.
  [[nodiscard]] void const* place() const noexcept {
    return connection_ != nullptr ? static_cast<void const*>(connection_) : this;
  }

 private:
  struct member {
    explicit member(connection opened) : file(std::move(opened)), users(file) {}
    connection file;
    user_sql users;
    std::optional<reader> reads;
  };
  [[nodiscard]] result<std::unique_ptr<member>> open_member(store_identity const& identity) const;
  void give_back(reader& used);

  settings with_;
  std::unique_ptr<reader> only_;
  std::mutex* connection_ = nullptr;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<member>> members_;
  std::vector<reader*> free_;
  std::size_t lent_ = 0;
  bool is_closed_ = false;
};

}  // namespace evsrc::sqlite::inline v0::detail
