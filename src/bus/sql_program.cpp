// SPDX-License-Identifier: Apache-2.0
// Runs the programs of rules.
#include "sql_program.hpp"

#include <algorithm>
#include <iterator>

#include "letter_case.hpp"

namespace evsrc::inline v0::detail {
namespace {

/// That very name, else the first that differs in case alone.
template <class List>
auto find_by_name(List& in, std::string_view name) noexcept {
  auto const exact =
      std::find_if(in.begin(), in.end(), [&](auto const& each) { return each.first == name; });
  if (exact != in.end()) return exact;
  return std::find_if(in.begin(), in.end(),
                      [&](auto const& each) { return is_same_name(each.first, name); });
}

property_value user_property(message const& from, std::string_view name) {
  auto const found = find_by_name(from.properties, name);
  return found == from.properties.end() ? unknown : found->second;
}

/// A version 4 UUID.
uuid make_random_uuid(random_source& random) noexcept {
  uuid made;
  for (std::size_t half = 0; half != 2; ++half) {
    auto word = random.next();
    for (std::size_t i = 0; i != 8; ++i, word >>= 8U)
      made.octets[8 * half + i] = static_cast<std::uint8_t>(word & 0xffU);
  }
  made.octets[6] = static_cast<std::uint8_t>(0x40U | (made.octets[6] & 0x0fU));
  made.octets[8] = static_cast<std::uint8_t>(0x80U | (made.octets[8] & 0x3fU));
  return made;
}

class sql_machine {
 public:
  sql_machine(sql_program const& program, sql_surroundings const& with)
      : program_(program), with_(with) {}

  result<property_value> run() {
    for (std::size_t at = 0; at != program_.size();) {
      auto const& what = program_[at];
      if (what.op == sql_op::skip_if_false || what.op == sql_op::skip_if_true) {
        at =
            truth_of(stack_.back()) == truth{what.op == sql_op::skip_if_true} ? what.count : at + 1;
        continue;
      }
      EVSRC_TRY(step(what));
      ++at;
    }
    return pop();
  }

 private:
  property_value pop() {
    auto taken = std::move(stack_.back());
    stack_.pop_back();
    return taken;
  }
  result<void> push(property_value value) {
    stack_.push_back(std::move(value));
    return {};
  }
  result<void> push(truth known) { return push(value_of(known)); }
  result<void> push(result<property_value> made) {
    if (!made) return fail(std::move(made.error()));
    return push(*std::move(made));
  }

  result<void> step(sql_instruction const& what) {
    switch (what.op) {
      case sql_op::constant: return push(what.value);
      case sql_op::user_property:
        return push(user_property(with_.sent, *std::get_if<std::string>(&what.value)));
      case sql_op::system_property: return push(read(what.field, with_.sent, with_.known));
      case sql_op::has_user_property: {
        auto const& name = *std::get_if<std::string>(&what.value);
        auto const& all = with_.sent.properties;
        return push(truth{find_by_name(all, name) != all.end()});
      }
      case sql_op::has_system_property:
        return push(truth{read(what.field, with_.sent, with_.known).index() != 0});
      case sql_op::new_id: stack_.emplace_back(make_random_uuid(with_.random)); return {};
      default: return step_on_stack(what);
    }
  }

  result<void> step_on_stack(sql_instruction const& what) {
    auto const top = pop();
    switch (what.op) {
      case sql_op::named_property: {
        auto const* const name = std::get_if<std::string>(&top);
        return push(name == nullptr ? unknown : user_property(with_.sent, *name));
      }
      case sql_op::negative: return push(negative(top));
      case sql_op::positive: return push(is_number(top) ? top : unknown);
      case sql_op::is_null: return push(truth{top.index() == 0});
      case sql_op::negate: return push(negated(truth_of(top)));
      case sql_op::both: return push(both(truth_of(pop()), truth_of(top)));
      case sql_op::either: return push(either(truth_of(pop()), truth_of(top)));
      case sql_op::compare: return push(compare(what.comparing, pop(), top));
      case sql_op::compute: return push(compute(what.computing, pop(), top));
      case sql_op::like: return like(pop(), top, nullptr);
      case sql_op::like_with: {
        auto const pattern = pop();
        return like(pop(), pattern, &top);
      }
      case sql_op::in: return in(what.count, top);
      default: return fail(errc::invalid_argument, "a rule holds no such instruction");
    }
  }

  /// Equal to one of them: true; to none, but not known of all: unknown.
  result<void> in(std::uint32_t count, property_value const& last) {
    truth found = false;
    auto const first = std::prev(stack_.end(), static_cast<std::ptrdiff_t>(count - 1));
    auto const& wanted = *std::prev(first);
    for (auto each = first; each != stack_.end(); ++each)
      found = either(found, compare(comparison::equal, wanted, *each));
    found = either(found, compare(comparison::equal, wanted, last));
    stack_.erase(std::prev(first), stack_.end());
    return push(found);
  }

  result<void> like(property_value const& text, property_value const& pattern,
                    property_value const* escape) {
    auto const* const in = std::get_if<std::string>(&text);
    auto const* const like = std::get_if<std::string>(&pattern);
    auto const* const by = escape == nullptr ? nullptr : std::get_if<std::string>(escape);
    if (in == nullptr || like == nullptr || (escape != nullptr && by == nullptr))
      return push(truth{});
    auto const found =
        is_like(*in, *like, by == nullptr ? std::nullopt : std::optional<std::string_view>{*by});
    if (!found) return fail(found.error());
    return push(truth{*found});
  }

  sql_program const& program_;
  sql_surroundings const& with_;
  std::vector<property_value> stack_;
};

/// Integers that replace doubles become doubles: the one conversion that C# makes by itself.
void set_user_property(message& in, std::string const& name, property_value value) {
  auto const found = find_by_name(in.properties, name);
  if (found == in.properties.end()) {
    in.properties.emplace_back(name, std::move(value));
    return;
  }
  auto const* const integer = std::get_if<std::int64_t>(&value);
  if (integer != nullptr && std::holds_alternative<double>(found->second))
    found->second = static_cast<double>(*integer);
  else
    found->second = std::move(value);
}

void remove_user_property(message& from, std::string_view name) {
  auto& all = from.properties;
  all.erase(std::remove_if(all.begin(), all.end(),
                           [&](auto const& each) { return is_same_name(each.first, name); }),
            all.end());
}

}  // namespace

result<property_value> run(sql_program const& program, sql_surroundings const& with) {
  return sql_machine{program, with}.run();
}

result<void> apply(std::vector<sql_statement> const& all, rule_set::arrival const& known,
                   random_source& random, message& changed) {
  for (auto const& each : all) {
    property_value value;
    if (!each.is_removal) {
      auto made = run(each.value, {changed, known, random});
      if (!made) return fail(std::move(made.error()));
      value = *std::move(made);
    }
    if (each.field) {
      EVSRC_TRY(write(*each.field, value, changed));
    } else if (each.is_removal) {
      remove_user_property(changed, each.name);
    } else {
      set_user_property(changed, each.name, std::move(value));
    }
  }
  return {};
}

}  // namespace evsrc::inline v0::detail
