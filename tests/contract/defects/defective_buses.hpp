// SPDX-License-Identifier: Apache-2.0
// Buses with one planted defect each: every one breaks one promise and keeps the others.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "evsrc/memory/message_bus.hpp"
#include "evsrc/testing/bus_contracts.hpp"
#include "forwarding_bus.hpp"

namespace evsrc::defects {

/// Gives every fifth locked message to a second receiver, too, under the same lock.
class double_delivery final : public forwarding_bus {
 public:
  using forwarding_bus::forwarding_bus;

  deliveries receive(receiver& from, receive_request const& how) override {
    std::lock_guard const held{mutex_};
    auto got = from.receive(how);
    bool const is_locked = got && !got->empty() && got->front().lock != lock_token{};
    if (!is_locked) return got;
    auto const first = got->front();
    bool const is_other = again_ && again_->first != &from && again_->second.entity == first.entity;
    if (is_other && got->size() < how.max_messages) {
      got->insert(got->begin(), again_->second);
      again_.reset();
    } else if (++count_ % 5 == 0) {
      again_.emplace(&from, first);
    }
    return got;
  }

 private:
  std::mutex mutex_;
  std::size_t count_ = 0;
  std::optional<std::pair<receiver*, delivery>> again_;
};

/// In a session, the second message comes in front of the first.
class follower_overtakes final : public forwarding_bus {
 public:
  using forwarding_bus::forwarding_bus;

  deliveries receive_in_session(session_receiver& from, receive_request const& how) override {
    if (how.max_messages != 1) return from.receive(how);
    auto got = from.receive({.max_messages = 2, .wait = how.wait});
    if (!got || got->size() != 2) return got;
    auto const back = from.settle(got->front().settle(disposition::abandon));
    got->erase(got->begin());
    if (!back) return tl::unexpected(back.error());
    return got;
  }
};

/// Locks a message for a second receiver while the first one still holds it; both settle.
class lock_not_exclusive final : public forwarding_bus {
 public:
  using forwarding_bus::forwarding_bus;

  deliveries receive(receiver& from, receive_request const& how) override {
    std::lock_guard const held{mutex_};
    auto got = from.receive(how);
    bool const is_locked = got && !got->empty() && got->front().lock != lock_token{};
    if (!is_locked) return got;
    if (last_ && ++count_ % 3 == 0 && last_->entity == got->front().entity) {
      // Give the last one back behind its holder's back, and take it for this one.
      auto const given_back = from.settle(last_->settle(disposition::abandon));
      auto stolen = given_back ? from.receive({}) : deliveries{std::vector<delivery>{}};
      if (stolen && stolen->size() == 1 &&
          stolen->front().sequence_number == last_->sequence_number) {
        follows_[last_->lock] = stolen->front().lock;
        got->insert(got->begin(), stolen->front());
        if (got->size() > how.max_messages) {
          static_cast<void>(from.settle(got->back().settle(disposition::abandon)));
          got->pop_back();
        }
      }
    }
    last_ = got->front();
    return got;
  }
  std::vector<result<void>> settle(receiver& at, std::span<settlement const> what) override {
    std::lock_guard const held{mutex_};
    std::vector<settlement> followed{what.begin(), what.end()};
    for (auto& one : followed)
      for (auto next = follows_.find(one.lock); next != follows_.end();
           next = follows_.find(one.lock))
        one.lock = next->second;
    return at.settle(followed);
  }

 private:
  std::mutex mutex_;
  std::size_t count_ = 0;
  std::optional<delivery> last_;
  std::map<lock_token, lock_token> follows_;
};

/// Lets everybody in who asks for a session by its name: they share its one lock.
class session_lock_not_exclusive final : public forwarding_bus {
 public:
  using forwarding_bus::forwarding_bus;

  result<std::unique_ptr<session_receiver>> accept_session(std::string_view entity,
                                                           session_request const& which) override {
    std::lock_guard const held{mutex_};
    auto opened = forwarding_bus::accept_session(entity, which);
    if (!opened && opened.error().code == errc::session_locked)
      if (auto const holder = holders_[*which.session_id].lock())
        return std::make_unique<sharing>(holder);
    if (!opened) return opened;
    std::shared_ptr<session_receiver> const only = std::move(*opened);
    holders_[only->session_id()] = only;
    return std::make_unique<sharing>(only);
  }

 private:
  class sharing final : public session_receiver {
   public:
    explicit sharing(std::shared_ptr<session_receiver> only) : only_(std::move(only)) {}
    result<std::vector<delivery>> receive(receive_request const& how) override {
      return only_->receive(how);
    }
    std::vector<result<void>> settle(std::span<settlement const> what) override {
      return only_->settle(what);
    }
    result<timestamp> renew(lock_token lock) override { return only_->renew(lock); }
    result<std::vector<delivery>> peek(std::int64_t from, std::size_t max_messages) override {
      return only_->peek(from, max_messages);
    }
    result<std::vector<delivery>> receive_deferred(std::span<std::int64_t const> numbers) override {
      return only_->receive_deferred(numbers);
    }
    std::string const& session_id() const override { return only_->session_id(); }
    timestamp locked_until() const override { return only_->locked_until(); }
    result<timestamp> renew_session() override { return only_->renew_session(); }
    result<std::optional<std::string>> state() override { return only_->state(); }
    result<void> set_state(std::optional<std::string> state) override {
      return only_->set_state(std::move(state));
    }

