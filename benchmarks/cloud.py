"""The serverless runtime: what leads in DynamoDB cost in units, how large they become, what a sweep costs, and what
taking events in takes: ``python -m benchmarks.cloud [units] [sizes] [sweeps] [ingest]``, all of them without a name.

Units are those that Amazon's DynamoDB Local reports. The sweep is measured over tables of more and more leads of which
the same number is due. Sizes, and events a second, are measured with the network taken out: the table is a dictionary.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks.measuring import heading, print_table, quick, short, timed
from benchmarks.workload import events, rule_file, rules
from compiler.compile import compile_text
from runtime import table as rules_table
from runtime.dynamo.client import Condition, Conflict, Item, Spent, Table, size
from runtime.dynamo.keys import STATE, lead_key, shard_of, shards
from runtime.dynamo.leads import Leads
from runtime.dynamo.model import Model
from runtime.times import DAY, MINUTE, read_instant, write_instant
from tests.cloud.leads import create_table
from tests.cloud.servers import dynamodb
from tests.cloud.shop import PLAIN

MODEL = PLAIN + "lead { company: text }"
START = read_instant("2026-01-01T00:00:00Z")
DUE = 1_000
NOW = START + 100 * DAY


class Dictionary(Table):
    """A table without a service: what the store asks of it, and nothing that costs a network."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], Item] = {}
        self.spent = Spent()

    def get(self, pk: str, sk: str) -> Item | None:
        return self.items.get((pk, sk))

    def get_all(self, keys: Sequence[tuple[str, str]]) -> list[Item]:
        return [self.items[key] for key in keys if key in self.items]

    def put(self, item: Item, when: Condition | None = None) -> None:
        key = (item["pk"], item["sk"])
        old = self.items.get(key)
        if when is not None and any((old or {}).get(name) != value for name, value in when.items()):
            raise Conflict(old)
        self.items[key] = {name: value for name, value in item.items() if value is not None}

    def delete(self, pk: str, sk: str, when: Condition | None = None) -> None:
        self.items.pop((pk, sk), None)

    def query(self, pk: str, prefix: str = "", *, after: str | None = None) -> Any:
        return (item for key, item in sorted(self.items.items()) if key[0] == pk and key[1].startswith(prefix))


def model(text: str) -> Model:
    compiled = compile_text(text)
    assert compiled.table is not None, compiled.diagnostics
    return Model(rules_table.load(rules_table.dump(compiled.table)))


def line(number: int, lead: str, t: int, kind: str = "view", data: dict[str, Any] | None = None) -> bytes:
    """An event; a page view by default, with a session of its own."""
    given = {"path": "/pricing", "session": hashlib.sha256(str(number).encode()).hexdigest()} if data is None else data
    head = {"specversion": "1.0", "id": f"e-{number}", "source": "web", "type": kind, "subject": lead}
    return json.dumps(head | {"time": write_instant(t), "data": given}, separators=(",", ":")).encode()


# --- units ------------------------------------------------------------------------------------------------------------


class Scenarios:
    """Measures calls on one table by their name."""

    def __init__(self, leads: Leads) -> None:
        self.leads = leads
        self.found: dict[str, list[Spent]] = {}

    def measure(self, name: str, call: Callable[[], object]) -> None:
        self.leads.table.spent = Spent()
        call()
        self.found.setdefault(name, []).append(self.leads.table.spent)

    def take(self, name: str, lines: list[bytes], wanted: str = "accepted") -> None:
        def call() -> None:
            verdicts = self.leads.take(lines)
            assert {verdict.kind for verdict in verdicts} == {wanted}, verdicts

        self.measure(name, call)


