// SPDX-License-Identifier: Apache-2.0
// Layers around handlers.
#include "evsrc/runtime/middleware.hpp"

namespace evsrc::inline v0 {

using layer = unique_function<result<handling>(message_context&, next_handler)>;

namespace {

struct describe_handling {
  std::string operator()(ack const&) const { return "ack"; }
  std::string operator()(retry_in const& one) const {
    return "retry_in " + std::to_string(one.after.count()) + " ms";
  }
  std::string operator()(dead_letter const& one) const {
    return "dead_letter " + one.reason +
           (one.description.empty() ? std::string{} : ": " + one.description);
  }
  std::string operator()(defer const&) const { return "defer"; }
};

}  // namespace

std::string describe(result<handling> const& answer) {
  if (!answer) return "error " + to_string(answer.error());
  return std::visit(describe_handling{}, *answer);
}

layer logging(unique_function<void(std::string const&)> sink) {
  return [sink = std::move(sink)](message_context& context, next_handler next) mutable {
    auto answer = next(context);
    sink(context.consumer() + " " + context.type() + " v" + std::to_string(context.type_version()) +
         " " + context.message().id.value + " attempt " + std::to_string(context.attempt()) + ": " +
         describe(answer));
    return answer;
  };
}

layer timing(unique_function<void(handling_time const&)> sink, clock* time) {
  auto* const used = time != nullptr ? time : &system_clock();
  return [sink = std::move(sink), used](message_context& context, next_handler next) mutable {
    auto const begin = used->steady();
    auto answer = next(context);
    auto const took = std::chrono::duration_cast<std::chrono::microseconds>(used->steady() - begin);
    sink({context, took, answer});
    return answer;
  };
}

layer tracing(
    unique_function<span_end(message_context const&, std::string_view trace_parent)> open) {
  return [open = std::move(open)](message_context& context, next_handler next) mutable {
    auto const& properties = context.message().properties;
    auto parent = find_text(properties, property_names::trace_parent);
    if (parent.empty()) parent = find_text(properties, property_names::diagnostic_id);
    auto end = open(context, parent);
    auto answer = next(context);
    if (end) end(answer);
    return answer;
  };
}

layer validation(unique_function<result<void>(message_context const&)> check) {
  return [check = std::move(check)](message_context& context,
                                    next_handler next) mutable -> result<handling> {
    if (auto valid = check(context); !valid) return detail::refuse_value(context, valid.error());
    return next(context);
  };
}

}  // namespace evsrc::inline v0
