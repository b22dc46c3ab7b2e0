# SPDX-License-Identifier: Apache-2.0
# Fails the build where a change of events could not read what is stored. Installed with evsrc.

# evsrc_add_schema_check(<name> LOCK <events.lock> HEADERS <file>... EVENTS <type>...
#   [LINK <target>...] [EXACT])
#
# Builds a small program that knows EVENTS, the names of types that HEADERS declare, and compares
# them with LOCK whenever one of them has changed: an incompatible change fails the build, additions
# are told. Also declares the test <name>, which with EXACT fails on additions that LOCK does not
# have yet. To write or extend LOCK, a file to commit: build the target <name>_update.
#
#   evsrc_add_schema_check(bank_events LOCK events.lock HEADERS bank/account.hpp
#     EVENTS bank::money_deposited bank::money_withdrawn LINK bank)
function(evsrc_add_schema_check name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "EXACT" "LOCK" "HEADERS;EVENTS;LINK")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_LOCK OR NOT arg_HEADERS OR NOT arg_EVENTS)
    message(FATAL_ERROR "evsrc_add_schema_check(${name}): needs LOCK <file>, HEADERS <file>... and "
      "EVENTS <type>...; unknown arguments: '${arg_UNPARSED_ARGUMENTS}'")
  endif()
  get_filename_component(lock "${arg_LOCK}" ABSOLUTE)

  set(includes "")
  foreach(header IN LISTS arg_HEADERS)
    # A header beside the calling file by its full name, any other as it would be included.
    get_filename_component(full "${header}" ABSOLUTE)
    if(EXISTS "${full}")
      set(header "${full}")
    endif()
    string(APPEND includes "#include \"${header}\"\n")
  endforeach()
  list(JOIN arg_EVENTS ", " events)
  set(source "${CMAKE_CURRENT_BINARY_DIR}/${name}.schema_check.cpp")
  file(CONFIGURE OUTPUT "${source}" @ONLY CONTENT [[
// Written by evsrc_add_schema_check(@name@).
#include "evsrc/codec/events_lock.hpp"

@includes@
int main(int argc, char** argv) {
  return evsrc::events_lock_main<@events@>(argc, argv);
}
]])

  add_executable(${name}_program "${source}")
  target_link_libraries(${name}_program PRIVATE evsrc::evsrc ${arg_LINK})

  # Runs again when the program or the lock is newer than its stamp. A lock that does not exist yet
  # would have no rule, so it is no dependency until it does; the update that writes it has CMake
  # look again.
  set(stamp "${CMAKE_CURRENT_BINARY_DIR}/${name}.schema_check.stamp")
  set(existing_lock "")
  set(look_again "")
  if(EXISTS "${lock}")
    set(existing_lock "${lock}")
  else()
    message(STATUS "${lock} does not exist yet: build the target ${name}_update to write it")
    set(unwritten "${CMAKE_CURRENT_BINARY_DIR}/${name}.schema_check.unwritten")
    file(TOUCH "${unwritten}")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${unwritten}")
    set(look_again COMMAND "${CMAKE_COMMAND}" -E touch "${unwritten}")
  endif()
  add_custom_command(OUTPUT "${stamp}"
    COMMAND ${name}_program "${lock}"
    COMMAND "${CMAKE_COMMAND}" -E touch "${stamp}"
    DEPENDS ${name}_program ${existing_lock}
    COMMENT "Comparing events with ${arg_LOCK}"
    VERBATIM)
  if(existing_lock)
    add_custom_target(${name} ALL DEPENDS "${stamp}")
  else()
    add_custom_target(${name} DEPENDS "${stamp}")
  endif()
  add_custom_target(${name}_update
    COMMAND ${name}_program "${lock}" --update
    ${look_again}
    COMMENT "Writing ${arg_LOCK}"
    VERBATIM)

  set(exact "")
  if(arg_EXACT)
    set(exact --exact)
  endif()
  add_test(NAME ${name} COMMAND ${name}_program "${lock}" ${exact})
endfunction()
