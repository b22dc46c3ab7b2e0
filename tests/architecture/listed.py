# SPDX-License-Identifier: Apache-2.0
"""Every header and source is listed by hand in the CMakeLists.txt that it belongs to, and every
public header of rings 0 to 2 in evsrc.hpp.

A header that is not listed is not installed and not checked for compiling alone."""

import re

from source_tree import includes, read, report, where

RINGS_0_TO_2 = ("core", "model", "codec", "store", "bus", "runtime")


def words(root, *lists):
    """All words of the given CMake files, comments left out."""
    found = set()
    for path in lists:
        if (root / path).is_file():
            found.update(re.split(r"[\s()]+", re.sub(r"#.*", "", read(root / path))))
    return found


def findings(root):
    ours = words(root, "src/CMakeLists.txt", "src/testing/CMakeLists.txt")
    for path in sorted((root / "include/evsrc").rglob("*.hpp")):
        name = path.relative_to(root / "include/evsrc").as_posix()
        if not {name, "evsrc/" + name} & ours:
            yield f"{where(root, path)}: not listed in src/CMakeLists.txt"
    for path in sorted((root / "src").rglob("*.cpp")):
        name = path.relative_to(root / "src").as_posix()
        if not {name, name.removeprefix("testing/")} & ours:
            yield f"{where(root, path)}: not listed in src/CMakeLists.txt"
    for adapter in sorted((root / "adapters").glob("*")):
        listed = words(root, f"adapters/{adapter.name}/CMakeLists.txt")
        for path in sorted([*adapter.glob("include/**/*.hpp"), *adapter.glob("src/**/*.cpp")]):
            name = path.relative_to(adapter).as_posix()
            if not {name, name.removeprefix("include/")} & listed:
                yield f"{where(root, path)}: not listed in adapters/{adapter.name}/CMakeLists.txt"
    yield from missing_in_umbrella(root)


def missing_in_umbrella(root):
    umbrella = root / "include/evsrc/evsrc.hpp"
    if not umbrella.is_file():
        return
    included = {name for _, name, _ in includes(umbrella)}
    for ring in RINGS_0_TO_2:
        for path in sorted((root / "include/evsrc" / ring).glob("*.hpp")):
            if path.relative_to(root / "include").as_posix() not in included:
                yield f"{where(root, path)}: not included by evsrc.hpp"


if __name__ == "__main__":
    report(findings)
