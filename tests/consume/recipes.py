# SPDX-License-Identifier: Apache-2.0
"""What can be said about the Conan and vcpkg recipes without those tools: they name the options,
features, files and version of this checkout, and the methods of the Conan recipe run."""

import json
import re
import sys
import types
import unittest
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace

ROOT = Path(__file__).resolve().parents[2]
CONAN = "packaging/conan/conanfile.py"


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


OPTIONS = set(re.findall(r"^option\((\w+)", read("CMakeLists.txt"), re.M))
COMPONENTS = {name.removeprefix("EVSRC_WITH_").lower() for name in OPTIONS
              if name.startswith("EVSRC_WITH_")}
VERSION = re.search(r'EVSRC_VERSION_STRING "(.+)"', read("include/evsrc/version.hpp")).group(1)


class VcpkgPort(unittest.TestCase):
    manifest = json.loads(read("packaging/vcpkg/evsrc/vcpkg.json"))
    port = read("packaging/vcpkg/evsrc/portfile.cmake")

    def test_has_the_version_of_the_headers(self):
        self.assertEqual(self.manifest["version-semver"], VERSION)

    def test_has_one_feature_for_each_component(self):
        self.assertEqual(set(self.manifest["features"]), COMPONENTS)
        self.assertLessEqual(set(self.manifest["default-features"]), COMPONENTS)
        mapped = dict(re.findall(r"^\s+(\w+) (EVSRC_WITH_\w+)$", self.port, re.M))
        self.assertEqual(mapped, {name: f"EVSRC_WITH_{name.upper()}" for name in COMPONENTS})

    def test_sets_options_that_exist(self):
        used = re.findall(r"-D(\w+)=", self.port)
        self.assertTrue(used)
        self.assertLessEqual(set(used), OPTIONS)

    def test_depends_on_the_ports_whose_functions_it_calls(self):
        hosts = {port["name"] for port in self.manifest["dependencies"] if isinstance(port, dict)}
        self.assertEqual(hosts, {"vcpkg-cmake", "vcpkg-cmake-config"})

    def test_installs_files_that_exist(self):
        folder = ROOT / "packaging/vcpkg/evsrc"
        for name in re.findall(r"\$\{CMAKE_CURRENT_LIST_DIR\}/(\S+?)\"", self.port):
            self.assertTrue((folder / name).is_file(), name)
        self.assertTrue((ROOT / "LICENSE").is_file())


class Ordered(tuple):
    """A version number that compares with one written as text, as Conan's does."""

    def __new__(cls, text):
        return super().__new__(cls, map(int, str(text).split(".")))

    def __ge__(self, other):
        return tuple(self) >= tuple(Ordered(other))


class Parts(SimpleNamespace):
    """Conan's cpp_info: properties and components that come to be when they are named."""

    def __init__(self):
        super().__init__(properties={}, components=defaultdict(Parts))

    def set_property(self, name, value):
        self.properties[name] = value


class Silent:
    """Takes every call."""

    def __init__(self, *_):
        self.cache_variables = {}

    def __getattr__(self, _):
        return lambda *given, **named: None


class ConanRecipe(unittest.TestCase):
    def setUp(self):
        self.copied, self.required, self.toolchain = [], {}, Silent()
        nothing = lambda *given, **named: None
        stand_ins = {
            "conan": {"ConanFile": object},
            "conan.tools": {},
            "conan.tools.build": {"check_min_cppstd": nothing, "can_run": nothing},
            "conan.tools.cmake": {"CMake": Silent, "CMakeDeps": Silent, "cmake_layout": nothing,
                                  "CMakeToolchain": lambda recipe: self.toolchain},
            "conan.tools.files": {"copy": lambda *given: self.copied.append(given[1]),
                                  "load": lambda _, path: Path(path).read_text(encoding="utf-8"),
                                  "rm": nothing, "rmdir": nothing},
            "conan.tools.scm": {"Version": Ordered},
        }
        for name, content in stand_ins.items():
            sys.modules[name] = types.ModuleType(name)
            vars(sys.modules[name]).update(content)

    def recipe(self, boost="1.84.0", **options):
        made = self.load(CONAN)["EvsrcRecipe"]()
        chosen = made.default_options | options
        made.options = SimpleNamespace(**{k: v for k, v in chosen.items() if "/" not in k},
                                       get_safe=chosen.get)
        made.recipe_folder = str(ROOT / "packaging/conan")
        made.export_sources_folder = made.source_folder = made.package_folder = "/nowhere"
        made.settings = SimpleNamespace(os="Linux")
        made.requires = lambda text, **_: self.required.update([text.split("/", 1)])
        made.dependencies = {"boost": SimpleNamespace(ref=SimpleNamespace(version=boost))}
        made.cpp_info = Parts()
        return made

    @staticmethod
    def load(name):
        scope = {"__name__": "recipe"}
        exec(compile(read(name), name, "exec"), scope)
        return scope

    def everything(self):
        return {f"with_{name}": True for name in COMPONENTS}

    def test_takes_the_version_from_the_headers(self):
        made = self.recipe()
        made.set_version()
        self.assertEqual(made.version, VERSION)

    def test_has_one_option_for_each_component(self):
        options = {name for name in self.load(CONAN)["EvsrcRecipe"].options
                   if name.startswith("with_")}
        self.assertEqual(options, {f"with_{name}" for name in COMPONENTS})

    def test_exports_files_that_exist(self):
        self.recipe().export_sources()
        self.assertTrue(self.copied)
        for pattern in self.copied:
            self.assertTrue(list(ROOT.glob(pattern)), pattern)

    def test_sets_options_that_exist(self):
        self.recipe(**self.everything()).generate()
        self.assertEqual(set(self.toolchain.cache_variables), OPTIONS)
        for name in COMPONENTS:
            self.assertTrue(self.toolchain.cache_variables[f"EVSRC_WITH_{name.upper()}"])

    def test_requires_what_its_components_link(self):
        made = self.recipe(**self.everything())
        made.validate()
        made.requirements()
        made.package_info()
        self.assertEqual(set(made.cpp_info.components), {"core", *COMPONENTS})
        linked = {word.split("::")[0] for part in made.cpp_info.components.values()
                  for word in part.requires if "::" in word}
        self.assertEqual(linked, set(self.required))

    def test_gives_the_names_that_cmake_gives(self):
        made = self.recipe(**self.everything())
        made.package_info()
        names = {part.properties["cmake_target_name"] for part in made.cpp_info.components.values()}
        self.assertEqual(names, {"evsrc::evsrc", *(f"evsrc::{name}" for name in COMPONENTS)})
        self.assertEqual(made.cpp_info.properties["cmake_file_name"], "evsrc")

    def test_finds_field_names_as_the_build_does(self):
        for boost, expected in (("1.81.0", 0), ("1.84.0", 1), ("1.90.0", 1)):
            made = self.recipe(boost=boost)
            made.package_info()
            self.assertEqual(made.cpp_info.components["core"].defines,
                             [f"EVSRC_HAS_PFR_NAMES={expected}"])

    def test_builds_and_packages(self):
        made = self.recipe()
        made.layout()
        made.build()
        made.package()
        self.assertIn("LICENSE", self.copied)

    def test_has_a_test_package_that_runs_a_consumer(self):
        self.load("packaging/conan/test_package/conanfile.py")
        listed = read("packaging/conan/test_package/CMakeLists.txt")
        for name in re.findall(r"\$\{bank\}/(\w+\.cpp)", listed):
            self.assertTrue((ROOT / "tests/consume/bank" / name).is_file(), name)


if __name__ == "__main__":
    unittest.main()