def units(address: str, count: int) -> None:
    """What each kind of delivery costs, for so many leads that each get twenty events."""
    heading("Units of DynamoDB")
    leads = Leads(create_table(address), model(MODEL), lambda: NOW)
    run = Scenarios(leads)
    for number in range(count):
        lead, at, first = f"lead-{number:06d}", START + number * MINUTE, number * 100
        run.take("first event of a lead: its attributes", [line(first, lead, at, "lead", {"company": "acme"})])
        run.take("first activity: time is due sooner now", [line(first + 1, lead, at + MINUTE)])
        for more in range(2, 20):
            name = "event in order" if more != 3 else "event in order at which a trigger fires"
            run.take(name, [line(first + more, lead, at + more * MINUTE)])
        run.take("five events in order at once", [line(first + n, lead, at + n * MINUTE) for n in range(20, 25)])
        run.take("repeat of a recent event", [line(first + 24, lead, at + 24 * MINUTE)], "duplicate")
        run.take("repeat of an older event", [line(first + 1, lead, at + MINUTE)], "duplicate")
        run.take("event an hour late", [line(first + 50, lead, at + 10 * MINUTE + 1)])
        run.measure("sweep that takes a step", partial(leads.sweep, lead_key(lead), START + 20 * DAY))
        run.measure("sweep in vain", partial(leads.sweep, lead_key(lead), START + 20 * DAY))
        run.measure("score of a lead now", partial(leads.at, lead, START + 30 * DAY))
        run.measure("score of a lead in the past", partial(leads.at, lead, at + 5 * MINUTE))
    rows = [
        [name, *(f"{value:.2f}" for value in (mean(x.reads for x in all), max(x.reads for x in all))),
         *(f"{value:.2f}" for value in (mean(x.writes for x in all), max(x.writes for x in all)))]
        for name, all in run.found.items()
    ]  # fmt: skip
    print_table(["one call", "reads", "at most", "writes", "at most"], rows)


# --- sweeps -----------------------------------------------------------------------------------------------------------


def sweeps(address: str, counts: Sequence[int], due: int) -> None:
    """The cost of a sweep over tables of these sizes, in each of which so many leads are due."""
    heading("Sweep")
    rows = []
    for many in counts:
        leads = Leads(create_table(address), model(MODEL), lambda: NOW)
        fill(leads, many, due)
        table = leads.table
        table.spent = Spent()

        def sweep(leads: Leads = leads, table: Table = table) -> None:
            found = [item["pk"] for shard in shards() for item in table.due(shard, START + 20 * DAY)]
            assert len(found) == due, len(found)
            for pk in found:
                leads.sweep(pk, START + 20 * DAY)

        wall, cpu = timed(sweep)
        rows.append(
            [
                f"{many:,}",
                f"{due:,}",
                f"{table.spent.reads:.0f}",
                f"{table.spent.writes:.0f}",
                f"{wall:.1f}",
                f"{cpu:.1f}",
            ]
        )
        table.client.delete_table(TableName=table.name)
    print_table(["leads", "due", "reads", "writes", "seconds", "of processor"], rows)


def fill(leads: Leads, many: int, due: int) -> None:
    """Put leads into the table that differ in their ids alone, from two that came in as events."""
    table, made = leads.table, []
    for number, at in ((0, START), (1, START + 30 * DAY)):
        id = f"lead-{number:08d}"
        leads.take([line(0, id, at), line(1, id, at + MINUTE)][number : number + 1])
        item = table.get(lead_key(id), STATE)
        assert item is not None
        made.append(item)
        table.delete(lead_key(id), STATE)
    batch = []
    for number in range(many):
        id = f"lead-{number:08d}"
        pk = lead_key(id)
        item = {**made[0 if number < due else 1], "pk": pk, "id": id, "shard": shard_of(pk)}
        batch.append({"PutRequest": {"Item": _attributes(item)}})
        if len(batch) == 25 or number == many - 1:
            answer = table.client.batch_write_item(RequestItems={table.name: batch})
            assert not answer["UnprocessedItems"]
            batch = []


