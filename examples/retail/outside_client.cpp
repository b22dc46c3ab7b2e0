// SPDX-License-Identifier: Apache-2.0
// The shop's side of the connection to the outside.
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "outside_services.hpp"

namespace retail_example {
namespace {

constexpr char const* origin = "outside_services";
constexpr timeval answer_timeout{5, 0};

auto unavailable(std::string const& what) {
  return evsrc::fail(evsrc::errc::unavailable, what + ": " + std::strerror(errno), origin);
}

/// A field must not end the line or the field.
std::string field(std::string_view text) {
  std::string safe(text);
  for (auto& c : safe)
    if (c == '\t' || c == '\n') c = ' ';
  return safe;
}

std::string request(char const* kind, std::string_view key, std::string_view order,
                    std::string const& amount) {
  return std::string(kind) + '\t' + field(key) + '\t' + field(order) + '\t' + amount + '\n';
}

}  // namespace

outside_services::outside_services(outside_services&& other) noexcept
    : path_(std::move(other.path_)),
      rest_(std::move(other.rest_)),
      socket_(std::exchange(other.socket_, -1)) {}
outside_services& outside_services::operator=(outside_services&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(rest_, other.rest_);
  std::swap(socket_, other.socket_);
  return *this;
}
outside_services::~outside_services() { close(); }

void outside_services::close() noexcept {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
  rest_.clear();
}

evsrc::result<outside_services> outside_services::connect(std::string const& socket_path) {
  outside_services made;
  made.path_ = socket_path;
  sockaddr_un address{};
  if (socket_path.size() >= sizeof address.sun_path)
    return evsrc::invalid("socket", "the path is longer than a socket's may be");
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket_path.c_str(), socket_path.size() + 1);
  made.socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (made.socket_ < 0) return unavailable("socket");
  setsockopt(made.socket_, SOL_SOCKET, SO_RCVTIMEO, &answer_timeout, sizeof answer_timeout);
  if (::connect(made.socket_, reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0)
    return unavailable(socket_path);
  return made;
}

evsrc::result<outside_services::answer> outside_services::ask(std::string const& text) {
  if (socket_ < 0) {  // the last call failed: another connection, so that answers stay in step
    auto again = connect(path_);
    if (!again) return evsrc::fail(again.error());
    *this = std::move(*again);
  }
  for (std::size_t sent = 0; sent != text.size();) {
    auto const count = ::send(socket_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) {
      close();
      return unavailable("send");
    }
    sent += static_cast<std::size_t>(count);
  }
  std::size_t end = 0;
  while ((end = rest_.find('\n')) == std::string::npos) {
    char buffer[4096];
    auto const count = ::recv(socket_, buffer, sizeof buffer, 0);
    if (count <= 0) {
      bool const is_late = count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
      close();
      if (is_late) return evsrc::fail(evsrc::errc::timed_out, "no answer", origin);
      return unavailable("receive");
    }
    rest_.append(buffer, static_cast<std::size_t>(count));
  }
  auto const line = rest_.substr(0, end);
  rest_.erase(0, end + 1);
  auto const tab = line.find('\t');
  auto const word = line.substr(0, tab);
  auto const tail = tab == std::string::npos ? std::string{} : line.substr(tab + 1);
  if (word == "ok") return answer{true, tail, {}};
  if (word == "no") return answer{false, {}, tail};
  if (word == "down") return evsrc::fail(evsrc::errc::unavailable, "the service is down", origin);
  return evsrc::fail(evsrc::errc::malformed, "the answer '" + word + "' cannot be read", origin);
}

evsrc::result<outside_services::answer> outside_services::charge(std::string_view key,
                                                                 std::string_view order,
                                                                 evsrc::money const& amount) {
  return ask(request("charge", key, order, to_string(amount)));
}
evsrc::result<outside_services::answer> outside_services::refund(std::string_view key,
                                                                 std::string_view order,
                                                                 evsrc::money const& amount) {
  return ask(request("refund", key, order, to_string(amount)));
}
evsrc::result<outside_services::answer> outside_services::ship(std::string_view key,
                                                               std::string_view order) {
  return ask(request("ship", key, order, "0"));
}
evsrc::result<payments_made> outside_services::payments() {
  auto const told = ask(request("payments", {}, {}, {}));
  if (!told) return evsrc::fail(told.error());
  auto const space = told->reference.find(' ');
  auto const charged = evsrc::parse_money(std::string_view(told->reference).substr(0, space));
  auto const refunded = evsrc::parse_money(std::string_view(told->reference).substr(space + 1));
  if (space == std::string::npos || !charged || !refunded)
    return evsrc::fail(evsrc::errc::malformed, "payments: \"" + told->reference + "\"", origin);
  return payments_made{*charged, *refunded};
}
evsrc::result<void> outside_services::begin_outage(std::string_view service,
                                                   std::int64_t duration_ms) {
  auto const done = ask(request("outage", service, {}, std::to_string(duration_ms)));
  if (!done) return evsrc::fail(done.error());
  if (!done->accepted) return evsrc::invalid("outage", done->reason);
  return {};
}

}  // namespace retail_example
