// SPDX-License-Identifier: Apache-2.0
// Tests of events.lock: its text, and which changes break.
#include "evsrc/codec/events_lock.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "golden_types.hpp"

namespace {

using evsrc::check_events_lock;
using evsrc::compare_events_locks;
using evsrc::describe_events;
using evsrc::describe_type;
using evsrc::errc;

constexpr std::string_view heading =
    "# evsrc events.lock, format 2: commit this file; change it only by --update\n";

namespace first {
struct opened {
  static constexpr evsrc::event_name wire_name{"door.opened", 1};
  std::string by;
  std::optional<int> times;
};
struct closed {
  static constexpr evsrc::event_name wire_name{"door.closed", 1};
  static closed sample() { return {7}; }
  int seconds = 0;
};
}  // namespace first

namespace with_additions {
enum class how { key, code };
struct detail {
  how used = how::key;
};
struct opened {
  static constexpr evsrc::event_name wire_name{"door.opened", 1};
  std::string by;
  std::optional<int> times;
  std::optional<detail> more;
};
}  // namespace with_additions

namespace with_version_2 {
struct opened {
  static constexpr evsrc::event_name wire_name{"gate.opened", 2, "door.opened"};
  using previous = first::opened;
  std::string who;
};
}  // namespace with_version_2
namespace first {
with_version_2::opened upcast(opened const& from) { return {from.by}; }
}  // namespace first

namespace with_history {
nlohmann::json from_v1(nlohmann::json event) {
  event["who"] = event.at("by");
  return event;
}
struct opened {
  static constexpr evsrc::event_name wire_name{"door.opened", 2};
  static constexpr auto history = evsrc::json_upcasts(&from_v1);
  std::string who;
};
}  // namespace with_history

namespace with_broken_history {
nlohmann::json from_v1(nlohmann::json event) { return event; }
struct opened {
  static constexpr evsrc::event_name wire_name{"door.opened", 2};
  static constexpr auto history = evsrc::json_upcasts(&from_v1);
  std::string who;
};
}  // namespace with_broken_history

namespace broken {
struct renamed {
  static constexpr evsrc::event_name wire_name{"door.opened", 1};
  std::string who;
  std::optional<int> times;
};
struct retyped {
  static constexpr evsrc::event_name wire_name{"door.opened", 1};
  int by = 0;
  std::optional<int> times;
};
struct required_added {
  static constexpr evsrc::event_name wire_name{"door.opened", 1};
  std::string by;
  std::optional<int> times;
  bool late = false;
};
struct optional_removed {
  static constexpr evsrc::event_name wire_name{"door.opened", 1};
  std::string by;
};
struct made_required {
  static constexpr evsrc::event_name wire_name{"door.opened", 1};
  std::string by;
  int times = 0;
};
}  // namespace broken

/// Names with dots, as wire names have them, and every kind of container.
namespace parcel {
enum class red_or_green { red, green };
enum class r_or_g { r, g };
struct by_card {
  static constexpr std::string_view json_name = "pay.card";
  std::string number;
};
struct by_cash {
  static constexpr std::string_view json_name = "pay.cash";
  int amount = 0;
};
struct sent {
  static constexpr evsrc::event_name wire_name{"parcel.sent", 1, "parcel.send"};
  std::variant<by_card> paid;
  std::map<std::string, int> weights;
  std::map<r_or_g, int> lamps;
};
struct sent_with_more {
  static constexpr evsrc::event_name wire_name{"parcel.sent", 1, "parcel.send"};
  std::variant<by_card, by_cash> paid;
  std::map<std::string, int> weights;
  std::map<r_or_g, int> lamps;
  std::optional<std::variant<by_card, by_cash>> tip;
  std::optional<std::vector<std::optional<int>>> marks;
  std::optional<std::map<int, int>> counts;
};
struct sent_by_one_name {
  static constexpr evsrc::event_name wire_name{"parcel.sent", 1};
  std::variant<by_card> paid;
  std::map<std::string, int> weights;
  std::map<r_or_g, int> lamps;
};
struct sent_with_other_keys {
  static constexpr evsrc::event_name wire_name{"parcel.sent", 1, "parcel.send"};
  std::variant<by_card> paid;
  std::map<int, int> weights;
  std::map<red_or_green, int> lamps;
};
struct sent_with_required_lists {
  static constexpr evsrc::event_name wire_name{"parcel.sent", 1, "parcel.send"};
  std::variant<by_card> paid;
  std::map<std::string, int> weights;
  std::map<r_or_g, int> lamps;
  std::vector<std::optional<int>> marks;
  std::map<std::string, std::optional<int>> counts;
};
}  // namespace parcel

using lines = std::vector<std::string>;

std::string const old_text = *describe_events<first::opened, first::closed>();
std::string const opened_text = *describe_events<first::opened>();

template <class E>
lines breaks_with() {
  return compare_events_locks(opened_text, *describe_events<E>())->breaking;
}

TEST(events_lock, is_text_for_people_in_the_order_of_names) {
  EXPECT_EQ(old_text, std::string(heading) +
                          "\nevent 1 door.closed\n"
                          "  seconds: int32\n"
                          "golden {\"seconds\":7}\n"
                          "\nevent 1 door.opened\n"
                          "  by: string\n"
                          "  times?: int32\n"
                          "golden {\"by\":\"\"}\n");
}

TEST(events_lock, describes_every_type) {
  EXPECT_EQ(
      describe_type<golden::everything>(),
      "yes: bool\ni8: int8\nu8: uint8\ni64: int64\nu64: uint64\nreal: double\n"
      "single: float\ntext: string\nmaybe?: int32\n"
      "items[]: object\nitems[].sku: string\nitems[].quantity: int32\n"
      "items[].price: money\nitems[].note?: string\n"
      "flags[]: bool\npair[2]: int32\nby_name{}: int32\nby_number{#}: int32\nby_number{}: string\n"
      "by_id{}: money\n"
      "by_state{#}: enum\nby_state{#}=open: value\nby_state{#}=closed: value\n"
      "by_state{#}=on_hold: value\nby_state{}: bool\n"
      "paid: variant by type\npaid|card: alternative\npaid|card.number: string\n"
      "paid|bank_transfer: alternative\npaid|bank_transfer.iban: string\n"
      "paid|bank_transfer.instant?: bool\n"
      "now: enum\nnow=open: value\nnow=closed: value\nnow=on_hold: value\n"
      "who: string\nline: int64\nat: timestamp\nday: date\n"
      "lasted: duration int64 of 1/1000 s\nraw: base64\ntotal: money\nid: uuid\n"
      "any: json\nnothing: object\n");
}

TEST(events_lock, describes_a_struct_within_itself_once) {
  EXPECT_EQ(describe_type<golden::tree>(), "value: int32\nchildren[]: object, as 1 above\n");
}

TEST(events_lock, of_the_same_events_is_the_same) {
  auto const changes = compare_events_locks(old_text, old_text);
  ASSERT_TRUE(changes);
  EXPECT_TRUE(changes->breaking.empty());
  EXPECT_TRUE(changes->additions.empty());
  EXPECT_EQ(changes->merged, old_text);
}

TEST(events_lock, takes_what_old_events_need_not_have) {
  auto const changes =
      compare_events_locks(opened_text, *describe_events<with_additions::opened, first::closed>());
  ASSERT_TRUE(changes);
  EXPECT_EQ(changes->breaking, lines{});
  EXPECT_EQ(changes->additions,
            (lines{"door.closed version 1: is new", "door.opened version 1: more? (object) is new",
                   "door.opened version 1: more?.used (enum) is new",
                   "door.opened version 1: more?.used=code (value) is new",
                   "door.opened version 1: more?.used=key (value) is new"}));
}

TEST(events_lock, refuses_what_old_events_cannot_satisfy) {
  EXPECT_EQ(breaks_with<broken::renamed>(),
            (lines{"door.opened version 1: by (string) is gone",
                   "door.opened version 1: who (string) is new and required, events stored before "
                   "do not have it"}));
  EXPECT_EQ(breaks_with<broken::retyped>(),
            (lines{"door.opened version 1: by was string, is int32"}));
  EXPECT_EQ(breaks_with<broken::required_added>(),
            (lines{"door.opened version 1: late (bool) is new and required, events stored before "
                   "do not have it"}));
  EXPECT_EQ(breaks_with<broken::optional_removed>(),
            (lines{"door.opened version 1: times? (int32) is gone"}));
  EXPECT_EQ(breaks_with<broken::made_required>().size(), 2U);
  EXPECT_EQ(breaks_with<first::closed>(),
            (lines{"door.opened version 1: no event goes by this name any more"}));
}

lines parcel_breaks_with(std::string const& now) {
  return compare_events_locks(*describe_events<parcel::sent>(), now)->breaking;
}

TEST(events_lock, takes_alternatives_and_optional_containers_whatever_their_names) {
  auto const changes = compare_events_locks(*describe_events<parcel::sent>(),
                                            *describe_events<parcel::sent_with_more>());
  EXPECT_EQ(changes->breaking, lines{});
  EXPECT_EQ(changes->additions.size(), 10U);
}

TEST(events_lock, refuses_the_loss_of_a_former_name) {
  EXPECT_EQ(parcel_breaks_with(*describe_events<parcel::sent_by_one_name>()),
            (lines{"parcel.sent version 1: no longer goes by parcel.send"}));
}

TEST(events_lock, refuses_other_keys_of_maps) {
  EXPECT_EQ(parcel_breaks_with(*describe_events<parcel::sent_with_other_keys>()),
            (lines{"parcel.sent version 1: lamps{#}=g (value) is gone",
                   "parcel.sent version 1: lamps{#}=r (value) is gone",
                   "parcel.sent version 1: weights{#} was string, is int32"}));
}

TEST(events_lock, takes_keys_that_a_lock_of_format_1_does_not_know) {
  auto old = *describe_events<parcel::sent>();
  auto const cut = [&old](std::string const& from, std::string const& to) {
    for (auto at = old.find(from); at != std::string::npos; at = old.find(from))
      old.replace(at, from.size(), to);
  };
  cut("format 2", "format 1");
  cut("  lamps{#}: enum\n  lamps{#}=r: value\n  lamps{#}=g: value\n", "");
  auto const now = *describe_events<parcel::sent>();
  auto const changes = compare_events_locks(old, now);
  EXPECT_EQ(changes->breaking, lines{});
  EXPECT_EQ(changes->additions.size(), 3U);
  EXPECT_EQ(changes->merged, now);
}

TEST(events_lock, refuses_required_lists_of_what_may_be_absent) {
  auto const gone = std::string(" is new and required, events stored before do not have it");
  EXPECT_EQ(parcel_breaks_with(*describe_events<parcel::sent_with_required_lists>()),
            (lines{"parcel.sent version 1: counts{}? (int32)" + gone,
                   "parcel.sent version 1: marks[]? (int32)" + gone}));
}

struct noted {
  static constexpr evsrc::event_name wire_name{"noted", 1};
  static noted sample() { return {{"{\n \"a\": [1,\r\n 2] }"}}; }
  evsrc::json_value what;
};

TEST(events_lock, has_one_line_for_a_sample_of_many) {
  auto const text = *describe_events<noted>();
  EXPECT_NE(text.find("golden {\"what\":{  \"a\": [1,   2] }}\n"), std::string::npos) << text;
  EXPECT_TRUE(check_events_lock(text, text));
}

TEST(events_lock, takes_a_new_version_under_a_new_name) {
  auto const now = *describe_events<with_version_2::opened>();
  auto const changes = compare_events_locks(opened_text, now);
  EXPECT_EQ(changes->breaking, lines{});
  EXPECT_EQ(changes->additions, (lines{"gate.opened version 2: is new"}));
  EXPECT_EQ(compare_events_locks(now, opened_text)->breaking,
            (lines{"door.opened version 1: no longer goes by gate.opened",
                   "gate.opened version 2: no event goes by this name any more"}));
  auto const back = compare_events_locks(*describe_events<with_history::opened>(), opened_text);
  EXPECT_EQ(back->breaking, (lines{"door.opened version 2: is gone, the latest is now version 1"}));
}

TEST(events_lock, keeps_versions_whose_struct_is_gone) {
  auto const changes = compare_events_locks(opened_text, *describe_events<with_history::opened>());
  EXPECT_EQ(changes->breaking, lines{});
  EXPECT_EQ(changes->merged, opened_text +
                                 "\nevent 2 door.opened\n"
                                 "  who: string\n"
                                 "golden {\"who\":\"\"}\n");
}

TEST(events_lock, keeps_the_payload_that_it_has) {
  auto const edited = std::string(heading) +
                      "\nevent 1 door.opened\n  by: string\n  times?: int32\n"
                      "golden {\"by\":\"anna\",\"times\":3}\n";
  EXPECT_EQ(compare_events_locks(edited, opened_text)->merged, edited);
}

TEST(events_lock, names_the_line_that_is_no_lock) {
  auto const wrong = [](std::string const& text) {
    return check_events_lock(text, opened_text).error().message;
  };
  EXPECT_EQ(wrong("x"),
            "events.lock line 1: is not the first line of an events.lock of format 1 or 2");
  EXPECT_EQ(wrong(std::string(heading) + "  by: string\n"),
            "events.lock line 2: expected `event <version> <name>`");
  EXPECT_EQ(wrong(std::string(heading) + "\nevent one door\n"),
            "events.lock line 3: expected `event <version> <name>`");
  EXPECT_EQ(wrong(std::string(heading) + "event 1 door\n<<<<<<<\n"),
            "events.lock line 3: is none of event, also, golden and a field");
}

TEST(events_lock, is_checked_in_one_call) {
  EXPECT_TRUE(check_events_lock(opened_text, old_text));
  auto const checked = check_events_lock(old_text, opened_text);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, errc::invalid_argument);
  EXPECT_EQ(checked.error().message,
            "events.lock: door.closed version 1: no event goes by this name any more");
}

