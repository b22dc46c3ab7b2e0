# SPDX-License-Identifier: Apache-2.0
"""What a public header must not include: heavy parts of the standard library, vendor headers."""

import re

from source_tree import includes, public_headers, report, where

HEAVY = {"iostream", "regex", "ranges"}
# The only headers of other projects that users of a header have to pay for.
ALLOWED = re.compile(r"tl/expected\.hpp|nlohmann/json_fwd\.hpp|boost/pfr/\w+\.hpp")
ALLOWED_IN_TESTING = re.compile(r"rapidcheck\.h|rapidcheck/.+")


def findings(root):
    for path in public_headers(root):
        in_core = path.is_relative_to(root / "include/evsrc/core")
        in_testing = path.is_relative_to(root / "include/evsrc/testing")
        for number, name, quoted in includes(path):
            at = where(root, path, number)
            if quoted:
                if not name.startswith("evsrc/"):
                    yield f'{at}: "{name}" must be written from evsrc/ on'
            elif name in HEAVY:
                yield f"{at}: <{name}> is too heavy for a public header"
            elif name.startswith("evsrc/"):
                yield f'{at}: own headers are written "{name}"'
            elif "/" in name or "." in name:
                if in_core and name != "tl/expected.hpp":
                    yield f"{at}: core knows only the standard library and tl::expected, not <{name}>"
                elif not ALLOWED.fullmatch(name) and \
                        not (in_testing and ALLOWED_IN_TESTING.fullmatch(name)):
                    yield f"{at}: <{name}> of another project belongs into a .cpp file"


if __name__ == "__main__":
    report(findings)
