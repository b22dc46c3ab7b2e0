# SPDX-License-Identifier: Apache-2.0
# Install rules: one export set, one deps file and one pkg-config file for each component.
include(CMakePackageConfigHelpers)

set(EVSRC_CMAKE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/evsrc")

# evsrc_install_target(<target> COMPONENT <name>
#   [FIND <arguments of find_dependency>]...   one string for each package, such as "SQLite3 3.40"
#   [PKG_CONFIG_REQUIRES <module>...] [PKG_CONFIG_CFLAGS <flag>...] [PKG_CONFIG_LIBS <flag>...])
#
# `find_package(evsrc COMPONENTS <name>)` then gives evsrc::<name>; `core` is always there and is
# the target evsrc::evsrc.
function(evsrc_install_target target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "COMPONENT"
    "FIND;PKG_CONFIG_REQUIRES;PKG_CONFIG_CFLAGS;PKG_CONFIG_LIBS")
  if(NOT EVSRC_INSTALL)
    return()
  endif()

  if(arg_COMPONENT STREQUAL core)
    set(pc_name evsrc)
    set_target_properties(${target} PROPERTIES EXPORT_NAME evsrc)
  else()
    set(pc_name evsrc-${arg_COMPONENT})
    list(PREPEND arg_PKG_CONFIG_REQUIRES "evsrc = ${PROJECT_VERSION}")
    set_target_properties(${target} PROPERTIES EXPORT_NAME ${arg_COMPONENT})
  endif()

  install(TARGETS ${target} EXPORT evsrc-${arg_COMPONENT}-targets
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
  install(EXPORT evsrc-${arg_COMPONENT}-targets NAMESPACE evsrc::
    DESTINATION "${EVSRC_CMAKE_DIR}")

  set(deps_file "${CMAKE_CURRENT_BINARY_DIR}/evsrc-${arg_COMPONENT}-deps.cmake")
  list(TRANSFORM arg_FIND REPLACE "^(.+)$" "find_dependency(\\1)\n")
  list(JOIN arg_FIND "" dependencies)
  file(WRITE "${deps_file}" "# What evsrc::${arg_COMPONENT} needs.\n${dependencies}")
  install(FILES "${deps_file}" DESTINATION "${EVSRC_CMAKE_DIR}")

  get_target_property(type ${target} TYPE)
  if(NOT type STREQUAL INTERFACE_LIBRARY)
    list(PREPEND arg_PKG_CONFIG_LIBS "-l${target}")
  endif()
  list(JOIN arg_PKG_CONFIG_REQUIRES ", " pc_requires)
  list(JOIN arg_PKG_CONFIG_CFLAGS " " pc_cflags)
  list(JOIN arg_PKG_CONFIG_LIBS " " pc_libs)
  # From the file's own folder, so that the installed tree can be moved.
  file(RELATIVE_PATH pc_prefix "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/prefix")
  set(pc_file "${CMAKE_CURRENT_BINARY_DIR}/${pc_name}.pc")
  configure_file("${PROJECT_SOURCE_DIR}/packaging/evsrc.pc.in" "${pc_file}" @ONLY)
  install(FILES "${pc_file}" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
endfunction()

if(EVSRC_INSTALL)
  configure_package_config_file(cmake/evsrc-config.cmake.in evsrc-config.cmake
    INSTALL_DESTINATION "${EVSRC_CMAKE_DIR}")
  # Before 1.0 each minor version may break.
  write_basic_package_version_file(evsrc-config-version.cmake COMPATIBILITY SameMinorVersion)
  install(FILES
    "${PROJECT_BINARY_DIR}/evsrc-config.cmake"
    "${PROJECT_BINARY_DIR}/evsrc-config-version.cmake"
    cmake/evsrc_schema_check.cmake
    DESTINATION "${EVSRC_CMAKE_DIR}")
  install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}")
endif()
