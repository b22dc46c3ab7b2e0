// SPDX-License-Identifier: Apache-2.0
// The way into a queue or topic in memory.
#pragma once

#include "bus_context.hpp"
#include "evsrc/bus/sender.hpp"

namespace evsrc::memory::inline v0::detail {

class bus_sender final : public sender {
 public:
  bus_sender(bus_context& context, std::string name)
      : context_(context), name_(std::move(name)), entity_(context.entities.open(name_)) {}

  using sender::send;
  [[nodiscard]] result<void> send(std::span<message const> batch) override {
    return send(batch, nullptr);
  }
  [[nodiscard]] result<std::vector<std::int64_t>> schedule(std::span<message const> batch,
                                                           timestamp at) override;
  [[nodiscard]] result<void> cancel_scheduled(std::span<std::int64_t const> numbers) override;
  [[nodiscard]] std::size_t max_batch_bytes() const override { return limits::send_bytes; }

 private:
  [[nodiscard]] result<void> send(std::span<message const> batch,
                                  std::vector<std::int64_t>* numbers);

  bus_context& context_;
  std::string const name_;
  std::shared_ptr<bus_entity> const entity_;
};

}  // namespace evsrc::memory::inline v0::detail
