// SPDX-License-Identifier: Apache-2.0
// The tables of the bus under one connection: the writer's, or a reader's.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "bus_entity.hpp"
#include "connection.hpp"
#include "evsrc/bus/delivery.hpp"
#include "evsrc/bus/message_bus.hpp"
#include "evsrc/core/random.hpp"

namespace evsrc::sqlite::inline v0::detail {

/// Messages as their sender prepares them before the writer's turn.
struct prepared_batch {
  std::vector<message> owned;  ///< where they lack what the bus adds
  std::span<message const> messages;
  std::vector<std::string> heads;
  std::vector<std::int64_t> bytes;
};
[[nodiscard]] prepared_batch prepare_batch(std::span<message const> batch, timestamp now,
                                           random_source& random, timestamp enqueue_at = {});

/// The room that one call's messages take in an entity. The most that it can be is known at once;
/// what it is, is counted where that would be too much.
struct needed_room {
  std::int64_t counted = 0;
  std::int64_t uncounted_max = 0;
  std::vector<std::span<message const>> uncounted{};
  std::unordered_set<std::string_view> ids{};  ///< of what was counted: a repeat takes no room
};

struct session_lock {
  std::int64_t lane = 0;
  std::int64_t holder = 0;
  timestamp until{};
};

/// What a receiver asks for.
struct pull {
  std::string_view entity;
  receive_mode mode = receive_mode::peek_lock;
  session_lock const* session = nullptr;
  std::size_t max_messages = 1;
};
struct pulled {
  std::vector<delivery> deliveries;
  bool is_behind = false;       ///< more has to be cleared away first: ask again
  std::int64_t first_lane = 0;  ///< to wait for, where nothing came
  std::int64_t last_lane = 0;
};
/// A session that was accepted, or where one may come up.
struct accepted {
  session_lock lock;
  bool is_behind = false;  ///< none was accepted: more has to be cleared away first, ask again
  std::string name;
  std::int64_t first_lane = 0;
  std::int64_t last_lane = 0;
};

/// True for an answer to the caller, given before anything was written for it; false for a failure
/// of the file, which ends the transaction.
[[nodiscard]] bool is_verdict(error const& told) noexcept;

/// Used by who has the connection. Its statements are prepared when a bus is first used. Functions
/// that change something stand inside the writer's transaction, judge before they write, and may
/// answer verdicts.
class bus_tables {
 public:
  explicit bus_tables(connection& file) : file_(file) {}
  bus_tables(bus_tables const&) = delete;
  bus_tables& operator=(bus_tables const&) = delete;

  // -- the writer's transaction
  /// Others may have written.
  void forget() noexcept;
  /// A rollback undid what is remembered.
  void drop() noexcept;
  /// Writes what was only counted so far. Before COMMIT and before a savepoint.
  [[nodiscard]] result<void> flush();
  /// Lanes that got messages since they were last taken; told to those who wait after COMMIT.
  [[nodiscard]] std::vector<std::int64_t> take_news() noexcept { return std::exchange(news_, {}); }
  [[nodiscard]] bool has_news() const noexcept { return !news_.empty(); }

  // -- bus_send.cpp; false: more was due before it than one transaction does, ask again
  [[nodiscard]] result<bool> send(std::string_view entity, prepared_batch const& batch,
                                  timestamp now, std::vector<std::int64_t>* numbers = nullptr);
  [[nodiscard]] result<bool> cancel_scheduled(std::string_view entity,
                                              std::span<std::int64_t const> numbers, timestamp now);
  /// `sends` in the order of the transaction.
  [[nodiscard]] result<bool> commit(bus_transaction const& what,
                                    std::vector<prepared_batch> const& sends, timestamp now);
  /// Takes a commit's message straight into its entity. @return false: it stays in the outbox
  [[nodiscard]] result<bool> take_over(outgoing_message const& row, timestamp now);

  // -- bus_receive.cpp
  [[nodiscard]] result<void> receive(pull const& what, timestamp now, pulled& out);
  [[nodiscard]] result<void> receive_deferred(pull const& what,
                                              std::span<std::int64_t const> numbers, timestamp now,
                                              pulled& out);
  [[nodiscard]] result<timestamp> renew(std::string_view entity, lock_token lock,
                                        session_lock const* session, timestamp now);

