// SPDX-License-Identifier: Apache-2.0
// The lock between processes that write to the same file.
#include "process_lock.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace evsrc::sqlite::inline v0::detail {
namespace {

constexpr std::int64_t turn_byte = 0;
constexpr std::int64_t waiting_byte = 1;
constexpr std::int64_t open_byte = 2;

constexpr auto shortest_nap = std::chrono::microseconds(50);
constexpr auto longest_nap = std::chrono::microseconds(1'000);
/// How often a writer that goes from turn to turn looks whether others wait.
constexpr auto look_interval = std::chrono::milliseconds(2);

struct flock span_of(std::int64_t at, short kind) noexcept {
  struct flock wanted {};
  wanted.l_type = kind;
  wanted.l_whence = SEEK_SET;
  wanted.l_start = at;
  wanted.l_len = 1;
  return wanted;
}

error lock_error(int number, std::string const& path) {
  bool const missing = number == EINVAL || number == ENOLCK || number == ENOSYS;
  error found{missing ? errc::unsupported : errc::io_failed,
              "lock " + path + ": " + std::strerror(number), "sqlite"};
  found.native_code = number;
  return found;
}

}  // namespace

process_lock::process_lock(process_lock&& other) noexcept
    : file_(std::exchange(other.file_, -1)), path_(std::move(other.path_)) {}

process_lock& process_lock::operator=(process_lock&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(path_, other.path_);
  return *this;
}

process_lock::~process_lock() {
  if (file_ >= 0) ::close(file_);
}

result<process_lock> process_lock::open(std::string const& store_path) {
  process_lock made;
  made.path_ = store_path + "-evsrc-lock";
  made.file_ = ::open(made.path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (made.file_ >= 0) return made;
  int const number = errno;
  error found{errc::io_failed, "open " + made.path_ + ": " + std::strerror(number), "sqlite.open"};
  found.native_code = number;
  if (number == ENOENT || number == ENOTDIR) found.code = errc::not_found;
  if (number == EACCES || number == EPERM) found.code = errc::permission_denied;
  if (number == EROFS) found.code = errc::read_only;
  if (number == ENOSPC) found.code = errc::disk_full;
  return fail(std::move(found));
}

process_lock process_lock::open_to_read(std::string const& store_path) {
  process_lock made;
  made.path_ = store_path + "-evsrc-lock";
  made.file_ = ::open(made.path_.c_str(), O_RDONLY | O_CLOEXEC);
  auto request = span_of(open_byte, F_WRLCK);
  bool const has_locks = made.file_ >= 0 && ::fcntl(made.file_, F_OFD_GETLK, &request) == 0;
  return has_locks ? std::move(made) : process_lock{};
}

result<bool> process_lock::try_set(std::int64_t at, mode wanted) noexcept {
  short const kind = wanted == mode::shared ? F_RDLCK : wanted == mode::none ? F_UNLCK : F_WRLCK;
  auto request = span_of(at, kind);
  if (::fcntl(file_, F_OFD_SETLK, &request) == 0) return true;
  int const number = errno;
  if (number == EAGAIN || number == EACCES || number == EINTR) return false;
  return fail(lock_error(number, path_));
}

bool process_lock::is_wanted_by_others() noexcept {
  auto request = span_of(waiting_byte, F_WRLCK);
  return ::fcntl(file_, F_OFD_GETLK, &request) == 0 && request.l_type != F_UNLCK;
}

result<void> process_lock::wait_for(std::int64_t at, mode wanted, clock& time,
                                    clock::steady_time until, std::atomic<bool> const* gives_up) {
  auto nap = shortest_nap;
  for (;;) {
    auto const got = try_set(at, wanted);
    if (!got) return fail(got.error());
    if (*got) return {};
    if (time.steady() >= until)
      return fail(errc::timed_out, path_ + " is held by another writer: the deadline is over",
                  "sqlite");
    if (gives_up != nullptr && *gives_up)
      return fail(errc::closed, "the store was closed", "sqlite");
    time.sleep(nap);
    nap = std::min(nap * 2, longest_nap);
  }
}

result<void> process_lock::take(clock& time, clock::steady_time until,
                                std::atomic<bool> const& gives_up) {
  if (file_ < 0) return {};
  // Who waits polls; who has just written would win every race against it.
  if (std::exchange(let_others_go_first_, false)) time.sleep(2 * longest_nap);
  auto const got = try_set(turn_byte, mode::exclusive);
  if (!got) return fail(got.error());
  if (*got) return {};
  auto const marked = try_set(waiting_byte, mode::shared);
  if (!marked) return fail(marked.error());
  auto outcome = wait_for(turn_byte, mode::exclusive, time, until, &gives_up);
  auto const unmarked = try_set(waiting_byte, mode::none);
  if (!unmarked) return fail(unmarked.error());
  return outcome;
}

void process_lock::give_back() noexcept {
  if (file_ < 0) return;
  auto request = span_of(turn_byte, F_UNLCK);
  ::fcntl(file_, F_OFD_SETLK, &request);
  auto const now = std::chrono::steady_clock::now();
  if (now - looked_ < look_interval) return;
  looked_ = now;
  let_others_go_first_ = is_wanted_by_others();
}

result<void> process_lock::mark_open(clock& time, clock::steady_time until) {
  if (file_ < 0) return {};
  return wait_for(open_byte, mode::shared, time, until);
}

result<void> process_lock::claim_alone() {
  if (file_ < 0) return {};
  auto const got = try_set(open_byte, mode::exclusive);
  if (!got) return fail(got.error());
  if (!*got) return fail(errc::unavailable, "the store is open: close it first", "sqlite");
  return {};
}

}  // namespace evsrc::sqlite::inline v0::detail
