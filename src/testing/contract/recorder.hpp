// SPDX-License-Identifier: Apache-2.0
// Workers that write down what they do, and a follower that reads along.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "evsrc/testing/history.hpp"
#include "workbench.hpp"

namespace evsrc::testing::inline v0::detail {

/// One worker: does a call and records it. Nothing here throws.
class recorder {
 public:
  recorder(evsrc::event_store& store, std::uint32_t worker)
      : store_(&store), worker_(worker), ids_(worker) {}

  [[nodiscard]] new_event event(std::string name, std::vector<event_tag> tags = {});
  /// `seen` are the matching events that each condition's read contained.
  result<receipt> commit(evsrc::commit what, std::uint64_t race = 0,
                         std::vector<std::vector<event_id>> seen = {});
  /// The stream's version; what cannot be read is recorded as a flaw.
  stream_version look(stream_id const& stream);
  /// The ids of the events that match, and the cursor of having read them.
  std::vector<event_id> decide_on(query const& matching, cursor& after);
  /// One page of all events; false where the read failed.
  bool follow(cursor& at, std::size_t max_events, bool& at_end);

  /// The worker goes on at another handle of the same store.
  void move_to(evsrc::event_store& store) { store_ = &store; }
  void fail(std::string why) { flaw_ = flaw_.empty() ? std::move(why) : flaw_; }

  [[nodiscard]] evsrc::event_store& store() const { return *store_; }
  [[nodiscard]] std::uint32_t worker() const { return worker_; }
  [[nodiscard]] history& kept() { return kept_; }
  [[nodiscard]] std::string const& flaw() const { return flaw_; }

 private:
  [[nodiscard]] static std::uint64_t now() noexcept;
  void note(std::string_view call, error const& failure);

  evsrc::event_store* store_;
  std::uint32_t worker_;
  id_maker ids_;
  history kept_;
  std::string flaw_;
};

/// Reads all events in pages of changing size and ends at the end of what was there when `is_over`
/// was set. Every twenty pages it restarts: of all it had only its cursor's text is left; on stores
/// that allow several handles it has one of its own and opens that anew.
class follower {
 public:
  follower(workbench& bench, std::uint32_t worker);
  void follow_until(std::atomic<bool> const& is_over);
  [[nodiscard]] recorder& along() { return along_; }

 private:
  bool restart();

  workbench& bench_;
  std::unique_ptr<store_handle> own_;
  recorder along_;
};

/// One worker's part of one round; `barrier` lets all workers of the round pass together.
using barrier = void (*)(void* between);
struct round {
  std::uint64_t number = 1;
  void* between = nullptr;
  barrier wait = nullptr;
  void wait_for_others() const { wait(between); }
};
using contest = void (*)(recorder&, round const&);

/// All racers expect the same version of one stream.
void race_on_one_version(recorder& racer, round const& now);
/// As above over two streams in one commit.
void race_on_two_streams(recorder& racer, round const& now);
/// Conditions that exclude each other, over streams that do not, with a current and an older name.
void race_on_one_condition(recorder& racer, round const& now);
/// Conditions that have nothing to do with each other.
void race_side_by_side(recorder& racer, round const& now);
/// The same key and request from everybody.
void race_on_one_key(recorder& racer, round const& now);

/// What a history of that contest must show beyond the judges of every history.
[[nodiscard]] verdict judge_contest(contest what, history const& of);

}  // namespace evsrc::testing::inline v0::detail
