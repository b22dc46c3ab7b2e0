// SPDX-License-Identifier: Apache-2.0
// A 400-byte order between JSON and a struct: this codec, simdjson by hand, nlohmann.
#include <benchmark/benchmark.h>

#include <simdjson.h>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "evsrc/codec/upcast.hpp"

namespace {

struct line {
  std::string product_id;
  std::int64_t quantity = 0;
  double price = 0;
  std::string name;

  friend bool operator==(line const&, line const&) = default;
};

struct order {
  std::string order_id;
  std::string customer_id;
  std::vector<line> items;
  double total_amount = 0;
  std::string currency;
  std::string status;
  std::string street;
  std::string city;
  std::string country;
  bool gift_wrap = false;

  friend bool operator==(order const&, order const&) = default;
};

order const sample{"536365",
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

/// Compact as this codec writes it, or with the spaces of Python's json.dumps.
std::string sample_text(bool spaced) {
  std::string text;
  if (!evsrc::encode_json(sample, text)) std::abort();
  if (!spaced) return text;
  std::string wide;
  bool in_string = false;
  for (char const c : text) {
    wide += c;
    if (c == '"') in_string = !in_string;
    if (!in_string && (c == ',' || c == ':')) wide += ' ';
  }
  return wide;
}

/// Behind the text stand bytes that may be read.
struct padded {
  explicit padded(std::string const& text) : size(text.size()), bytes(text) {
    bytes.append(evsrc::payload_padding, '\0');
  }
  [[nodiscard]] std::string_view text() const { return std::string_view(bytes).substr(0, size); }
  std::size_t size;
  std::string bytes;
};

void assign(std::string& to, simdjson::ondemand::value from) {
  to.assign(std::string_view(from.get_string()));
}

/// What one would write by hand: fields asked for in the order in which they are expected.
void read_by_hand(simdjson::ondemand::document& document, order& out) {
  auto object = document.get_object().value();
  assign(out.order_id, object["order_id"].value());
  assign(out.customer_id, object["customer_id"].value());
  std::size_t count = 0;
  for (auto element : object["items"].get_array()) {
    auto item = element.get_object().value();
    if (out.items.size() == count) out.items.emplace_back();
    auto& one = out.items[count++];
    assign(one.product_id, item["product_id"].value());
    one.quantity = item["quantity"].get_int64();
    one.price = item["price"].get_double();
    assign(one.name, item["name"].value());
  }
  out.items.resize(count);
  out.total_amount = object["total_amount"].get_double();
  assign(out.currency, object["currency"].value());
  assign(out.status, object["status"].value());
  assign(out.street, object["street"].value());
  assign(out.city, object["city"].value());
  assign(out.country, object["country"].value());
  out.gift_wrap = object["gift_wrap"].get_bool();
}

void check(benchmark::State& state, order const& read) {
  if (!(read == sample)) state.SkipWithError("read another order than was written");
}

void finish(benchmark::State& state, std::size_t size) {
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(size));
}

void decode_evsrc(benchmark::State& state) {
  padded const json{sample_text(state.range(0) != 0)};
  order read;
  while (state.KeepRunning()) {
    order fresh;
    if (!evsrc::decode_json_into(fresh, evsrc::padded_json{json.text()})) std::abort();
    benchmark::DoNotOptimize(fresh);
  }
  if (!evsrc::decode_json_into(read, evsrc::padded_json{json.text()})) std::abort();
  check(state, read);
  finish(state, json.size);
}

void decode_evsrc_reusing(benchmark::State& state) {
  padded const json{sample_text(state.range(0) != 0)};
  order read;
  while (state.KeepRunning()) {
    if (!evsrc::decode_json_into(read, evsrc::padded_json{json.text()})) std::abort();
    benchmark::DoNotOptimize(read);
  }
  check(state, read);
  finish(state, json.size);
}

void decode_simdjson(benchmark::State& state) {
  padded const json{sample_text(state.range(0) != 0)};
  simdjson::ondemand::parser parser;
  order read;
  auto const once = [&](order& out) {
    auto document = parser.iterate(json.bytes.data(), json.size, json.bytes.size()).value();
    read_by_hand(document, out);
  };
  while (state.KeepRunning()) {
    order fresh;
    once(fresh);
    benchmark::DoNotOptimize(fresh);
  }
  once(read);
  check(state, read);
  finish(state, json.size);
}

void decode_simdjson_reusing(benchmark::State& state) {
  padded const json{sample_text(state.range(0) != 0)};
  simdjson::ondemand::parser parser;
  order read;
  while (state.KeepRunning()) {
    auto document = parser.iterate(json.bytes.data(), json.size, json.bytes.size()).value();
    read_by_hand(document, read);
    benchmark::DoNotOptimize(read);
  }
  check(state, read);
  finish(state, json.size);
}

void decode_nlohmann(benchmark::State& state) {
  padded const json{sample_text(state.range(0) != 0)};
  while (state.KeepRunning()) {
    auto tree = nlohmann::json::parse(json.text());
    benchmark::DoNotOptimize(tree);
  }
  finish(state, json.size);
}

void encode_evsrc(benchmark::State& state) {
  std::string text;
  while (state.KeepRunning()) {
    text.clear();
    if (!evsrc::encode_json(sample, text)) std::abort();
    benchmark::DoNotOptimize(text.data());
  }
  finish(state, text.size());
}

void encode_nlohmann(benchmark::State& state) {
  auto const tree = nlohmann::json::parse(sample_text(false));
  std::string text;
  while (state.KeepRunning()) {
    text = tree.dump();
    benchmark::DoNotOptimize(text.data());
  }
  finish(state, text.size());
}

}  // namespace

// Argument 0: compact text, as events are stored; 1: with spaces, as others send it.
BENCHMARK(decode_evsrc)->Arg(0)->Arg(1);
BENCHMARK(decode_simdjson)->Arg(0)->Arg(1);
BENCHMARK(decode_evsrc_reusing)->Arg(0)->Arg(1);
BENCHMARK(decode_simdjson_reusing)->Arg(0)->Arg(1);
BENCHMARK(decode_nlohmann)->Arg(0)->Arg(1);
BENCHMARK(encode_evsrc);
BENCHMARK(encode_nlohmann);
BENCHMARK_MAIN();
