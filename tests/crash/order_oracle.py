# SPDX-License-Identifier: Apache-2.0
"""What must hold of a shop, judged from outside: by what its client was told, by the ledger of the
bank, and by the rows of the file. Nothing of the library runs here."""
import json
import os
import shutil
import sqlite3
import tempfile
from collections import Counter, defaultdict, namedtuple
from decimal import Decimal



class Row(namedtuple("Row", "position category key version name payload")):
    """An event as it stands in the file."""

    def event(self):
        return json.loads(self.payload)


STATE_AFTER = {
    "order.created": "created",
    "inventory.insufficient": "pending_inventory",
    "order.confirmed": "confirmed",
    "payment.completed": "paid",
    "shipping.shipped": "fulfilled",
    "order.completed": "completed",
    "order.cancelled": "cancelled",
}
HAS_RESERVED = {"confirmed", "paid", "fulfilled"}
HAS_PAID = {"paid", "fulfilled", "completed"}
ENDS = {"completed", "cancelled", "pending_inventory"}
FAILURES = "order-processing-dlq"
REPORT_PROPERTIES = ("error", "event_id", "retry_count")


class Broken(Exception):
    """A promise was not kept; says which."""


def require(condition, text):
    if not condition:
        raise Broken(text)


Message = namedtuple("Message", "entity source head body")


class File:
    """The rows of a store as they are on the disk: of a copy, since looking closes the log."""

    def __init__(self, path):
        with tempfile.TemporaryDirectory(dir=os.path.dirname(path)) as folder:
            for ending in ("", "-wal"):
                if os.path.exists(path + ending):
                    shutil.copy(path + ending, f"{folder}/copy.db{ending}")
            database = sqlite3.connect(f"{folder}/copy.db")
            self.integrity = database.execute("PRAGMA integrity_check").fetchone()[0]
            self.schema = database.execute("PRAGMA user_version").fetchone()[0]
            self.tables = {name for (name,) in database.execute("SELECT name FROM sqlite_schema")}
            self.events = [Row(*row) for row in self.rows(
                database, "evsrc_log", "position, category, key, version, name, payload", "position")]
            # A place begins with the number of its entity, and a bit for dead letters.
            entity = "(SELECT path FROM evsrc_bus_entities WHERE id = place >> 43)"
            self.placed = [Message(*row) for row in self.rows(
                database, "evsrc_bus_messages", f"{entity}, source, head, body", "place")]
            self.messages = [one[1:] for one in self.placed]
            self.event_keys = dict(self.rows(
                database, "evsrc_events", "lower(hex(id)), (SELECT key FROM evsrc_streams AS of"
                " WHERE of.id = stream)", "position"))
            self.outbox_rows = len(self.rows(database, "evsrc_outbox", "sequence", "sequence"))
            self.totals = dict(self.rows(database, "totals", "account, cents", "account"))
            self.totals_tables = sum(name.startswith("totals_") for name in self.tables)
            database.close()

    def rows(self, database, table, columns, order):
        """None where there is no such table (yet)."""
        if table not in self.tables:
            return []
        return database.execute(f"SELECT {columns} FROM {table} ORDER BY {order}").fetchall()


def read_replies(path):
    """By key; a key that was answered in two ways has broken the promise of G5."""
    replies = {}
    if not os.path.exists(path):
        return replies
    with open(path, encoding="utf-8") as log:
        for line in log:
            if not line.endswith("\n"):
                continue
            key, reply = line.rstrip("\n").split("\t")
            before = replies.setdefault(key, reply)
            require(before == reply, f"key {key} was answered '{before}', and later '{reply}'")
    return replies


class Ledger:
    """What the bank did, whatever the shop believes."""

    def __init__(self, path):
        self.charged, self.refunded = defaultdict(list), defaultdict(list)
        if not os.path.exists(path):
            return
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                kind, _, order, amount, said = line.rstrip("\n").split("\t")[:5]
                if said != "ok":
                    continue
                if kind == "charge":
                    self.charged[order].append(Decimal(amount))
                if kind == "refund":
                    self.refunded[order].append(Decimal(amount))

    def judge(self):
        for order, charges in self.charged.items():
            require(len(charges) == 1, f"order {order} was charged {len(charges)} times")
        for order, refunds in self.refunded.items():
            require(len(refunds) <= len(self.charged[order]),
                    f"order {order} has {len(refunds)} refunds for {len(self.charged[order])} charges")
            require(sum(refunds) <= sum(self.charged[order]), f"order {order}: refunded too much")

    def kept(self, order):
        return sum(self.charged[order]) - sum(self.refunded[order])


def position_of(reply):
    """The position of the first event that a reply tells of."""
    words = reply.split()
    return int(words[words.index("positions") + 1])


def judge_streams(events):
    versions = Counter()
    for row in events:
        versions[row.category, row.key] += 1
        require(row.version == versions[row.category, row.key],
                f"{row.category} {row.key}: version {row.version} stands where"
                f" {versions[row.category, row.key]} is due")


def judge_acknowledged(orders, stocks, found, replies):
    """Acknowledged = found: what the client was told of stands where it was told to stand."""
    at = {row.position: row for row in found.events}
    for key, reply in replies.items():
        if not reply.startswith("ok"):
            continue
        row = at.get(position_of(reply))
        wanted = ("order", orders[key].order_id) if key in orders else ("stock", stocks[key])
        require(row is not None and (row.category, row.key) == wanted,
                f"key {key} was answered '{reply}', but {wanted} is not found there")
    told = Counter(orders[key].order_id for key, reply in replies.items()
                   if key in orders and reply.startswith("ok"))
    for order, count in told.items():
        require(count == 1, f"order {order} was accepted under {count} keys")


