// SPDX-License-Identifier: Apache-2.0
// The defects of stores and buses that the contracts are checked with, and some of consumers.
#include "planted.hpp"

#include <algorithm>
#include <deque>
#include <iterator>

#include "../contract/defects/defective_buses.hpp"
#include "../contract/defects/defective_stores.hpp"

namespace evsrc_test {
namespace {

namespace defects = evsrc::defects;
using evsrc::testing::forwarding_store;

/// Changes every commit before it is handed on, whichever way it comes.
class changed_commits : public forwarding_store {
 public:
  using forwarding_store::forwarding_store;

  evsrc::result<evsrc::receipt> commit(evsrc::commit what,
                                       evsrc::commit_options const& options) final {
    EVSRC_TRY(change(what));
    return forwarding_store::commit(std::move(what), options);
  }
  void submit(evsrc::commit what, evsrc::completion done) final {
    if (auto const changed = change(what); !changed) return done(evsrc::fail(changed.error()));
    forwarding_store::submit(std::move(what), std::move(done));
  }

 private:
  [[nodiscard]] virtual evsrc::result<void> change(evsrc::commit& what) = 0;
};

class inbox_forgets final : public changed_commits {
 public:
  using changed_commits::changed_commits;

 private:
  evsrc::result<void> change(evsrc::commit& what) override {
    auto const is_done_note = [](evsrc::idempotency_entry const& one) {
      return one.scope.rfind("consumer:", 0) == 0 &&
             one.outcome.find("\"done\"") != std::string::npos;
    };
    auto const note = std::find_if(what.once.begin(), what.once.end(), is_done_note);
    if (note != what.once.end() && ++count_ % 5 == 0) what.once.erase(note);
    return {};
  }

  std::atomic<std::size_t> count_ = 0;
};

class settles_early final : public changed_commits {
 public:
  using changed_commits::changed_commits;

 private:
  evsrc::result<void> change(evsrc::commit& what) override {
    if (what.settles.empty()) return {};
    evsrc::commit ahead;
    ahead.settles = std::exchange(what.settles, {});
    EVSRC_TRY(inner().events->commit(std::move(ahead)));
    return {};
  }
};

class takes_too_many final : public defects::forwarding_bus {
 public:
  using forwarding_bus::forwarding_bus;

  deliveries receive(evsrc::receiver& from, evsrc::receive_request const& how) override {
    return take(from, how);
  }
  deliveries receive_in_session(evsrc::session_receiver& from,
                                evsrc::receive_request const& how) override {
    return take(from, how);
  }

 private:
  static deliveries take(evsrc::receiver& from, evsrc::receive_request how) {
    constexpr std::size_t too_many = 20;
    auto const wanted = static_cast<std::ptrdiff_t>(how.max_messages);
    how.max_messages += too_many;
    auto got = from.receive(how);
    if (!got || std::ssize(*got) <= wanted) return got;
    std::vector<evsrc::settlement> back;
    for (auto rest = got->begin() + wanted; rest != got->end(); ++rest)
      back.push_back(rest->settle(evsrc::disposition::abandon));
    got->erase(got->begin() + wanted, got->end());
    static_cast<void>(from.settle(back));
    return got;
  }
};

/// Receives a hundred at a time, whatever is asked for.
template <class End>
class prefetching_end final : public End {
 public:
  using End::End;
  ~prefetching_end() override {
    std::vector<evsrc::settlement> back;
    for (auto const& one : ahead_) back.push_back(one.settle(evsrc::disposition::abandon));
    static_cast<void>(this->inner_->settle(back));
  }
  evsrc::result<std::vector<evsrc::delivery>> receive(evsrc::receive_request const& how) override {
    constexpr std::size_t hundred = 100;
    if (ahead_.empty()) {
      auto more = this->inner_->receive({.max_messages = hundred, .wait = how.wait});
      if (!more) return more;
      std::move(more->begin(), more->end(), std::back_inserter(ahead_));
    }
    auto const count = static_cast<std::ptrdiff_t>(std::min(how.max_messages, ahead_.size()));
    auto const end = ahead_.begin() + count;
    std::vector<evsrc::delivery> some(std::move_iterator(ahead_.begin()), std::move_iterator(end));
    ahead_.erase(ahead_.begin(), end);
    return some;
  }

 private:
  std::deque<evsrc::delivery> ahead_{};
};

class prefetches final : public defects::forwarding_bus {
 public:
  explicit prefetches(evsrc::message_bus& inner) : forwarding_bus(inner), inner_(inner) {}

  evsrc::result<std::unique_ptr<evsrc::receiver>> open_receiver(std::string_view entity,
                                                                evsrc::receive_mode mode) override {
    auto opened = inner_.open_receiver(entity, mode);
    if (!opened) return opened;
    using end = prefetching_end<defects::detail::forwarding_end<evsrc::receiver>>;
    return std::make_unique<end>(*this, std::move(*opened));
  }
  evsrc::result<std::unique_ptr<evsrc::session_receiver>> accept_session(
      std::string_view entity, evsrc::session_request const& which) override {
    auto opened = inner_.accept_session(entity, which);
    if (!opened) return opened;
    using end = prefetching_end<defects::detail::forwarding_session>;
    return std::make_unique<end>(*this, std::move(*opened));
  }

 private:
  evsrc::message_bus& inner_;
};

}  // namespace

std::string_view to_string(planted which) noexcept {
  switch (which) {
    case planted::nothing: return "nothing planted";
    case planted::lost_append: return "lost_append";
    case planted::key_dropped: return "key_dropped";
    case planted::inbox_forgets: return "inbox_forgets";
    case planted::inbox_not_read: return "inbox_not_read";
    case planted::settles_early: return "settles_early";
    case planted::follower_overtakes: return "follower_overtakes";
    case planted::takes_too_many: return "takes_too_many";
    case planted::prefetches: return "prefetches";
  }
  return {};
}

std::unique_ptr<forwarding_store> plant_in_producer(planted which,
                                                    evsrc::testing::store_ports inner) {
  switch (which) {
    case planted::lost_append: return std::make_unique<defects::lost_append>(inner);
    case planted::key_dropped: return std::make_unique<defects::duplicate_redecided>(inner);
    default: return std::make_unique<forwarding_store>(inner);
  }
}

std::unique_ptr<forwarding_store> plant_in_consumer(planted which,
                                                    evsrc::testing::store_ports inner) {
  switch (which) {
    case planted::inbox_forgets: return std::make_unique<inbox_forgets>(inner);
    case planted::inbox_not_read: return std::make_unique<defects::duplicate_redecided>(inner);
    case planted::settles_early: return std::make_unique<settles_early>(inner);
    default: return std::make_unique<forwarding_store>(inner);
  }
}

std::unique_ptr<evsrc::message_bus> plant_in_consumer(planted which, evsrc::message_bus& inner) {
  switch (which) {
    case planted::follower_overtakes: return std::make_unique<defects::follower_overtakes>(inner);
    case planted::takes_too_many: return std::make_unique<takes_too_many>(inner);
    case planted::prefetches: return std::make_unique<prefetches>(inner);
    default: return std::make_unique<defects::forwarding_bus>(inner);
  }
}

}  // namespace evsrc_test
