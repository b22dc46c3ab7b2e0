// SPDX-License-Identifier: Apache-2.0
// Every bound of the library, in one place. Exceeding one is errc::limit_exceeded, nothing changed.
#pragma once

#include <cstddef>

namespace evsrc::inline v0::limits {

// one event
inline constexpr std::size_t event_payload_bytes = 1024 * 1024;
inline constexpr std::size_t event_name_bytes = 128;
inline constexpr std::size_t category_bytes = 128;
inline constexpr std::size_t stream_key_bytes = 512;
inline constexpr std::size_t metadata_bytes = 64 * 1024;  ///< encoded, tags and headers included
inline constexpr std::size_t tags_per_event = 64;
inline constexpr std::size_t tag_name_bytes = 64;
inline constexpr std::size_t tag_value_bytes = 512;
inline constexpr std::size_t headers_per_event = 64;

// JSON
inline constexpr std::size_t json_depth = 64;
inline constexpr std::size_t json_object_fields = 64;  ///< fields of one reflected struct

// one commit
inline constexpr std::size_t commit_events = 10'000;
inline constexpr std::size_t commit_bytes = 64 * 1024 * 1024;
inline constexpr std::size_t commit_streams = 4'096;
inline constexpr std::size_t commit_conditions = 64;
inline constexpr std::size_t commit_messages = 10'000;
inline constexpr std::size_t commit_once = 1'024;
inline constexpr std::size_t commit_checkpoints = 64;
inline constexpr std::size_t idempotency_key_bytes = 512;
inline constexpr std::size_t owner_holder_bytes = 512;
inline constexpr std::size_t outcome_bytes = 64 * 1024;
inline constexpr std::size_t message_bytes = 1024 * 1024;

// one group of commits, and the queue in front of the writer (G3)
inline constexpr std::size_t group_commits = 256;
inline constexpr std::size_t group_bytes = 1024 * 1024;
inline constexpr std::size_t queued_commits = 4'096;
inline constexpr std::size_t queued_bytes = 64 * 1024 * 1024;

// one read
inline constexpr std::size_t page_events = 10'000;
inline constexpr std::size_t page_bytes = 16 * 1024 * 1024;
inline constexpr std::size_t query_items = 64;
inline constexpr std::size_t query_names_per_item = 256;
inline constexpr std::size_t query_tags_per_item = 16;

// sagas
inline constexpr std::size_t timeout_name_bytes = 64;
inline constexpr std::size_t saga_timeouts = 256;  ///< open at once, of one instance

// subscriptions and projections
inline constexpr std::size_t parked_streams = 10'000;  ///< of one reader; it stops at the next

// one message, as Service Bus bounds it (azure: quotas)
inline constexpr std::size_t bus_message_bytes = 1024 * 1024;   ///< an entity's default and maximum
inline constexpr std::size_t message_header_bytes = 64 * 1024;  ///< all but the body
inline constexpr std::size_t message_property_bytes = 32 * 1024;  ///< one name and value
inline constexpr std::size_t message_id_bytes = 128;
inline constexpr std::size_t session_id_bytes = 128;  ///< partition keys, too
inline constexpr std::size_t session_state_bytes = 256 * 1024;
inline constexpr std::size_t dead_letter_reason_bytes = 4096;
inline constexpr std::size_t dead_letter_description_bytes = 4096;

// buses
inline constexpr std::size_t entity_name_bytes = 260;
inline constexpr std::size_t subscription_name_bytes = 50;
inline constexpr std::size_t rule_name_bytes = 50;
inline constexpr std::size_t rule_expression_bytes = 1024;
inline constexpr std::size_t rule_depth = 64;  ///< brackets within brackets
inline constexpr std::size_t rule_actions = 32;
inline constexpr std::size_t subscriptions_per_topic = 2'000;
inline constexpr std::size_t rules_per_subscription = 2'000;
inline constexpr std::size_t send_messages = 4'096;  ///< in one batch
inline constexpr std::size_t send_bytes = 1024 * 1024;
inline constexpr std::size_t receive_messages = 1'000;
inline constexpr std::size_t transaction_messages = 100;

// snapshots
inline constexpr std::size_t snapshot_bytes = 16 * 1024 * 1024;

}  // namespace evsrc::inline v0::limits