def judge_after_crash(orders, stocks, store, log, ledger):
    """What holds at any moment, before anything had a chance to repair it."""
    found = File(store)
    require(found.integrity == "ok", f"the file: {found.integrity}")
    judge_streams(found.events)
    judge_acknowledged(orders, stocks, found, read_replies(log))
    created = Counter(row.key for row in found.events if row.name == "order.created")
    for order, count in created.items():
        require(count == 1, f"order {order} was created {count} times")
    ledger.judge()
    judge_stocks(found.events)
    return found


def judge_stocks(events):
    """The law of each SKU, from the events alone. @return reserved and shipped, by order and SKU"""
    available, changes = {}, Counter()
    reserved, shipped = Counter(), Counter()
    for row in events:
        if row.category != "stock":
            continue
        event = row.event()
        if row.name == "inventory.reserved":
            reserved[event["order_id"], row.key] += event["quantity"]
            available[row.key] = event["current_stock"]
        elif row.name == "inventory.released":
            reserved[event["order_id"], row.key] -= event["quantity"]
            available[row.key] = event["current_stock"]
        elif row.name == "inventory.shipped":
            reserved[event["order_id"], row.key] -= event["quantity"]
            shipped[event["order_id"], row.key] += event["quantity"]
        elif event["reason"] != "reserved":
            changes[row.key] += event["change_amount"]
            available[row.key] = event["current_stock"]
    for sku, pieces in available.items():
        held = sum(count for (_, of), count in reserved.items() if of == sku)
        gone = sum(count for (_, of), count in shipped.items() if of == sku)
        require(pieces >= 0, f"stock {sku}: {pieces} available")
        require(pieces + held + gone == changes[sku],
                f"stock {sku}: {pieces} available + {held} reserved + {gone} shipped"
                f" is not the {changes[sku]} that came in")
    return reserved, shipped


def judge_dead_letters(found):
    """What is left are dead letters with reasons, and a report of each. @return their orders"""
    dead, reports = Counter(), Counter()
    for one in found.placed:
        if one.entity == FAILURES and one.source == "":
            reports[judge_report(found, one)] += 1
            continue
        require(one.source != "", "a message is left that is no dead letter")
        require(b"DeadLetterReason" in one.head, f"a dead letter of {one.source} has no reason")
        dead[one.source, json.loads(one.body)["order_id"]] += 1
    for which in set(dead) | set(reports):
        require(dead[which] == reports[which],
                f"{which} has {dead[which]} dead letters and {reports[which]} reports")
    return {order for _, order in dead}


def judge_report(found, one):
    """@return the entity and the order whose message it tells of"""
    report = json.loads(one.body)
    for name in REPORT_PROPERTIES:
        require(name.encode() in one.head and report.get(name, "") != "",
                f"a report in {FAILURES} has no {name}")
    # The event's, or that of the message which carried it: "EVENT-DESTINATION".
    event = report["event_id"][:36].replace("-", "")
    require(event in found.event_keys, f"a report in {FAILURES} names an event that is not found")
    return report["entity"], found.event_keys[event]


def judge_at_rest(orders, stocks, store, log, ledger):
    """What holds once all is worked off. @return the number of orders by how they ended"""
    found = judge_after_crash(orders, stocks, store, log, ledger)
    replies = read_replies(log)
    require(set(replies) == set(orders) | set(stocks), "a command was never answered")
    accepted = {orders[key].order_id: orders[key] for key, reply in replies.items()
                if key in orders and reply.startswith("ok")}
    states, notices = {}, Counter()
    for row in found.events:
        if row.category == "order" and row.name in STATE_AFTER:
            states[row.key] = STATE_AFTER[row.name]
        if row.category == "notification":
            notices[row.key] += 1
    require(set(states) == set(accepted), f"acknowledged and found differ: {set(states) ^ set(accepted)}")

    require(found.outbox_rows == 0, f"{found.outbox_rows} rows are left in the outbox")
    dead = judge_dead_letters(found)
    for order, state in states.items():
        require(state in ENDS or order in dead,
                f"order {order} stays {state}, and no dead letter says why")
        if state in ENDS:
            require(notices[order] == 2,  # that it was received, and how it ended or that it waits
                    f"order {order} is {state}: {notices[order]} notices")

    reserved, shipped = judge_stocks(found.events)
    for order, state in states.items():
        kept = accepted[order].value if state in HAS_PAID else 0
        require(ledger.kept(order) == kept,
                f"order {order} is {state}: the bank keeps {ledger.kept(order)}, not {kept}")
        for sku, pieces in accepted[order].pieces.items():
            held = pieces if state in HAS_RESERVED else 0
            gone = pieces if state == "completed" else 0
            require(reserved[order, sku] == held and shipped[order, sku] == gone,
                    f"order {order} is {state}: {reserved[order, sku]} of {sku} reserved and"
                    f" {shipped[order, sku]} shipped, not {held} and {gone}")
    require(set(ledger.charged) <= set(accepted), "an order was charged that nobody placed")
    return Counter(state if state in ENDS else "dead-lettered" for state in states.values())
