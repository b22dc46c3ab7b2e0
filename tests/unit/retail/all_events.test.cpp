// SPDX-License-Identifier: Apache-2.0
// Golden JSON of every event of the retail domain, in every version. To write the files anew after
// a wanted change, run this test with EVSRC_UPDATE_GOLDEN=1.
#include "evsrc/retail/all_events.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "event_samples.hpp"
#include "evsrc/codec/json_codec.hpp"
#include "evsrc/codec/upcast.hpp"

namespace {

using namespace evsrc::retail_samples;
namespace retail = evsrc::retail;

template <class E>
std::string golden_path() {
  return std::string(EVSRC_GOLDEN_DIR) + "/" + std::string(E::wire_name.name) + ".v" +
         std::to_string(E::wire_name.version) + ".json";
}

template <class E>
std::string encoded() {
  std::string json;
  auto const done = evsrc::encode_json(sample<E>(), json);
  EXPECT_TRUE(done.has_value()) << (done ? "" : done.error().message);
  return json;
}

std::string content(std::string const& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path;
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

template <class Family>
struct types_of;
template <class... Es>
struct types_of<evsrc::events<Es...>> {
  using type = testing::Types<retail::order_created_v1, retail::order_created_v2, Es...>;
};

template <class E>
class retail_event : public testing::Test {};
struct wire_names {
  template <class E>
  static std::string GetName(int) {
    auto name = std::string(E::wire_name.name) + "_v" + std::to_string(E::wire_name.version);
    for (auto& c : name)
      if (c == '.') c = '_';
    return name;
  }
};
TYPED_TEST_SUITE(retail_event, types_of<retail::all_events>::type, wire_names);

TYPED_TEST(retail_event, is_written_as_its_golden_file) {
  auto const json = encoded<TypeParam>();
  if (std::getenv("EVSRC_UPDATE_GOLDEN") != nullptr)
    std::ofstream(golden_path<TypeParam>(), std::ios::binary) << json << '\n';
  EXPECT_EQ(json, content(golden_path<TypeParam>()));
}

TYPED_TEST(retail_event, is_read_from_its_golden_file) {
  auto const read = evsrc::decode_json<TypeParam>(content(golden_path<TypeParam>()));
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_TRUE(*read == sample<TypeParam>());
}

TYPED_TEST(retail_event, keeps_its_rules_in_the_sample) {
  auto const sound = evsrc::check_valid(sample<TypeParam>());
  EXPECT_TRUE(sound.has_value()) << (sound ? "" : sound.error().message);
}

TYPED_TEST(retail_event, fails_its_rules_when_it_is_empty) {
  if constexpr (evsrc::validated<TypeParam>) {
    auto const sound = TypeParam{}.validate();
    ASSERT_FALSE(sound.has_value());
    EXPECT_EQ(sound.error().code, evsrc::errc::invalid_argument);
    EXPECT_NE(sound.error().message.find(": "), std::string::npos) << sound.error().message;
  }
}

/// Reads a golden file as the family does, under the name given.
template <class... Es>
retail::all_events::variant decoded(std::string_view name, std::uint32_t version,
                                    std::string const& json, evsrc::events<Es...>*) {
  retail::all_events::variant event;
  auto const padded = json + std::string(evsrc::payload_padding, '\0');
  auto const done = evsrc::decode_event<Es...>(
      name, version, evsrc::padded_json{std::string_view(padded).substr(0, json.size())},
      [&](auto&& one) { event = one; });
  EXPECT_TRUE(done.has_value()) << (done ? "" : done.error().message);
  return event;
}

TEST(all_events, reads_order_created_of_version_1_and_2) {
  constexpr retail::all_events* all = nullptr;
  auto const first =
      decoded("order.created", 1, content(golden_path<retail::order_created_v1>()), all);
  EXPECT_TRUE(std::get<retail::order_created>(first) ==
              upcast(upcast(sample<retail::order_created_v1>())));
  auto const second =
      decoded("order.created", 2, content(golden_path<retail::order_created_v2>()), all);
  EXPECT_TRUE(std::get<retail::order_created>(second) ==
              upcast(sample<retail::order_created_v2>()));
}

TEST(all_events, reads_inventory_released_under_its_former_name) {
  auto const event =
      decoded("inventory.release", 1, content(golden_path<retail::inventory_released>()),
              static_cast<retail::all_events*>(nullptr));
  EXPECT_TRUE(std::get<retail::inventory_released>(event) == sample<retail::inventory_released>());
}

TEST(producer_answer, is_written_as_the_producer_does) {
  retail::producer_answer const answer{true, 20, 3, 12, 8, amount("1042.75")};
  std::string json;
  ASSERT_TRUE(evsrc::encode_json(answer, json).has_value());
  EXPECT_EQ(json, R"({"status":true,"tot_msgs":20,"bad_msgs":3,"sale_evnts":12,)"
                  R"("inventory_evnts":8,"tot_sales":1042.75})");
}

}  // namespace
