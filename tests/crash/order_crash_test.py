#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kills the shop at named points and at random moments, starts it again, and lets the oracle judge.

usage: order_crash_test.py CRASH_SHOP points|kills|oracle

points: each point at its first, a middle and its last occurrence; a point that is never come by,
and an occurrence that a run misses, fail. kills: 40 at random, or ten for each unit of EVSRC_SOAK
if that is more, half of them for each style of the flow; points are for each style, too. oracle:
files that somebody tampered with do not pass, and each defect is seen by its own check. EVSRC_SEED repeats a run.
"""
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter, namedtuple
from decimal import Decimal

from crashing_program import SEED, CrashingProgram, crash_at_each, main
from order_oracle import Broken, Ledger, judge_after_crash, judge_at_rest, require

PROGRAM = sys.argv[1]
POINTS = ("inside_migration", "before_migration", "after_migration", "before_commit",
          "after_commit", "the_hop", "before_settle", "before_bus_commit", "after_bus_commit",
          "inside_checkpoint", "before_checkpoint_sync")

STYLES = ("choreography", "saga")

Order = namedtuple("Order", "order_id pieces value")


class Shop(CrashingProgram):
    """One store with its client, its bank and its commands."""

    def __init__(self, seed, orders, on_disk=False, style="choreography"):
        super().__init__(PROGRAM, "orders", on_disk)
        self.store, self.log = self.path("store.db"), self.path("replies")
        self.style = style
        self.durability = "fsync" if on_disk else "os"
        self.orders, self.stocks = {}, {}
        self.write_commands(random.Random(seed), orders)
        # Many payments and parcels fail, so that all ways are gone. Some answers of the bank nobody
        # can read: those orders are dead letters.
        self.bank = subprocess.Popen(
            [PROGRAM, "outside", self.path("s"), self.path("ledger"), str(seed), "250", "300", "0",
             "150"],
            stdin=subprocess.PIPE)
        while not os.path.exists(self.path("s")):
            require(self.bank.poll() is None, "the bank did not start")
            time.sleep(0.001)

    def __exit__(self, *_):
        self.bank.stdin.close()
        self.bank.wait()
        super().__exit__()

    def arguments(self):
        return [f"store={self.store}", f"commands={self.path('commands')}", f"log={self.log}",
                f"socket={self.path('s')}", f"durability={self.durability}", f"style={self.style}"]

    def write_commands(self, rng, count):
        skus = [f"sku-{number}" for number in range(6)]
        lines = []
        for sku in skus:
            self.stocks[f"open-{sku}"] = sku
            lines.append(f"receive open-{sku} {sku} {rng.randrange(3, 6) * count}")
        for number in range(count):
            order_id, pieces, value, words = f"order-{number}", Counter(), Decimal(0), []
            for sku in rng.choices(skus, k=rng.randrange(2, 5)):
                quantity, cents = rng.randrange(1, 9), rng.randrange(1, 5000)
                if number % 7 == 3:
                    quantity += 10 * count  # more than there can be
                pieces[sku] += quantity
                value += Decimal(quantity * cents) / 100
                words.append(f"{sku} {quantity} {cents}")
            customer = f"customer-{rng.randrange(4)}"
            keys = [f"key-{number}"]
            if number % 6 == 5:
                keys.append(f"again-{number}")  # another request for the same order
            for key in keys:
                self.orders[key] = Order(order_id, pieces, value)
                lines.append(f"order {key} {order_id} {customer} {' '.join(words)}")
            if rng.randrange(3) == 0:
                lines.append("work")
        with open(self.path("commands"), "w", encoding="utf-8") as out:
            out.write("\n".join(lines) + "\n")

    def judge_after_crash(self):
        if os.path.exists(self.store):
            judge_after_crash(self.orders, self.stocks, self.store, self.log, self.ledger())

    def judge_at_rest(self):
        return judge_at_rest(self.orders, self.stocks, self.store, self.log, self.ledger())

    def ledger(self):
        return Ledger(self.path("ledger"))


def points():
    orders = 14
    for style in STYLES:
        with Shop(SEED, orders, style=style) as shop:
            counts = shop.counts()
            states = shop.judge_at_rest()
        print(f"by {style}: orders by state: {dict(states)}; points: {counts}")
        # Synced where that could matter to what is told when; else the system keeps what it has.
        crashes = crash_at_each(POINTS, counts,
                                lambda point: Shop(SEED, orders, point == "after_commit", style))
        print(f"{crashes} crashes at {len(POINTS)} points")


def kills():
    wanted = max(40, 10 * int(os.environ.get("EVSRC_SOAK", "0"))) // len(STYLES)
    killed, stores = Counter({style: 0 for style in STYLES}), 0
    rng = random.Random(SEED)
    states = Counter()
    while min(killed.values()) < wanted:
        stores += 1
        style = min(STYLES, key=killed.get)
        with Shop(rng.randrange(1, 2**31), 40, style=style) as shop:
            try:
                while not ends_alive(shop, rng.uniform(0.001, 0.3) if killed[style] < wanted else 300):
                    shop.judge_after_crash()
                    killed[style] += 1
                states += shop.judge_at_rest()
            except Broken as fault:
                raise Broken(f"store {stores} by {style}, kill {killed[style]}: {fault}") from None
    for style, count in killed.items():
        require(count >= 10, f"only {count} kills by {style}")
    for state in ("completed", "cancelled", "pending_inventory", "dead-lettered"):
        require(states[state] > 0, f"no order ends as {state}: the commands are too tame")
    print(f"kills: {dict(killed)}, in the lives of {stores} stores; orders by end: {dict(states)}")


def ends_alive(shop, patience):
    """False where it was killed before it had worked off everything."""
    process = shop.start()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
    _, complaint = process.communicate()
    require(process.returncode in (0, -signal.SIGKILL),
            f"exit {process.returncode}: {complaint.decode()}")
    return process.returncode == 0


def add_line(name, line):
    def tamper(shop):
        with open(shop.path(name), "a", encoding="utf-8") as out:
            out.write(line)
    return tamper


def drop_line(name, begin):
    """The last one that begins so."""
    def tamper(shop):
        with open(shop.path(name), encoding="utf-8") as lines:
            rest = lines.readlines()
        at = max(number for number, line in enumerate(rest) if line.startswith(begin) and "ok" in line)
        with open(shop.path(name), "w", encoding="utf-8") as out:
            out.writelines(rest[:at] + rest[at + 1:])
    return tamper


def run_sql(*statements):
    def tamper(shop):
        with sqlite3.connect(shop.store) as database:
            for sql in statements:
                require(database.execute(sql).rowcount != 0, f"planted nothing: {sql}")
        database.close()
    return tamper


def drop_event(name, order="DESC", renumbers=True):
    """The last of that name, or the first; those behind it in its stream close up, so that no hole tells of it."""
    def tamper(shop):
        with sqlite3.connect(shop.store) as database:
            position, stream = database.execute(
                "SELECT position, stream FROM evsrc_events WHERE kind IN (SELECT id FROM evsrc_kinds"
                f" WHERE name = ?) ORDER BY position {order} LIMIT 1", (name,)).fetchone()
            database.execute("DELETE FROM evsrc_events WHERE position = ?", (position,))
            behind = database.execute("SELECT position FROM evsrc_events WHERE stream = ? AND"
                                      " position > ? ORDER BY version", (stream, position)).fetchall()
            if renumbers:
                database.executemany(
                    "UPDATE evsrc_events SET version = version - 1 WHERE position = ?", behind)
        database.close()
    return tamper


def oracle():
    put = ("INSERT INTO evsrc_bus_messages SELECT max(place) + 1, 2, 3, 4, {}, x'00', x'00'"
           " FROM evsrc_bus_messages WHERE place >> 43 = (SELECT id FROM evsrc_bus_entities"
           " WHERE path = 'order-fulfillment')").format
    failures = ("place >> 43 = (SELECT id FROM evsrc_bus_entities"
                " WHERE path = 'order-processing-dlq')")
    defects = {
        "was charged": add_line("ledger", "charge\tother\torder-0\t1.00\tok\tx\n"
                                              "charge\tmore\torder-0\t1.00\tok\tx\n"),
        "refunds for": add_line("ledger", "refund\tother\torder-3\t1.00\tok\tx\n"),
        "that nobody placed": add_line("ledger", "charge\tother\torder-999\t1.00\tok\tx\n"),
        "the bank keeps": drop_line("ledger", "refund"),
        "and later": add_line("replies", "key-0\tok version 1 positions 99999\n"),
        "is due": drop_event("order.created", renumbers=False),
        "is not found there": run_sql(
            "DELETE FROM evsrc_events WHERE stream = (SELECT id FROM evsrc_streams WHERE category ="
            " 'order' AND key = 'order-1')"),
        # Later ones of that product tell what is available.
        "that came in": drop_event("inventory.reserved", order="ASC"),
        "no dead letter says why": drop_event("order.completed"),
        "is left that is no dead letter": run_sql(put("''")),
        "has no reason": run_sql(put("'order-fulfillment'")),
        "and 0 reports": run_sql(f"DELETE FROM evsrc_bus_messages WHERE source = '' AND {failures}"),
        "left in the outbox": run_sql(
            "INSERT INTO evsrc_outbox (id, destination, key, type, type_version, not_before,"
            " content_type, correlation, causation, trace_parent, properties, body)"
            " VALUES ('x', 'orders', '', '', 1, 0, '', '', '', '', x'', x'')"),
    }
    for complaint, tamper in defects.items():
        with Shop(SEED, 60) as shop:
            require(shop.run()[0] == 0, "a run that should live was killed")
            shop.judge_at_rest()
            tamper(shop)
            try:
                shop.judge_at_rest()
            except Broken as fault:
                print(f"seen: {fault}")
                require(complaint in str(fault),
                        f"'{complaint}' was seen as something else: {fault}")
                continue
            raise Broken(f"nobody saw that '{complaint}' was planted")


main({"points": points, "kills": kills, "oracle": oracle})