def _attributes(item: Item) -> dict[str, Any]:
    kinds: dict[type, Callable[[Any], dict[str, Any]]] = {
        str: lambda value: {"S": value}, int: lambda value: {"N": str(value)}, bytes: lambda value: {"B": value},
    }  # fmt: skip
    return {name: kinds[type(value)](value) for name, value in item.items()}


# --- sizes ------------------------------------------------------------------------------------------------------------


def sizes(counts: Sequence[int]) -> None:
    """How many bytes the items of one lead have after so many events that came one by one, ten minutes apart."""
    heading("Sizes")
    table = Dictionary()
    leads = Leads(table, model(MODEL), lambda: START + 365 * DAY)
    rows, taken = [], 0
    for count in counts:
        for number in range(taken, count):
            (verdict,) = leads.take([line(number, "lead", START + number * 10 * MINUTE)])
            assert verdict.kind == "accepted", verdict
            leads.compact(lead_key("lead"))  # as publish does after each
        taken = count
        held = [size(item) for item in table.items.values()]
        rows.append([f"{count:,}", *(f"{each:,}" for each in _sizes(table)), f"{sum(held) / count:,.0f}"])
    print_table(
        ["events", "lead", "lines", "saved states", "claims", "largest claim", "largest lines", "bytes an event"], rows
    )


def _sizes(table: Dictionary) -> list[int]:
    """The bytes of the lead item, of its lines, of its saved states, of the claims; of the largest claim, and the
    largest item of lines."""
    kinds: dict[str, list[int]] = {"S": [0], "E#": [0], "K#": [0], "C": [0]}
    for (_, sk), item in table.items.items():
        kinds[next(kind for kind in kinds if sk.startswith(kind))].append(size(item))
    sums = [sum(kinds[kind]) for kind in kinds]
    return [*sums, max(kinds["C"]), max(kinds["E#"])]


# --- events a second --------------------------------------------------------------------------------------------------


def ingest(count: int, rules_count: int) -> None:
    """Events a second through a delivery, with a dictionary for the table."""
    heading("Events a second, the network taken out")
    made = model(rule_file(rules(rules_count)))
    given = events(count)
    rows = []
    for batch, per_lead in ((1, 1), (10, 1), (10, 10), (100, 10)):
        owners = max(count // 20 // per_lead, 1)
        lines = [
            line(number, f"lead-{number // per_lead % owners}", START + number * 1_000_000, kind, data)
            for number, (kind, data) in enumerate(given)
        ]
        leads = Leads(Dictionary(), made, lambda: NOW)

        def take(leads: Leads = leads, lines: list[bytes] = lines, batch: int = batch) -> None:
            for at in range(0, len(lines), batch):
                assert {verdict.kind for verdict in leads.take(lines[at : at + batch])} == {"accepted"}

        wall, cpu = timed(take)
        rows.append([f"{batch} in a batch, {per_lead} a lead", short(count / cpu), short(count / wall)])
    print_table(["deliveries", "events/s of processor", "events/s on the clock"], rows)
    print(f"{rules_count:,} rules, {count:,} events.")


_PARTS = ("units", "sizes", "sweeps", "ingest")


def main() -> None:
    wanted = [name for name in _PARTS if name in sys.argv[1:]]
    sys.argv[1:] = [each for each in sys.argv[1:] if each not in _PARTS]
    brief, wanted = quick(), wanted or list(_PARTS)
    if "units" in wanted or "sweeps" in wanted:
        with tempfile.TemporaryDirectory() as folder, dynamodb(Path(folder)) as address:
            if "units" in wanted:
                units(address, 2 if brief else 30)
            if "sweeps" in wanted:
                sweeps(address, (100, 300) if brief else (10_000, 100_000, 1_000_000), 20 if brief else DUE)
    if "sizes" in wanted:
        sizes((1, 10, 100) if brief else (1, 10, 100, 1_000, 10_000))
    if "ingest" in wanted:
        ingest(200 if brief else 20_000, 50 if brief else 1_000)


if __name__ == "__main__":
    main()
