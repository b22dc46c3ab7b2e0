# SPDX-License-Identifier: Apache-2.0
# Declares one adapter: one target, one export set, one deps file.

# evsrc_add_adapter(<name>
#   [SOURCES <file>...] HEADERS <file>...   headers relative to the include folder
#   [INCLUDE_DIR <folder>]                  default: include, beside the calling CMakeLists.txt
#   [LINK <target>...]                      private: the vendor's library
#   [PUBLIC_LINK <target>...]               another part of evsrc, or what the headers need
#   [FIND <arguments of find_dependency>...]   what users of the installed package must find
#   [PKG_CONFIG_REQUIRES <module>...] [PKG_CONFIG_LIBS <flag>...])
#
# Makes the library evsrc_<name> with the alias evsrc::<name>; without SOURCES it is headers only.
function(evsrc_add_adapter name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "INCLUDE_DIR"
    "SOURCES;HEADERS;LINK;PUBLIC_LINK;FIND;PKG_CONFIG_REQUIRES;PKG_CONFIG_LIBS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "evsrc_add_adapter(${name}): unknown arguments ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT arg_INCLUDE_DIR)
    set(arg_INCLUDE_DIR "${CMAKE_CURRENT_SOURCE_DIR}/include")
  endif()
  list(TRANSFORM arg_HEADERS PREPEND "${arg_INCLUDE_DIR}/")

  set(target evsrc_${name})
  if(arg_SOURCES)
    add_library(${target} STATIC ${arg_SOURCES})
    target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS "${arg_INCLUDE_DIR}"
                                    FILES ${arg_HEADERS})
    target_link_libraries(${target} PUBLIC evsrc::evsrc ${arg_PUBLIC_LINK} PRIVATE ${arg_LINK})
  else()
    add_library(${target} INTERFACE)
    target_sources(${target} INTERFACE FILE_SET HEADERS BASE_DIRS "${arg_INCLUDE_DIR}"
                                       FILES ${arg_HEADERS})
    target_link_libraries(${target} INTERFACE evsrc::evsrc ${arg_PUBLIC_LINK} ${arg_LINK})
  endif()
  add_library(evsrc::${name} ALIAS ${target})

  evsrc_install_target(${target} COMPONENT ${name}
    FIND ${arg_FIND}
    PKG_CONFIG_REQUIRES ${arg_PKG_CONFIG_REQUIRES}
    PKG_CONFIG_LIBS ${arg_PKG_CONFIG_LIBS})
endfunction()
