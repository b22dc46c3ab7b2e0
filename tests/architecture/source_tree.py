# SPDX-License-Identifier: Apache-2.0
"""The files of a checkout as the architecture checks see them. Each check is a script with one
function `findings(root)` that yields sentences "file:line: what is wrong"."""

import re
import sys
from pathlib import Path

CODE = {".hpp", ".cpp"}
TOP_FOLDERS = ("include", "src", "adapters", "tools", "examples", "tests", "bench", "cmake",
               "packaging", "docs")


def files(root, suffixes=CODE):
    """Every file of the checkout with one of the suffixes, in a stable order."""
    for top in TOP_FOLDERS:
        for path in sorted((root / top).rglob("*")):
            if path.suffix in suffixes and path.is_file():
                yield path


def public_headers(root):
    yield from sorted((root / "include").rglob("*.hpp"))
    yield from sorted((root / "adapters").glob("*/include/**/*.hpp"))


def read(path):
    return path.read_text(encoding="utf-8")


def includes(path):
    """(line number, what stands between the brackets or quotes, quoted?) of each #include."""
    for number, line in enumerate(read(path).splitlines(), 1):
        found = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if found:
            yield number, found.group(2), found.group(1) == '"'


def without_comments(text):
    """The same text with comments and literals blanked out; line numbers stay."""
    pattern = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"([^(\s]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'(?!\w)',
        re.DOTALL)
    return pattern.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)


def where(root, path, number=None):
    name = path.relative_to(root).as_posix()
    return name if number is None else f"{name}:{number}"


def report(findings):
    """Main function of each check: prints the findings and fails if there are any."""
    root = Path(sys.argv[-1]).resolve()
    if not (root / "include").is_dir():
        sys.exit(f"usage: {sys.argv[0]} <root of the checkout>")
    found = list(findings(root))
    for sentence in found:
        print(sentence)
    print(f"{Path(sys.argv[0]).name}: {len(found)} findings")
    sys.exit(1 if found else 0)
