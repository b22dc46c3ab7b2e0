// SPDX-License-Identifier: Apache-2.0
// The outside itself: one thread, a few clients, a ledger.
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "outside_services.hpp"

namespace retail_example {
namespace {

constexpr std::size_t request_bytes_max = 8192;
/// An outside whose shop was killed still ends what it has in hand, which takes a second at most.
constexpr int lock_within_ms = 3'000;
constexpr int lock_pause_ms = 5;

struct request {
  std::string kind, key, order, amount;
};

std::array<std::string, 4> fields_of(std::string const& line) {
  std::array<std::string, 4> fields;
  std::size_t begin = 0;
  for (auto& one : fields) {
    auto const end = line.find('\t', begin);
    one = line.substr(begin, end == std::string::npos ? end : end - begin);
    if (end == std::string::npos) break;
    begin = end + 1;
  }
  return fields;
}

/// The same share of orders in every run. FNV-1a, mixed once more since its low bits are weak.
bool is_unlucky(std::uint64_t seed, std::string_view service, std::string_view order,
                std::int64_t per_mille) {
  std::uint64_t hash = 0xcbf29ce484222325U ^ seed;
  for (auto const text : {service, order})
    for (char const c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  hash ^= hash >> 33U;
  hash *= 0xff51afd7ed558ccdU;
  hash ^= hash >> 33U;
  return static_cast<std::int64_t>(hash % 1000) < per_mille;
}

/// The file, held alone until this process ends. A line is in it whole or not at all.
class ledger {
 public:
  explicit ledger(std::string path)
      : path_(std::move(path)),
        file_(::open(path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666)) {
    struct stat about {};
    is_kept_ = file_ >= 0 && ::fstat(file_, &about) == 0 && S_ISREG(about.st_mode);
  }
  ledger(ledger const&) = delete;
  ledger& operator=(ledger const&) = delete;
  ~ledger() {
    if (file_ >= 0) ::close(file_);
  }

  [[nodiscard]] bool is_open() const { return file_ >= 0; }
  [[nodiscard]] std::string const& path() const { return path_; }

  /// False where another outside keeps it, or where the shop is gone meanwhile.
  [[nodiscard]] bool lock() {
    if (!is_kept_) return true;  // all share /dev/null
    for (int waited = 0; ::flock(file_, LOCK_EX | LOCK_NB) != 0; waited += lock_pause_ms) {
      pollfd shop{STDIN_FILENO, POLLIN, 0};
      if (errno != EWOULDBLOCK || waited >= lock_within_ms) return false;
      if (::poll(&shop, 1, lock_pause_ms) > 0) return false;
    }
    struct stat about {};
    if (::fstat(file_, &about) != 0) return false;
    bytes_ = about.st_size;
    return true;
  }

  /// Behind `bytes` is what a crash cut off.
  void cut_behind(std::int64_t bytes) {
    bytes_ = bytes;
    if (is_kept_ && ::ftruncate(file_, bytes) != 0) complain();
  }

  [[nodiscard]] bool add(std::string const& line) {
    std::size_t written = 0;
    while (written != line.size()) {
      auto const count = ::write(file_, line.data() + written, line.size() - written);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) {
        complain();
        cut_behind(bytes_);
        return false;
      }
      written += static_cast<std::size_t>(count);
    }
    bytes_ += static_cast<std::int64_t>(written);
    return true;
  }

 private:
  void complain() {
    if (!std::exchange(has_complained_, true))
      std::fprintf(stderr, "retail: the ledger %s cannot be written: %s\n", path_.c_str(),
                   std::strerror(errno));
  }

  std::string path_;
  int file_ = -1;
  bool is_kept_ = false;  ///< else a device
  bool has_complained_ = false;
  std::int64_t bytes_ = 0;
};

class outside {
 public:
  outside(ledger& kept, outside_options const& options) : with_(options), ledger_(&kept) {
    read_ledger(kept.path());
  }

  std::string answer(std::string const& line) {
    auto const [kind, key, order, amount] = fields_of(line);
    if (kind == "outage") return begin_outage(key, amount);
    if (kind == "payments")
      return "ok\t" + to_string(paid_.charged) + ' ' + to_string(paid_.refunded) + '\n';
    if (kind != "charge" && kind != "refund" && kind != "ship") return "no\tunknown request\n";
    if (with_.latency_us > 0)
      std::this_thread::sleep_for(std::chrono::microseconds(with_.latency_us));
    if (auto const down = down_until_.find(kind == "ship" ? "shipping" : "payment");
        down != down_until_.end() && now() < down->second)
      return "down\n";
    auto const known = done_.find(kind + '\t' + key);
    if (known != done_.end()) return known->second;
    auto said = decide(kind, key, order);
    // In the ledger before it is told: who asks again after a crash of ours gets the same answer.
    // What cannot be entered is not done.
    if (!ledger_->add(kind + '\t' + key + '\t' + order + '\t' + amount + '\t' + said))
      return "down\n";
    enter(kind, key, amount, said);
    return said;
  }

