// SPDX-License-Identifier: Apache-2.0
// Reading and writing the events of the systems around.
#include "evsrc/retail/foreign_event.hpp"

#include <algorithm>

#include "evsrc/codec/json_value.hpp"
#include "evsrc/codec/upcast.hpp"
#include "foreign_amount.hpp"

namespace evsrc::inline v0::retail {
namespace {

using text = std::optional<std::string>;

struct envelope {
  text event_id{};
  text event_type{};
  text event_version{};
  std::optional<evsrc::timestamp> timestamp{};
  text source{};
  text subject{};
  text correlation_id{};
  text causation_id{};
  text user_id{};
};

struct written_envelope {
  std::string event_id{};
  std::string event_type{};
  std::string event_version{};
  std::string timestamp{};
  std::string source{};
  text subject{};
  text correlation_id{};
  text causation_id{};
  text user_id{};
};

struct nested_envelope {
  std::optional<envelope> metadata{};
};

struct item_text {
  std::string product_id{};
  std::int64_t quantity = 0;
  json_value price{};
  text name{};
  std::optional<std::int64_t> line{};
};

struct order_text {
  std::string order_id{};
  std::string customer_id{};
  std::optional<std::vector<item_text>> items{};
  json_value total_amount{};
  text currency{};
  text status{};
  std::optional<address> shipping_address{};
  std::optional<evsrc::timestamp> processed_at{};
  text reason{};
};

/// Tells the versions of order.created apart.
struct order_shape {
  std::optional<json_value> items{};
  std::optional<json_value> total_amount{};
  text currency{};
};

struct stock_text {
  std::string product_id{};
  std::string sku{};
  std::int64_t current_stock = 0;
  std::int64_t previous_stock = 0;
  std::int64_t change_amount = 0;
  std::string warehouse_id{};
  std::optional<std::int64_t> threshold_level{};
  std::optional<std::int64_t> reorder_point{};
  std::optional<stock_reason> reason{};
  text reference{};
};

struct view_text {
  std::string session_id{};
  text product_id{};
  text category{};
  std::string action{};
  std::optional<json_value> value{};
  std::optional<json_value> properties{};
};

struct error_text {
  std::string error_code{};
  std::string error_message{};
  text stack_trace{};
  retail::severity severity = retail::severity::low;
  std::optional<std::vector<std::string>> affected_resources{};
  text recovery_action{};
};

struct release_text {
  std::string order_id{};
  text sku{};
  text product_id{};
  std::optional<std::int64_t> quantity{};
  text reason{};
};

/// The document, padded once for all that read it.
class document {
 public:
  explicit document(std::string_view json) : size_(json.size()) {
    padded_.reserve(json.size() + payload_padding);
    padded_.append(json).append(payload_padding, '\0');
  }
  [[nodiscard]] padded_json json() const noexcept {
    return {std::string_view(padded_).substr(0, size_)};
  }
  template <class T>
  [[nodiscard]] result<T> as() const {
    return decode_json<T>(json());
  }

