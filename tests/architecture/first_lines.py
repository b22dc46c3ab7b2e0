# SPDX-License-Identifier: Apache-2.0
"""Each file starts with its licence and one line that says what it is; headers have a guard."""

import re

from source_tree import files, read, report, where

SUFFIXES = {".hpp", ".cpp", ".cmake", ".py", ".sql", ".txt"}
LICENCE = re.compile(r"(//|#|--) SPDX-License-Identifier: Apache-2\.0")


def findings(root):
    for path in files(root, SUFFIXES):
        if path.suffix == ".txt" and path.name != "CMakeLists.txt":
            continue
        lines = read(path).splitlines()
        # A source that must not compile begins with the message that it announces.
        if path.parent == root / "tests/compile_fail" and lines and \
                lines[0].startswith("// expect: "):
            continue
        if lines and lines[0].startswith("#!"):
            lines = lines[1:]
        if not lines or not LICENCE.fullmatch(lines[0]):
            yield f"{where(root, path)}: the first line must be the SPDX licence"
            continue
        if path.suffix in {".hpp", ".cpp"} and \
                (len(lines) < 2 or not re.match(r"// \S", lines[1])):
            yield f"{where(root, path)}: the second line must say what the file is"
        if path.suffix == ".hpp" and "#pragma once" not in lines:
            yield f"{where(root, path)}: no #pragma once"


if __name__ == "__main__":
    report(findings)
