// SPDX-License-Identifier: Apache-2.0
// evsrc_bench: speed against hand-written code. It prints and judges no speed; it fails where a row
// cannot be measured, which is what the test bench_runs looks for.
#include <unistd.h>

#include <algorithm>
#include <CLI/CLI.hpp>
#include <cstdio>

#include "report.hpp"
#include "suite.hpp"

namespace bench {

void bench_run::compare(row_title title, contenders const& who) {
  if (wants(title.name)) add(bench::measure(std::move(title), options_.rounds, who));
}

void bench_run::add(row one) {
  if (!wants(one.title.name)) return;
  print_row(one);
  rows_.push_back(std::move(one));
}

namespace {

std::vector<row_group> all_groups(suite_options const& options) {
  std::vector<row_group> all;
  auto const append = [&](std::vector<row_group> groups) {
    for (auto& group : groups) all.push_back(std::move(group));
  };
  append(commit_rows());
  append(command_rows());
  append(replay_rows());
  append(fold_rows());
  append(latency_rows());
  append(relay_rows());
  append(bus_rows());
  append(queue_rows(options.events));
  append(pipeline_rows());
  append(growth_rows(options.events));
  return all;
}

/// Beside the program: `/tmp` is often a memory disk, where fsync costs nothing.
std::filesystem::path default_folder() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path();
}

/// A row that its group announces and does not measure would be missed by nobody.
void check_complete(std::vector<row_group> const& groups, bench_run const& done) {
  for (auto const& group : groups)
    for (auto const& name : group.names) {
      auto const is_it = [&](row const& one) { return one.title.name == name; };
      if (done.wants(name) && std::none_of(done.rows().begin(), done.rows().end(), is_it))
        give_up("the row '" + name + "' was not measured");
    }
}

int run(suite_options options, std::string const& json, std::string const& markdown) {
  options.folder /= "evsrc_bench." + std::to_string(getpid());
  std::filesystem::create_directories(options.folder);
  auto const machine = describe_machine(options.folder.string());
  for (auto const& line : machine) std::printf("%s\n", line.c_str());
  std::printf("\n");
  print_heading();
  bench_run measured(options);
  auto const groups = all_groups(options);
  for (auto const& group : groups) {
    bool is_wanted = false;
    for (auto const& name : group.names) is_wanted = is_wanted || measured.wants(name);
    if (is_wanted) group.measure(measured);
  }
  std::filesystem::remove_all(options.folder);
  if (measured.rows().empty()) give_up("no row is named like '" + options.filter + "'; see --list");
  check_complete(groups, measured);
  if (!json.empty()) write_json(json, measured.rows());
  if (!markdown.empty()) write_markdown(markdown, measured.rows(), machine);
  return 0;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  bench::suite_options options;
  options.folder = bench::default_folder();
  std::string json;
  std::string markdown;
  bool is_list = false;
  CLI::App app{
      "Ours, the limit (hand-written C with the same statements) and the floor (the bare work "
      "without the guarantees) take turns; medians and the ratio of ours to the limit are printed.",
      "evsrc_bench"};
  app.add_option("name", options.filter, "only rows whose name contains this");
  app.add_option("--json", json, "also write the rows to this file as JSON");
  app.add_option("--markdown", markdown, "also write the rows to this file as a table");
  app.add_option("--rounds", options.rounds, "rounds of each row")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  app.add_option("--work", options.work, "factor on the work of a round")
      ->capture_default_str()
      ->check(CLI::Range(0.001, 1000.0));
  app.add_option("--events", options.events,
                 "events in the largest store, and messages of the backlog")
      ->capture_default_str()
      ->check(CLI::Range(10'000, 100'000'000));
  app.add_option("--dir", options.folder, "where the files are written and removed")
      ->capture_default_str()
      ->check(CLI::ExistingDirectory);
  app.add_flag("--list", is_list, "print the names of all rows");
  CLI11_PARSE(app, argc, argv);
  if (!is_list) return bench::run(options, json, markdown);
  for (auto const& group : bench::all_groups(options))
    for (auto const& name : group.names) std::printf("%s\n", name.c_str());
  return 0;
}
