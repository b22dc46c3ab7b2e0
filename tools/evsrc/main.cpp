// SPDX-License-Identifier: Apache-2.0
// The command line: which command, and how its failure is told. Exit codes: 0 done, 1 the world
// failed (the error is on stderr), 2 the command line was wrong.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <limits>

#include "commands.hpp"
#include "evsrc/version.hpp"

namespace {

using namespace evsrc_cli;

/// The command that was chosen; set by its callback.
using chosen = std::function<evsrc::result<void>()>;

CLI::App* add_command(CLI::App& to, char const* name, char const* text, target& where) {
  auto* const command = to.add_subcommand(name, text);
  command->add_option("file", where.file, "the store's SQLite file")->required();
  command->add_flag("--json", where.json, "print JSON, one object a line");
  return command;
}

/// An option that is a number. CLI11 takes "-1" for an unsigned one, and wraps it.
template <class Number>
CLI::Option* add_number(CLI::App& to, char const* name, Number& number, char const* text) {
  static CLI::Validator const not_below_zero =
      CLI::Range(std::int64_t{0}, std::numeric_limits<std::int64_t>::max()).description("");
  return to.add_option(name, number, text)->check(not_below_zero);
}

void add_reading(CLI::App& app, chosen& run) {
  static streams_request streams;
  auto* command =
      add_command(app, "streams", "count streams by category, or list those of one", streams.where);
  command->add_option("category", streams.category, "list the streams of this category");
  command->add_option("--after", streams.after, "... behind this key");
  add_number(*command, "--limit", streams.limit, "at most so many")->capture_default_str();
  command->callback([&run] { run = [] { return list_streams(streams); }; });

  static read_request read;
  command = add_command(app, "read", "print events with their metadata", read.where);
  command->add_option("scope", read.scope, "all, CATEGORY or CATEGORY/KEY")->capture_default_str();
  auto const* const from =
      add_number(*command, "--from", read.from, "version of the stream, exclusive");
  add_number(*command, "--limit", read.limit, "at most so many; 0: all")->capture_default_str();
  command->add_flag("--backwards", read.backwards, "the last one first");
  command->callback([&run, from] {
    if (from->count() > 0 && read.scope.find('/') == std::string::npos)
      throw CLI::ValidationError("--from", "is a version of a stream: name it, CATEGORY/KEY");
    run = [] { return read_events(read); };
  });

  static tail_request tail;
  command = add_command(app, "tail", "print events as they are committed", tail.where);
  command->add_option("scope", tail.scope, "all, CATEGORY or CATEGORY/KEY")->capture_default_str();
  command->add_flag("--from-start", tail.from_start, "those that are there first");
  add_number(*command, "--limit", tail.limit, "end after so many");
  add_number(*command, "--idle-ms", tail.idle_ms, "end when nothing came for so long");
  command->callback([&run] { run = [] { return tail_events(tail); }; });
}

void add_status(CLI::App& app, chosen& run) {
  static status_request outbox;
  static status_request projections;
  static status_request keys;
  struct kind {
    char const* name;
    char const* text;
    status_request* given;
    evsrc::result<void> (*show)(status_request const&);
  };
  static kind const kinds[] = {
      {"outbox", "messages that wait for a relay, and those it gave up", &outbox, show_outbox},
      {"projections", "subscriptions and projections", &projections, show_projections},
      {"keys", "keys in order that are blocked or wait", &keys, show_keys}};
  for (auto const& one : kinds) {
    auto* const group = app.add_subcommand(one.name, one.text);
    group->require_subcommand(1);
    auto* const status = add_command(*group, "status", "where it stands", one.given->where);
    status->add_flag("--why", one.given->why, "and why it does not move");
    status->callback([&run, &one] { run = [&one] { return one.show(*one.given); }; });
  }
}

void add_keys_work(CLI::App& group, chosen& run) {
  static key_request redrive;
  static key_request skip;
  struct kind {
    char const* name;
    char const* text;
    key_request* given;
    key_work work;
  };
  static kind const kinds[] = {
      {"redrive", "CHANGES: send what blocks a key into its next round; what it holds follows",
       &redrive, key_work::redrive},
      {"skip", "CHANGES: take a message out of a key's way, it never takes effect", &skip,
       key_work::skip}};
  for (auto const& one : kinds) {
    auto* const command = add_command(group, one.name, one.text, one.given->where);
    command->add_option("key", one.given->key, "as status shows it")->required();
    command->add_option("--queue", one.given->queue, "queue or TOPIC/Subscriptions/NAME")
        ->required();
    command->add_option("--consumer", one.given->consumer, "whose key it is")->required();
    command->add_option("--user", one.given->user, "who does it, for the records");
    if (one.work == key_work::skip) {
      command->add_option("--id", one.given->id, "a message that is held, instead of what blocks");
    } else {
      add_number(*command, "--window", one.given->window_s,
                 "the consumer's inbox window in seconds");
      command->add_flag("--force", one.given->force, "also what came behind the window");
    }
    command->callback([&run, &one] { run = [&one] { return work_on_key(*one.given, one.work); }; });
  }
}

void add_refused_filter(CLI::App& command, refused_request& given) {
  command.add_option("--destination", given.destination, "queue or topic that they were for");
  command.add_option("--type", given.type, "wire name of the message");
  command.add_option("--reason", given.reason, "why it was given up");
  command.add_option("--key", given.key, "its key");
  command.add_option("--id", given.id, "message id");
}

void add_refused_work(CLI::App& group, chosen& run) {
  static refused_request redrive;
  static refused_request drop;
  struct kind {
    char const* name;
    char const* text;
    refused_request* given;
    refused_work work;
  };
  static kind const kinds[] = {
      {"redrive", "CHANGES: let a relay try dead letters again, where they stood", &redrive,
       refused_work::redrive},
      {"drop", "CHANGES: remove dead letters for good, their keys go on", &drop,
       refused_work::drop}};
  for (auto const& one : kinds) {
    auto* const command = add_command(group, one.name, one.text, one.given->where);
    add_number(*command, "number", one.given->number, "sequence, as refused list shows it");
    add_refused_filter(*command, *one.given);
    command->add_flag("--all", one.given->all, "all that are there");
    command->add_option("--user", one.given->user, "who does it, for the records");
    if (one.work == refused_work::drop)
      add_number(*command, "--confirm", one.given->confirm, "how many they are, without a number");
    command->callback(
        [&run, &one] { run = [&one] { return work_on_refused(*one.given, one.work); }; });
  }
}

void add_refused(CLI::App& outbox, chosen& run) {
  auto* const group = outbox.add_subcommand("refused", "dead letters of the outbox");
  group->require_subcommand(1);
  static refused_request list;
  auto* command = add_command(*group, "list", "one a line", list.where);
  add_refused_filter(*command, list);
  add_number(*command, "--after", list.after, "sequence, exclusive");
  add_number(*command, "--limit", list.limit, "at most so many")->capture_default_str();
  command->callback([&run] { run = [] { return list_refused(list); }; });

  static refused_request show;
  command = add_command(*group, "show", "one with headers and body", show.where);
  add_number(*command, "number", show.number, "sequence, as list shows it")->required();
  command->callback([&run] { run = [] { return show_refused(show); }; });

  add_refused_work(outbox, run);
}

void add_filter(CLI::App& command, dead_letters_request& given) {
  command.add_option("--type", given.type, "wire name of the message");
  command.add_option("--reason", given.reason, "why it was given up");
  command.add_option("--key", given.key, "session id or partition key");
  command.add_option("--id", given.id, "of the first of all copies");
  command.add_option("--from", given.from, "enqueued then or later, RFC 3339");
  command.add_option("--until", given.until, "enqueued earlier");
}

void add_work(CLI::App& command, dead_letters_request& given) {
  add_number(command, "number", given.number, "sequence number, as list shows it");
  command.add_option("--queue", given.queue, "queue or TOPIC/Subscriptions/NAME")->required();
  command.add_option("--consumer", given.consumer, "whose inbox knows them")->required();
  command.add_option("--user", given.user, "who does it, for the records");
  command.add_flag("--all", given.all, "all that are there");
  add_filter(command, given);
}

void add_dead_letters_work(CLI::App& group, chosen& run) {
  static dead_letters_request redrive;
  auto* command =
      add_command(group, "redrive", "CHANGES: send them into their next round", redrive.where);
  add_work(*command, redrive);
  command->add_option("--to", redrive.destination, "a queue or topic instead of their own");
  command->add_option("--body", redrive.body_file,
                      "send one as a new message with this file's bytes");
  add_number(*command, "--per-second", redrive.per_second, "at most so many");
  add_number(*command, "--up-to", redrive.up_to,
             "sequence number: goes on where a run was cut off");
  add_number(*command, "--window", redrive.window_s, "the consumer's inbox window in seconds");
  command->add_flag("--force", redrive.force, "also what is older than the window");
  command->callback(
      [&run] { run = [] { return work_on_dead_letters(redrive, dead_letters_work::redrive); }; });

  static dead_letters_request skip;
  command = add_command(group, "skip", "CHANGES: remove them, they never take effect", skip.where);
  add_work(*command, skip);
  add_number(*command, "--per-second", skip.per_second, "at most so many");
  add_number(*command, "--up-to", skip.up_to, "sequence number: goes on where a run was cut off");
  command->callback(
      [&run] { run = [] { return work_on_dead_letters(skip, dead_letters_work::skip); }; });

  static dead_letters_request purge;
  command = add_command(group, "purge", "CHANGES: as skip, of exactly so many", purge.where);
  add_work(*command, purge);
  add_number(*command, "--confirm", purge.confirm, "how many they are")->required();
  command->callback(
      [&run] { run = [] { return work_on_dead_letters(purge, dead_letters_work::purge); }; });
}

void add_dead_letters(CLI::App& app, chosen& run) {
  auto* const group = app.add_subcommand("deadletters", "messages that were given up");
  group->require_subcommand(1);
  static dead_letters_request list;
  auto* command =
      add_command(*group, "list", "count them by queue, or list those of one", list.where);
  command->add_option("--queue", list.queue, "queue or TOPIC/Subscriptions/NAME");
  add_filter(*command, list);
  add_number(*command, "--after", list.after, "sequence number, exclusive");
  add_number(*command, "--limit", list.limit, "at most so many")->capture_default_str();
  command->callback([&run] { run = [] { return list_dead_letters(list); }; });

  static dead_letters_request show;
  command = add_command(*group, "show", "one with headers, attempts and body", show.where);
  add_number(*command, "number", show.number, "sequence number, as list shows it")->required();
  command->add_option("--queue", show.queue, "queue or TOPIC/Subscriptions/NAME")->required();
  command->callback([&run] { run = [] { return show_dead_letter(show); }; });

  add_dead_letters_work(*group, run);
}

void add_doctor(CLI::App& app, chosen& run) {
  static doctor_request doctor;
  auto* const command =
      add_command(app, "doctor", "integrity, versions, sizes of the file", doctor.where);
  command->add_flag("--quick", doctor.quick, "without reading every page");
  command->callback([&run] { run = [] { return examine(doctor); }; });
}

/// The word that is no command, where one was missing.
std::string wrong_command(CLI::App const& app) {
  auto const* group = &app;
  while (!group->get_subcommands().empty()) group = group->get_subcommands().front();
  auto const rest = group->remaining();
  bool const is_missing = group->get_require_subcommand_min() > 0 && !rest.empty();
  return is_missing ? rest.front() : std::string{};
}

/// @return the exit code
int run_program(int argc, char** argv) {
  CLI::App app("Looks into an evsrc store. Changes nothing unless a command says so.", "evsrc");
  app.set_version_flag("--version", EVSRC_VERSION_STRING);
  app.require_subcommand(1);
  chosen run;
  add_reading(app, run);
  add_status(app, run);
  add_refused(*app.get_subcommand("outbox"), run);
  add_keys_work(*app.get_subcommand("keys"), run);
  add_dead_letters(app, run);
  add_doctor(app, run);
  try {
    app.parse(argc, argv);
  } catch (CLI::RequiredError const& wrong) {
    if (auto const word = wrong_command(app); !word.empty())
      note("there is no command '" + printable(word) + "'; see --help");
    else
      app.exit(wrong);
    return 2;
  } catch (CLI::ParseError const& wrong) {
    return app.exit(wrong) == 0 ? 0 : 2;
  }
  auto const done = run();
  if (done) return 0;
  note(evsrc::to_string(done.error()));
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    int const code = run_program(argc, argv);
    // What was printed last is in a buffer until now.
    auto const printed = flush_output();
    if (printed) return code;
    note(evsrc::to_string(printed.error()));
  } catch (std::exception const& failure) {  // fmt throws where it cannot write
    std::fprintf(stderr, "evsrc: %s\n", failure.what());
  }
  return 1;
}
