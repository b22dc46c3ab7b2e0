# SPDX-License-Identifier: Apache-2.0
"""Budgets of size: lines of a header and of an adapter's source, columns of every line."""

import statistics

from source_tree import files, public_headers, read, report, where

HEADER_LINES_MEDIAN = 100
HEADER_LINES = 300
ADAPTER_SOURCE_LINES = 500
COLUMNS = 100


def findings(root):
    lines = {path: len(read(path).splitlines()) for path in public_headers(root)}
    for path, count in lines.items():
        if count > HEADER_LINES:
            yield f"{where(root, path)}:{count}: a header has at most {HEADER_LINES} lines"
    if lines and statistics.median(lines.values()) > HEADER_LINES_MEDIAN:
        yield (f"include: the median header has {statistics.median(lines.values())} lines, "
               f"at most {HEADER_LINES_MEDIAN} are meant")
    for path in sorted((root / "adapters").glob("*/src/**/*.cpp")):
        count = len(read(path).splitlines())
        if count > ADAPTER_SOURCE_LINES:
            yield (f"{where(root, path)}:{count}: an adapter's source has at most "
                   f"{ADAPTER_SOURCE_LINES} lines")
    for path in files(root):
        for number, line in enumerate(read(path).splitlines(), 1):
            if len(line) > COLUMNS:
                yield f"{where(root, path, number)}: {len(line)} columns, at most {COLUMNS}"


if __name__ == "__main__":
    report(findings)
