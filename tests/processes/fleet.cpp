// SPDX-License-Identifier: Apache-2.0
// Starting, stopping, killing; and the end, when all that was sent must have taken effect.
#include "fleet.hpp"

#include <limits>
#include <thread>

#include "evsrc/runtime/dead_letters.hpp"

namespace evsrc_test {

using namespace std::chrono_literals;
namespace {

std::string dead_letter_of(evsrc::message_bus& bus, std::string const& queue) {
  auto of = bus.open_receiver(evsrc::dead_letter_path(queue));
  if (!of) return to_string(of.error());
  auto const some = (*of)->peek(0, 1);
  if (!some || some->empty()) return "nothing_is_dead_lettered: one that is gone";
  auto const& what = some->front().message;
  std::string text = "nothing_is_dead_lettered: " + what.id.value;
  for (auto const name :
       {evsrc::property_names::dead_letter_reason, evsrc::property_names::dead_letter_description})
    text.append(", ").append(find_text(what.properties, name));
  return text;
}

/// A handler meets its own booking where the message was noted as done with it, and then its
/// rejection is dropped: none that was recorded is right.
std::string booked_again(evsrc::message_bus& bus, std::string const& queue) {
  evsrc::dead_letters letters(bus, queue);
  auto const page = letters.read({.which = {.reason = booked_twice}});
  if (!page) return to_string(page.error());
  if (page->letters.empty()) return {};
  return "messages_take_effect_once: " + page->letters.front().origin_id +
         " was handled again after it was booked";
}

}  // namespace

fleet::fleet(std::string const& name, traffic_options how, std::int64_t speed, work consume_by)
    : how_(std::move(how)), consume_by_(consume_by), random_(drawn_seed()) {
  std::string folder = std::filesystem::temp_directory_path() / "evsrc-processes-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no temporary folder");
  folder_ = folder;
  how_.path = (folder_ / "store.db").string();
  stage_->speed = speed;
  std::cout << name << ": EVSRC_SEED=" << seed() << std::endl;
  lease_clock time(*stage_);
  auto store = open_store(how_, time);
  if (!store) throw std::runtime_error(to_string(store.error()));
  evsrc::sqlite::message_bus bus(**store);
  auto const made = create_queues(bus, how_.max_delivery_count);
  if (!made) throw std::runtime_error(to_string(made.error()));
}