  // -- bus_settle.cpp
  /// `through` the receiver's session, or 0 of none: then messages of sessions are another's.
  [[nodiscard]] result<void> settle_one(std::string_view entity, settlement const& what,
                                        session_lock const* session, timestamp now);
  /// All of them pass, or the error names the first that does not; nothing is written.
  [[nodiscard]] result<void> judge_settles(std::span<settlement const> what, timestamp now);
  /// What passed.
  [[nodiscard]] result<void> write_settles(std::span<settlement const> what, timestamp now);

  // -- bus_sessions.cpp
  [[nodiscard]] result<void> accept_session(std::string_view entity,
                                            std::optional<std::string> const& wanted,
                                            std::int64_t holder, timestamp now, accepted& out);
  [[nodiscard]] result<timestamp> renew_session(std::string_view entity, session_lock const& held,
                                                timestamp now);
  /// Gives its messages back uncounted.
  [[nodiscard]] result<void> release_session(std::string_view entity, session_lock const& held,
                                             timestamp now);
  [[nodiscard]] result<void> set_session_state(std::string_view entity, session_lock const& held,
                                               std::optional<std::string> const& state,
                                               timestamp now);

  // -- bus_due.cpp
  /// Lets happen what happens by time alone, in bounded steps: so many rows of each kind that no
  /// transaction is long. @return false: more is due
  [[nodiscard]] result<bool> catch_up(queue_ref of, timestamp now);
  [[nodiscard]] result<bool> catch_up(std::string_view entity, timestamp now);
  /// Removes some rows of removed entities. @return false: there are more
  [[nodiscard]] result<bool> clear_removed(std::size_t max_rows);

  // -- bus_topology.cpp, bus_rules.cpp
  struct new_entity {
    entity_kind kind = entity_kind::queue;
    std::string_view path;
    std::string_view topic{};
    queue_options settings{};
    bool dead_letters_filter_errors = true;
    std::span<rule const> rules{};
  };
  /// As send().
  [[nodiscard]] result<bool> create(new_entity const& what, timestamp now);
  [[nodiscard]] result<void> update(new_entity const& what);
  [[nodiscard]] result<void> remove(std::string_view path);
  [[nodiscard]] result<void> add_rule(std::string_view subscription, rule const& what);
  [[nodiscard]] result<void> remove_rule(std::string_view subscription, std::string_view name);

  // -- bus_reads.cpp: also on a reader's connection, inside a view
  class view;
  [[nodiscard]] result<queue_ref> find(std::string_view path);
  [[nodiscard]] result<bus_entity*> find(std::string_view path, entity_kind kind);
  [[nodiscard]] result<std::vector<std::string>> list(entity_kind kind, std::string_view topic);
  [[nodiscard]] result<std::vector<rule>> rules(std::string_view subscription);
  [[nodiscard]] result<entity_counts> counts(std::string_view path);
  [[nodiscard]] result<std::vector<delivery>> peek(pull const& what, std::int64_t from,
                                                   timestamp now);
  [[nodiscard]] result<std::vector<std::string>> sessions(std::string_view entity,
                                                          std::string_view after,
                                                          std::size_t max_sessions);
  [[nodiscard]] result<std::optional<std::string>> session_state(session_lock const& held,
                                                                 timestamp now);
  /// True where catch_up would have something to do.
  [[nodiscard]] result<bool> is_behind(queue_ref of, timestamp now);
  /// Whether there is a message for who waits for these lanes, and when time may bring one.
  struct outlook {
    bool has_messages = false;
    timestamp next_due = timestamp::max();
  };
  /// Another number when another connection has written since. Outside views.
  [[nodiscard]] result<std::int64_t> file_version();
  [[nodiscard]] result<outlook> look_out(std::int64_t first_lane, std::int64_t last_lane);

