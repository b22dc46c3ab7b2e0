# SPDX-License-Identifier: Apache-2.0
"""[[nodiscard]] on every function of a public header that returns a result.

tl::expected is not nodiscard and an alias cannot make it so."""

import re

from source_tree import public_headers, read, report, where, without_comments

NAME = r"(operator\s*(?:\(\)|\[\]|[^\s\w(]+|\w+)|\w+)\s*\("
TRAILING = re.compile(r"\bauto\s+(\w+)\s*\([^;{}]*\)[^;{}()]*->\s*(?:evsrc::)?(\w+(?:::\w+)?)\s*[<;{]")


def returned(text, aliases):
    """(offset of the return type, function name) for each function that returns a result."""
    types = "|".join(["tl::expected", "expected", "result", *map(re.escape, sorted(aliases))])
    for found in re.finditer(rf"(?<![\w:])(?:evsrc::)?({types})\b", text):
        end = found.end()
        rest = text[end:]
        if rest.lstrip().startswith("<"):
            end = closing_bracket(text, text.index("<", end))
        elif found.group(1) not in aliases:
            continue
        name = re.match(r"\s*&{0,2}\s+" + NAME, text[end:])
        if name:
            yield found.start(), name.group(1)
    for found in TRAILING.finditer(text):
        if found.group(2) in {"tl::expected", "result", *aliases}:
            yield found.start(), found.group(1)


def closing_bracket(text, start):
    """Offset behind the `>` that closes the `<` at `start`."""
    depth = 0
    for at in range(start, len(text)):
        if text[at] == "<":
            depth += 1
        elif text[at] == ">" and text[at - 1] != "-":
            depth -= 1
            if depth == 0:
                return at + 1
    return len(text)


def aliases_of(text):
    plain = set(re.findall(r"\busing\s+(\w+)\s*=\s*(?:evsrc::)?(?:tl::expected|result)\s*<", text))
    return plain - {"result"}


def findings(root):
    for path in public_headers(root):
        text = without_comments(read(path))
        for at, name in returned(text, aliases_of(text)):
            # The declaration begins behind the last thing that ends another one.
            before = re.split(r"[;{}]|(?:public|protected|private)\s*:", text[:at])[-1]
            if "[[nodiscard]]" in before or re.search(r"\b(?:return|using|new)\s*$", before):
                continue
            # A friend that is only declared cannot carry an attribute.
            if re.search(r"\bfriend\b", before) and re.match(r"[^;{]*;", text[at:]):
                continue
            number = text.count("\n", 0, at) + 1
            yield f"{where(root, path, number)}: {name} returns a result without [[nodiscard]]"


if __name__ == "__main__":
    report(findings)
