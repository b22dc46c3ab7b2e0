// SPDX-License-Identifier: Apache-2.0
// Tests of any JSON as a field.
#include "evsrc/codec/json_value.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "json_text.hpp"

namespace {

using evsrc::errc;
using evsrc::json_value;

struct envelope {
  json_value body;
  std::optional<json_value> extra;
};

TEST(json_value, is_written_back_byte_for_byte) {
  std::string const text = R"({"body":{ "b" : 1.50,"a":[1e2, "\u0041"] },"extra":[]})";
  auto const read = decoded<envelope>(text);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->body.text, R"({ "b" : 1.50,"a":[1e2, "\u0041"] })");
  EXPECT_EQ(encoded(*read), text);
}

TEST(json_value, may_be_of_any_kind) {
  for (auto const* text : {"null", "true", "-1", "\"x\"", "[]", "{}"})
    EXPECT_EQ(decoded<envelope>(std::string(R"({"body":)") + text + "}")->body.text, text);
  EXPECT_EQ(encoded(envelope{}), R"({"body":null})");
  EXPECT_FALSE(decoded<envelope>(R"({"body":1,"extra":null})")->extra.has_value());
}

TEST(json_value, is_checked_when_read_and_when_written) {
  EXPECT_EQ(refusal<envelope>(R"({"body":{"a":[1,]}})"), "body.a[1]: expected a value at byte 16");
  EXPECT_EQ(refusal<envelope>(R"({"body":{"a":1,"a":2}})"),
            "body.a: stands there twice at byte 15");
  EXPECT_EQ(refusal<envelope>(R"({"body":[nul]})"), "body[0]: expected null at byte 9");
  EXPECT_EQ(refusal<envelope>(R"({"body":1e999})"), "body: the number is out of range at byte 8");
  EXPECT_EQ(encoded(envelope{{"{\"a\":1}x"}, {}}).substr(0, 36),
            "body: holds text that is not JSON: d");
  EXPECT_EQ(encoded(envelope{{""}, {}}).substr(0, 34), "body: holds text that is not JSON:");
}

TEST(json_value, is_written_no_deeper_than_it_is_read) {
  auto const nested = [](std::size_t depth) {
    return envelope{{std::string(depth, '[') + std::string(depth, ']')}, {}};
  };
  auto const text = encoded(nested(63));
  EXPECT_TRUE(decoded<envelope>(text)) << text;
  std::string out;
  auto const written = evsrc::encode_json(nested(64), out);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, errc::limit_exceeded);
  EXPECT_EQ(written.error().message.substr(0, 36), "body: holds JSON beyond the limits: ");
  EXPECT_TRUE(out.empty());
}

TEST(json_value, goes_to_nlohmann_and_back) {
  auto const tree = to_nlohmann(json_value{R"({"b":[1,2.5,null],"a":18446744073709551615})"});
  ASSERT_TRUE(tree) << tree.error().message;
  EXPECT_EQ(tree->at("a").get<std::uint64_t>(), UINT64_MAX);
  EXPECT_EQ(evsrc::to_json_value(*tree)->text, R"({"a":18446744073709551615,"b":[1,2.5,null]})");
}

TEST(json_value, that_is_not_json_is_no_tree) {
  for (auto const* text : {"", "{", "{\"a\":1,\"a\":1}", "1 2", "\xEF\xBB\xBF{}"})
    EXPECT_EQ(to_nlohmann(json_value{text}).error().code, errc::malformed) << text;
}

TEST(json_value, refuses_a_tree_that_json_cannot_say) {
  EXPECT_EQ(evsrc::to_json_value(nlohmann::json{{"a", {1, NAN}}}).error().code, errc::malformed);
  EXPECT_EQ(evsrc::to_json_value(nlohmann::json("\xFF")).error().code, errc::malformed);
}

}  // namespace
