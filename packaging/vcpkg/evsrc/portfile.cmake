# SPDX-License-Identifier: Apache-2.0
# vcpkg port, used as an overlay: `vcpkg install evsrc[sqlite] --overlay-ports=packaging/vcpkg`.
vcpkg_check_linkage(ONLY_STATIC_LIBRARY)

# The port lies in the sources that it builds.
get_filename_component(SOURCE_PATH "${CURRENT_PORT_DIR}/../../.." ABSOLUTE)

vcpkg_check_features(OUT_FEATURE_OPTIONS FEATURE_OPTIONS
  FEATURES
    memory EVSRC_WITH_MEMORY
    sqlite EVSRC_WITH_SQLITE
    testing EVSRC_WITH_TESTING
)

vcpkg_cmake_configure(
  SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS
    ${FEATURE_OPTIONS}
    -DEVSRC_BUILD_TESTS=OFF
    -DEVSRC_BUILD_EXAMPLES=OFF
    -DEVSRC_BUILD_BENCH=OFF
    -DEVSRC_BUILD_TOOLS=OFF
    -DEVSRC_INSTALL=ON
)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(PACKAGE_NAME evsrc CONFIG_PATH lib/cmake/evsrc)
vcpkg_fixup_pkgconfig()
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug/include")

file(INSTALL "${CMAKE_CURRENT_LIST_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
