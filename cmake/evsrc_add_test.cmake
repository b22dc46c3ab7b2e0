# SPDX-License-Identifier: Apache-2.0
# Declares one test program, which is one ctest test.
find_package(GTest REQUIRED)
find_package(rapidcheck REQUIRED)

set(EVSRC_TEST_TIMEOUT 1800 CACHE STRING "Seconds that one test program may take")
mark_as_advanced(EVSRC_TEST_TIMEOUT)

# evsrc_add_test(NAME <program> LABELS <unit|contract|property|crash|consume|architecture>...
#   SOURCES <file>... [LINK <target>...] [ARGS <argument>...] [TIMEOUT <seconds>]
#   [ENVIRONMENT <NAME=value>...])
#
# A test of a component that is switched off is left out, with a word about it.
# Links GoogleTest, with its main unless a source has its own. RapidCheck is the target `rapidcheck`.
function(evsrc_add_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;TIMEOUT"
    "LABELS;SOURCES;LINK;ARGS;ENVIRONMENT")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "evsrc_add_test(${arg_NAME}): unknown arguments ${arg_UNPARSED_ARGUMENTS}")
  endif()
  foreach(target IN LISTS arg_LINK)
    if(target MATCHES "^evsrc::" AND NOT TARGET ${target})
      message(STATUS "The test ${arg_NAME} is left out: it needs ${target}, which is switched off")
      return()
    endif()
  endforeach()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT ${EVSRC_TEST_TIMEOUT})
  endif()

  set(gtest GTest::gtest_main)
  foreach(source IN LISTS arg_SOURCES)
    file(STRINGS "${source}" own_main REGEX "^int main\\(")
    if(own_main)
      set(gtest GTest::gtest)
    endif()
  endforeach()

  add_executable(${arg_NAME} ${arg_SOURCES})
  target_link_libraries(${arg_NAME} PRIVATE evsrc::evsrc ${arg_LINK} ${gtest})
  # Users must be able to live without nlohmann's implicit conversions.
  target_compile_definitions(${arg_NAME} PRIVATE JSON_USE_IMPLICIT_CONVERSIONS=0)

  add_test(NAME ${arg_NAME} COMMAND ${arg_NAME} ${arg_ARGS})
  set_tests_properties(${arg_NAME} PROPERTIES
    LABELS "${arg_LABELS}"
    TIMEOUT ${arg_TIMEOUT}
    ENVIRONMENT "${EVSRC_SANITIZER_ENVIRONMENT};${arg_ENVIRONMENT}")
endfunction()

# Read only by programs that were built with the sanitizer of that name.
set(EVSRC_SANITIZER_ENVIRONMENT
  "ASAN_OPTIONS=detect_stack_use_after_return=1:check_initialization_order=1:strict_string_checks=1"
  "UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1"
  "TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1")
