# SPDX-License-Identifier: Apache-2.0
"""The command line as its users run it: command_line_test.py EVSRC SAMPLE_MAKER DEAD_LETTER_MAKER"""

import json
import os
import signal
import subprocess
import sys
import tempfile

EVSRC, MAKER, DEAD_LETTER_MAKER = sys.argv[1:4]
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
    text = run("read", store, "order/1", "--from", "1", "--json").stdout
    check(text.endswith(',"payload":{"z":900719924099280.075, "a":1E2}}\n'), text)
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
    check([one["id"] for one in outbox["dead_letters"]] == ["m-0", "m-3", "m-4", "m-5"], outbox)
    text = run("outbox", "status", store, "--why").stdout
    check("mail: 1 dead letters" in text and "not_found: no such queue" in text, text)
    check("orders: 2 waiting, 1 due, 1 timers" in text and "No relay" in text, text)
    check("No subscription" in run("projections", "status", store).stdout, "projections")
    report = lines("doctor", store)[0]
    check(report["integrity"] == "ok" and report["rows"]["events"] == 3, report)
    check("integrity: ok" in run("doctor", store).stdout, "doctor")


def refused(store, *filters):
    return [one["id"] for one in lines("outbox", "refused", "list", store, *filters)]


def looks_at_refused(store):
    check(refused(store) == ["m-0", "m-3", "m-4", "m-5"], "refused list")
    check(refused(store, "--destination", "BILLS") == ["m-3", "m-4", "m-5"], "destination")
    check(refused(store, "--destination", "bills", "--key", "customer-1") == ["m-3", "m-5"], "key")
    check(refused(store, "--reason", "limit_exceeded", "--id", "m-4") == ["m-4"], "reason and id")
    check(refused(store, "--type", "order.created") == [], "type")
    check(refused(store, "--after", "1", "--limit", "2") == ["m-3", "m-4"], "after and limit")
    text = run("outbox", "refused", "list", store, "--destination", "bills").stdout
    check("key customer\\x0a2 held  limit_exceeded: body: too large" in text, text)
    shown = lines("outbox", "refused", "show", store, "5")[0]
    check(shown["id"] == "m-4" and shown["body"] == {} and shown["records"] == [], shown)
    check(shown["destination"] == "bills" and shown["holds_key"], shown)
    shown = [lines("outbox", "refused", "show", store, number)[0]["body"] for number in ("4", "6")]
    check(shown == ["{}\\x00\\x1b[2J", "\ufeff{}"], shown)
    text = run("outbox", "refused", "show", store, "4").stdout
    check("body: {}\\x00\\x1b[2J\n" in text, text)
    check("description: no such queue" in run("outbox", "refused", "show", store, "4").stdout, "show")
    for number in ("2", "9"):
        check("is no dead letter" in run("outbox", "refused", "show", store, number, expect=1).stderr,
              "show of one that is none")


def works_on_refused(store):
    for work in ("redrive", "drop"):
        check("say which" in run("outbox", work, store, expect=1).stderr, "nothing said")
        check("is no dead letter" in run("outbox", work, store, "2", expect=1).stderr, "a row that waits")
    check("say how many" in run("outbox", "drop", store, "--all", expect=1).stderr, "no count")
    check("3 dead letters of the outbox fit, not 2"
          in run("outbox", "drop", store, "--destination", "bills", "--confirm", "2",
                 expect=1).stderr, "a wrong count")
    check(len(refused(store)) == 4, "refused work changed something")
    done = lines("outbox", "redrive", store, "4", "--user", "olga")
    check(done == [{"redriven": 1, "dropped": 0, "decided_before": 0, "was_cancelled": False}], done)
    check(refused(store) == ["m-0", "m-4", "m-5"], "one waits again")
    check("is no dead letter" in run("outbox", "redrive", store, "4", expect=1).stderr, "again")
    text = run("outbox", "drop", store, "6", "--user", "olga").stdout
    check(text == "0 redriven, 1 dropped, 0 had been decided before\n", text)
    check(lines("outbox", "redrive", store, "--reason", "limit_exceeded")[0]["redriven"] == 1, "filter")
    check(lines("outbox", "drop", store, "--all", "--confirm", "1")[0]["dropped"] == 1, "all")
    check(refused(store) == [], "none is left")
    outbox = lines("outbox", "status", store)[0]["destinations"]
    check([(one["destination"], one["due"]) for one in outbox] == [("bills", 2), ("orders", 1)], outbox)
    records = lines("read", store, "evsrc.outbox/bills")
    check([one["name"] for one in records] == ["evsrc.refused-row." + what for what in
                                               ("redriven", "dropped", "redriven")], records)
    check(records[0]["user"] == "olga" and records[0]["payload"]["row"]["id"] == "m-3", records)
    check(len(lines("read", store, "evsrc.outbox/mail")) == 1, "a stream for each destination")


