# SPDX-License-Identifier: Apache-2.0
"""Include weight: preprocessed lines of each ring's heaviest header (g++ -E -P | wc -l).

Lines, not seconds: they are the same on every machine. With --times the compile time of each
header is printed too, and nothing is judged."""

import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from source_tree import public_headers, report, where

# Measured for GCC 12, whose standard headers alone take 51,000 to 66,000 lines.
GCC = 12
BUDGET = {"core": 58_000, "model": 68_000, "codec": 68_000, "store": 66_000, "bus": 66_000,
          "runtime": 80_000, "evsrc.hpp": 92_000}
ADAPTER_BUDGET = 66_000


def command(root, path, *options):
    folders = [root / "include", *sorted((root / "adapters").glob("*/include"))]
    return ["g++", "-std=c++20", *[f"-I{folder}" for folder in folders], *options,
            "-x", "c++", str(path)]


def weight(root, path):
    ran = subprocess.run(command(root, path, "-E", "-P"), capture_output=True, check=False)
    if ran.returncode != 0:
        return None
    return ran.stdout.count(b"\n")


def part(root, path):
    at = path.relative_to(root).parts
    if at[0] == "adapters":
        return "adapter " + at[1]
    return at[2]


def weights(root):
    paths = list(public_headers(root))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(paths, pool.map(lambda path: weight(root, path), paths)))


def findings(root):
    version = subprocess.run(["g++", "-dumpversion"], capture_output=True, text=True, check=True)
    judged = int(re.match(r"\d+", version.stdout).group()) == GCC
    heaviest = {}
    for path, lines in weights(root).items():
        name = part(root, path)
        budget = ADAPTER_BUDGET if name.startswith("adapter ") else BUDGET.get(name)
        if lines is None:
            yield f"{where(root, path)}: does not compile alone"
            continue
        if lines > heaviest.get(name, (0, None))[0]:
            heaviest[name] = (lines, path)
        if judged and budget is not None and lines > budget:
            yield f"{where(root, path)}: {lines} preprocessed lines, {name} has {budget}"
    for name, (lines, path) in sorted(heaviest.items()):
        print(f"{name:20} {lines:7} lines  {where(root, path)}")
    if not judged:
        print(f"measured with GCC {version.stdout.strip()}; the budgets are those of GCC {GCC}, "
              "nothing was judged")


def print_times(root):
    print(f"{'header':48} {'lines':>8} {'seconds':>8}")
    for path, lines in weights(root).items():
        start = time.monotonic()
        subprocess.run(command(root, path, "-fsyntax-only", "-w"), check=True)
        print(f"{where(root, path):48} {lines:8} {time.monotonic() - start:8.2f}")


if __name__ == "__main__":
    if "--times" in sys.argv:
        print_times(Path(sys.argv[-1]).resolve())
    else:
        report(findings)
