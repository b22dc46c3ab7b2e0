// SPDX-License-Identifier: Apache-2.0
// Tests with events as the replaced systems write them, and of what they would say to ours.
#include "evsrc/retail/foreign_event.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <limits>

#include "event_samples.hpp"

namespace {

using namespace evsrc::retail_samples;
namespace retail = evsrc::retail;

std::string foreign(std::string const& name) {
  std::ifstream file(EVSRC_GOLDEN_DIR "/foreign/" + name + ".json", std::ios::binary);
  EXPECT_TRUE(file.is_open()) << name;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::string with(std::string text, std::string const& from, std::string const& to) {
  auto const at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

retail::foreign_event read(std::string const& json, std::string_view type = {}) {
  auto event = retail::read_foreign_event(json, type);
  EXPECT_TRUE(event.has_value()) << (event ? "" : event.error().message);
  return event ? std::move(*event) : retail::foreign_event{};
}

evsrc::error refused(std::string const& json, std::string_view type = {}) {
  auto const event = retail::read_foreign_event(json, type);
  EXPECT_FALSE(event.has_value());
  return event ? evsrc::error{} : event.error();
}

TEST(foreign_event, of_an_order_keeps_its_metadata) {
  auto const event = read(foreign("order.created"));
  EXPECT_EQ(to_string(event.meta.id), "3f0f1a52-8f39-4f0e-9c43-0d5a0a6f4f8e");
  EXPECT_EQ(evsrc::to_string(event.meta.time), "2024-05-17T09:30:00.123456Z");
  EXPECT_EQ(event.meta.source, "product-api");
  EXPECT_EQ(event.meta.correlation, "req-77");
  EXPECT_TRUE(event.meta.causation.empty());
}

TEST(foreign_event, may_have_the_noise_of_binary_fractions_in_any_amount) {
  auto const paid =
      read(R"({"event_type":"payment.completed","order_id":"1","customer_id":"c \" 0.12345678901",)"
           R"("payment_id":"p-1","amount":91.79999999999999,"currency":"USD","method":"card"})");
  auto const& payment = std::get<retail::payment_completed>(paid.event);
  EXPECT_EQ(payment.amount, amount("91.80"));
  EXPECT_EQ(payment.customer_id, "c \" 0.12345678901");
  auto const sold = read(with(foreign("sale_event"), "56.33", "56.330000000000005"), "sale_event");
  EXPECT_EQ(std::get<retail::sale_event>(sold.event).price, amount("56.33"));
}

TEST(foreign_event, of_an_order_that_states_a_currency_and_no_version_has_the_second) {
  auto const event =
      read(R"({"event_type":"order.created","order_id":"1","total":5,"currency":"GBP"})");
  EXPECT_EQ(std::get<retail::order_created>(event.event).currency, "GBP");
}

TEST(foreign_event, of_an_order_gets_the_exact_total_and_tells_the_stated_one) {
  auto const event = read(foreign("order.created"));
  auto const& order = std::get<retail::order_created>(event.event);
  EXPECT_EQ(to_string(order.total_amount), "45.85");
  EXPECT_EQ(order.currency, "USD");
  EXPECT_EQ(order.status, "pending");
  EXPECT_EQ(order.items.size(), 2U);
  EXPECT_EQ(order.shipping_address.at("city"), "Seattle");
  EXPECT_TRUE(order.validate().has_value());
  EXPECT_FALSE(event.stated_total.has_value());
}

TEST(foreign_event, of_an_order_may_be_off_by_a_cent_and_no_more) {
  auto const off_by = [](char const* total) {
    return with(foreign("order.created"), "45.849999999999994", total);
  };
  auto const event = read(off_by("45.86"));
  EXPECT_EQ(to_string(std::get<retail::order_created>(event.event).total_amount), "45.85");
  ASSERT_TRUE(event.stated_total.has_value());
  EXPECT_EQ(to_string(*event.stated_total), "45.86");
  EXPECT_EQ(read(off_by("45.84")).stated_total, amount("45.84"));
  EXPECT_EQ(refused(off_by("45.861")).message,
            "total_amount: must be within 0.01 of the sum of the items, 45.85, is 45.861");
  EXPECT_EQ(refused(off_by("45.83")).code, evsrc::errc::invalid_argument);
}

TEST(foreign_event, is_read_with_its_metadata_beside_the_fields) {
  auto const event = read(foreign("order.confirmed.flat"));
  EXPECT_EQ(event.meta.subject, "orders/order-123");
  auto const& order = std::get<retail::order_confirmed>(event.event);
  EXPECT_EQ(order.priority, retail::order_priority::high);
  EXPECT_EQ(evsrc::to_string(order.processed_at), "2024-05-17T09:30:02.500000Z");
}

TEST(foreign_event, of_the_first_two_versions_is_told_apart_by_its_fields) {
  auto const first = read(foreign("order.created.v1"));
  EXPECT_EQ(std::get<retail::order_created>(first.event).currency, "USD");
  EXPECT_EQ(to_string(std::get<retail::order_created>(first.event).total_amount), "19.99");
  auto const second = read(foreign("order.created.v2"));
  EXPECT_EQ(std::get<retail::order_created>(second.event).currency, "EUR");
  auto const negative = with(foreign("order.created.v1"), "19.99", "-1.00");
  EXPECT_EQ(refused(negative).message, "total_amount: must be above zero, is -1.00");
}

TEST(foreign_event, of_stock_has_the_type_of_its_level) {
  auto const event = read(foreign("inventory.low_stock"));
  auto const& stock = std::get<retail::inventory_low_stock>(event.event);
  EXPECT_EQ(stock.sku, "PEN-BLUE");
  EXPECT_EQ(stock.change_amount, -5);
  auto const other_type =
      with(foreign("inventory.low_stock"), "inventory.low_stock", "inventory.updated");
  EXPECT_EQ(refused(other_type).message,
            "current_stock: 7 does not belong to inventory.updated at a threshold of 10");
  auto const other_change = with(foreign("inventory.low_stock"), "-5", "5");
  EXPECT_EQ(refused(other_change).code, evsrc::errc::invalid_argument);
}

TEST(foreign_event, of_analytics_takes_floats_nulls_and_any_properties) {
  auto const event = read(foreign("analytics.product_viewed"));
  auto const& view = std::get<retail::product_viewed>(event.event);
  EXPECT_EQ(to_string(*view.value), "0.30");
  EXPECT_FALSE(view.category.has_value());
  EXPECT_EQ(view.properties.text, R"({"page": 3, "tags": ["a", "b"]})");
  EXPECT_EQ(event.meta.user, "u-5");
}

TEST(foreign_event, of_a_recommendation_is_read) {
  auto const event = read(foreign("analytics.recommendation_generated"));
  auto const& made = std::get<retail::recommendation_generated>(event.event);
  EXPECT_EQ(made.user_id, "u-5");
  EXPECT_EQ(made.confidence_scores, (std::vector<double>{0.93}));
}

TEST(foreign_event, of_an_error_has_one_of_four_severities) {
  auto const event = read(foreign("system.error"));
  EXPECT_EQ(std::get<retail::error_occurred>(event.event).severity, retail::severity::high);
  auto const worse = refused(with(foreign("system.error"), "high", "fatal"));
  EXPECT_EQ(worse.code, evsrc::errc::malformed);
  EXPECT_NE(worse.message.find("severity"), std::string::npos) << worse.message;
}

TEST(foreign_event, of_a_till_takes_its_type_from_the_message) {
  auto const event = read(foreign("sale_event"), "sale_event");
  EXPECT_EQ(std::get<retail::sale_event>(event.event).price, amount("56.33"));
  EXPECT_EQ(refused(foreign("sale_event")).message, "event_type: missing");
  auto const no_store = with(foreign("sale_event"), R"("store_id": 4, )", "");
  EXPECT_EQ(refused(no_store, "sale_event").message, "store_id: must be there");
}

TEST(foreign_event, names_what_is_wrong) {
  auto const order = foreign("order.created");
  EXPECT_EQ(refused(with(order, R"("quantity":3)", R"("quantity":0)")).message,
            "items[0].quantity: must be above zero, is 0");
  EXPECT_EQ(refused(with(order, R"("price":0.1)", R"("price":-0.1)")).message,
            "items[0].price: must be above zero, is -0.1");
  EXPECT_EQ(refused(with(order, R"("price":0.1)", R"("price":[])")).message,
            "items[0].price: expected an amount, is []");
  EXPECT_EQ(refused(with(order, "3f0f1a52", "3f0f1a5x")).message,
            "event_id: expected a UUID, is \"3f0f1a5x-8f39-4f0e-9c43-0d5a0a6f4f8e\"");
  auto const missing = refused(with(order, R"("customer_id":"customer-9",)", ""));
  EXPECT_EQ(missing.code, evsrc::errc::malformed);
  EXPECT_NE(missing.message.find("customer_id"), std::string::npos) << missing.message;
}

TEST(foreign_event, of_an_unknown_type_or_a_newer_version_is_refused) {
  auto const order = foreign("order.created");
  EXPECT_EQ(refused(with(order, "order.created", "order.eaten")).code, evsrc::errc::unknown_event);
  EXPECT_EQ(refused(with(order, R"("1.0")", R"("4.0")")).code, evsrc::errc::newer_version);
  EXPECT_EQ(refused(with(foreign("inventory.low_stock"), R"("1.0")", R"("2.0")")).code,
            evsrc::errc::newer_version);
  EXPECT_EQ(refused(with(order, R"("1.0")", R"("one")")).code, evsrc::errc::malformed);
}

TEST(foreign_event, of_broken_text_is_refused_at_every_length) {
  for (auto const* name : {"order.created", "inventory.low_stock", "analytics.product_viewed"}) {
    auto const whole = foreign(name);
    for (std::size_t length = 0; length + 2 < whole.size(); ++length)
      EXPECT_FALSE(retail::read_foreign_event(whole.substr(0, length)).has_value()) << length;
  }
  EXPECT_EQ(refused(std::string(2 * 1024 * 1024, ' ')).code, evsrc::errc::limit_exceeded);
}

TEST(foreign_event, takes_amounts_as_other_languages_write_them) {
  auto const price = [](char const* text) {
    auto order =
        with(foreign("order.created"), R"("price":45.55)", std::string(R"("price":)") + text);
    return retail::read_foreign_event(with(order, "45.849999999999994", "45.85"));
  };
  for (auto const* same : {"45.55", "45.550", "4555e-2", "\"45.55\"", "45.55000000000000001",
                           "45.549999999999997", "0.4555E+2", "455500000000000000e-16"})
    EXPECT_TRUE(price(same).has_value()) << same;
  for (auto const* other : {"true", "\"\"", "\"a\"", "null", "1e400", "\"1e999999999999\"", "{}"})
    EXPECT_FALSE(price(other).has_value()) << other;
  auto const noisy = price("45.549999999999997");
  EXPECT_EQ(to_string(std::get<retail::order_created>(noisy->event).items[1].price), "45.55");
}

TEST(foreign_event, is_written_with_nested_metadata_and_naive_time) {
  evsrc::metadata meta;
  meta.id = *evsrc::parse_uuid("3f0f1a52-8f39-4f0e-9c43-0d5a0a6f4f8e");
  meta.time = noon();
  meta.source = "evsrc";
  meta.correlation = "req-77";
  auto const json = retail::write_foreign_event(sample<retail::inventory_low_stock>(), meta);
  ASSERT_TRUE(json.has_value());
  EXPECT_EQ(*json,
            R"({"metadata":{"event_id":"3f0f1a52-8f39-4f0e-9c43-0d5a0a6f4f8e",)"
            R"("event_type":"inventory.low_stock","event_version":"1.0",)"
            R"("timestamp":"2010-12-01T12:00:00.250000","source":"evsrc",)"
            R"("correlation_id":"req-77"},"product_id":"85123A","sku":"85123A",)"
            R"("current_stock":9,"previous_stock":15,"change_amount":-6,"warehouse_id":"main",)"
            R"("threshold_level":10,"reorder_point":50,"reason":"corrected",)"
            R"("reference":"count-7"})");
}

TEST(foreign_event, is_not_written_where_it_breaks_a_rule) {
  auto order = sample<retail::order_created>();
  order.total_amount = amount("35.65");
  auto const json = retail::write_foreign_event(order, {});
  ASSERT_FALSE(json.has_value());
  EXPECT_EQ(json.error().message, "total_amount: must equal the sum of the items, 35.64, is 35.65");
}

TEST(release_request, is_a_command) {
  auto const request = retail::read_release_request(
      R"({"event_type":"inventory.release","order_id":"order-123","product_id":"p-1"})");
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->order_id, "order-123");
  EXPECT_EQ(request->sku, "p-1");
  EXPECT_FALSE(request->quantity.has_value());
  EXPECT_FALSE(retail::read_release_request(R"({"order_id":"order-123"})").has_value());
}

}  // namespace
