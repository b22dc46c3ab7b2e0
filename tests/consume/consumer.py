# SPDX-License-Identifier: Apache-2.0
"""Builds and runs a user's program against evsrc, outside of the checkout.

  consumer.py --build BUILD install     installs a build into a folder of its own in the temp folder
  consumer.py --build BUILD CASE        one way of using that installation, or the sources
  consumer.py --build BUILD remove      removes the folder
  consumer.py --prefix PREFIX all       every case against a given installation
"""

import argparse
import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parents[1]

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]


def run(*command, fails=False, at=None):
    """Runs a command, shows what it says, and gives it back; stops where it should not have ended so."""
    words = [str(word) for word in command]
    print("$", shlex.join(words), flush=True)
    ran = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                         cwd=at, check=False)
    print(ran.stdout, flush=True)
    if (ran.returncode != 0) != fails:
        sys.exit(f"exit code {ran.returncode}")
    return ran.stdout


def prefix_of(build):
    """One folder for each build tree, neither in it nor in the checkout."""
    name = hashlib.sha256(str(Path(build).resolve()).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"evsrc-consume-{name}"


def install(build):
    """Installs, then moves the tree: nothing in it may remember where it was put."""
    prefix = prefix_of(build)
    first = prefix.with_name(prefix.name + "-first")
    for folder in (first, prefix):
        shutil.rmtree(folder, ignore_errors=True)
    run("cmake", "--install", build, "--prefix", first)
    first.rename(prefix)
    if not list(prefix.glob("share/doc/*/LICENSE")):
        sys.exit("the licence is not installed")
    for path in prefix.rglob("*"):
        if path.suffix in {".cmake", ".pc", ".hpp"}:
            text = path.read_text(encoding="utf-8")
            for place in (SOURCE, first):
                if str(place) in text:
                    sys.exit(f"{path} names {place}")


def project(case, folder):
    """Copies the case's project into `folder`."""
    shutil.copytree(HERE / case, folder, dirs_exist_ok=True)
    shutil.copytree(HERE / "bank", folder / "bank")


def configure(case, folder, prefix, fails=False):
    project(case, folder)
    return run("cmake", "-S", folder, "-B", folder / "build", f"-DCMAKE_PREFIX_PATH={prefix}",
               f"-DEVSRC_SOURCE_DIR={SOURCE}", fails=fails)


def with_cmake(case, folder, prefix):
    configure(case, folder, prefix)
    run("cmake", "--build", folder / "build", "-j2", "--target", "consumer")
    for program in ("consumer", "specification"):
        if (folder / "build" / program).exists():
            run(folder / "build" / program, at=folder)


def missing_component(case, folder, prefix):
    said = configure(case, folder, prefix, fails=True)
    if "no component 'carrier_pigeon'" not in " ".join(said.split()):
        sys.exit("the error does not name the component")


def optional_component(case, folder, prefix):
    configure(case, folder, prefix)


def pkg_config(case, folder, prefix):
    """No CMake at all: the compiler with what pkg-config says, and with all warnings: here our
    headers are a user's own, not those of the system."""
    shutil.copytree(HERE / "bank", folder / "bank")
    libraries = [str(path.parent) for path in prefix.glob("lib*/**/pkgconfig/evsrc-sqlite.pc")]
    os.environ["PKG_CONFIG_PATH"] = ":".join(libraries)
    def flags_of(module):
        return subprocess.run(["pkg-config", "--cflags", "--libs", module], stdout=subprocess.PIPE,
                              text=True, check=True).stdout.split()

    if "-lgtest" not in flags_of("evsrc-testing"):
        sys.exit("evsrc-testing: the contract suites need gtest")
    flags = flags_of("evsrc-sqlite")
    sources = [folder / "bank/stored.cpp", folder / "bank/account.cpp"]
    run("g++", "-std=c++20", *WARNINGS, *sources, *flags, "-o", folder / "consumer")
    run(folder / "consumer", at=folder)


CASES = {
    "find_package": with_cmake,
    "components": with_cmake,
    "missing_component": missing_component,
    "optional_component": optional_component,
    "add_subdirectory": with_cmake,
    "fetch_content": with_cmake,
    "pkg_config": pkg_config,
}


def main():
    arguments = argparse.ArgumentParser(description=__doc__,
                                        formatter_class=argparse.RawDescriptionHelpFormatter)
    place = arguments.add_mutually_exclusive_group(required=True)
    place.add_argument("--build", type=Path)
    place.add_argument("--prefix", type=Path)
    arguments.add_argument("step", choices=["install", "remove", "all", *CASES])
    given = arguments.parse_args()

    if shutil.which("ccache"):
        os.environ["CMAKE_CXX_COMPILER_LAUNCHER"] = "ccache"
    if given.step == "install":
        return install(given.build)
    prefix = given.prefix.resolve() if given.prefix else prefix_of(given.build)
    if given.step == "remove":
        return shutil.rmtree(prefix)
    for case in CASES if given.step == "all" else [given.step]:
        with tempfile.TemporaryDirectory(prefix="evsrc-consumer-") as folder:
            CASES[case](case, Path(folder), prefix)
    return None


if __name__ == "__main__":
    main()
