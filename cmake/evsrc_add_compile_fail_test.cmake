# SPDX-License-Identifier: Apache-2.0
# Declares a test that passes when a source does not compile, with the message that it announces.

# evsrc_add_compile_fail_test(<file>.cpp [LINK <target>...])
#
# First line of the file: `// expect: <part of the compiler's message>`. Where the file also has
# `#ifdef EVSRC_OFFENDING_LINE`, what is left without that macro must compile.
function(evsrc_add_compile_fail_test source)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LINK")
  get_filename_component(name "${source}" NAME_WE)
  get_filename_component(source "${source}" ABSOLUTE)

  # Never built by itself: it only gathers the include folders and definitions of what it links.
  set(usage compile_fail_usage_${name})
  add_library(${usage} INTERFACE)
  target_link_libraries(${usage} INTERFACE evsrc::evsrc ${arg_LINK})

  set(includes "$<TARGET_PROPERTY:${usage},INTERFACE_INCLUDE_DIRECTORIES>")
  set(definitions "$<TARGET_PROPERTY:${usage},INTERFACE_COMPILE_DEFINITIONS>")
  add_test(NAME compile_fail.${name}
    COMMAND "${CMAKE_COMMAND}"
      "-DCOMPILER=${CMAKE_CXX_COMPILER}"
      "-DSOURCE=${source}"
      "-DINCLUDES=${includes}"
      "-DDEFINITIONS=${definitions}"
      -P "${PROJECT_SOURCE_DIR}/cmake/evsrc_compile_fail.cmake")
  set_tests_properties(compile_fail.${name} PROPERTIES LABELS unit TIMEOUT 600)
endfunction()
