# SPDX-License-Identifier: Apache-2.0
"""The arrow: include only from a lower ring; siblings are strangers; X/detail belongs to X alone."""

from source_tree import files, includes, report, where

RING = {"core": 0, "model": 1, "codec": 1, "store": 1, "bus": 1, "runtime": 2,
        "retail": 3, "testing": 3}
# What an adapter sees beside itself.
ADAPTER_SEES = {"core", "store", "bus"}
# These prove, show and measure: they see all.
SEE_ALL = {"tools", "examples", "tests", "bench"}
# May look into a detail folder that is not theirs: they test and measure it.
SEE_DETAIL = {"tests", "bench"}
# Directly in include/evsrc/. The first two weigh nothing and count as core.
TOP_HEADERS = {"version.hpp": "core", "fwd.hpp": "core", "evsrc.hpp": "everything"}


def part_of(root, path):
    """The part of the project that a file belongs to: a ring folder, an adapter or a top folder."""
    at = path.relative_to(root).parts
    if at[:2] == ("include", "evsrc"):
        return at[2] if len(at) > 3 else TOP_HEADERS.get(at[2], at[2])
    if at[0] == "src":
        return at[1]
    if at[0] == "adapters":
        return "tests" if at[2] == "tests" else at[1]
    return at[0]


def target_of(root, path, name, quoted):
    """(part, is it in a detail folder) of an included file of ours; None for all others."""
    if name.startswith("evsrc/"):
        at = name.split("/")[1:]
        return (at[0] if len(at) > 1 else TOP_HEADERS.get(at[0], at[0])), "detail" in at[:-1]
    if quoted:
        for folder in (path.parent, root / "src"):
            target = (folder / name).resolve()
            if target.is_file() and root in target.parents:
                inside = "detail" in target.relative_to(root).parts[:-1]
                return part_of(root, target), inside
    return None


def allowed(here, there, adapters):
    if here == there or here in SEE_ALL:
        return True
    if here in adapters:
        return there in ADAPTER_SEES
    if here == "everything":
        return RING.get(there, 3) <= 2
    return here in RING and there in RING and RING[there] < RING[here]


def findings(root):
    adapters = {path.name for path in (root / "adapters").glob("*") if path.is_dir()}
    for path in files(root):
        here = part_of(root, path)
        if here not in RING and here not in adapters and here not in SEE_ALL \
                and here not in ("everything", "cmake", "packaging", "docs"):
            yield f"{where(root, path)}: '{here}' is no part of the project that the arrow knows"
            continue
        for number, name, quoted in includes(path):
            target = target_of(root, path, name, quoted)
            if target is None:
                continue
            there, is_detail = target
            if not allowed(here, there, adapters):
                yield f"{where(root, path, number)}: {here} -> {there}, by including {name}"
            elif is_detail and here != there and here not in SEE_DETAIL:
                yield (f"{where(root, path, number)}: {here} -> {there}/detail, "
                       f"by including {name}")


if __name__ == "__main__":
    report(findings)
