# SPDX-License-Identifier: Apache-2.0
# Runs the compiler on SOURCE and judges its answer; see evsrc_add_compile_fail_test.cmake.
cmake_minimum_required(VERSION 3.24)

file(STRINGS "${SOURCE}" first_line LIMIT_COUNT 1)
if(NOT first_line MATCHES "^// expect: (.+)$")
  message(FATAL_ERROR "${SOURCE}:1: the first line must be `// expect: <part of the message>`")
endif()
set(expected "${CMAKE_MATCH_1}")

set(command "${COMPILER}" -std=c++20 -fsyntax-only)
foreach(folder IN LISTS INCLUDES)
  # Not -isystem: it would hide /usr/include from the standard library's include_next.
  list(APPEND command "-I${folder}")
endforeach()
foreach(definition IN LISTS DEFINITIONS)
  list(APPEND command "-D${definition}")
endforeach()

file(READ "${SOURCE}" text)
if(text MATCHES "EVSRC_OFFENDING_LINE")
  execute_process(COMMAND ${command} "${SOURCE}" RESULT_VARIABLE status ERROR_VARIABLE said)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${SOURCE} must compile without its offending line, but:\n${said}")
  endif()
endif()

execute_process(COMMAND ${command} -DEVSRC_OFFENDING_LINE "${SOURCE}"
  RESULT_VARIABLE status ERROR_VARIABLE said)
if(status EQUAL 0)
  message(FATAL_ERROR "${SOURCE} compiles, and should fail with: ${expected}")
endif()
string(FIND "${said}" "${expected}" at)
if(at EQUAL -1)
  message(FATAL_ERROR "${SOURCE} fails, but without the words: ${expected}\nIt says:\n${said}")
endif()