 private:
  enum bus_sql : std::uint8_t {
    // what a reader needs
    find_topology,
    list_entities,
    list_rules,
    find_numbers,
    peek_queue,
    peek_lane,
    find_standing,
    count_standing,
    data_version,
    find_session,
    session_at,
    find_state,
    list_sessions,
    look_for_ready,
    next_scheduled,
    next_expiry,
    next_session_end,
    begin_view,
    end_view,
    read_count,
    // what the writer needs beside
    put_numbers = read_count,
    insert_message,
    find_message,
    delete_message,
    move_message,
    rewrite_head,
    insert_ready,
    walk_ready,
    delete_ready,
    first_ready,
    insert_locked,
    find_locked,
    walk_locked,
    renew_locked,
    delete_locked,
    insert_deferred,
    find_deferred,
    delete_deferred,
    insert_scheduled,
    walk_scheduled,
    find_scheduled,
    delete_scheduled,
    walk_expired,
    insert_session,
    hold_session,
    free_session,
    next_free_session,
    list_session,
    delete_session,
    is_lane_used,
    walk_ended_sessions,
    put_state,
    delete_state,
    find_id,
    put_id,
    delete_ids,
    find_older_row,
    next_removed,
    statement_count
  };
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };
  template <class Value>
  using text_map = std::unordered_map<std::string, Value, text_hash, std::equal_to<>>;
  struct known_session {
    std::int64_t lane = 0;
    bool is_listed = false;  ///< or held: another message changes nothing in its row
  };
  /// A session's row.
  struct session_row {
    std::int64_t lane = 0;
    std::int64_t holder = 0;
    std::int64_t until = 0;
    std::string name{};
  };
  /// A lock that may be ended: who has judged it knows the row.
  struct locked_row {
    queue_ref queue;
    standing what;
    std::int64_t nonce = 0;
  };

  [[nodiscard]] result<void> prepare(bus_sql from, bus_sql to);
  [[nodiscard]] result<void> get_ready(bool writes);
  [[nodiscard]] result<void> learn_topology();
  [[nodiscard]] result<void> load_entities();
  [[nodiscard]] result<void> compile_rules(bus_entity& subscription);
  [[nodiscard]] result<std::vector<rule>> read_rules(std::int64_t subscription);
  [[nodiscard]] result<void> load_numbers(bus_entity& of);
  void change(bus_entity& of);
  [[nodiscard]] result<void> add_bytes(bus_entity& of, std::int64_t bytes);
  void note_news(std::int64_t lane);
  [[nodiscard]] result<std::int64_t> next_place(queue_ref in);
  [[nodiscard]] result<queue_ref> find_for_writing(std::string_view path);

  // sends
  [[nodiscard]] static error at_item(char const* list, std::size_t index, error told);
  [[nodiscard]] result<bus_entity*> judge_send(std::string_view entity,
                                               std::span<message const> batch);
  /// Null: more is due that would make room.
  [[nodiscard]] result<bus_entity*> judge_in_transaction(
      std::string_view entity, prepared_batch const& one,
      std::unordered_map<bus_entity*, needed_room>& rooms, timestamp now);
  [[nodiscard]] result<void> add_room(bus_entity& in, std::span<message const> batch,
                                      std::int64_t bytes, needed_room& sum);
  [[nodiscard]] result<bool> judge_room(bus_entity& in, needed_room& needed, timestamp now);
  [[nodiscard]] result<void> count_room(bus_entity& in, needed_room& needed, timestamp now);
  [[nodiscard]] result<std::int64_t> room_for(bus_entity& in, message const& what, timestamp now);
  [[nodiscard]] result<bool> has_seen(bus_entity& by, message const& what, timestamp now);
  [[nodiscard]] result<std::int64_t> write_one(bus_entity& to, message const& what,
                                               std::string_view head, std::int64_t bytes,
                                               timestamp now);
  [[nodiscard]] result<bool> is_seen(bus_entity& by, message const& what, timestamp now);
  [[nodiscard]] result<void> schedule(bus_entity& to, message const& what, std::string_view head,
                                      std::int64_t bytes);
  [[nodiscard]] result<void> fan_out(bus_entity& topic, message const& what, incoming const& sent);
  [[nodiscard]] result<void> add_copy(bus_entity& subscription, message const& what,
                                      incoming const& sent);
  [[nodiscard]] result<void> add_dead_copy(bus_entity& subscription, incoming const& sent,
                                           message const& what, std::string_view reason,
                                           std::string_view description);
  [[nodiscard]] result<std::int64_t> enqueue(queue_ref to, incoming const& what);
  [[nodiscard]] result<void> insert_row(std::int64_t place, std::int64_t lane, incoming const& what,
                                        std::int64_t first_sequence);