 private:
  std::string padded_;
  std::size_t size_;
};

result<metadata> metadata_of(envelope const& from) {
  metadata meta;
  if (from.event_id) {
    auto const id = parse_uuid(*from.event_id);
    if (!id)
      return fail(errc::malformed,
                  "event_id: expected a UUID, is \"" + from.event_id->substr(0, 64) + "\"");
    meta.id = *id;
  }
  meta.time = from.timestamp.value_or(evsrc::timestamp{});
  meta.source = from.source.value_or("");
  meta.subject = from.subject.value_or("");
  meta.correlation = from.correlation_id.value_or("");
  meta.causation = from.causation_id.value_or("");
  meta.user = from.user_id.value_or("");
  return meta;
}

result<money> amount_of(std::string const& field, json_value const& from) {
  auto const amount = detail::read_foreign_amount(from.text);
  if (!amount)
    return fail(errc::malformed, field + ": expected an amount, is " + from.text.substr(0, 64));
  return *amount;
}

template <class T>
inline constexpr bool is_amount =
    std::is_same_v<T, money> || std::is_same_v<T, std::optional<money>>;
template <class E>
inline constexpr bool has_amounts = []<std::size_t... I>(std::index_sequence<I...>) {
  return (is_amount<evsrc::detail::field_type<E, I>> || ...);
}
(std::make_index_sequence<evsrc::detail::field_count<E>>{});

/// The document with each number that has more decimals than an amount may have shortened to what
/// it stands for. For events all of whose broken numbers are amounts.
std::string round_amounts(std::string_view json) {
  std::string rounded;
  rounded.reserve(json.size());
  bool is_in_string = false;
  for (std::size_t at = 0; at < json.size();) {
    char const c = json[at];
    bool const begins_number = !is_in_string && (c == '-' || (c >= '0' && c <= '9'));
    if (begins_number) {
      auto const end = std::min(json.find_first_not_of("+-.0123456789eE", at), json.size());
      auto const number = json.substr(at, end - at);
      auto const amount = number.find('.') == std::string_view::npos
                              ? std::nullopt
                              : detail::read_foreign_amount(number);
      rounded.append(amount ? to_string(*amount) : std::string(number));
      at = end;
      continue;
    }
    if (is_in_string && c == '\\' && at + 1 < json.size()) rounded.push_back(json[at++]);
    if (c == '"') is_in_string = !is_in_string;
    rounded.push_back(json[at++]);
  }
  return rounded;
}

result<std::vector<order_item>> items_of(order_text const& from) {
  std::vector<order_item> items;
  if (!from.items) return items;
  if (from.items->size() > order_items_max)
    return invalid("items", "must be at most " + std::to_string(order_items_max) + ", are " +
                                std::to_string(from.items->size()));
  items.reserve(from.items->size());
  for (auto const& one : *from.items) {
    auto const price = amount_of("items[" + std::to_string(items.size()) + "].price", one.price);
    if (!price) return fail(price.error());
    items.push_back({one.product_id, one.quantity, *price, one.name.value_or(""), one.line});
    if (auto const sound = items.back().validate(); !sound)
      return fail(errc::invalid_argument,
                  "items[" + std::to_string(items.size() - 1) + "]." + sound.error().message);
  }
  return items;
}

/// The exact sum; what they state is within 0.01 of it.
result<money> total_of_order(money stated, std::vector<order_item> const& items) {
  if (items.empty()) return stated;
  auto const sum = total_of(items);
  if (!sum) return fail(sum.error());
  auto const off = checked_subtract(stated, *sum);
  if (off && *off <= money{1, 2} && *off >= money{-1, 2}) return *sum;
  return invalid("total_amount", "must be within 0.01 of the sum of the items, " + to_string(*sum) +
                                     ", is " + to_string(stated));
}

/// One reader: turns the document into the event, or says why not.
class reading {
 public:
  /// `version` 0: the document does not state one.
  reading(document const& from, std::uint32_t version)
      : from_(from), version_(std::max(version, 1U)), states_version_(version != 0) {}

  [[nodiscard]] result<foreign_event> take() { return std::move(done_); }

  /// Any event whose fields they write as we do.
  template <class E>
  [[nodiscard]] result<> read_as(E* = nullptr) {
    E event;
    if constexpr (has_amounts<E>) {
      document const rounded(round_amounts(from_.json().text));
      EVSRC_TRY(decode_version(event, version_, rounded.json()));
    } else {
      EVSRC_TRY(decode_version(event, version_, from_.json()));
    }
    return keep(std::move(event));
  }

