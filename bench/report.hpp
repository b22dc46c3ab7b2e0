// SPDX-License-Identifier: Apache-2.0
// The results for people, for programs, and for the repository.
#pragma once

#include <string>
#include <vector>

#include "measurement.hpp"

namespace bench {

/// Processor, file system, compiler, SQLite: one line each, without a line end.
[[nodiscard]] std::vector<std::string> describe_machine(std::string const& folder);

void print_heading();
/// Prints one line as soon as it is known.
void print_row(row const& one);

/// An array of objects {name, unit, ours, limit, floor, ratio, durability, repeats, spread}; what a
/// line does not have is null.
void write_json(std::string const& path, std::vector<row> const& rows);
void write_markdown(std::string const& path, std::vector<row> const& rows,
                    std::vector<std::string> const& machine);

}  // namespace bench