   private:
    std::shared_ptr<session_receiver> only_;
  };

  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<session_receiver>> holders_;
};

/// Takes every message, and gives none.
class nothing_delivered final : public forwarding_bus {
 public:
  using forwarding_bus::forwarding_bus;

  deliveries receive(receiver&, receive_request const&) override { return deliveries{}; }
  deliveries receive_in_session(session_receiver&, receive_request const&) override {
    return deliveries{};
  }
};

/// Detects duplicates by the correlation id, where there is one.
class duplicate_by_wrong_id final : public forwarding_bus {
 public:
  using forwarding_bus::forwarding_bus;

  result<void> send(sender& to, std::span<message const> batch) override {
    std::vector<message> swapped{batch.begin(), batch.end()};
    for (auto& one : swapped) {
      if (one.correlation_id.empty()) continue;
      std::swap(one.id.value, one.correlation_id);
      one.properties.emplace_back("swapped", true);
    }
    return to.send(swapped);
  }
  deliveries receive(receiver& from, receive_request const& how) override {
    auto got = from.receive(how);
    if (!got) return got;
    for (auto& one : *got) {
      auto& of = one.message;
      if (of.properties.empty() || of.properties.back().first != "swapped") continue;
      std::swap(of.id.value, of.correlation_id);
      of.properties.pop_back();
    }
    return got;
  }
};

/// Says that it cancelled, and did not.
class cancel_forgets final : public forwarding_bus {
 public:
  using forwarding_bus::forwarding_bus;

  result<void> cancel(sender& to, std::span<std::int64_t const> numbers) override {
    if (++count_ % 2 == 0) return {};
    return to.cancel_scheduled(numbers);
  }

 private:
  std::atomic<std::size_t> count_ = 0;
};

/// Says that it was too late to cancel, and the message is lost.
class cancel_loses final : public forwarding_bus {
 public:
  using forwarding_bus::forwarding_bus;

  result<void> cancel(sender& to, std::span<std::int64_t const> numbers) override {
    auto told = to.cancel_scheduled(numbers);
    if (told && ++count_ % 3 == 0) return fail(errc::not_found, "too late", "defect");
    return told;
  }

 private:
  std::atomic<std::size_t> count_ = 0;
};

/// Dead-letters without saying why.
class dead_letter_reason_lost final : public forwarding_bus {
 public:
  using forwarding_bus::forwarding_bus;

  std::vector<result<void>> settle(receiver& at, std::span<settlement const> what) override {
    std::vector<settlement> bare{what.begin(), what.end()};
    for (auto& one : bare) one.reason.clear();
    return at.settle(bare);
  }
};

/// Delivers what has expired, as if nobody looked at the time.
class expired_message_delivered final : public forwarding_bus {
 public:
  using forwarding_bus::forwarding_bus;

  result<void> send(sender& to, std::span<message const> batch) override {
    std::vector<message> endless{batch.begin(), batch.end()};
    for (auto& one : endless) {
      if (one.time_to_live == no_time_to_live) continue;
      std::lock_guard const held{mutex_};
      lives_[one.id.value] = std::exchange(one.time_to_live, no_time_to_live);
    }
    return to.send(endless);
  }
  deliveries receive(receiver& from, receive_request const& how) override {
    auto got = from.receive(how);
    if (!got) return got;
    std::lock_guard const held{mutex_};
    for (auto& one : *got)
      if (auto const life = lives_.find(one.message.id.value); life != lives_.end()) {
        one.message.time_to_live = life->second;
        one.expires_at = one.enqueued_at + life->second;
      }
    return got;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::chrono::milliseconds> lives_;
};

/// Drops a repeat however old the first one is: an expired entry of the window is honoured.
class expired_duplicate_honoured final : public forwarding_bus {
 public:
  using forwarding_bus::forwarding_bus;

  result<void> send(sender& to, std::span<message const> batch) override {
    std::lock_guard const held{mutex_};
    std::vector<message> fresh;
    for (auto const& one : batch)
      if (one.id.value.empty() || seen_.count(one.id.value) == 0) fresh.push_back(one);
    auto told = to.send(fresh);
    if (told)
      for (auto const& one : fresh) seen_.insert(one.id.value);
    return told;
  }

 private:
  std::mutex mutex_;
  std::set<std::string> seen_;
};

/// Renews a lock that has expired, as if its entry were still there.
class expired_lock_honoured final : public forwarding_bus {
 public:
  using forwarding_bus::forwarding_bus;

  deliveries receive(receiver& from, receive_request const& how) override {
    auto got = from.receive(how);
    if (!got) return got;
    std::lock_guard const held{mutex_};
    for (auto const& one : *got) given_[one.lock] = one.locked_until;
    return got;
  }
  result<timestamp> renew(receiver& at, lock_token lock) override {
    auto told = at.renew(lock);
    std::lock_guard const held{mutex_};
    auto const given = given_.find(lock);
    if (told || given == given_.end()) return told;
    return given->second;
  }

 private:
  std::mutex mutex_;
  std::map<lock_token, timestamp> given_;
};

/// A place whose buses are the one in memory, seen through the defect.
template <class Defect>
class defective_bus_place final : public testing::bus_place {
 public:
  result<std::unique_ptr<testing::bus_handle>> open(testing::open_request const& how) override {
    class handle final : public testing::bus_handle {
     public:
      explicit handle(clock* time) : sound_(memory::make_message_bus({.clock = time})) {}
      message_bus& bus() override { return defective_; }

     private:
      std::unique_ptr<message_bus> sound_;
      Defect defective_{*sound_};
    };
    return std::make_unique<handle>(how.clock);
  }
};

}  // namespace evsrc::defects