def dead(store, *filters, queue="payments"):
    found = lines("deadletters", "list", store, "--queue", queue, *filters)
    return [one["id"] for one in found]


def looks_at_dead_letters(store):
    found = lines("deadletters", "list", store)
    check(found == [{"queue": "elsewhere", "dead_letters": 0}, {"queue": "orders", "dead_letters": 2},
                    {"queue": "payments", "dead_letters": 3}], found)
    found = lines("deadletters", "list", store, "--queue", "payments")
    check([one["reason"] for one in found] == ["CardUnknown", "MalformedBody", "CardUnknown"], found)
    check(dead(store, "--reason", "CardUnknown", "--limit", "1") == ["m-1"], "reason and limit")
    check(dead(store, "--after", "1", "--key", "ann") == ["m-2"], "after and key")
    check(dead(store, "--id", "m-3", "--type", "payment.pay") == ["m-3"], "id and type")
    check(dead(store, "--until", "2020-01-01T00:00:00Z") == [], "until")
    check(len(dead(store, "--from", "2020-01-01T00:00:00Z")) == 3, "from")
    text = run("deadletters", "list", store, "--queue", "payments").stdout
    check("key bob\\x0a" in text and "CardUnknown: ask the customer" in text, text)
    shown = lines("deadletters", "show", store, "3", "--queue", "payments")[0]
    check(shown["body"] == {"cents": 2} and shown["attempts"] == 0, shown)
    check(shown["properties"]["shop"] == "north" and shown["records"] == [], shown)
    text = run("deadletters", "show", store, "2", "--queue", "payments").stdout
    check("shop: north" in text and "body: no json" in text, text)
    check("not_found" in run("deadletters", "show", store, "9", "--queue", "payments",
                             expect=1).stderr, "show a missing one")
    keys = lines("keys", "status", store)
    check([(one["consumer"], one["key"], one["standing"], one["held"]) for one in keys]
          == [("shipping", "ann", "blocked", 1), ("shipping", "bob\n", "blocked", 0)], keys)
    check(keys[0]["reason"] == "CardUnknown" and keys[0]["message_id"] == "m-1", keys)
    text = run("keys", "status", store, "--why").stdout
    check("shipping: key ann is blocked, 1 messages held" in text
          and "by m-1 (CardUnknown: ask the customer) since" in text, text)


def refuses_careless_work(store):
    who = ("--queue", "payments", "--consumer", "billing")
    check("say which" in run("deadletters", "redrive", store, *who, expect=1).stderr, "nothing said")
    run("deadletters", "redrive", store, "--queue", "payments", "--all", expect=2)
    run("deadletters", "purge", store, *who, "--all", expect=2)
    check("3 dead letters fit, not 2" in run("deadletters", "purge", store, *who, "--all",
                                              "--confirm", "2", expect=1).stderr, "a wrong count")
    check("no RFC 3339 time" in run("deadletters", "skip", store, *who, "--from", "yesterday",
                                     expect=1).stderr, "a wrong time")
    check("not_found" in run("deadletters", "redrive", store, *who, "--all", "--to", "nowhere",
                             expect=1).stderr, "a destination that is not there")
    check(dead(store) == ["m-1", "m-3", "m-2"], "refused work changed something")