fleet::~fleet() {
  for (auto& one : processes_) one.kill();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void fleet::start(std::size_t process) {
  stage_->of[process].must_end = false;
  auto const consume_by = process < consumers.front() ? &produce : consume_by_;
  processes_[process] =
      child::start([&, seed = random_.next()] { consume_by(*stage_, process, how_, seed); });
  is_expected_[process] = true;
}
void fleet::stop(std::size_t process) {
  ++stage_->of[process].stops;
  processes_[process].stop();
}
void fleet::go_on(std::size_t process) {
  processes_[process].go_on();
  ++stage_->of[process].stops;
}
void fleet::kill(std::size_t process) {
  is_expected_[process] = false;
  processes_[process].kill();
}
void fleet::end(std::size_t process) {
  is_expected_[process] = false;
  stage_->of[process].must_end = true;
  if (!processes_[process].wait() && flaw_.empty())
    flaw_ = "process " + std::to_string(process) + " ended badly";
}

bool fleet::watch(std::chrono::milliseconds time) {
  constexpr auto look_interval = 20ms;
  auto const until = std::chrono::steady_clock::now() + time;
  while (flaw().empty() && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(
        look_interval, until - std::chrono::steady_clock::now()));
  return flaw_.empty();
}

std::string fleet::flaw() {
  for (std::size_t process = 0; process < process_count && flaw_.empty(); ++process) {
    auto const& notes = stage_->of[process];
    auto const name = "process " + std::to_string(process);
    if (notes.is_flawed) flaw_ = name + ": " + notes.flaw.data();
    if (is_expected_[process] && processes_[process].has_crashed() && flaw_.empty())
      flaw_ = name + " ended though nobody asked it to";
  }
  return flaw_;
}

std::array<std::uint64_t, process_count> fleet::commits() const {
  std::array<std::uint64_t, process_count> made{};
  for (std::size_t process = 0; process < process_count; ++process)
    made[process] = stage_->of[process].commits;
  return made;
}

std::uint64_t fleet::backlog() {
  lease_clock time(*stage_);
  auto const store = open_store(how_, time);
  if (!store) throw std::runtime_error(to_string(store.error()));
  evsrc::sqlite::message_bus bus(**store);
  auto least = std::numeric_limits<std::uint64_t>::max();
  for (auto const* queue : queue_names)
    least = std::min(least, bus.topology().counts(queue).value().active);
  return least;
}

std::uint32_t fleet::most_returns() {
  std::uint32_t most = 0;
  for (auto const& notes : stage_->of) most = std::max(most, notes.most_returns.load());
  return most;
}

void fleet::print_figures(char const* phase) {
  call_figures all;
  std::cout << "  " << phase << ": commits";
  for (auto const& notes : stage_->of) {
    std::cout << ' ' << notes.commits;
    notes.figures.add_to(all);
  }
  std::cout << "; a commit takes " << all.percentile_us(50) << " us (p50), "
            << all.percentile_us(99) << " us (p99); longest wait of one that was not stopped "
            << all.longest_us() / 1'000 << " ms" << std::endl;
}

std::string fleet::settle(evsrc::sqlite::event_store& store, lease_clock& time, bool redrives) {
  evsrc::sqlite::message_bus bus(store, &random_);
  evsrc::router none;
  evsrc::consumer told(store, bus, none, consumer_options_of("parcels", time, random_));
  auto const until = std::chrono::steady_clock::now() + how_.patience;
  std::string left;
  for (unsigned round = 0; std::chrono::steady_clock::now() < until; ++round) {
    left.clear();
    for (auto const* queue : queue_names) {
      auto const counts = bus.topology().counts(queue);
      if (!counts) return to_string(counts.error());
      if (!redrives && counts->dead_letter != 0) return dead_letter_of(bus, queue);
      if (auto twice = booked_again(bus, queue); !twice.empty()) return twice;
      if (counts->active + counts->scheduled + counts->dead_letter + counts->deferred != 0)
        left += std::string(queue) + " holds " + std::to_string(counts->active) + " active, " +
                std::to_string(counts->scheduled) + " scheduled, " +
                std::to_string(counts->dead_letter) + " dead; ";
    }
    auto const explained = told.explain();
    if (left.empty() && explained.keys.empty()) return {};
    left += to_string(explained);
    if (redrives) redrive_all(store, bus, time, random_);
    // Locks and schedules of a clock that was ahead end in their time.
    if (redrives && round % 16 == 0)
      stage_->advanced_us += std::chrono::microseconds(20min).count();
    if (!watch(50ms)) return flaw();
  }
  return "nothing_waits: after " + std::to_string(how_.patience.count()) + " s: " + left;
}

std::string fleet::settle_and_judge(bool redrives) {
  stage_->is_rough = stage_->is_slow = false;
  for (auto& notes : stage_->of) notes.clock_offset_us = 0;
  for (auto const process : producers) end(process);
  if (!flaw().empty()) return flaw();
  lease_clock time(*stage_);
  auto store = open_store(how_, time);
  if (!store) return to_string(store.error());
  auto left = settle(**store, time, redrives);
  if (!left.empty()) return left;
  for (auto const process : consumers) end(process);
  if (!flaw().empty()) return flaw();
  return find_flaw(**store, *stage_, seed());
}

std::string fleet::judge_as_it_is() {
  for (std::size_t process = 0; process < process_count; ++process) kill(process);
  lease_clock time(*stage_);
  auto const store = open_store(how_, time);
  return store ? find_flaw(**store, *stage_, seed()) : to_string(store.error());
}

}  // namespace evsrc_test
