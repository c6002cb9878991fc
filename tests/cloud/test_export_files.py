"""An export of a table, as DynamoDB writes one, gives the leads as they stand in the table."""

from __future__ import annotations

import base64
import gzip
import json

import pytest

from insight.export import Export
from insight.timeline import timeline
from runtime.lines import LeadLines
from tests import models
from tests.cloud.leads import World


def exported(table, folder):
    """What the service keeps, in the form of its exports."""
    (folder / "data").mkdir(parents=True)
    items = [
        item for page in table.client.get_paginator("scan").paginate(TableName=table.name) for item in page["Items"]
    ]
    lines = [json.dumps({"Item": item}, default=lambda data: base64.b64encode(data).decode()) for item in items]
    for at in range(2):
        text = "".join(f"{line}\n" for line in lines[at::2])
        (folder / "data" / f"part-{at}.json.gz").write_bytes(gzip.compress(text.encode()))
    listed = [
        {"itemCount": len(lines[at::2]), "dataFileS3Key": f"AWSDynamoDB/1/data/part-{at}.json.gz"} for at in range(2)
    ]
    (folder / "manifest-files.json").write_text("".join(f"{json.dumps(each)}\n" for each in listed))
    (folder / "manifest-summary.json").write_text('{"outputFormat":"DYNAMODB_JSON","exportType":"FULL_EXPORT"}')
    return folder


@pytest.mark.parametrize("seed", [2, 3, 11])
def test_leads_of_an_export_stand_as_in_the_table(dynamodb, seed, tmp_path):
    sample = models.make(seed)
    world = World(dynamodb, sample.model)
    for run in sample.runs:
        world.run(run)
    until = world.newest()
    found = {}
    export = Export(exported(world.table, tmp_path))
    for at in range(export.shelves):
        for history in export.shelf(at):
            told = timeline(history, world.model, until)
            if told is not None:
                found[history.id] = LeadLines(world.model.plan, until).write(told.lead)
    assert found
    assert found == {lead.id: LeadLines(world.model.plan, until).write(lead) for lead in world.at(until)}
