// SPDX-License-Identifier: Apache-2.0
// G11: the same contests between processes, whose histories come home through pipes.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <deque>
#include <thread>

#include "history_wire.hpp"
#include "recorder.hpp"

namespace evsrc::testing::inline v0::detail {
namespace {

constexpr std::size_t process_count = 4;
constexpr unsigned process_seconds_max = 1'800;  // nobody waits for ever for one that crashed
constexpr std::uint32_t follower_number = 1'000'000;

/// In memory that all processes share; they pass it together.
struct shared_barrier {
  std::atomic<std::uint32_t> arrived = 0;
  std::atomic<std::uint32_t> generation = 0;
  std::uint32_t expected = 0;

  void wait() {
    auto const mine = generation.load();
    if (arrived.fetch_add(1) + 1 == expected) {
      arrived = 0;
      ++generation;
      return;
    }
    while (generation.load() == mine) std::this_thread::yield();
  }
};
static_assert(std::atomic<std::uint32_t>::is_always_lock_free);

/// One mapping that children inherit.
class shared_memory {
 public:
  explicit shared_memory(std::uint32_t expected) {
    void* const at = ::mmap(nullptr, sizeof(shared_barrier), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    require(at != MAP_FAILED, "no shared memory for the barrier between processes");
    barrier_ = ::new (at) shared_barrier;
    barrier_->expected = expected;
  }
  shared_memory(shared_memory const&) = delete;
  shared_memory& operator=(shared_memory const&) = delete;
  ~shared_memory() { ::munmap(barrier_, sizeof(shared_barrier)); }
  [[nodiscard]] shared_barrier& barrier() const { return *barrier_; }

 private:
  shared_barrier* barrier_ = nullptr;
};

/// What one process does: its racers, on a handle that it opens itself.
process_report race(workbench& bench, contest what, std::size_t process, std::size_t threads,
                    shared_barrier& between) {
  process_report report;
  std::unique_ptr<store_handle> handle;
  try {
    handle = bench.open_again();
  } catch (flaw_found const& found) {
    report.flaw = found.text;
  }
  auto const wait = [](void* all) { static_cast<shared_barrier*>(all)->wait(); };
  std::deque<recorder> workers;
  std::vector<std::thread> racers;
  // Without a store the others are still met at every barrier, or they would wait for ever.
  auto const rounds = bench.setting().rounds;
  for (std::size_t i = 0; i != threads; ++i) {
    if (handle != nullptr)
      workers.emplace_back(*handle->ports().events,
                           static_cast<std::uint32_t>(process * 1'000 + i + 1));
    racers.emplace_back([&, i] {
      for (std::uint64_t number = 1; number <= rounds; ++number) {
        between.wait();
        round const now{number, &between, wait};
        if (handle != nullptr)
          what(workers[i], now);
        else
          now.wait_for_others();
      }
    });
  }
  for (auto& racer : racers) racer.join();
  for (auto& worker : workers) {
    if (report.flaw.empty()) report.flaw = worker.flaw();
    merge(report.kept, std::move(worker.kept()));
  }
  return report;
}

struct child {
  ::pid_t id = -1;
  int pipe = -1;
};

void write_all(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    auto const written = ::write(to, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // the reader finds the report cut off
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string read_all(int from) {
  std::string all;
  std::array<char, 65'536> buffer;
  for (;;) {
    auto const count = ::read(from, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return all;
    all.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

template <class Work>
child start(Work work) {
  std::array<int, 2> ends{};
  require(::pipe(ends.data()) == 0, "no pipe to another process");
  child made{::fork(), ends[0]};
  require(made.id >= 0, "fork failed");
  if (made.id == 0) {
    ::alarm(process_seconds_max);
    ::close(ends[0]);
    write_all(ends[1], encode(work()));
    ::_exit(0);  // nothing of the parent is torn down
  }
  ::close(ends[1]);
  return made;
}

process_report bring_home(child const& one) {
  auto report = decode_report(read_all(one.pipe));
  ::close(one.pipe);
  int status = 0;
  while (::waitpid(one.id, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0 && report.flaw.empty())
    report.flaw = "a process ended with status " + std::to_string(status);
  return report;
}

template <contest What>
void between_processes(workbench& bench) {
  auto const threads = std::max<std::size_t>(1, bench.setting().racers / process_count);
  shared_memory const shared{static_cast<std::uint32_t>(threads * process_count)};
  bench.close_handle();  // no handle may be open across a fork
  std::vector<child> children;
  for (std::size_t i = 0; i != process_count; ++i)
    children.push_back(start([&, i] {
      auto report = race(bench, What, i, threads, shared.barrier());
      return report;
    }));
  bench.reopen();

  std::atomic<bool> is_over = false;
  follower reader{bench, follower_number};
  std::thread reading{[&] { reader.follow_until(is_over); }};
  std::string flaw;
  history all;
  for (auto const& one : children) {
    auto report = bring_home(one);
    if (flaw.empty()) flaw = report.flaw;
    merge(all, std::move(report.kept));
  }
  is_over = true;
  reading.join();
  if (flaw.empty()) flaw = reader.along().flaw();
  require(flaw.empty(), flaw);
  merge(all, std::move(reader.along().kept()));
  all.all_events = everything(bench.store());
  auto const said = judge_contest(What, all);
  require(static_cast<bool>(said), said.message());
  require(all.commits.size() == threads * process_count * bench.setting().rounds,
          "every racer ran every round");
}

constexpr auto several = &event_store_features::several_processes;

constexpr event_store_check all[] = {
    {"G11",
     "processes_on_one_version_have_one_winner",
     {several},
     &on_workbench<between_processes<race_on_one_version>, opening::contest>},
    {"G11",
     "processes_on_one_condition_have_one_winner",
     {several},
     &on_workbench<between_processes<race_on_one_condition>, opening::contest>},
    {"G11",
     "processes_side_by_side_all_win",
     {several},
     &on_workbench<between_processes<race_side_by_side>, opening::contest>},
    {"G11",
     "processes_with_one_key_are_decided_once",
     {several},
     &on_workbench<between_processes<race_on_one_key>, opening::contest>},
};

}  // namespace

checks process_checks() noexcept { return all; }

}  // namespace evsrc::testing::inline v0::detail
