# SPDX-License-Identifier: Apache-2.0
"""Each check finds what is planted in a miniature checkout, and nothing in a clean one."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).parent
CHECKS = ("arrow", "budgets", "first_lines", "forbidden_includes", "include_weights", "links",
          "listed", "names", "nodiscard", "snippets")

HEAD = "// SPDX-License-Identifier: Apache-2.0\n// A file of the miniature checkout.\n#pragma once\n"
CMAKE = "# SPDX-License-Identifier: Apache-2.0\n"
CLEAN = {
    "README.md": "# Title\n\nSee [the folder](include) and [the heading](#title).\n",
    "src/CMakeLists.txt": CMAKE + "set(headers core/result.hpp model/fold.hpp)\n"
                                  "set(sources core/result.cpp)\n",
    "src/core/result.cpp": HEAD + '#include "evsrc/core/result.hpp"\n',
    "include/evsrc/core/result.hpp":
        HEAD + "template <class T> struct result { T value; };\n"
               "/* result<int> in_a_comment(); */\n"
               "[[nodiscard]] result<int> open_it(int);\n"
               "struct file { template <class T> [[nodiscard]] result<T> read() const;\n"
               "  friend result<int> open_it(int); };\n",
    "include/evsrc/model/fold.hpp": HEAD + '#include "evsrc/core/result.hpp"\n',
    "adapters/tape/CMakeLists.txt": CMAKE + "evsrc_add_adapter(tape SOURCES src/tape.cpp "
                                            "HEADERS evsrc/tape/tape.hpp)\n",
    "adapters/tape/include/evsrc/tape/tape.hpp": HEAD + '#include "evsrc/core/result.hpp"\n',
    "adapters/tape/src/tape.cpp": HEAD + '#include "evsrc/tape/tape.hpp"\n#include <vendor.h>\n',
}


def plus(path, text):
    """The clean file with more behind it."""
    return {path: CLEAN.get(path, HEAD) + text}


# check, planted files, part of the sentence that must come
PLANTED = (
    ("snippets", plus("README.md", "\n```cpp\nint nobody_compiles_me;\n```\n"),
     "README.md:5: no example compiles this block"),
    ("arrow", plus("include/evsrc/core/result.hpp", '#include "evsrc/model/fold.hpp"\n'),
     "include/evsrc/core/result.hpp:9: core -> model"),
    ("arrow", plus("include/evsrc/model/fold.hpp", '#include "evsrc/codec/json.hpp"\n'),
     "include/evsrc/model/fold.hpp:5: model -> codec"),
    ("arrow", plus("include/evsrc/runtime/loop.hpp", '#include "evsrc/model/detail/x.hpp"\n'),
     "include/evsrc/runtime/loop.hpp:4: runtime -> model/detail"),
    ("arrow", plus("include/evsrc/runtime/loop.hpp", '#include "evsrc/tape/tape.hpp"\n'),
     "runtime -> tape"),
    ("arrow", plus("include/evsrc/retail/order.hpp", '#include "evsrc/testing/spec.hpp"\n'),
     "retail -> testing"),
    ("arrow", plus("include/evsrc/testing/spec.hpp", '#include "evsrc/retail/order.hpp"\n'),
     "testing -> retail"),
    ("arrow", plus("adapters/tape/src/tape.cpp", '#include "evsrc/model/fold.hpp"\n'),
     "adapters/tape/src/tape.cpp:6: tape -> model"),
    ("arrow", {"adapters/disk/src/disk.cpp": HEAD + '#include "evsrc/tape/tape.hpp"\n'},
     "disk -> tape"),
    ("arrow", plus("include/evsrc/core/result.hpp", '#include "evsrc/evsrc.hpp"\n'),
     "core -> everything"),
    ("arrow", {"src/core/sneaky.cpp": HEAD + '#include "../model/inner.hpp"\n',
               "src/model/inner.hpp": HEAD},
     "src/core/sneaky.cpp:4: core -> model"),
    ("arrow", {"include/evsrc/other/thing.hpp": HEAD}, "'other' is no part"),
    ("budgets", plus("include/evsrc/model/fold.hpp", "\n" * 300), "fold.hpp:304: a header has"),
    ("budgets", {path: CLEAN[path] + "\n" * 110 for path in CLEAN if path.endswith(".hpp")},
     "the median header"),
    ("budgets", plus("adapters/tape/src/tape.cpp", "\n" * 500), "tape.cpp:505: an adapter's"),
    ("budgets", plus("src/core/result.cpp", "// " + "x" * 98 + "\n"), "result.cpp:5: 101 columns"),
    ("first_lines", {"src/core/late.cpp": "\n" + HEAD}, "src/core/late.cpp: the first line"),
    ("first_lines", {"src/core/mute.cpp": HEAD.splitlines()[0] + "\nint x;\n"},
     "src/core/mute.cpp: the second line"),
    ("first_lines", {"include/evsrc/core/open.hpp": HEAD.replace("#pragma once\n", "")},
     "open.hpp: no #pragma once"),
    ("forbidden_includes", plus("include/evsrc/model/fold.hpp", "#include <ranges>\n"),
     "fold.hpp:5: <ranges> is too heavy"),
    ("forbidden_includes", plus("include/evsrc/model/fold.hpp", "#include <nlohmann/json.hpp>\n"),
     "fold.hpp:5: <nlohmann/json.hpp> of another project"),
    ("forbidden_includes", plus("adapters/tape/include/evsrc/tape/tape.hpp",
                                "#include <sqlite3.h>\n"),
     "tape.hpp:5: <sqlite3.h> of another project"),
    ("forbidden_includes", plus("include/evsrc/core/result.hpp",
                                "#include <boost/pfr/core.hpp>\n"),
     "core knows only the standard library"),
    ("forbidden_includes", plus("include/evsrc/model/fold.hpp", '#include "near.hpp"\n'),
     '"near.hpp" must be written from evsrc/ on'),
    ("include_weights", plus("include/evsrc/core/result.hpp", "int filler;\n" * 58_000),
     "include/evsrc/core/result.hpp: 58"),
    ("include_weights", plus("include/evsrc/core/result.hpp", '#include "evsrc/gone.hpp"\n'),
     "include/evsrc/core/result.hpp: does not compile alone"),
    ("links", plus("README.md", "[gone](docs/gone.md)\n"), "README.md:4: docs/gone.md leads"),
    ("links", plus("README.md", "[gone](#gone)\n"), "README.md:4: this page has no #gone"),
    ("listed", {"include/evsrc/model/new.hpp": HEAD}, "include/evsrc/model/new.hpp: not listed"),
    ("listed", {"src/core/new.cpp": HEAD}, "src/core/new.cpp: not listed"),
    ("listed", {"adapters/tape/src/new.cpp": HEAD}, "adapters/tape/src/new.cpp: not listed"),
    ("listed", {"include/evsrc/evsrc.hpp": HEAD + '#include "evsrc/core/result.hpp"\n'},
     "include/evsrc/model/fold.hpp: not included by evsrc.hpp"),
    ("names", {"src/core/string_utils.cpp": HEAD}, "'utils' in a file's name"),
    ("names", plus("include/evsrc/model/fold.hpp", "struct event_manager {};\n"),
     "fold.hpp:5: 'manager' in the name event_manager"),
    ("nodiscard", plus("include/evsrc/model/fold.hpp", "result<int> forgotten(int);\n"),
     "fold.hpp:5: forgotten returns"),
    ("nodiscard", plus("include/evsrc/model/fold.hpp",
                       "struct s {\n  virtual evsrc::result<std::pair<int, int>> f() = 0;\n};\n"),
     "fold.hpp:6: f returns"),
    ("nodiscard", plus("include/evsrc/model/fold.hpp", "auto late(int) -> result<int>;\n"),
     "fold.hpp:5: late returns"),
    ("nodiscard", plus("include/evsrc/model/fold.hpp",
                       "using answer = tl::expected<int, int>;\n"
                       "[[nodiscard]] answer kept();\nanswer lost();\n"),
     "fold.hpp:7: lost returns"),
)


def run(check, tree):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in tree.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return subprocess.run([sys.executable, "-B", HERE / f"{check}.py", folder],
                              capture_output=True, text=True, check=False)


class SelfTest(unittest.TestCase):
    def test_a_clean_tree_has_no_findings(self):
        for check in CHECKS:
            with self.subTest(check):
                ran = run(check, CLEAN)
                self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)

    def test_what_is_planted_is_found(self):
        for check, files, expected in PLANTED:
            with self.subTest(check, expected=expected):
                ran = run(check, CLEAN | files)
                self.assertIn(expected, ran.stdout, ran.stderr)
                self.assertEqual(ran.returncode, 1, ran.stdout + ran.stderr)

    def test_every_check_has_something_planted(self):
        self.assertEqual({planted[0] for planted in PLANTED}, set(CHECKS))


if __name__ == "__main__":
    unittest.main()
