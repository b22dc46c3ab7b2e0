// SPDX-License-Identifier: Apache-2.0
// Made-up messages of tills.
#include "store_producer.hpp"

#include <array>
#include <chrono>
#include <vector>

#include "evsrc/codec/json_codec.hpp"
#include "evsrc/core/random.hpp"

namespace retail_example {
namespace {

namespace retail = evsrc::retail;

constexpr std::int64_t count_max = 10'000'000;
constexpr std::size_t messages_per_send = 256;
constexpr std::array categories{"kitchen", "garden", "toys", "books", "lighting", "stationery"};
constexpr std::array variants{"red", "green", "blue", "white", "oak", ""};

/// Uniform numbers from a seed. splitmix64: Steele, Lea, Flood, 2014.
class dice {
 public:
  explicit dice(std::uint64_t seed) noexcept : state_(seed) {}
  std::int64_t below(std::int64_t bound) noexcept {
    state_ += 0x9E3779B97F4A7C15;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EB;
    return static_cast<std::int64_t>((mixed ^ (mixed >> 31U)) % static_cast<std::uint64_t>(bound));
  }

 private:
  std::uint64_t state_;
};

template <class Event>
Event make_event(dice& roll, std::string const& id, evsrc::timestamp now) {
  Event made;
  made.id = id;
  made.store_id = 1 + roll.below(200);
  made.store_fqdn = "store-" + std::to_string(*made.store_id) + ".example.com";
  made.store_ip = "10.0." + std::to_string(roll.below(256)) + "." + std::to_string(roll.below(256));
  made.cust_id = 10'000 + roll.below(5'000);
  made.category = categories[static_cast<std::size_t>(roll.below(categories.size()))];
  made.sku = 1'000 + roll.below(4'000);
  made.price = {1 + roll.below(20'000), 2};
  made.qty = 1 + roll.below(12);
  made.discount = {roll.below(4) * 5, 0};
  made.gift_wrap = roll.below(10) == 0;
  made.variant = variants[static_cast<std::size_t>(roll.below(variants.size()))];
  made.priority_shipping = roll.below(5) == 0;
  made.ts = now;
  made.contact_me = "customer" + std::to_string(made.cust_id) + "@example.com";
  return made;
}

/// One message at a time, with the account of what was made.
class till {
 public:
  till(producer_options const& with, evsrc::timestamp now)
      : with_(with),
        now_(now),
        prefix_("till-" + to_string(evsrc::make_event_id(now, evsrc::system_random())) + "-"),
        roll_(with.seed) {}

  evsrc::result<evsrc::message> next() {
    return roll_.below(3) == 0 ? make<retail::inventory_event>() : make<retail::sale_event>();
  }
  [[nodiscard]] retail::producer_answer const& answer() const noexcept { return answer_; }

 private:
  template <class Event>
  evsrc::result<evsrc::message> make() {
    constexpr bool is_sale = std::is_same_v<Event, retail::sale_event>;
    auto const number = ++answer_.tot_msgs;
    auto event = make_event<Event>(roll_, prefix_ + std::to_string(number), now_);
    bool const is_bad = roll_.below(1'000) < with_.malformed_per_mille;
    bool const is_cut_off = is_bad && roll_.below(2) == 0;
    if (is_bad && !is_cut_off) event.store_id.reset();
    evsrc::message made;
    EVSRC_TRY(evsrc::encode_json(event, made.body));
    if (is_cut_off) made.body.resize(made.body.size() / 2);
    made.id.value = *event.id;
    made.content_type = "application/json";
    made.subject = Event::wire_name.name;
    made.time_to_live = retail::store_message_time_to_live;
    made.properties = retail::message_properties(event);
    ++(is_sale ? answer_.sale_evnts : answer_.inventory_evnts);
    answer_.bad_msgs += is_bad ? 1 : 0;
    if (is_sale && !is_bad) {
      auto const value = evsrc::checked_multiply(event.price, event.qty);
      auto const sum = value ? evsrc::checked_add(answer_.tot_sales, *value) : value;
      if (!sum) return evsrc::fail(evsrc::errc::limit_exceeded, "tot_sales: does not fit 64 bits");
      answer_.tot_sales = *sum;
    }
    return made;
  }

  producer_options const& with_;
  evsrc::timestamp now_;
  std::string prefix_;  ///< of ids: those of another run are other messages
  dice roll_;
  retail::producer_answer answer_;
};

evsrc::result<void> unless_there(evsrc::result<void> done) {
  if (!done && done.error().code != evsrc::errc::already_exists) return done;
  return {};
}

}  // namespace

evsrc::result<void> declare_store_topic(evsrc::topology& entities) {
  EVSRC_TRY(unless_there(entities.create_topic(store_topic)));
  for (auto const named :
       {retail::sale_event::wire_name.name, retail::inventory_event::wire_name.name}) {
    std::string const name(named);
    evsrc::rule const by_type{"by_type", evsrc::sql_rule_filter{"event_type = '" + name + "'"}, {}};
    EVSRC_TRY(unless_there(entities.create_subscription(store_topic, name, {}, {by_type})));
  }
  return {};
}

evsrc::result<retail::producer_answer> produce(evsrc::message_bus& bus,
                                               producer_options const& with) {
  if (with.count < 1 || with.count > count_max)
    return evsrc::invalid("count", "must be from 1 to 10,000,000");
  auto const out = bus.open_sender(store_topic);
  if (!out) return evsrc::fail(out.error());
  till source(with,
              std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()));
  std::vector<evsrc::message> batch;
  for (std::int64_t sent = 0; sent < with.count;) {
    batch.clear();
    while (batch.size() < messages_per_send &&
           sent + static_cast<std::int64_t>(batch.size()) < with.count) {
      auto made = source.next();
      if (!made) return evsrc::fail(made.error());
      batch.push_back(std::move(*made));
    }
    EVSRC_TRY((*out)->send(batch));
    sent += static_cast<std::int64_t>(batch.size());
  }
  auto answer = source.answer();
  answer.status = true;
  return answer;
}

}  // namespace retail_example
