# SPDX-License-Identifier: Apache-2.0
"""Conan 2 recipe. From the root of the checkout: `conan create packaging/conan --build=missing -s compiler.cppstd=20`,
with `-o "evsrc/*:with_sqlite=True"` for the embedded store."""

import os

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load, rm, rmdir
from conan.tools.scm import Version

required_conan_version = ">=2.0"


class EvsrcRecipe(ConanFile):
    name = "evsrc"
    description = "Event sourcing, reliable messaging and durable workflows in one C++ process"
    license = "Apache-2.0"
    topics = ("event-sourcing", "cqrs", "outbox", "sqlite", "messaging")
    package_type = "static-library"
    settings = "os", "compiler", "build_type", "arch"
    # One option for each EVSRC_WITH_<COMPONENT> of CMakeLists.txt.
    options = {
        "fPIC": [True, False],
        "with_memory": [True, False],
        "with_sqlite": [True, False],
        "with_testing": [True, False],
    }
    default_options = {
        "fPIC": True,
        "with_memory": True,
        "with_sqlite": False,
        "with_testing": False,
        "boost/*:header_only": True,
    }

    @property
    def _root(self):
        return os.path.join(self.recipe_folder, "..", "..")

    def set_version(self):
        text = load(self, os.path.join(self._root, "include", "evsrc", "version.hpp"))
        line = next(line for line in text.splitlines() if "EVSRC_VERSION_STRING" in line)
        self.version = line.split('"')[1]

    def export_sources(self):
        for pattern in ("CMakeLists.txt", "LICENSE", "cmake/*", "include/*", "src/*",
                        "adapters/*", "packaging/evsrc.pc.in"):
            copy(self, pattern, self._root, self.export_sources_folder)

    def layout(self):
        cmake_layout(self)

    def requirements(self):
        self.requires("tl-expected/[>=1.0 <2]", transitive_headers=True)
        self.requires("nlohmann_json/[>=3.11 <4]", transitive_headers=True)
        self.requires("boost/[>=1.81 <2]", transitive_headers=True)
        if self.options.with_sqlite:
            self.requires("sqlite3/[>=3.40 <4]")
        if self.options.with_testing:
            self.requires("gtest/[>=1.12 <2]")

    def validate(self):
        check_min_cppstd(self, 20)

    def generate(self):
        toolchain = CMakeToolchain(self)
        for part in ("TESTS", "EXAMPLES", "BENCH", "TOOLS"):
            toolchain.cache_variables[f"EVSRC_BUILD_{part}"] = False
        toolchain.cache_variables["EVSRC_INSTALL"] = True
        for component in ("memory", "sqlite", "testing"):
            toolchain.cache_variables[f"EVSRC_WITH_{component.upper()}"] = \
                bool(self.options.get_safe(f"with_{component}"))
        toolchain.generate()
        CMakeDeps(self).generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        CMake(self).install()
        # Conan writes these itself; the schema check stays.
        rm(self, "evsrc-*.cmake", os.path.join(self.package_folder, "lib", "cmake", "evsrc"))
        rmdir(self, os.path.join(self.package_folder, "lib", "pkgconfig"))

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "evsrc")
        module = os.path.join("lib", "cmake", "evsrc", "evsrc_schema_check.cmake")
        self.cpp_info.set_property("cmake_build_modules", [module])

        core = self.cpp_info.components["core"]
        core.set_property("cmake_target_name", "evsrc::evsrc")
        core.set_property("pkg_config_name", "evsrc")
        core.libs = ["evsrc"]
        core.requires = ["tl-expected::tl-expected", "nlohmann_json::nlohmann_json",
                         "boost::headers"]
        # As src/CMakeLists.txt decides: Boost.PFR knows field names since 1.84.
        boost = Version(self.dependencies["boost"].ref.version)
        core.defines = [f"EVSRC_HAS_PFR_NAMES={int(boost >= '1.84')}"]
        if self.settings.os in ("Linux", "FreeBSD"):
            core.system_libs = ["pthread"]

        self._component("memory")
        self._component("sqlite", "sqlite3::sqlite3")
        self._component("testing", "gtest::gtest")

    def _component(self, name, *requires):
        if not self.options.get_safe(f"with_{name}"):
            return
        component = self.cpp_info.components[name]
        component.set_property("cmake_target_name", f"evsrc::{name}")
        component.set_property("pkg_config_name", f"evsrc-{name}")
        # Components of headers only have no library.
        library = os.path.join(self.package_folder, "lib", f"libevsrc_{name}.a")
        component.libs = [f"evsrc_{name}"] if os.path.exists(library) else []
        component.requires = ["core", *requires]
