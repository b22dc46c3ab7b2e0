// SPDX-License-Identifier: Apache-2.0
// Names of the public types for headers that only point at them. Never declare them yourself: the
// inline namespace and the template parameters may change.
#pragma once

namespace evsrc::inline v0 {

// core
class clock;
class cursor;
class random_source;
struct category;
struct error;
struct event_name;
struct event_tag;
struct event_view;
struct metadata;
struct money;
struct new_event;
struct outgoing_message;
struct position;
struct stream_id;
struct uuid;
template <class Tag, class Rep>
struct strong_id;
template <class Signature>
class unique_function;

// model
class decision_context;
template <class State, class... Rejections>
class decision;
template <class... Es>
struct events;
template <class... Parts>
class together;
template <class... Entries>
struct publications;

// store
class event_page;
class event_store;
class expected_version;
class idempotency_store;
class outbox_store;
class snapshot_store;
class stream_store;
struct append;
struct append_condition;
struct checkpoint;
struct commit;
struct commit_options;
struct idempotency_entry;
struct idempotency_record;
struct owner_claim;
struct owner_state;
struct query;
struct receipt;
struct scope_read;
struct snapshot;
struct stream_commit;
struct stream_read;

// runtime
class aggregate_cache;
template <class State, class Publications>
class command_handler;
template <class Decision>
class command_outcome;
struct command_handler_options;
struct command_options;

}  // namespace evsrc::inline v0
