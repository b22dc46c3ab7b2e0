#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kills what relays, consumes, redrives, edits, rebuilds and migrates, and looks at the rows.

usage: message_crash_test.py CRASH_MESSAGES transactions|plain|redrive|rebuild|migration

transactions and plain: with a bus that settles and sends at once, and with one that cannot.
redrive: with both, at one dead letter after another, killed or cancelled and then killed.
"""
import json
import os
import random
import signal
import sys
from collections import defaultdict

from crashing_program import SEED, CrashingProgram, crash_at_each, main
from order_oracle import Broken, File, judge_streams, position_of, read_replies, require

PROGRAM = sys.argv[1]
POINTS = (
    "relay/between_send_and_mark", "relay/before_mark", "relay/after_mark",
    "relay/before_bus_commit", "relay/after_bus_commit",
    "consume/before_commit", "consume/after_commit", "consume/before_settle",
    "consume/between_taking_and_putting",  # behind the block record, before the dead letter
    "redrive/before_commit", "redrive/after_commit", "redrive/after_bus_commit",
    "edit/before_commit", "edit/after_commit", "edit/after_bus_commit",
    "mended/before_commit", "mended/after_commit", "mended/before_settle",
    "project/inside_switch",
)
REBUILD = ("rebuild/before_commit", "rebuild/after_commit", "rebuild/inside_switch",
           "rebuild/before_switch", "rebuild/after_switch")
ONCE = {"project/inside_switch"}  # in a life: it is built for the first time


class Office(CrashingProgram):
    """Two files: a store and a bus."""

    def __init__(self, seed, has_transactions, point=""):
        super().__init__(PROGRAM, "run")
        self.has_transactions, self.point = has_transactions, point
        self.store, self.bus, self.log = self.path("store.db"), self.path("bus.db"), self.path("log")
        self.invoices = {}  # by key: id, account, cents as they are to be booked
        self.by_account = defaultdict(list)
        self.poisoned = defaultdict(set)  # invoices that fail at first, by account
        with open(self.path("commands"), "w", encoding="utf-8") as out:
            for number, (account, cents, is_poison) in enumerate(self.draw(random.Random(seed))):
                invoice = f"invoice-{number}"
                out.write(f"key-{number} {invoice} {account} {-cents if is_poison else cents}\n")
                if is_poison:
                    self.poisoned[account].add(invoice)
                meant = -cents if is_poison and account[:4] != "typo" else cents
                self.invoices[f"key-{number}"] = (invoice, account, meant)
                self.by_account[account].append((invoice, meant))

    def draw(self, rng):
        """Yields account, cents, whether it fails at first."""
        accounts = (["plain-1", "plain-2"] + [f"stubborn-{n}" for n in range(1, 6)]
                    + [f"typo-{n}" for n in range(1, 4)])
        for number in range(3 * len(accounts)):
            is_first = number < len(accounts)  # each of them has one
            account = accounts[number] if is_first else rng.choice(accounts)
            # One for each that is edited: the next would wait for another edit.
            yield account, rng.randrange(1, 10_000), account[:5] != "plain" and (
                is_first or (account[:4] != "typo" and rng.randrange(3) == 0))

    def arguments(self):
        return [f"store={self.store}", f"bus={self.bus}", f"commands={self.path('commands')}",
                f"log={self.log}", f"transactions={'yes' if self.has_transactions else 'no'}"]

    def booked(self, found):
        """By account, in the order of the booking."""
        booked = defaultdict(list)
        for row in found.events:
            if row.category == "account":
                event = row.event()
                booked[row.key].append((event["invoice"], event["cents"]))
        return booked

    def judge_after_crash(self):
        if not os.path.exists(self.store):
            return None
        found = File(self.store)
        require(found.integrity == "ok", f"the file: {found.integrity}")
        judge_streams(found.events)
        at = {row.position: row for row in found.events}
        for key, reply in read_replies(self.log).items():
            row = at.get(position_of(reply))
            require(row is not None and row.key == self.invoices[key][0],
                    f"{key} was answered '{reply}', and nothing of it is found there")
        for account, entries in self.booked(found).items():
            require(entries == self.by_account[account][:len(entries)],
                    f"{account} was booked as {entries}, of {self.by_account[account]}")
        if self.point.startswith("rebuild/"):  # beside the live model, which readers see
            self.judge_totals(found)
        return found

    def judge_totals(self, found):
        sums = {account: sum(cents for _, cents in entries)
                for account, entries in self.by_account.items()}
        require(found.totals == sums, f"the read model says {found.totals}, not {sums}")

    def judge_at_rest(self):
        found = self.judge_after_crash()
        require(set(read_replies(self.log)) == set(self.invoices), "a command was never answered")
        require(self.booked(found) == self.by_account,
                f"booked {dict(self.booked(found))}, of {dict(self.by_account)}")
        require(found.outbox_rows == 0, f"{found.outbox_rows} rows are left in the outbox")
        self.judge_letters(File(self.bus))
        self.judge_totals(found)
        require(found.totals_tables == 1, f"{found.totals_tables} tables of the read model are left")

    def judge_letters(self, bus):
        """The originals of edited messages stay, all of them, and say why; nothing else is left."""
        standing = set()
        for source, head, body in bus.messages:
            require(source != "" and "typo" in str(body), f"a message is left: {body}")
            require("DeadLetterReason" in str(head), f"a dead letter has no reason: {body}")
            standing.add(json.loads(body)["invoice"])
        edited = set().union(*(invoices for account, invoices in self.poisoned.items()
                               if account[:4] == "typo"))
        require(standing == edited, f"the dead letters are of {standing}, not of {edited}")


def crash(has_transactions, points):
    with Office(SEED, has_transactions) as office:
        counts = office.counts()
        office.judge_at_rest()
    print(f"points: {counts}")
    for point in set(points) - ONCE:
        require(counts.get(point, 0) >= 3, f"{point} has no first, middle and last: {counts}")
    crashes = crash_at_each(points, counts, lambda point: Office(SEED, has_transactions, point))
    print(f"{crashes} crashes at {len(points)} points")


LETTERS, CUTS = 24, 20


class Graveyard(Office):
    """Blocked keys, each with a message behind the one that failed."""

    def draw(self, rng):
        for number in range(2 * LETTERS):
            yield f"stubborn-{number % LETTERS}", rng.randrange(1, 10_000), number < LETTERS

    def judge_cut(self):
        """Whatever was not booked yet stands in the bus. @return how many dead letters are left"""
        booked = {invoice for entries in self.booked(self.judge_after_crash()).values()
                  for invoice, _ in entries}
        messages = File(self.bus).messages
        standing = {json.loads(body)["invoice"] for _, _, body in messages}
        lost = set().union(*self.poisoned.values()) - booked - standing
        require(not lost, f"{lost} stand nowhere")
        return sum(source != "" for source, _, _ in messages)


def redrive():
    """A letter's end and its copy are told at once, or the copy is sent first, in a commit of its
    own, behind one that locks them all: the death is between the two."""
    for has_transactions, point, commits in (
            (True, "redrive/between_taking_and_putting", 1), (False, "redrive/after_bus_commit", 2)):
        for kind in ("killed", "cancelled"):
            left = set()
            for cut in range(1, CUTS + 1):
                end = ((f"die_at={point}", f"die_number={cut * commits}") if kind == "killed"
                       else (f"cancel_at={cut}",))
                with Graveyard(SEED, has_transactions) as office:
                    try:
                        require(office.run(*end)[0] == -signal.SIGKILL, "it outlived that")
                        left.add(office.judge_cut())
                        require(office.run()[0] == 0, "a run that should live was killed")
                        office.judge_at_rest()
                    except Broken as fault:
                        raise Broken(f"{kind}, {' '.join(end)}: {fault}") from None
            require(len(left) == CUTS, f"{kind} with so many letters left: {sorted(left)}")
        print(f"killed and cancelled at {CUTS} of {LETTERS} letters, transactions: {has_transactions}")


OLDEST, NEWEST = 1, 6  # versions of the schema


class OldFile(CrashingProgram):
    """A file of the first schema that a newer program opens."""

    def __init__(self):
        super().__init__(PROGRAM, "upgrade")
        self.store = self.path("store.db")
        make = CrashingProgram.run
        self.verb = "old"
        make(self)
        self.verb = "upgrade"

    def arguments(self):
        return [f"store={self.store}"]

    def judge_after_crash(self):
        found = File(self.store)
        require(found.integrity == "ok", f"the file: {found.integrity}")
        require(found.schema in (OLDEST, NEWEST), f"the schema is of version {found.schema}")
        require(found.outbox_rows == 50, f"{found.outbox_rows} rows are in the outbox")
        require(("evsrc_bus_messages" in found.tables) == (found.schema == NEWEST),
                f"half of the tables of version {found.schema} are there")

    def judge_at_rest(self):
        self.judge_after_crash()
        _, said = self.run()
        wanted = [f"{i} id-{i} customer-{i % 7}" for i in range(1, 51)]
        require(said.splitlines() == wanted, f"the outbox has other rows than before: {said}")
        require(File(self.store).schema == NEWEST, "the file is still of an older version")


def migration():
    with OldFile() as old:
        counts = old.counts()
        old.judge_at_rest()
    print(f"points: {counts}")
    points = ("inside_migration", "before_migration", "after_migration")
    print(f"{crash_at_each(points, counts, lambda _: OldFile())} crashes at {len(points)} points")


main({
    "transactions": lambda: crash(True, POINTS + ("redrive/between_taking_and_putting",)),
    "redrive": redrive,
    "rebuild": lambda: crash(True, REBUILD),
    # The copy has gone by then, in a transaction of its own.
    "plain": lambda: crash(False, ("redrive/before_settle", "redrive/before_bus_commit",
                                   "redrive/after_bus_commit", "edit/after_bus_commit")),
    "migration": migration,
})
