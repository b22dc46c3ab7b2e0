// SPDX-License-Identifier: Apache-2.0
// Decisions over an order and its stocks.
#include "evsrc/retail/reserve_order.hpp"

#include <algorithm>
#include <map>

#include "order_snapshot.hpp"
#include "stock_moves.hpp"

namespace evsrc::inline v0::retail {
namespace {

using wanted_pieces = std::map<std::string_view, std::int64_t>;

/// At most 10,000 items of at most 1e9 pieces: the sums fit.
wanted_pieces wanted_by(order const& state) {
  wanted_pieces wanted;
  for (auto const& item : state.items) wanted[item.product_id] += item.quantity;
  return wanted;
}

/// The first product of the order whose stock is not there; empty where all are.
std::string_view first_missing(order_with_stocks const& state, wanted_pieces const& wanted) {
  auto const& stocks = state.get<stock>();
  for (auto const& [sku, pieces] : wanted)
    if (stocks.find(sku) == stocks.end()) return sku;
  return {};
}

rejected<stock_not_loaded> not_loaded(std::string_view sku) {
  return reject(stock_not_loaded{std::string(sku)});
}

std::vector<stock_shortage> shortages_of(order_with_stocks const& state,
                                         wanted_pieces const& wanted) {
  std::vector<stock_shortage> found;
  for (auto const& [sku, pieces] : wanted) {
    auto const& stock_now = state.at<stock>(sku);
    auto const missing = pieces - stock_now.reserved_for(state.get<order>().order_id);
    if (missing > 0 && missing > stock_now.available)
      found.push_back({std::string(sku), missing, stock_now.available});
  }
  return found;
}

}  // namespace

std::vector<std::string> stock_keys(std::vector<order_item> const& items) {
  std::vector<std::string> keys;
  keys.reserve(items.size());
  for (auto const& item : items) keys.push_back(item.product_id);
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

decision<order_with_stocks, order_state_refused, stock_insufficient, stock_not_loaded> decide(
    order_with_stocks const& state, reserve_order const& command, decision_context const& context) {
  auto const& of = state.get<order>();
  if (!can_become(of.state, order_state::confirmed))
    return reject(order_state_refused{of.state, order_state::confirmed});
  auto const wanted = wanted_by(of);
  if (auto const missing = first_missing(state, wanted); !missing.empty())
    return not_loaded(missing);

  decision<order_with_stocks, order_state_refused, stock_insufficient, stock_not_loaded> answer;
  if (!command.policy.allow_backorder) {
    if (auto shortages = shortages_of(state, wanted); !shortages.empty()) {
      if (of.state == order_state::pending_inventory) {
        shortages.resize(std::min(shortages.size(), refused_shortages_max));
        return reject(stock_insufficient{std::move(shortages)});
      }
      answer.to<order>(inventory_insufficient{of.order_id, of.customer_id, std::move(shortages)});
      return answer;
    }
  }
  for (auto const& [sku, stock_now] : state.get<stock>()) {
    auto const found = wanted.find(sku);
    auto const missing =
        (found == wanted.end() ? 0 : found->second) - stock_now.reserved_for(of.order_id);
    auto const& key = sku;
    auto const emit = [&](auto event) { answer.to<stock>(key, std::move(event)); };
    if (missing > 0) emit_reservation(stock_now, of.order_id, key, missing, command.policy, emit);
    if (missing < 0) emit(release_of(stock_now, of.order_id, -missing, "order changed"));
  }
  answer.to<order>(confirmation_of(of, context.now()));
  return answer;
}

decision<order_with_stocks, order_state_refused, not_reserved, stock_not_loaded> decide(
    order_with_stocks const& state, ship_order const& command) {
  auto const& of = state.get<order>();
  if (of.state != order_state::paid || of.is_refunded())
    return reject(order_state_refused{of.state, order_state::fulfilled});
  auto const wanted = wanted_by(of);
  if (auto const missing = first_missing(state, wanted); !missing.empty())
    return not_loaded(missing);

  decision<order_with_stocks, order_state_refused, not_reserved, stock_not_loaded> answer;
  for (auto const& [sku, pieces] : wanted) {
    auto const& stock_now = state.at<stock>(sku);
    auto const has = stock_now.reserved_for(of.order_id);
    if (has < pieces) return reject(not_reserved{of.order_id, has, pieces});
    answer.to<stock>(std::string(sku), shipment_of(stock_now, of.order_id, has));
  }
  answer.to<order>(shipping_shipped{of.order_id, of.customer_id, command.shipment_id,
                                    command.carrier, command.tracking_number});
  return answer;
}

decision<order_with_stocks, order_state_refused, stock_not_loaded> decide(
    order_with_stocks const& state, release_order const& command) {
  auto const& of = state.get<order>();
  if (!may_be_cancelled(of)) return reject(order_state_refused{of.state, order_state::cancelled});
  if (auto const missing = first_missing(state, wanted_by(of)); !missing.empty())
    return not_loaded(missing);

  decision<order_with_stocks, order_state_refused, stock_not_loaded> answer;
  for (auto const& [sku, stock_now] : state.get<stock>())
    if (auto const has = stock_now.reserved_for(of.order_id); has > 0)
      answer.to<stock>(sku, release_of(stock_now, of.order_id, has, command.reason));
  answer.to<order>(cancellation_of(of, command.reason));
  return answer;
}

decision<order_with_stocks, order_state_refused, stock_not_loaded> decide(
    order_with_stocks const& state, complete_order const&) {
  auto const& of = state.get<order>();
  if (!can_become(of.state, order_state::completed))
    return reject(order_state_refused{of.state, order_state::completed});
  if (auto const missing = first_missing(state, wanted_by(of)); !missing.empty())
    return not_loaded(missing);

  decision<order_with_stocks, order_state_refused, stock_not_loaded> answer;
  for (auto const& [sku, stock_now] : state.get<stock>())
    if (auto const has = stock_now.reserved_for(of.order_id); has > 0)
      answer.to<stock>(sku, shipment_of(stock_now, of.order_id, has));
  answer.to<order>(snapshot_of<order_completed>(of));
  return answer;
}

}  // namespace evsrc::inline v0::retail