  // standings
  [[nodiscard]] result<void> put_ready(standing const& what);
  [[nodiscard]] result<void> put_deferred(standing const& what);
  [[nodiscard]] result<void> run_at(bus_sql which, std::int64_t lane, std::int64_t place);
  [[nodiscard]] result<void> remove_message(bus_entity& of, std::int64_t place, std::int64_t bytes);
  [[nodiscard]] result<void> give_back(queue_ref to, standing what, bool is_counted, timestamp now);
  [[nodiscard]] result<void> dead_letter(queue_ref from, standing const& what,
                                         std::string_view reason, std::string_view description);
  [[nodiscard]] result<void> expire(queue_ref from, standing const& what);
  [[nodiscard]] result<queue_ref> judge_pull(pull const& what, timestamp now);
  [[nodiscard]] result<delivery> hand_out(queue_ref from, standing what, pull const& how,
                                          timestamp now);
  [[nodiscard]] static result<delivery> read_delivery(statement& row);

  // time
  [[nodiscard]] result<bool> unlock(queue_ref of, timestamp now);
  [[nodiscard]] result<bool> end_sessions(queue_ref of, timestamp now);
  [[nodiscard]] result<bool> activate(timestamp now);
  [[nodiscard]] result<void> activate_one(queue_ref in, std::int64_t place, std::int64_t lane,
                                          std::int64_t bytes, std::int64_t due);
  [[nodiscard]] result<bool> expire_due(timestamp now);
  [[nodiscard]] result<std::int64_t> read_time(bus_sql which);
  [[nodiscard]] result<std::int64_t> next_change(queue_ref of);
  [[nodiscard]] bus_entity* entity_at(std::int64_t place) const noexcept;

  // sessions
  [[nodiscard]] result<known_session*> session_of(queue_ref in, std::string_view name);
  [[nodiscard]] result<std::int64_t> lane_for(queue_ref in, std::string_view session,
                                              std::int64_t place, bool is_ready);
  [[nodiscard]] result<session_row> read_session(std::int64_t lane);
  [[nodiscard]] result<void> check_held(session_lock const& held, timestamp now);
  [[nodiscard]] result<std::int64_t> next_free(queue_ref in);
  [[nodiscard]] result<void> end_session(queue_ref in, std::int64_t lane, bool is_counted,
                                         timestamp now);
  [[nodiscard]] result<void> let_go(queue_ref in, std::int64_t lane);
  [[nodiscard]] result<std::int64_t> first_in(std::int64_t lane);
  known_session* remember(queue_ref in, std::string_view name, known_session what);

  // settlements
  [[nodiscard]] result<locked_row> judge(std::string_view entity, settlement const& what,
                                         session_lock const* session, bool any_session,
                                         timestamp now);
  [[nodiscard]] result<void> write(locked_row const& judged, settlement const& what, timestamp now);
  [[nodiscard]] result<void> check_modified(std::int64_t place, settlement const& what);
  [[nodiscard]] result<void> rewrite(locked_row& judged, property_list const& changes);

  // topology
  [[nodiscard]] result<void> raise_version();
  [[nodiscard]] result<void> write_entity(new_entity const& what, std::int64_t id,
                                          std::int64_t topic);
  [[nodiscard]] result<void> write_rule(std::int64_t subscription, std::int64_t number,
                                        rule const& what);

  connection& file_;
  random_source& random_ = system_random();
  std::array<statement, statement_count> sql_;
  bool is_prepared_[2] = {};  ///< for reading, for writing

  std::uint64_t generation_ = 1;  ///< raised by forget()
  bool is_checked_ = false;       ///< nobody can have changed the topology since it was compared
  std::int64_t version_ = -1;     ///< of the topology that is loaded
  text_map<std::unique_ptr<bus_entity>> entities_;  ///< by folded path
  std::unordered_map<std::int64_t, bus_entity*> by_id_;
  text_map<queue_ref> paths_;  ///< as callers wrote them
  std::vector<bus_entity*> changed_;
  std::int64_t next_due_ = 0;  ///< no scheduled message is due before it; 0: not known
  std::int64_t next_expiry_ = 0;
  text_map<known_session> sessions_;
  std::string session_key_;  ///< kept for its memory
  std::vector<std::int64_t> news_;
};

/// One read transaction.
class bus_tables::view {
 public:
  [[nodiscard]] static result<view> open(bus_tables& of);
  view(view&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
  view& operator=(view&&) = delete;
  ~view();

 private:
  explicit view(bus_tables& of) noexcept : of_(&of) {}
  bus_tables* of_;
};

}  // namespace evsrc::sqlite::inline v0::detail
