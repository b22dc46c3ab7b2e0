#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the retail program as a user would and checks what it says.

usage: import_test.py PROGRAM DATA_FOLDER CASE [FILE]

CASE is facts, again, killed, truncated, bad_input, options, output, ledger, read_side, pipeline,
saga, saga_killed, outage or store_events; FILE is another file to import, with the facts "full" instead of "sample" (used by hand on the full
file). Every case ends with `N checks passed`.
"""
import csv
import fcntl
import gzip
import io
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from decimal import Decimal

PROGRAM, DATA, CASE = sys.argv[1:4]
FILE = sys.argv[4] if len(sys.argv) > 4 else os.path.join(DATA, "online-retail-sample.csv")
FACTS = json.load(open(os.path.join(DATA, "facts.json")))["full" if len(sys.argv) > 4 else "sample"]
TIMING = ("seconds", "rows_per_second", "pipeline")
checks = 0


def check(condition, text):
    global checks
    if not condition:
        sys.exit(f"FAILED: {text}")
    checks += 1


def run(*arguments):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, timeout=3600)


def import_json(file, store, *options):
    done = run(file, "--store", store, "--durability", "os", "--json", *options)
    check(done.returncode == 0, f"import of {file}: {done.stderr.decode()}")
    lines = done.stdout.decode().splitlines()
    check(len(lines) == 1, f"--json prints one line, not {len(lines)}")
    return json.loads(lines[0])


def same(a, b, what):
    for key in a:
        if key not in TIMING:
            check(a[key] == b[key], f"{what}: {key} differs: {a[key]} and {b[key]}")


def read_lines(file):
    opened = gzip.open(file, "rb") if file.endswith(".gz") else open(file, "rb")
    with opened:
        return opened.read().splitlines(keepends=True)


def sums_by_country():
    """The value of every country in 1/1000 GBP, from the rows by Python's own means."""
    text = b"".join(read_lines(FILE)).decode()
    sums = {}
    for row in csv.DictReader(io.StringIO(text, newline="")):
        mils = int(row["Quantity"]) * Decimal(row["UnitPrice"]) * 1000
        sums[row["Country"]] = sums.get(row["Country"], 0) + int(mils)
    return sums


def facts(folder):
    got = import_json(FILE, f"{folder}/a.db")
    check(got["rows"] == FACTS["rows"], "rows")
    check(got["invoices"] == FACTS["invoices"], "invoices")
    check(got["units"] == FACTS["sum_quantity"], "units")
    check(got["value_milli_gbp"] == FACTS["sum_value_mils"], "value")
    check(got["cancellations"] == FACTS["cancellation_invoices"], "cancellations")
    check(got["adjustments"] == FACTS["adjustment_invoices"], "adjustments")
    check(got["write_offs"] == FACTS["rows_negative_quantity_outside_cancellations"], "write-offs")
    for month in FACTS["by_month"]:
        value = got["value_by_month_milli_gbp"].get(month["month"])
        check(value == month["sum_value_mils"], f"value of {month['month']}")
    check(len(got["value_by_month_milli_gbp"]) == len(FACTS["by_month"]), "months")
    for country in FACTS["top_countries_by_value"]:
        value = got["value_by_country_milli_gbp"].get(country["country"])
        check(value == country["sum_value_mils"], f"value of {country['country']}")
    by_country = sums_by_country()
    same(by_country, got["value_by_country_milli_gbp"], "values of countries")
    check(len(by_country) == len(got["value_by_country_milli_gbp"]), "number of countries")
    places = got["value_milli_gbp_by_place"]
    check(places["returns"] == FACTS["sum_value_cancellation_mils"], "value of returns")
    check(places["adjustments"] == FACTS["sum_value_adjustment_mils"], "value of adjustments")
    for name in ("rows", "units", "value_milli_gbp"):
        split = got[f"{name}_by_place"]
        check(sum(split.values()) == got[name], f"the places of {name} add up")
    check(sum(got["rows_rejected"].values()) == got["rows_by_place"]["rejected"], "reasons add up")
    check(sum(got["value_by_country_milli_gbp"].values()) == got["value_milli_gbp"], "countries")