def ends_work_when_interrupted(store, count):
    def left():
        return lines("deadletters", "list", store)[0]["dead_letters"]

    purge = [EVSRC, "deadletters", "purge", store, "--queue", "payments", "--consumer", "billing", "--all",
             "--confirm", str(count), "--json"]
    with subprocess.Popen(purge, stdout=subprocess.PIPE, text=True) as working:
        while left() == count and working.poll() is None:
            pass
        working.send_signal(signal.SIGINT)
        told = json.loads(working.communicate(timeout=120)[0])
    check(told["was_cancelled"] and told["skipped"] == count - left() < count, told)


def works_on_dead_letters(store, folder):
    who = ("--queue", "payments", "--consumer", "billing", "--user", "olga")
    body = os.path.join(folder, "body.json")
    with open(body, "w", encoding="utf-8") as out:
        out.write('{"cents":3}')
    edited = lines("deadletters", "redrive", store, "3", *who, "--body", body)[0]["edited_id"]
    check(edited.startswith("edited-"), edited)
    check(dead(store) == ["m-1", "m-3", "m-2"], "the original stays")
    done = lines("deadletters", "redrive", store, "1", *who)[0]
    check((done["redriven"], done["up_to"]) == (1, 3), done)
    check(dead(store) == ["m-3", "m-2"], "one was redriven")
    check("not_found" in run("deadletters", "redrive", store, "1", *who, expect=1).stderr, "again")
    done = lines("deadletters", "redrive", store, *who, "--all", "--to", "elsewhere")[0]
    check((done["redriven"], done["kept"]) == (1, 1), done)
    check(lines("deadletters", "purge", store, *who, "--all", "--confirm", "1")[0]["skipped"] == 1,
          "purge")
    check(dead(store) == [], "all are gone")
    names = [one["name"] for one in lines("read", store, "evsrc.dead-letters/payments")
             if "run" not in one["name"]]
    check(names == ["evsrc.dead-letter." + what for what in
                    ("edited", "redriven", "redriven", "purged")], names)
    check(lines("read", store, "evsrc.dead-letters/payments")[0]["user"] == "olga", "user")
    shipping = ("--queue", "orders", "--consumer", "shipping")
    check(lines("deadletters", "skip", store, "1", *shipping)[0]["skipped"] == 1, "skip")
    check("draining" in run("keys", "status", store).stdout, "the key goes on")
    text = run("deadletters", "redrive", store, *shipping, "--key", "bob\n").stdout
    check(text.startswith("1 redriven, 0 skipped"), text)
    check([one["standing"] for one in lines("keys", "status", store)] == ["draining", "waiting"],
          "keys afterwards")


def works_on_keys(store):
    who = ("--queue", "orders", "--consumer", "shipping", "--user", "olga")
    run("keys", "redrive", store, "ann", "--consumer", "shipping", expect=2)
    check("not_found" in run("keys", "redrive", store, "zoe", *who, expect=1).stderr, "an open key")
    check("not_found" in run("keys", "skip", store, "ann", *who, "--id", "m-9", expect=1).stderr,
          "a message that the key does not hold")
    check(lines("keys", "redrive", store, "ann", "--window", "86400", *who)
          == [{"consumer": "shipping", "key": "ann", "done": "redriven"}], "keys redrive")
    check(run("keys", "skip", store, "ann", *who, "--id", "m-2").stdout
          == "skipped: key ann of shipping goes on without it\n", "a held one")
    check(lines("keys", "skip", store, "bob\n", *who)[0]["done"] == "skipped", "keys skip")
    check([(one["key"], one["standing"], one["held"]) for one in lines("keys", "status", store)]
          == [("ann", "waiting", 0)], "keys afterwards")
    check(dead(store, queue="orders") == [], "their dead letters are gone")
    records = lines("read", store, "evsrc.dead-letters/orders")
    check([one["name"] for one in records] == ["evsrc.dead-letter." + what for what in
                                               ("redriven", "skipped", "skipped")], records)
    check(all(one["user"] == "olga" for one in records), records)


