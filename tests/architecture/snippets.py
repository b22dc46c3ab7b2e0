# SPDX-License-Identifier: Apache-2.0
"""Every C++ block of the front page stands, line by line, in an example that is compiled."""

import re

from source_tree import files, read, report, where

PAGES = ("README.md",)


def lines(text):
    return [line.strip() for line in text.splitlines() if line.strip()]


def contains(whole, part):
    """`part` in one piece; its last line may go on in the example."""
    if len(part) == 1:
        return any(part[0] in line for line in whole)
    size = len(part)
    return any(whole[at:at + size] == part for at in range(len(whole) - size + 1))


def findings(root):
    compiled = [lines(read(path)) for path in files(root) if path.suffix == ".cpp"
                and path.relative_to(root).parts[0] == "examples"]
    for name in PAGES:
        text = read(root / name)
        for block in re.finditer(r"^```cpp\n(.*?)^```", text, flags=re.M | re.S):
            if not any(contains(whole, lines(block.group(1))) for whole in compiled):
                number = text[: block.start()].count("\n") + 1
                yield f"{where(root, root / name, number)}: no example compiles this block"


if __name__ == "__main__":
    report(findings)
