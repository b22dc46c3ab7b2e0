// SPDX-License-Identifier: Apache-2.0
// From commands to steps.
#include "order_saga_services.hpp"

#include "order_saga.hpp"

namespace retail_example {

using evsrc::message_context;

evsrc::router inventory_commands(service_surroundings const& around) {
  evsrc::router made;
  made.on<reserve_lines>([around](reserve_lines const& command, message_context& context) {
    return reserve_lines_of(around, context, command.order_id);
  });
  made.on<release_lines>([around](release_lines const& command, message_context& context) {
    return release_lines_of(around, context, command.order_id, command.reason);
  });
  made.on<book_out_lines>([around](book_out_lines const& command, message_context& context) {
    return book_out_lines_of(around, context, command.order_id);
  });
  return made;
}

evsrc::router payment_commands(service_surroundings const& around, outside_services& outside) {
  evsrc::router made;
  made.on<charge_card>([around, &outside](charge_card const& command, message_context& context) {
    return charge_for(around, context, outside, command.order_id, command.amount);
  });
  made.on<refund_card>([around, &outside](refund_card const& command, message_context& context) {
    return refund_for(around, context, outside, command.order_id, command.reason);
  });
  return made;
}

evsrc::router shipping_commands(service_surroundings const& around, outside_services& outside) {
  evsrc::router made;
  made.on<schedule_parcel>([around](schedule_parcel const& command, message_context& context) {
    return schedule_parcel_of(around, context, command.order_id);
  });
  made.on<ship_parcel>([around, &outside](ship_parcel const& command, message_context& context) {
    return ship_parcel_of(around, context, outside, command.order_id, command.shipment_id);
  });
  return made;
}

}  // namespace retail_example