def refuses_bad_input(store, folder):
    missing = os.path.join(folder, "missing.db")
    check("not_found" in run("doctor", missing, expect=1).stderr, "missing file")
    check(not os.path.exists(missing), "a missing file is not made")
    check("no stream order/9" in run("read", store, "order/9", expect=1).stderr, "missing stream")
    run(expect=2)
    check("no command 'frobnicate'" in run("frobnicate", store, expect=2).stderr, "no command")
    check("no command 'bogus'" in run("outbox", "bogus", store, expect=2).stderr, "no command of outbox")
    check("required" in run("outbox", expect=2).stderr, "a command of outbox is missing")
    for wrong in (("streams", store, "order", "--limit"), ("read", store, "order/1", "--from"),
                  ("tail", store, "--idle-ms"), ("outbox", "refused", "show", store)):
        check("-1" in run(*wrong, "-1", expect=2).stderr, wrong)
    check("--from" in run("read", store, "order", "--from", "1", expect=2).stderr,
          "a version without a stream")
    foreign = os.path.join(folder, "foreign.db")
    with open(foreign, "w", encoding="utf-8") as out:
        out.write("this is no database, but it is longer than a header of a hundred bytes. " * 4)
    check(run("doctor", foreign, expect=1).stderr.startswith("evsrc: "), "a foreign file")
    with open(store, "r+b") as damaged:  # a payload's byte
        content = damaged.read()
        damaged.seek(content.rindex(b'{"total":45.85}') + 2)
        damaged.write(b"T")
    check("corrupt" in run("doctor", store, expect=1).stderr, "a flipped byte")


def says_when_it_cannot_print(store):
    """The end of what it prints lies in a buffer, so that only the last moment says it."""
    for arguments in (("read", store, "--limit", "0"), ("doctor", store), ("streams", store),
                      ("tail", store, "--from-start", "--idle-ms", "1"), ("--help",)):
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([EVSRC, *arguments], stdout=full, stderr=subprocess.PIPE, text=True,
                                  timeout=120)
            check(done.returncode == 1 and "No space left" in done.stderr, (arguments, done))
            done = subprocess.run([EVSRC, *arguments], stdout=full, stderr=full, timeout=120)
            check(done.returncode == 1, (arguments, done))


with tempfile.TemporaryDirectory() as scratch:
    sample = os.path.join(scratch, "sample.db")
    subprocess.run([MAKER, sample], check=True)
    before = open(sample, "rb").read()
    looks_at_events(sample)
    tells_status(sample)
    looks_at_refused(sample)
    says_when_it_cannot_print(sample)
    check(open(sample, "rb").read() == before, "looking changed the file")
    works_on_refused(sample)
    refuses_bad_input(sample, scratch)
    sample = os.path.join(scratch, "letters.db")
    subprocess.run([DEAD_LETTER_MAKER, sample], check=True)
    before = open(sample, "rb").read()
    looks_at_dead_letters(sample)
    check(open(sample, "rb").read() == before, "looking at dead letters changed the file")
    refuses_careless_work(sample)
    works_on_dead_letters(sample, scratch)
    sample = os.path.join(scratch, "keys.db")
    subprocess.run([DEAD_LETTER_MAKER, sample], check=True)
    works_on_keys(sample)
    sample = os.path.join(scratch, "many.db")
    subprocess.run([DEAD_LETTER_MAKER, sample, "2000"], check=True)
    ends_work_when_interrupted(sample, 2000)
print(f"{checks} checks passed")
