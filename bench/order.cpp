// SPDX-License-Identifier: Apache-2.0
// The order that is written and read.
#include "order.hpp"

#include <simdjson.h>

#include <cstring>

#include "evsrc/codec/json_codec.hpp"
#include "evsrc/core/random.hpp"
#include "measurement.hpp"

namespace bench {

order_placed const& sample_order() {
  static order_placed const sample{"536365",
                                   "17850",
                                   {{"85123A", 6, 2.55, "WHITE HANGING HEART T-LIGHT HOLDER"},
                                    {"71053", 6, 3.39, "WHITE METAL LANTERN"},
                                    {"84406B", 8, 2.75, "CREAM CUPID HEARTS COAT HANGER"}},
                                   57.64,
                                   "GBP",
                                   "created",
                                   "12 High Street",
                                   "London",
                                   "United Kingdom",
                                   false};
  return sample;
}

std::string const& sample_payload() {
  static std::string const text = [] {
    std::string made;
    must(evsrc::encode_json(sample_order(), made));
    return made;
  }();
  return text;
}

evsrc::metadata sample_stamp() {
  evsrc::metadata made;
  made.correlation = "0190a5c8-7f3e-7c21-8000-0123456789ab";
  made.time = evsrc::timestamp(std::chrono::microseconds(1'300'000'000'000'000));
  return made;
}

std::string const& sample_metadata() {
  static std::string const text = [] {
    std::string made;
    evsrc::encode_metadata(sample_stamp(), made);
    return made;
  }();
  return text;
}

struct hand_written_reader::parser {
  simdjson::ondemand::parser json;
  std::string padded = std::string(4096, '\0');
};

hand_written_reader::hand_written_reader() : parser_(new parser) {}
hand_written_reader::~hand_written_reader() { delete parser_; }

namespace {
void assign(std::string& to, simdjson::ondemand::value from) {
  to.assign(std::string_view(from.get_string()));
}
}  // namespace

void hand_written_reader::read(std::string_view json, order_placed& into) {
  auto& padded = parser_->padded;
  if (padded.size() < json.size() + simdjson::SIMDJSON_PADDING)
    padded.resize(json.size() + simdjson::SIMDJSON_PADDING);
  std::memcpy(padded.data(), json.data(), json.size());
  auto document = parser_->json.iterate(padded.data(), json.size(), padded.size()).value();
  auto object = document.get_object().value();
  assign(into.order_id, object["order_id"].value());
  assign(into.customer_id, object["customer_id"].value());
  std::size_t count = 0;
  for (auto element : object["items"].get_array()) {
    auto item = element.get_object().value();
    if (into.items.size() == count) into.items.emplace_back();
    auto& one = into.items[count++];
    assign(one.product_id, item["product_id"].value());
    one.quantity = item["quantity"].get_int64();
    one.price = item["price"].get_double();
    assign(one.name, item["name"].value());
  }
  into.items.resize(count);
  into.total_amount = object["total_amount"].get_double();
  assign(into.currency, object["currency"].value());
  assign(into.status, object["status"].value());
  assign(into.street, object["street"].value());
  assign(into.city, object["city"].value());
  assign(into.country, object["country"].value());
  into.gift_wrap = object["gift_wrap"].get_bool();
}

}  // namespace bench