 private:
  using time_point = std::chrono::steady_clock::time_point;
  static time_point now() { return std::chrono::steady_clock::now(); }

  /// A last line that a crash of the outside cut off was told to nobody, and is removed.
  void read_ledger(std::string const& path) {
    std::ifstream in(path);
    std::size_t whole = 0;
    std::string line;
    while (std::getline(in, line) && !in.eof()) {
      whole += line.size() + 1;
      auto const [kind, key, order, amount] = fields_of(line);
      auto const begin = kind.size() + key.size() + order.size() + amount.size() + 4;
      if (begin < line.size()) enter(kind, key, amount, line.substr(begin) + '\n');
    }
    if (!line.empty() && in.eof()) ledger_->cut_behind(static_cast<std::int64_t>(whole));
  }

  void enter(std::string const& kind, std::string const& key, std::string const& amount,
             std::string const& said) {
    bool const is_new = done_.emplace(kind + '\t' + key, said).second;
    if (!is_new || kind == "ship" || !said.starts_with("ok")) return;
    auto& total = kind == "charge" ? paid_.charged : paid_.refunded;
    auto const sum = evsrc::checked_add(total, evsrc::parse_money(amount).value_or(evsrc::money{}));
    total = sum.value_or(total);
  }

  std::string decide(std::string const& kind, std::string const& key,
                     std::string const& order) const {
    if (kind == "charge" && is_unlucky(with_.seed, "answer", order, with_.garbled_per_mille))
      return "garbled\n";
    if (kind == "charge" &&
        is_unlucky(with_.seed, "payment", order, with_.payment_failures_per_mille))
      return "no\tcard declined\n";
    if (kind == "ship" &&
        is_unlucky(with_.seed, "shipping", order, with_.shipping_failures_per_mille))
      return "no\tparcel refused\n";
    return "ok\t" + kind + '-' + key + '\n';
  }

  std::string begin_outage(std::string const& service, std::string const& duration_ms) {
    if (service != "payment" && service != "shipping") return "no\tpayment or shipping\n";
    std::int64_t count = 0;
    for (char const c : duration_ms) {
      if (c < '0' || c > '9' || count > 86'400'000) return "no\tnot a duration\n";
      count = count * 10 + (c - '0');
    }
    down_until_[service] = now() + std::chrono::milliseconds(count);
    return "ok\t\n";
  }

  outside_options with_;
  ledger* ledger_;
  std::unordered_map<std::string, std::string> done_;
  payments_made paid_;
  std::map<std::string, time_point, std::less<>> down_until_;
};

/// Answers the whole lines that a client has sent; false where it is gone.
bool serve_client(int client, std::string& pending, outside& world) {
  char buffer[4096];
  auto const count = ::recv(client, buffer, sizeof buffer, 0);
  if (count <= 0) return false;
  pending.append(buffer, static_cast<std::size_t>(count));
  std::string replies;
  for (std::size_t end = 0; (end = pending.find('\n')) != std::string::npos;) {
    replies += world.answer(pending.substr(0, end));
    pending.erase(0, end + 1);
  }
  if (pending.size() > request_bytes_max) return false;
  return ::send(client, replies.data(), replies.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(replies.size());
}

int listen_at(std::string const& path) {
  sockaddr_un address{};
  if (path.size() >= sizeof address.sun_path) return -1;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  ::unlink(path.c_str());
  int const listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0 ||
      ::bind(listener, reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0 ||
      ::listen(listener, 16) != 0)
    return -1;
  return listener;
}

}  // namespace

int serve_outside(std::string const& socket_path, std::string const& ledger_path,
                  outside_options const& options) {
  ledger kept(ledger_path);
  if (!kept.is_open()) return 1;
  if (!kept.lock()) return ledger_in_use;
  outside world(kept, options);
  int const listener = listen_at(socket_path);
  if (listener < 0) return 1;
  std::vector<pollfd> watched{{STDIN_FILENO, POLLIN, 0}, {listener, POLLIN, 0}};
  std::map<int, std::string> pending;
  for (;;) {
    if (::poll(watched.data(), watched.size(), -1) < 0) return 1;
    if (watched[0].revents != 0) {
      char unread[64];
      if (::read(STDIN_FILENO, unread, sizeof unread) <= 0) break;
    }
    if ((watched[1].revents & POLLIN) != 0) {
      int const client = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
      if (client >= 0) watched.push_back({client, POLLIN, 0});
    }
    for (std::size_t i = 2; i < watched.size();) {
      auto const client = watched[i].fd;
      if (watched[i].revents == 0 || serve_client(client, pending[client], world)) {
        ++i;
        continue;
      }
      ::close(client);
      pending.erase(client);
      watched.erase(watched.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  ::unlink(socket_path.c_str());
  // A shop that was killed did not come to it. A folder with other files in it stays.
  ::rmdir(std::filesystem::path(socket_path).parent_path().c_str());
  return 0;
}

}  // namespace retail_example
