# SPDX-License-Identifier: Apache-2.0
"""Words that say nothing are in no file name and in no type's name."""

import re

from source_tree import files, public_headers, read, report, where, without_comments

FORBIDDEN = {"util", "utils", "utility", "helper", "helpers", "common", "misc", "manager", "base",
             "impl", "data", "info"}
FIELD_TERMS = ("process_manager",)
ALL_SUFFIXES = {".hpp", ".cpp", ".cmake", ".py", ".md", ".sql"}
TYPE = re.compile(r"\b(?:struct|class|enum|concept|namespace)\s+(?:class\s+)?"
                  r"(?:\[\[\w+\]\]\s*)?([a-z]\w*)")


def empty_words(name):
    for term in FIELD_TERMS:
        name = name.replace(term, "")
    return FORBIDDEN & set(re.split(r"[^a-z]+", name.lower()))


def findings(root):
    for path in files(root, ALL_SUFFIXES):
        for word in sorted(empty_words(path.name)):
            yield f"{where(root, path)}: '{word}' in a file's name"
    for path in public_headers(root):
        text = without_comments(read(path))
        for found in TYPE.finditer(text):
            for word in sorted(empty_words(found.group(1))):
                number = text.count("\n", 0, found.start()) + 1
                yield f"{where(root, path, number)}: '{word}' in the name {found.group(1)}"


if __name__ == "__main__":
    report(findings)
