# SPDX-License-Identifier: Apache-2.0
"""The command line as its users run it: command_line_test.py EVSRC SAMPLE_MAKER"""

import json
import os
import subprocess
import sys
import tempfile

EVSRC, MAKER = sys.argv[1:3]
checks = 0


def run(*arguments, expect=0):
    done = subprocess.run([EVSRC, *arguments], capture_output=True, text=True, timeout=120)
    assert done.returncode == expect, (arguments, done.returncode, done.stdout, done.stderr)
    return done


def lines(*arguments):
    return [json.loads(line) for line in run(*arguments, "--json").stdout.splitlines()]


def check(holds, what):
    global checks
    checks += 1
    assert holds, what


def looks_at_events(store):
    check(lines("streams", store) == [{"category": "order", "streams": 2, "events": 3}], "streams")
    check([one["version"] for one in lines("streams", store, "order")] == [2, 1], "streams order")
    read = lines("read", store, "order/1")
    check([one["name"] for one in read] == ["order.created", "order.confirmed"], read)
    check(read[0]["payload"] == {"total": 45.85} and read[0]["tags"] == [["sku", "85123A"]], read)
    check(len(lines("read", store, "--limit", "1", "--backwards")) == 1, "limit")
    check(lines("read", store, "order/1", "--from", "1")[0]["version"] == 2, "from")
    text = run("read", store, "order/two\n2").stdout
    check("order/two\\x0a2 v1" in text and "not json" in text, text)
    check(len(lines("tail", store, "--from-start", "--idle-ms", "1")) == 3, "tail")
    check(len(lines("tail", store, "order/1", "--from-start", "--limit", "2")) == 2, "tail limit")
    check(lines("tail", store, "--idle-ms", "1") == [], "tail of nothing new")


def tells_status(store):
    outbox = lines("outbox", "status", store)[0]
    check(outbox["destinations"][0]["due"] == 1 and outbox["destinations"][0]["timers"] == 1, outbox)
    check([one["id"] for one in outbox["dead_letters"]] == ["m-0"], outbox)
    text = run("outbox", "status", store, "--why").stdout
    check("mail: 1 dead letters" in text and "not_found: no such queue" in text, text)
    check("orders: 2 waiting, 1 due, 1 timers" in text and "No relay" in text, text)
    check("No subscription" in run("projections", "status", store).stdout, "projections")
    report = lines("doctor", store)[0]
    check(report["integrity"] == "ok" and report["rows"]["events"] == 3, report)
    check("integrity: ok" in run("doctor", store).stdout, "doctor")


def refuses_bad_input(store, folder):
    missing = os.path.join(folder, "missing.db")
    check("not_found" in run("doctor", missing, expect=1).stderr, "missing file")
    check(not os.path.exists(missing), "a missing file is not made")
    check("no stream order/9" in run("read", store, "order/9", expect=1).stderr, "missing stream")
    run(expect=2)
    run("frobnicate", store, expect=2)
    foreign = os.path.join(folder, "foreign.db")
    with open(foreign, "w", encoding="utf-8") as out:
        out.write("this is no database, but it is longer than a header of a hundred bytes. " * 4)
    check(run("doctor", foreign, expect=1).stderr.startswith("evsrc: "), "a foreign file")
    with open(store, "r+b") as damaged:  # a payload's byte
        content = damaged.read()
        damaged.seek(content.rindex(b'{"total":45.85}') + 2)
        damaged.write(b"T")
    check("corrupt" in run("doctor", store, expect=1).stderr, "a flipped byte")


with tempfile.TemporaryDirectory() as scratch:
    sample = os.path.join(scratch, "sample.db")
    subprocess.run([MAKER, sample], check=True)
    before = open(sample, "rb").read()
    looks_at_events(sample)
    tells_status(sample)
    check(open(sample, "rb").read() == before, "looking changed the file")
    refuses_bad_input(sample, scratch)
print(f"{checks} checks passed")
