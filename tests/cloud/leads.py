"""Leads in DynamoDB as the tests drive them: a table of its own for each world, a clock that is set, and what was
published, read off the writes that went through."""

from __future__ import annotations

import itertools
import os
from functools import partial
from typing import Any

import boto3

from compiler.compile import compile_text
from runtime import table as rules
from runtime.accounts import AccountPlan, members_at, write_account
from runtime.dynamo.client import Condition, Item, Table
from runtime.dynamo.keys import LEAD, STATE
from runtime.dynamo.leads import Leads
from runtime.dynamo.model import Model
from runtime.dynamo.rows import fetch, row_of
from runtime.dynamo.verdicts import Verdict
from runtime.lead import Lead
from runtime.lines import LeadLines
from runtime.segments import segment, write_segment
from tests.conformance import exact, reduced
from tests.models import SampleRun
from tests.reference_runs import Outcome
from tests.reference_values import read_json

_NUMBERS = itertools.count()


def service(endpoint: str, name: str = "dynamodb") -> Any:
    """A client of a local service; the names of place and user are made up."""
    return boto3.client(
        name, endpoint_url=endpoint, region_name="eu-west-1", aws_access_key_id="test", aws_secret_access_key="test"
    )


def create_table(endpoint: str) -> Recorded:
    """A new table, as the template makes it."""
    client, name = service(endpoint), f"leads-{os.getpid()}-{next(_NUMBERS)}"
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": kind}
            for name, kind in (("pk", "S"), ("sk", "S"), ("shard", "S"), ("due", "N"))
        ],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "due",
                "KeySchema": [
                    {"AttributeName": "shard", "KeyType": "HASH"},
                    {"AttributeName": "due", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    return Recorded(client, name)


class Recorded(Table):
    """A table that remembers what the written items publish."""

    def __init__(self, client: Any, name: str) -> None:
        super().__init__(client, name)
        self.published: list[str] = []

    def put(self, item: Item, when: Condition | None = None) -> None:
        super().put(item, when)
        if item["sk"] == STATE and item["pk"].startswith(LEAD):
            self.published += row_of(
                {name: value for name, value in item.items() if value is not None}, partial(fetch, self, item["pk"])
            ).out


def model_of(text: str) -> Model:
    compiled = compile_text(text)
    assert compiled.table is not None, [d.message for d in compiled.diagnostics]
    return Model(rules.load(rules.dump(compiled.table)))


def states(table: Table) -> list[Item]:
    """The lead items, as they are."""
    pages = [page for page, _ in table.scan()]
    return [item for page in pages for item in page if item["sk"] == STATE and item["pk"].startswith(LEAD)]


class World:
    """One model over one table; `run` gives what the reference's run gives."""

    def __init__(self, endpoint: str, text: str, **options: Any) -> None:
        self.table = create_table(endpoint)
        self.model = model_of(text)
        self.time = 0
        self.leads = Leads(self.table, self.model, lambda: self.time, pause=lambda _: None, **options)

    def take(self, lines: list[str]) -> list[Verdict]:
        return self.leads.take([line.encode("utf-8", "surrogatepass") for line in lines if line.strip()])

    def sweep(self, upto: int) -> int:
        """Let time do its work on all leads that are due; how many there were."""
        used = sorted({item["shard"] for item in states(self.table) if "shard" in item})
        found = [item["pk"] for shard in used for item in self.table.due(shard, upto)]
        for pk in found:
            self.leads.sweep(pk, upto)
        return len(found)

    def newest(self) -> int:
        rows = [row_of(item, partial(fetch, self.table, item["pk"])) for item in states(self.table)]
        return max((row.newest for row in rows), default=0)

    def at(self, t: int) -> list[Lead]:
        ids = sorted(item["id"] for item in states(self.table) if "id" in item)
        return [lead for id in ids if (lead := self.leads.at(id, t)) is not None]

    def run(self, given: SampleRun) -> Outcome:
        self.time = given.now
        lines = [line for line in given.lines if line.strip()]
        verdicts = self.take(lines)
        assert not [verdict.error for verdict in verdicts if verdict.kind == "failed"], verdicts
        t = self.newest() if given.at is None else given.at
        self.sweep(t)
        leads = self.at(t)
        outbox, self.table.published = self.table.published, []
        plan = self.model.plan
        return Outcome(
            [exact(LeadLines(plan, t).write(lead)) for lead in leads],
            self._accounts(leads, t),
            {name: self._segment(name, leads, t) for name in self.model.table.segments},
            [_as_json(line) for line, verdict in zip(lines, verdicts, strict=True) if verdict.kind == "rejected"],
            [reduced(exact(line)) for line in outbox],
        )

    def _accounts(self, leads: list[Lead], t: int) -> list[Any]:
        if self.model.table.account is None:
            return []
        plan, among = AccountPlan(self.model.plan), members_at(self.model.plan, leads, t)
        return [exact(write_account(plan, name, among[name], None, t)) for name in sorted(among)]

    def _segment(self, name: str, leads: list[Lead], t: int) -> list[Any]:
        found = segment(self.model.plan, name, leads, t)
        return [exact(write_segment(name, rank, lead, points)) for rank, lead, points in found]


def _as_json(line: str) -> object:
    try:
        return read_json(line)
    except ValueError:
        return line
