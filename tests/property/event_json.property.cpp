// SPDX-License-Identifier: Apache-2.0
// Any valid event, of every type and version, survives JSON, and pleases the systems around.
#include <cmath>
#include <nlohmann/json.hpp>

#include "checked_property.hpp"
#include "event_generators.hpp"
#include "evsrc/codec/upcast.hpp"
#include "evsrc/retail/foreign_event.hpp"

namespace {

using namespace evsrc::property;
namespace retail = evsrc::retail;

template <class E>
std::string encoded(E const& event) {
  std::string json;
  auto const done = evsrc::encode_json(event, json);
  if (!done) RC_FAIL(done.error().message);
  return json;
}

/// Decodes as the whole family does, by name and version.
template <class... Es>
retail::all_events::variant decoded(std::string_view name, std::uint32_t version,
                                    std::string const& json, evsrc::events<Es...>*) {
  static evsrc::event_decoder<Es...> decoder;  // memory of earlier events must not shine through
  auto const padded = json + std::string(evsrc::payload_padding, 'x');
  retail::all_events::variant event;
  auto const done = decoder.decode(
      name, version, evsrc::padded_json{std::string_view(padded).substr(0, json.size())},
      [&](auto& one) { event = one; });
  if (!done) RC_FAIL(done.error().message + " in " + json);
  return event;
}
constexpr retail::all_events* all = nullptr;

template <class Family>
struct types_of;
template <class... Es>
struct types_of<evsrc::events<Es...>> {
  using type = testing::Types<Es...>;
};
struct wire_names {
  template <class E>
  static std::string GetName(int) {
    std::string name(E::wire_name.name);
    std::replace(name.begin(), name.end(), '.', '_');
    return name;
  }
};

template <class E>
class event_json_property : public testing::Test {};
TYPED_TEST_SUITE(event_json_property, types_of<retail::all_events>::type, wire_names);

TYPED_TEST(event_json_property, comes_back_equal_and_is_written_the_same_again) {
  holds(std::string(TypeParam::wire_name.name) + ": JSON and back", [] {
    auto const event = any_event<TypeParam>();
    keeps_rules(retail::all_events::variant(event));
    auto const json = encoded(event);
    RC_ASSERT(nlohmann::json::accept(json));
    auto const back = decoded(TypeParam::wire_name.name, TypeParam::wire_name.version, json, all);
    RC_ASSERT(std::get<TypeParam>(back) == event);
    RC_ASSERT(encoded(std::get<TypeParam>(back)) == json);
  });
}

TYPED_TEST(event_json_property, goes_through_another_system_and_back) {
  holds(std::string(TypeParam::wire_name.name) + ": foreign envelope and back", [] {
    auto const event = any_event<TypeParam>();
    evsrc::metadata meta;
    meta.id = evsrc::make_event_id(evsrc::timestamp{std::chrono::hours(1)}, evsrc::system_random());
    fill(meta.time);
    meta.source = any_text();
    meta.user = any_text();
    auto const json = retail::write_foreign_event(event, meta);
    if (!json) RC_FAIL(json.error().message);
    auto const back = retail::read_foreign_event(*json);
    if (!back) RC_FAIL(back.error().message + " in " + *json);
    RC_ASSERT(back->meta == meta);
    RC_ASSERT(std::get<TypeParam>(back->event) == event);
    RC_ASSERT(!back->stated_total.has_value());
  });
}

TEST(event_json_property, reads_old_versions_as_their_upcast) {
  holds("order.created: versions 1 and 2", [] {
    auto const v1 = any_event<retail::order_created_v1>();
    auto const from_v1 = decoded("order.created", 1, encoded(v1), all);
    RC_ASSERT(std::get<retail::order_created>(from_v1) == upcast(upcast(v1)));
    auto const v2 = any_event<retail::order_created_v2>();
    auto const from_v2 = decoded("order.created", 2, encoded(v2), all);
    RC_ASSERT(std::get<retail::order_created>(from_v2) == upcast(v2));
  });
}

TEST(event_json_property, reads_the_former_name) {
  holds("inventory.release: the former name of inventory.released", [] {
    auto const event = any_event<retail::inventory_released>();
    auto const back = decoded("inventory.release", 1, encoded(event), all);
    RC_ASSERT(std::get<retail::inventory_released>(back) == event);
  });
}

/// What the replaced systems check of an order, in their own arithmetic.
bool passes_their_rules(nlohmann::json const& order) {
  if (order.at("items").empty() || !(order.at("total_amount").get<double>() > 0)) return false;
  double sum = 0;
  for (auto const& item : order.at("items")) {
    if (item.at("quantity").get<std::int64_t>() <= 0) return false;
    if (!(item.at("price").get<double>() > 0) || !item.at("name").is_string()) return false;
    if (!item.at("product_id").is_string()) return false;
    sum += item.at("price").get<double>() * static_cast<double>(item.at("quantity").get<int>());
  }
  for (auto const& [field, value] : order.at("shipping_address").items())
    if (!value.is_string()) return false;
  auto const& meta = order.at("metadata");
  for (auto const* field : {"event_id", "event_type", "event_version", "timestamp", "source"})
    if (!meta.at(field).is_string()) return false;
  for (auto const* field : {"order_id", "customer_id", "status"})
    if (!order.at(field).is_string()) return false;
  return std::abs(sum - order.at("total_amount").get<double>()) <= 0.01;
}

TEST(event_json_property, pleases_the_rules_of_the_systems_around) {
  holds("orders: written events pass the foreign rules", [] {
    auto event = any_event<retail::order_created>();
    if (event.items.empty()) {
      fill(event.items.emplace_back());
      settle(event);
    }
    auto const json = retail::write_foreign_event(event, {});
    if (!json) RC_FAIL(json.error().message);
    RC_ASSERT(passes_their_rules(nlohmann::json::parse(*json)));
  });
}

}  // namespace
