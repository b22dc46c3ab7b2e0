// SPDX-License-Identifier: Apache-2.0
// From the outbox to a sender: how soon after a commit, and how many rows a second.
#include <algorithm>
#include <atomic>
#include <thread>

#include "evsrc/runtime/outbox_relay.hpp"
#include "stores.hpp"
#include "suite.hpp"

namespace bench {
namespace {

constexpr char const* call_p50 = "outbox/call of commit to sender/p50";
constexpr char const* call_p99 = "outbox/call of commit to sender/p99";
constexpr char const* told_p50 = "outbox/end of commit to sender/p50";
constexpr char const* told_p99 = "outbox/end of commit to sender/p99";

/// Takes every message, and notes when.
class stamping_sender final : public evsrc::sender {
 public:
  using evsrc::sender::send;
  evsrc::result<void> send(std::span<evsrc::message const> batch) override {
    last_ = std::chrono::steady_clock::now();
    taken_ += batch.size();
    taken_.notify_all();
    return {};
  }
  evsrc::result<std::vector<std::int64_t>> schedule(std::span<evsrc::message const>,
                                                    evsrc::timestamp) override {
    return evsrc::fail(evsrc::errc::unsupported, "a relay schedules nothing");
  }
  evsrc::result<void> cancel_scheduled(std::span<std::int64_t const>) override { return {}; }
  [[nodiscard]] std::size_t max_batch_bytes() const override { return evsrc::limits::send_bytes; }

  /// Waits for so many. @return when the last of them came
  std::chrono::steady_clock::time_point wait_for(std::size_t count) {
    for (auto seen = taken_.load(); seen < count; seen = taken_.load()) taken_.wait(seen);
    return last_;
  }

 private:
  std::atomic<std::chrono::steady_clock::time_point> last_{};
  std::atomic<std::size_t> taken_ = 0;
};

/// An order and a message that carries it.
evsrc::commit published_order(std::size_t number) {
  auto made = order_commit(number % stream_count);
  auto& row = made.messages.emplace_back();
  row.id.value = "m" + std::to_string(number);
  row.destination = "orders";
  row.key = stream_key(number % stream_count);
  row.type = "order.placed";
  row.body = made.appends[0].events[0].payload;
  return made;
}

/// Microseconds. The first holds the commit's own sync; the second is 0 where the relay, which is
/// woken behind COMMIT, was faster than the caller.
struct hand_over_times {
  std::vector<double> from_call;
  std::vector<double> from_end;
};

/// One commit at a time, on a store and a relay that have nothing else to do.
hand_over_times time_hand_overs(evsrc::sqlite::event_store& store, stamping_sender& to,
                                std::size_t first, std::size_t count) {
  using clock = std::chrono::steady_clock;
  hand_over_times times;
  auto const span = [](clock::time_point from, clock::time_point until) {
    return std::max(0.0, std::chrono::duration<double, std::micro>(until - from).count());
  };
  for (auto number = first; number != first + count; ++number) {
    auto next = published_order(number);
    auto const begun = clock::now();
    must(store.commit(std::move(next)));
    auto const told = clock::now();
    auto const sent = to.wait_for(number + 1);
    times.from_call.push_back(span(begun, sent));
    times.from_end.push_back(span(told, sent));
    while (!must(store.read_outbox({.max_rows = 1})).empty()) std::this_thread::yield();
  }
  return times;
}

void measure_hand_overs(bench_run& run) {
  store_files const files(run.options().folder, "relay", stream_count);
  auto const store = open_store(files.ours(), durability::fsync);
  stamping_sender to;
  evsrc::outbox_relay relay(*store);
  relay.send_to("orders", to);
  auto const running = relay.start();
  constexpr std::size_t rounds = 3;
  auto const each = run.amount(500);
  static_cast<void>(time_hand_overs(*store, to, 0, each));
  std::vector<hand_over_times> measured;
  for (std::size_t i = 1; i <= rounds; ++i)
    measured.push_back(time_hand_overs(*store, to, i * each, each));
  auto const add = [&](char const* name, std::vector<double> hand_over_times::*which, double part) {
    std::vector<double> values;
    for (auto const& one : measured) values.push_back(quantile(one.*which, part));
    row made{{name, "us", "fsync"}, median(values), {}, {}, {}, rounds, 0};
    if (made.ours > 0) made.spread = (quantile(values, 1) - quantile(values, 0)) / made.ours;
    run.add(std::move(made));
  };
  add(call_p50, &hand_over_times::from_call, 0.50);
  add(call_p99, &hand_over_times::from_call, 0.99);
  add(told_p50, &hand_over_times::from_end, 0.50);
  add(told_p99, &hand_over_times::from_end, 0.99);
}

}  // namespace

std::vector<row_group> relay_rows() {
  return {{{call_p50, call_p99, told_p50, told_p99}, measure_hand_overs}};
}

}  // namespace bench