def again(folder):
    first = import_json(FILE, f"{folder}/a.db")
    size = os.path.getsize(f"{folder}/a.db")
    second = import_json(FILE, f"{folder}/a.db")
    same(first, second, "a second run")
    check(os.path.getsize(f"{folder}/a.db") == size, "a second run writes nothing")
    packed = f"{folder}/packed.csv.gz"
    with gzip.open(packed, "wb") as out:
        out.writelines(read_lines(FILE))
    same(first, import_json(packed, f"{folder}/a.db"), "the same file as gzip")
    done = run(FILE, "--store", f"{folder}/a.db", "--opening-stock", "5")
    check(done.returncode != 0 and b"other stock options" in done.stderr, "other options refused")
    crlf = f"{folder}/crlf.csv"
    with open(crlf, "wb") as out:
        out.writelines(line.rstrip(b"\n") + b"\r\n" for line in read_lines(FILE))
    same(first, import_json(crlf, f"{folder}/b.db"), "CRLF line ends")
    marked = f"{folder}/marked.csv"
    with open(marked, "wb") as out:
        out.write(b"\xef\xbb\xbf" + b"".join(read_lines(FILE)))
    same(first, import_json(marked, f"{folder}/a.db"), "the same file with a byte order mark")


def killed(folder, *style, moments=20):
    # Many orders wait: much can go wrong.
    scarce = ("--opening-stock", "20", "--lead-days", "5", "--low-stock", "15", *style)
    whole = import_json(FILE, f"{folder}/whole.db", *scarce)
    rows = FACTS["rows"]
    store = f"{folder}/killed.db"
    days = [line.split(b",")[-4][:10] for line in read_lines(FILE)[1:]]
    first_of_day = [row for row in range(2, rows + 1) if days[row - 1] > days[row - 2]]
    # Spread over the file, and between the close of a day and the commit of the next one's rows.
    at = [rows * moment // (moments + 1) for moment in range(1, moments + 1)]
    options = scarce  # later left out: the import goes on as it began
    for row in sorted(at + first_of_day[::600 // moments]):
        done = run(FILE, "--store", store, "--durability", "os", *options, "--kill-at-row", str(row))
        check(done.returncode == -9, f"killed at row {row}: {done.returncode}")
        options = ()
    same(whole, import_json(FILE, store), "killed again and again")


def truncated(folder):
    whole = import_json(FILE, f"{folder}/whole.db")
    text = b"".join(read_lines(FILE))
    seed = int(os.environ.get("EVSRC_SEED", random.randrange(2**32)))
    print(f"EVSRC_SEED={seed}")
    source = random.Random(seed)
    cuts = sorted(source.randrange(200, len(text)) for _ in range(4))
    store, part = f"{folder}/parts.db", f"{folder}/part.csv"
    for cut in [*cuts, len(text)]:
        with open(part, "wb") as out:
            out.write(text[:cut])
        last = import_json(part, store)
    same(whole, last, "imported in parts")
    shorter = f"{folder}/shorter.csv"
    with open(shorter, "wb") as out:
        out.write(text[:cuts[0]])
    same(whole, import_json(shorter, store), "a shorter file changes nothing")


HEADER = b"InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
GOOD = b"536365,85123A,LANTERN,6,2010-12-01T08:26:00,2.55,17850,United Kingdom\n"


def bad_input(folder):
    path = f"{folder}/bad.csv"

    def refused(text, *expected, name=path):
        with open(name, "wb") as out:
            out.write(text)
        store = f"{folder}/refused-{checks}.db"
        done = run(name, "--store", store, "--json")
        check(done.returncode == 1, f"{text[:60]} is refused: {done.returncode}")
        check(done.stdout == b"", "nothing on stdout")
        for word in expected:
            check(word in done.stderr, f"{done.stderr} names {word}")
        return store

    def leaves_nothing(store):
        check(not [name for name in os.listdir(folder) if name.startswith(os.path.basename(store))],
              "what cannot be imported leaves no store")

    leaves_nothing(refused(b"", b"no header"))
    leaves_nothing(refused(HEADER.replace(b"Quantity", b"Qty") + GOOD, b"no column Quantity"))
    refused(HEADER.replace(b"Country", b"StockCode") + GOOD, b"two columns StockCode", b"Country")
    packed = gzip.compress(HEADER + GOOD * 50_000)
    store = refused(packed[: len(packed) // 2], b"damaged or cut off", b"rows before it are in the store",
                    name=f"{folder}/cut.csv.gz")
    done = run("--store", store, "--json")
    check(done.returncode == 0, done.stderr.decode())
    whole = json.loads(done.stdout)["rows"]
    check(20_000 < whole < 30_000, f"{whole} rows of a half are in the store")
    done = run(f"{folder}/cut.csv.gz", "--store", store)
    check(f"behind line {whole + 1} ".encode() in done.stderr, f"{done.stderr} names the line")
    flipped = bytearray(packed)
    flipped[len(packed) // 2] ^= 0x55
    refused(bytes(flipped), b"damaged or cut off", name=f"{folder}/flipped.csv.gz")
    done = run(f"{folder}/none.csv", "--store", f"{folder}/none.db")
    check(done.returncode == 1 and b"none.csv" in done.stderr, "a missing file is named")
    leaves_nothing(f"{folder}/none.db")
    done = run(folder, "--store", f"{folder}/none.db")
    check(done.returncode == 1 and folder.encode() in done.stderr, "a folder is named")
    leaves_nothing(f"{folder}/none.db")
    with open(f"{folder}/text.db", "wb") as out:
        out.write(b"this is not a database, it only looks like a file" * 100)
    done = run(FILE, "--store", f"{folder}/text.db")
    check(done.returncode == 1, "a file that is no database is refused")

    rows = {
        b"columns": b"536366,85123A,LANTERN,6\n",
        b"quotes": b'536366,85123A,"LANTERN,6,2010-12-01T08:26:00,2.55,17850,United Kingdom\n',
        b"quantity": GOOD.replace(b",6,", b",six,"),
        b"price": GOOD.replace(b"2.55", b"1.2.3"),
        b"date": GOOD.replace(b"2010-12-01", b"2010-13-41"),
        b"invoice": GOOD.replace(b"536365", b""),
        b"stock_code": GOOD.replace(b"85123A", b""),
        b"customer": GOOD.replace(b"17850", b"1" * 65),
        b"text": GOOD.replace(b"LANTERN", b"LAN\x00TERN"),
        b"line_too_long": GOOD.replace(b"LANTERN", b"L" * 100_000_000),
        b"return_quantity": GOOD.replace(b"536365", b"C536365"),
    }
    with open(path, "wb") as out:
        out.write(HEADER + GOOD)
        for row in rows.values():
            out.write(row)
        out.write(GOOD.replace(b"LANTERN", b"LAN\xff\xfeTERN"))
        out.write(GOOD.replace(b",6,", b",99999999999999999999,"))
        out.write(GOOD)
    got = import_json(path, f"{folder}/rows.db")
    check(got["rows"] == len(rows) + 4, "every row is somewhere")
    for reason in rows:
        expected = 2 if reason in (b"text", b"quantity") else 1
        check(got["rows_rejected"].get(reason.decode()) == expected, f"rejected for {reason}")
    check(got["rows_by_place"]["orders"] == 2, "good rows among bad ones are taken")
    with open(path, "wb") as out:  # together they are more than 64 bits hold
        out.write(HEADER + GOOD)
        out.write(GOOD.replace(b",6,", b",1000000000,").replace(b"2.55", b"1000000") * 20)
    got = import_json(path, f"{folder}/large.db")
    check(got["rows_rejected"] == {"value": 20}, f"rejected for their value: {got['rows_rejected']}")
    check(got["units"] == 20 * 10**9 + 6 and got["value_milli_gbp"] == 6 * 2550, "sums without them")
    with open(path, "wb") as out:
        out.write(HEADER + GOOD.replace(b"LANTERN", b"OTHER"))
    done = run(path, "--store", f"{folder}/other.db")
    check(done.returncode == 0, "a small file is fine")


def options(folder):
    """What would not be heeded is refused, before anything is done."""
    part, store = f"{folder}/part.csv", f"{folder}/a.db"
    with open(part, "wb") as out:
        out.write(HEADER + GOOD)
    import_json(part, store)
    for wrong, *named in (
            (("--store", store, "--style", "saga"), b"--style", b"file"),
            (("--store", store, "--opening-stock", "5"), b"--opening-stock", b"file"),
            (("--store", store, "--outage", "payment=1"), b"--outage", b"file"),
            (("--store", store, "--kill-at-row", "5"), b"--kill-at-row", b"file"),
            (("--store", store, "--events-folder", folder), b"--events-folder", b"--count"),
            (("--store", store, "--count", "1", "--history", "order/536365"), b"--history"),
            ((part, "--store", store, "--count", "1", "--style", "saga"), b"--style"),
            ((part, "--store", store, "--json", "--history", "order/536365"), b"--history"),
            ((part, "--store", store, "--durability", "memory"), b"--store"),
            ((part, "--store", store, "--seed", "-1"), b"-1"),
            ((part, "--store", store, "--kill-at-row", "-5"), b"-5"),
            (("--store", store, "--state", "order/536365", "--at-version", "-1"), b"-1"),
            (("--store", store, "--state", "order/536365", "--at-version", "0"), b"--at-version")):
        done = run(*wrong)
        check(done.returncode == 2, f"{wrong} is refused: {done.returncode}")
        for word in named:
            check(word in done.stderr, f"{done.stderr} names {word}")
    done = run(part, "--durability", "memory")
    check(done.returncode == 0 and b"--history" not in done.stdout, "a store in memory is not asked again")


def output(folder):
    part, store = f"{folder}/part.csv", f"{folder}/a.db"
    with open(part, "wb") as out:
        out.write(HEADER + GOOD)
    page = run(part, "--store", store)
    check(b"rows/s at durability" in page.stdout and b"handled by queue" in page.stdout, "an import's page")
    page = run("--store", store)
    check(page.returncode == 0 and b"1 rows" in page.stdout, "the page of a store")
    check(b"rows/s" not in page.stdout and b"handled" not in page.stdout, "without what an import did")
    with open("/dev/full", "wb") as full:
        for arguments in (("--store", store, "--json"), ("--store", store), (part, "--store", store),
                          ("--store", store, "--history", "order/536365"), ("--help",)):
            done = subprocess.run([PROGRAM, *arguments], stdout=full, stderr=subprocess.PIPE, timeout=3600)
            check(done.returncode == 1 and b"No space left" in done.stderr, f"{arguments}: {done}")
            done = subprocess.run([PROGRAM, *arguments], stdout=full, stderr=full, timeout=3600)
            check(done.returncode == 1, f"{arguments}: {done}")


def ledger(folder):
    part, store = f"{folder}/part.csv", f"{folder}/a.db"
    with open(part, "wb") as out:
        out.writelines(read_lines(FILE)[:1500])
    first = import_json(part, store)
    check(first["charged_milli_gbp"] > 0, "something was paid")
    shutil.copy(store, f"{folder}/b.db")
    done = run(part, "--store", f"{folder}/b.db")
    check(done.returncode == 1 and b"b.db.ledger is missing, it belongs beside the store" in done.stderr,
          f"a missing ledger is told: {done.stderr}")
    check(not os.path.exists(f"{folder}/b.db.ledger"), "and not begun anew")
    shutil.copy(f"{store}.ledger", f"{folder}/b.db.ledger")
    same(first, import_json(part, f"{folder}/b.db"), "with its ledger it goes on")
    with open(f"{store}.ledger", "rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        done = run(FILE, "--store", store)
        check(done.returncode == 1 and b"another import of this store is running" in done.stderr,
              f"two imports at once: {done.stderr}")
    same(first, import_json(part, store), "and it changed nothing")


def read_side(folder):
    store = f"{folder}/a.db"
    import_json(FILE, store)

    def ask(*arguments):
        done = run("--store", store, *arguments)
        check(done.returncode == 0, f"{arguments}: {done.stderr.decode()}")
        return done.stdout.decode()

    history = ask("--history", "order/536365")
    check("order.created v3" in history and "source examples/retail" in history, "history")
    first = json.loads(ask("--state", "order/536365", "--at-version", "1"))
    check(len(first["state"]["items"]) == 1 and first["version"] == 1, "state of version 1")
    now = json.loads(ask("--state", "order/536365"))
    check(now["state"]["state"] == "completed" and len(now["state"]["items"]) == 7, "state now")
    stock = json.loads(ask("--state", "stock/85123A"))["state"]
    left = stock["available"] + stock["reserved"] + stock["shipped"]
    came = stock["opening"] + stock["received"] + stock["returned"] + stock["adjusted"]
    check(left == came - stock["written_off"], "the stock is balanced")
    for wrong in ("order/none", "order", "order/536365 --at-version 999"):
        done = run("--store", store, "--state", *wrong.split())
        check(done.returncode == 1 and done.stderr, f"{wrong} is refused")
    done = run("--store", f"{folder}/no.db", "--state", "order/1")
    check(done.returncode == 1 and not os.path.exists(f"{folder}/no.db"), "asking creates no file")
    with open(f"{folder}/zero.db", "wb"):
        pass
    done = run("--store", f"{folder}/zero.db", "--json")
    check(done.returncode == 1 and os.path.getsize(f"{folder}/zero.db") == 0, "and fills none")


def ledger_of(store):
    """What the outside did: {order: {kind: [(amount in 1/1000, accepted)]}}, each key once."""
    done, keys = {}, set()
    with open(f"{store}.ledger", encoding="utf-8") as lines:
        for line in lines:
            kind, key, order, amount, outcome = line.rstrip("\n").split("\t")[:5]
            check((kind, key) not in keys, f"{kind} under {key} is done once")
            keys.add((kind, key))
            milli = round(float(amount) * 1000)
            done.setdefault(order, {}).setdefault(kind, []).append((milli, outcome == "ok"))
    return done


def accepted(entries):
    return [amount for amount, is_accepted in entries if is_accepted]


def names_of(store, stream):
    """The names of a stream's events."""
    done = run("--store", store, "--history", stream)
    return [line.split()[2] for line in done.stdout.decode().splitlines() if line[:5].strip()]


def pipeline(folder, *style):
    store = f"{folder}/a.db"
    failing = ("--payment-failures", "100", "--shipping-failures", "50", "--opening-stock", "40",
               *style)
    got = import_json(FILE, store, *failing)
    allowed = {"created", "pending_inventory", "completed", "cancelled"}
    check(set(got["orders"]) <= allowed, f"orders come to an end or wait: {got['orders']}")
    check(got["orders"]["completed"] > 0 and got["orders"]["cancelled"] > 0, "both ends occur")
    check(not got["pipeline"]["dead_letters"], "nothing is a dead letter")
    check(got["broken_laws"] == [], f"the laws hold: {got['broken_laws']}")
    charged = refunded = shipped = 0
    for order, kinds in ledger_of(store).items():
        charges = accepted(kinds.get("charge", []))
        refunds = accepted(kinds.get("refund", []))
        check(len(charges) <= 1 and len(refunds) <= len(charges), f"{order} is charged once")
        check(not refunds or refunds == charges, f"{order} gets back what was charged")
        charged += sum(charges)
        refunded += sum(refunds)
        shipped += len(accepted(kinds.get("ship", [])))
    check(charged == got["charged_milli_gbp"], "what was charged is in the store")
    check(refunded == got["refunded_milli_gbp"], "what was given back is in the store")
    check(refunded > 0, "some parcels failed")
    check(shipped == got["orders"]["completed"], "every parcel is an order's")
    names = names_of(store, "order/536365")
    check(names[-5:] == ["order.confirmed", "payment.completed", "shipping.scheduled",
                         "shipping.shipped", "order.completed"], f"the way of an order: {names}")


def saga(folder):
    pipeline(folder, "--style", "saga")
    store = f"{folder}/a.db"
    names = names_of(store, "order_saga/536365")
    check(names == [f"order_saga.{name}" for name in (
        "lines_asked", "lines_secured", "money_secured", "parcel_announced", "parcel_sent", "ended")],
        f"the saga of an order: {names}")
    done = run(FILE, "--store", store, "--style", "choreography")
    check(done.returncode == 1 and b"go by saga" in done.stderr, "a store keeps its style")
    got = import_json(FILE, store)
    check(got["pipeline"]["style"] == "saga", "and goes on in it unasked")


def saga_killed(folder):
    killed(folder, "--style", "saga", moments=6)


def outage(folder):
    part = f"{folder}/part.csv"
    with open(part, "wb") as out:
        out.writelines(read_lines(FILE)[:1500])
    calm = import_json(part, f"{folder}/calm.db")
    for service, style in (("payment", "choreography"), ("shipping", "choreography"), ("shipping", "saga")):
        store = f"{folder}/{service}.{style}.db"
        got = import_json(part, store, "--outage", f"{service}=1", "--style", style)
        told = got["pipeline"]["outage"]
        check(told["service"] == service and told["peak_backlog"] > 0, "a backlog grew")
        check(told["grown_per_second"] > 0 and told["drained_per_second"] > 0, "and was worked off")
        check(got["broken_laws"] == [], f"the laws hold: {got['broken_laws']}")
        check(got["orders"] == calm["orders"], "this outage changes no order's end")
    # Killed meanwhile, with nothing new in the file: what was on its way goes on.
    for service in ("payment", "shipping"):
        store = f"{folder}/killed.{service}.db"
        done = run(part, "--store", store, "--outage", f"{service}=3600", "--kill-at-row", "1499")
        check(done.returncode != 0, "it was killed")
        got = import_json(part, store)
        check(got["orders"] == calm["orders"], "no order is left on its way")
        check(got["broken_laws"] == [], f"the laws hold: {got['broken_laws']}")
    for wrong in ("bank=1", "payment", "payment=0", "payment=x"):
        done = run(part, "--store", f"{folder}/c.db", "--outage", wrong)
        check(done.returncode != 0 and b"SECONDS" in done.stderr, f"{wrong} is refused")


def store_events(folder):
    done = run("--count", "1000", "--store", f"{folder}/a.db", "--events-folder", f"{folder}/events")
    check(done.returncode == 0, done.stderr.decode())
    answer = json.loads(done.stdout)
    check(list(answer) == ["status", "tot_msgs", "bad_msgs", "sale_evnts", "inventory_evnts",
                           "tot_sales"], "fields of the answer")
    check(answer["status"] is True and answer["tot_msgs"] == 1000, "all were sent")
    check(answer["sale_evnts"] + answer["inventory_evnts"] == 1000, "the types add up")
    check(0 < answer["bad_msgs"] < 100, "a share is malformed")
    sales = filed = 0
    for kind in ("sale_event", "inventory_event"):
        names = os.listdir(f"{folder}/events/{kind}")
        check(all(name.endswith(".json") for name in names), "whole documents only")
        filed += len(names)
        for name in names:
            with open(f"{folder}/events/{kind}/{name}", encoding="utf-8") as text:
                event = json.load(text)
            if kind == "sale_event":
                sales += round(event["price"] * 100) * event["qty"]
    check(filed == 1000 - answer["bad_msgs"], "each good one is filed")
    check(sales == round(answer["tot_sales"] * 100), "the sales add up")
    done = run("--count", "10", "--store", f"{folder}/a.db", "--events-folder", f"{folder}/events")
    more = json.loads(done.stdout)
    now = sum(len(os.listdir(f"{folder}/events/{kind}")) for kind in ("sale_event", "inventory_event"))
    check(now == filed + 10 - more["bad_msgs"], "those of a second run are others")


with tempfile.TemporaryDirectory() as scratch:
    globals()[CASE](scratch)
print(f"{checks} checks passed")
