// SPDX-License-Identifier: Apache-2.0
// Writing a commit that has passed.
#include <sqlite3.h>

#include <exception>

#include "encoding.hpp"
#include "evsrc/bus/entity.hpp"
#include "evsrc/store/outbox_store.hpp"
#include "ledger.hpp"

namespace evsrc::sqlite::inline v0::detail {

result<void> ledger::apply(prepared_commit& one, timestamp now) {
  auto const passed = judge(one, now);
  if (!passed) return fail(passed.error());
  if (!*passed) return {};
  return one.work ? write_with_work(one, now) : write(one, now);
}

result<void> ledger::write(prepared_commit& one, timestamp now) {
  receipt answer;
  answer.positions.reserve(one.events.size());
  answer.versions.reserve(one.what.appends.size());
  auto prepared = one.events.begin();
  auto place = plan_.streams.begin();
  for (auto const& append : one.what.appends) {
    auto& stream = **place++;
    if (stream.id == 0 && !append.events.empty()) {
      auto const id = add_stream(append.stream);
      if (!id) return fail(id.error());
      stream.id = *id;
    }
    for (auto const& event : append.events) {
      EVSRC_TRY(write_event(stream, append.stream.category, event, one, *prepared++));
      answer.positions.push_back(position{head_});
    }
    answer.versions.push_back(stream.version);
  }
  answer.up_to = identity_.at(head_);
  if (!one.what.settles.empty()) EVSRC_TRY(bus().write_settles(one.what.settles, now));
  EVSRC_TRY(write_messages(one.what, now));
  if (!plan_.owners.empty() || !plan_.checkpoints.empty()) EVSRC_TRY(write_progress());
  if (!one.what.once.empty()) EVSRC_TRY(write_once(one.what, answer));
  one.answer = std::move(answer);
  return {};
}

result<void> ledger::write_event(stream_place& stream, std::string_view category,
                                 new_event const& event, prepared_commit const& of,
                                 prepared_event const& prepared) {
  auto const kind = kind_of(category, event);
  if (!kind) return fail(kind.error());
  auto const position = identity_.next_position(head_);
  if (position == 0)
    return fail(errc::limit_exceeded, "the store has given out its last position", "sqlite.commit");
  auto const version = stream.version + 1;
  auto& insert = sql_[insert_event];
  insert.integer(1, position).integer(2, stream.id).integer(3, version).integer(4, *kind);
  insert.integer(5, as_integer(event.meta.time));
  insert.integer(6, checksum_of(prepared.content_hash, stream.id, version, *kind));
  insert.blob(7, as_bytes(event.meta.id)).blob(8, of.meta_of(prepared)).text(9, event.payload);
  EVSRC_TRY(insert.run());
  for (auto const& tag : event.meta.tags) {
    auto& index = sql_[insert_tag];
    EVSRC_TRY(index.integer(1, hash_tag(tag.name, tag.value)).integer(2, position).run());
  }
  head_ = position;
  stream.version = version;
  return {};
}

result<void> ledger::write_messages(evsrc::commit const& what, timestamp now) {
  for (auto const sequence : what.handed_on)
    EVSRC_TRY(sql_[remove_message].integer(1, sequence).run());
  for (auto const& one : what.refused) {
    auto& refuse = sql_[refuse_message];
    refuse.integer(1, as_integer(now)).text(2, one.reason).text(3, one.description);
    refuse.integer(4, std::int64_t{one.holds_key ? 1 : 0}).integer(5, one.sequence);
    EVSRC_TRY(refuse.run());
  }
  for (auto const sequence : what.redriven)
    EVSRC_TRY(sql_[redrive_message].integer(1, sequence).run());
  for (auto const& id : what.cancel) EVSRC_TRY(sql_[cancel_message].text(1, id.value).run());
  for (auto const& one : what.messages) {
    auto const is_taken = bus().take_over(one, now);
    if (!is_taken) return fail(is_taken.error());
    if (*is_taken) continue;
    std::string properties;
    encode_properties(one.properties, properties);
    auto& insert = sql_[insert_message];
    // Rows of one entity are found, leased and ordered under one spelling of its name; those that
    // go at once are in the order of their sequences, whatever time they name.
    auto const destination = folded(one.destination);
    auto const not_before = one.not_before > now ? one.not_before : timestamp{};
    insert.text(1, one.id.value).text(2, destination).text(3, one.key).text(4, one.type);
    insert.integer(5, std::int64_t{one.type_version}).integer(6, as_integer(not_before));
    insert.text(7, one.content_type).text(8, one.correlation).text(9, one.causation);
    insert.text(10, one.trace_parent).blob(11, properties).blob(12, one.body);
    insert.integer(13, std::uint64_t{outbox_slot(destination, one.key)});
    if (one.time_to_live == no_time_to_live) {
      insert.null(14);
    } else {
      insert.integer(14, std::int64_t{one.time_to_live.count()});
    }
    EVSRC_TRY(insert.integer(15, as_integer(now)).run());
    written_sequence_ = static_cast<std::uint64_t>(sqlite3_last_insert_rowid(file_.native()));
  }
  return {};
}

result<void> ledger::write_progress() {
  for (auto const& [name, owner] : plan_.owners) {
    auto& put = sql_[put_owner];
    put.text(1, name).integer(2, owner.epoch).integer(3, owner.heartbeat).text(4, owner.holder);
    EVSRC_TRY(put.run());
  }
  for (auto const& [name, where] : plan_.checkpoints) {
    auto& put = sql_[put_checkpoint].text(1, name);
    if (where.is_start()) {
      put.null(2);
    } else {
      put.integer(2, where.major());
    }
    EVSRC_TRY(put.run());
  }
  return {};
}

result<void> ledger::write_once(evsrc::commit const& what, receipt const& answer) {
  auto const encoded = encode_receipt(answer);
  // From the last to the first: of a key that stands twice in one commit the first one is kept.
  for (auto entry = what.once.rbegin(); entry != what.once.rend(); ++entry) {
    auto& insert = sql_[insert_once];
    insert.text(1, entry->scope).text(2, entry->key).blob(3, entry->fingerprint);
    insert.blob(4, encoded).blob(5, entry->outcome);
    if (entry->expires_at == timestamp::max()) {
      insert.null(6);
    } else {
      insert.integer(6, as_integer(entry->expires_at));
    }
    EVSRC_TRY(insert.run());
  }
  return {};
}

result<void> ledger::write_with_work(prepared_commit& one, timestamp now) {
  if (bus_) EVSRC_TRY(bus_->flush());  // what earlier members counted stays
  EVSRC_TRY(file_.run("SAVEPOINT evsrc_member"));
  auto const written_before = written_sequence_;
  EVSRC_TRY(write(one, now));
  user_sql_.begin();
  auto lent = transaction_access::lend(user_sql_);
  result<void> worked;
  try {
    worked = one.work(lent);
  } catch (std::exception const& thrown) {
    worked = fail(errc::handler_failed, std::string{"the function threw: "} + thrown.what(),
                  "sqlite.commit");
  } catch (...) {
    worked = fail(errc::handler_failed, "the function threw something unknown", "sqlite.commit");
  }
  // ON CONFLICT ROLLBACK and a disk that fails end the whole transaction behind our back.
  if (file_.is_idle()) {
    one.answer = fail(user_sql_.end());
    return fail(one.answer.error());
  }
  if (worked) return file_.run("RELEASE evsrc_member");
  worked.error().effect = effect::none;
  one.answer = fail(std::move(worked.error()));
  user_sql_.clear();
  EVSRC_TRY(file_.run("ROLLBACK TO evsrc_member; RELEASE evsrc_member"));
  forget();
  written_sequence_ = written_before;
  if (bus_) bus_->drop();
  EVSRC_TRY(learn_head());
  return kinds_.refresh(file_);
}

}  // namespace evsrc::sqlite::inline v0::detail