  template <class E>
  [[nodiscard]] result<> read_order() {
    EVSRC_TRY(check_version(E::wire_name));
    auto const fields = from_.as<order_text>();
    if (!fields) return fail(fields.error());
    auto items = items_of(*fields);
    if (!items) return fail(std::move(items.error()));
    auto const stated = amount_of("total_amount", fields->total_amount);
    if (!stated) return fail(stated.error());
    auto const total = total_of_order(*stated, *items);
    if (!total) return fail(total.error());
    if (*stated != *total) done_.stated_total = *stated;
    E event;
    event.order_id = fields->order_id;
    event.customer_id = fields->customer_id;
    event.items = std::move(*items);
    event.total_amount = *total;
    event.currency = fields->currency.value_or("USD");
    event.status = fields->status.value_or(event.status);
    event.shipping_address = fields->shipping_address.value_or(address{});
    if constexpr (requires { event.reason; }) event.reason = fields->reason;
    if constexpr (requires { event.processed_at; }) {
      event.processed_at = fields->processed_at.value_or(evsrc::timestamp{});
      event.priority = priority(*total);
    }
    return keep(std::move(event));
  }

  [[nodiscard]] result<> read_created() {
    auto const shape = from_.as<order_shape>();
    if (!shape) return fail(shape.error());
    if (shape->items || shape->total_amount) return read_order<order_created>();
    order_created event;
    bool const is_second = !states_version_ && shape->currency;
    EVSRC_TRY(decode_version(event, is_second ? 2 : version_, from_.json()));
    // The customer came with version 3: what is older keeps the other rules.
    auto rules = event;
    rules.customer_id = anonymous_customer;
    EVSRC_TRY(rules.validate());
    done_.event = std::move(event);
    return {};
  }

  template <class E>
  [[nodiscard]] result<> read_stock() {
    EVSRC_TRY(check_version(E::wire_name));
    auto const fields = from_.as<stock_text>();
    if (!fields) return fail(fields.error());
    return keep(E{fields->product_id, fields->sku, fields->current_stock, fields->previous_stock,
                  fields->change_amount, fields->warehouse_id, fields->threshold_level,
                  fields->reorder_point, fields->reason.value_or(stock_reason::corrected),
                  fields->reference});
  }

  template <class E>
  [[nodiscard]] result<> read_view() {
    EVSRC_TRY(check_version(E::wire_name));
    auto const fields = from_.as<view_text>();
    if (!fields) return fail(fields.error());
    E event{fields->session_id, fields->product_id, fields->category,
            fields->action,     std::nullopt,       fields->properties.value_or(json_value{"{}"})};
    if (fields->value) {
      auto const value = amount_of("value", *fields->value);
      if (!value) return fail(value.error());
      event.value = *value;
    }
    return keep(std::move(event));
  }

  [[nodiscard]] result<> read_error() {
    EVSRC_TRY(check_version(error_occurred::wire_name));
    auto const fields = from_.as<error_text>();
    if (!fields) return fail(fields.error());
    return keep(error_occurred{
        fields->error_code, fields->error_message, fields->stack_trace, fields->severity,
        fields->affected_resources.value_or(std::vector<std::string>{}), fields->recovery_action});
  }

  void set_metadata(metadata meta) { done_.meta = std::move(meta); }

 private:
  [[nodiscard]] result<> check_version(event_name const& name) const {
    if (version_ <= name.version) return {};
    return fail(errc::newer_version, "event " + std::string(name.name) + " has version " +
                                         std::to_string(version_) + ", ours is " +
                                         std::to_string(name.version));
  }
  template <class E>
  [[nodiscard]] result<> keep(E event) {
    EVSRC_TRY(check_valid(event));
    done_.event = std::move(event);
    return {};
  }