struct undated {
  static constexpr evsrc::event_name wire_name{"undated", 1};
  std::chrono::year_month_day day{};
};

TEST(events_lock, says_which_event_has_no_sample) {
  auto const described = describe_events<undated>();
  ASSERT_FALSE(described);
  EXPECT_EQ(described.error().message.substr(0, 45),
            "event 'undated': its sample cannot be encoded");
}

/// A lock in a file of its own, and the program that checks it.
class lock_file {
 public:
  explicit lock_file(std::string const& text) : path_(testing::TempDir() + "evsrc_events.lock") {
    std::ofstream(path_) << text;
  }
  lock_file(lock_file const&) = delete;
  lock_file& operator=(lock_file const&) = delete;
  ~lock_file() { std::remove(path_.c_str()); }

  template <class... Es>
  int run(char const* option = nullptr) const {
    char const* const arguments[] = {"check", path_.c_str(), option};
    return evsrc::events_lock_main<Es...>(option == nullptr ? 2 : 3, arguments);
  }
  [[nodiscard]] std::string text() const {
    std::ostringstream all;
    all << std::ifstream(path_).rdbuf();
    return all.str();
  }
  void remove() const { std::remove(path_.c_str()); }

 private:
  std::string path_;
};

TEST(events_lock_main, answers_by_its_exit_code) {
  lock_file const file(opened_text);
  EXPECT_EQ(file.run<first::opened>(), 0);
  EXPECT_EQ(file.run<first::opened>("--exact"), 0);
  EXPECT_EQ(file.run<with_additions::opened>(), 0);
  EXPECT_EQ(file.run<with_additions::opened>("--exact"), 1);
  EXPECT_EQ(file.run<broken::retyped>(), 1);
  EXPECT_EQ(file.run<broken::retyped>("--update"), 1);
  EXPECT_EQ(file.run<undated>(), 1);
  EXPECT_EQ(file.run<first::opened>("--unknown"), 2);
  EXPECT_EQ(file.text(), opened_text);
}

TEST(events_lock_main, updates_what_is_compatible) {
  lock_file const file(opened_text);
  EXPECT_EQ((file.run<first::opened, first::closed>("--update")), 0);
  EXPECT_EQ(file.text(), old_text);
}

TEST(events_lock_main, writes_a_new_file_only_when_told) {
  lock_file const file("");
  EXPECT_EQ(file.run<first::opened>(), 2);
  file.remove();
  EXPECT_EQ(file.run<first::opened>(), 2);
  EXPECT_EQ(file.run<first::opened>("--update"), 0);
  EXPECT_EQ(file.text(), opened_text);
}

TEST(events_lock_main, decodes_each_golden_payload) {
  lock_file const file(opened_text);
  EXPECT_EQ(file.run<with_history::opened>(), 0);
  EXPECT_EQ(file.run<with_version_2::opened>(), 0);
  // The shape of version 1 is gone, so only its payload can show that nothing leads from it.
  EXPECT_EQ(file.run<with_broken_history::opened>(), 1);
}

}  // namespace
