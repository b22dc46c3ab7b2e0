# SPDX-License-Identifier: Apache-2.0
"""Links of the Markdown pages lead to a file, and to a heading in it, of this checkout."""

import re

from source_tree import files, read, report, where

LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)[^)]*\)|!\[[^\]\n]*\]\(([^)\s]+)[^)]*\)")


def prose(text):
    """The text with code blocks and code spans blanked out."""
    blank = lambda found: re.sub(r"[^\n]", " ", found.group())
    return re.sub(r"`[^`\n]*`", blank, re.sub(r"^```.*?^```", blank, text, flags=re.M | re.S))


def anchors(text):
    """The names that GitHub gives to the headings of a page."""
    found = set()
    for heading in re.findall(r"^#{1,6}\s+(.+?)\s*#*$", text, re.M):
        words = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower())
        name = words.replace(" ", "-")
        while name in found:
            name += "-1"
        found.add(name)
    return found


def findings(root):
    for path in [*sorted(root.glob("*.md")), *files(root, {".md"})]:
        for number, line in enumerate(prose(read(path)).splitlines(), 1):
            for link in LINK.findall(line):
                target = link[0] or link[1]
                if re.match(r"[a-z]+:", target):
                    continue
                name, _, anchor = target.partition("#")
                page = (path.parent / name).resolve() if name else path
                if not page.exists():
                    yield f"{where(root, path, number)}: {target} leads nowhere"
                elif anchor and page.suffix == ".md" and anchor not in anchors(read(page)):
                    yield f"{where(root, path, number)}: {name or 'this page'} has no #{anchor}"


if __name__ == "__main__":
    report(findings)