  document const& from_;
  std::uint32_t version_;
  bool states_version_;
  foreign_event done_;
};

template <class E>
bool is_named(std::string_view type) noexcept {
  return type == E::wire_name.name;
}

/// All events that need no translation.
template <class... Es>
result<> read_plain(reading& reader, std::string_view type, events<Es...>*) {
  result<> outcome;
  bool const found =
      ((is_named<Es>(type) && (outcome = reader.read_as(static_cast<Es*>(nullptr)), true)) || ...);
  if (!found)
    return fail(errc::unknown_event,
                "no retail event is called \"" + std::string(type.substr(0, 128)) + "\"");
  return outcome;
}

result<> read_by_type(reading& reader, std::string_view type) {
  if (is_named<order_created>(type)) return reader.read_created();
  if (is_named<order_updated>(type)) return reader.read_order<order_updated>();
  if (is_named<order_confirmed>(type)) return reader.read_order<order_confirmed>();
  if (is_named<order_cancelled>(type)) return reader.read_order<order_cancelled>();
  if (is_named<order_completed>(type)) return reader.read_order<order_completed>();
  if (is_named<inventory_updated>(type)) return reader.read_stock<inventory_updated>();
  if (is_named<inventory_low_stock>(type)) return reader.read_stock<inventory_low_stock>();
  if (is_named<inventory_out_of_stock>(type)) return reader.read_stock<inventory_out_of_stock>();
  if (is_named<product_viewed>(type)) return reader.read_view<product_viewed>();
  if (is_named<product_purchased>(type)) return reader.read_view<product_purchased>();
  if (is_named<error_occurred>(type)) return reader.read_error();
  return read_plain(reader, type, static_cast<all_events*>(nullptr));
}

result<envelope> envelope_of(document const& from) {
  auto nested = from.as<nested_envelope>();
  if (!nested) return fail(std::move(nested.error()));
  if (nested->metadata) return std::move(*nested->metadata);
  return from.as<envelope>();
}

}  // namespace

result<foreign_event> read_foreign_event(std::string_view json, std::string_view type) {
  if (json.size() > limits::event_payload_bytes)
    return fail(errc::limit_exceeded, "the event has " + std::to_string(json.size()) +
                                          " bytes, at most " +
                                          std::to_string(limits::event_payload_bytes));
  document const from(json);
  auto const said = envelope_of(from);
  if (!said) return fail(said.error());
  auto meta = metadata_of(*said);
  if (!meta) return fail(std::move(meta.error()));
  result<std::uint32_t> version = 0;
  if (said->event_version) version = parse_event_version(*said->event_version);
  if (!version) return fail(version.error());
  if (said->event_type) type = *said->event_type;
  if (type.empty()) return fail(errc::malformed, "event_type: missing");
  reading reader(from, *version);
  reader.set_metadata(std::move(*meta));
  EVSRC_TRY(read_by_type(reader, type));
  return reader.take();
}

result<release_stock> read_release_request(std::string_view json) {
  auto const fields = decode_json<release_text>(json);
  if (!fields) return fail(fields.error());
  release_stock command;
  command.order_id = fields->order_id;
  command.sku = fields->sku.value_or(fields->product_id.value_or(""));
  command.quantity = fields->quantity;
  command.reason = fields->reason;
  EVSRC_TRY(command.validate());
  return command;
}

namespace detail {

result<std::string> wrap_foreign(event_name const& name, metadata const& meta,
                                 std::string const& payload) {
  auto const some = [](std::string const& value) { return value.empty() ? text{} : text{value}; };
  // Their readers of ISO 8601 do not all know the letter Z.
  auto time = evsrc::to_string(meta.time);
  time.pop_back();
  written_envelope const head{to_string(meta.id),
                              std::string(name.name),
                              std::to_string(name.version) + ".0",
                              time,
                              meta.source,
                              some(meta.subject),
                              some(meta.correlation),
                              some(meta.causation),
                              some(meta.user)};
  std::string out = R"({"metadata":)";
  EVSRC_TRY(encode_json(head, out));
  if (payload.size() > 2) out += ',';
  out.append(payload, 1);
  return out;
}

}  // namespace detail
}  // namespace evsrc::inline v0::retail
