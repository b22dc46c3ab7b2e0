// SPDX-License-Identifier: Apache-2.0
// Sends, schedules, and takes back.
#include "bus_sender.hpp"

namespace evsrc::memory::inline v0::detail {

result<void> bus_sender::send(std::span<message const> batch, std::vector<std::int64_t>* numbers) {
  send_plan plan;
  plan.entries.reserve(batch.size());
  for (auto const& each : batch) plan.entries.push_back({prepare(each, context_)});

  std::lock_guard const held{entity_->mutex};
  if (context_.is_closed) return bus_context::closed();
  EVSRC_TRY(entity_->check_sending(name_));
  EVSRC_TRY(entity_->check_batch(batch));
  auto const now = context_.time.now();
  entity_->advance_schedule(now, context_.random);
  while (plan.judged != plan.entries.size()) EVSRC_TRY(entity_->judge(plan, now, context_.random));
  entity_->send(plan, now, numbers);
  return {};
}

result<std::vector<std::int64_t>> bus_sender::schedule(std::span<message const> batch,
                                                       timestamp at) {
  std::vector<message> timed(batch.begin(), batch.end());
  for (auto& each : timed) each.enqueue_at = at;
  std::vector<std::int64_t> numbers;
  numbers.reserve(batch.size());
  EVSRC_TRY(send(timed, &numbers));
  return numbers;
}

result<void> bus_sender::cancel_scheduled(std::span<std::int64_t const> numbers) {
  std::lock_guard const held{entity_->mutex};
  EVSRC_TRY(context_.check_open());
  EVSRC_TRY(entity_->check_exists(name_));
  entity_->advance_schedule(context_.time.now(), context_.random);
  auto& own = entity_->queue ? entity_->queue->messages.live : entity_->topic->scheduled;
  return own.cancel_scheduled(numbers);
}

}  // namespace evsrc::memory::inline v0::detail
