# SPDX-License-Identifier: Apache-2.0
"""Every header and source is listed by hand in the CMakeLists.txt that it belongs to.

A header that is not listed is not installed and not checked for compiling alone."""

import re

from source_tree import read, report, where


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


if __name__ == "__main__":
    report(findings)
