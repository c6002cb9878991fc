"""Real event logs read as CloudEvents lines: one function for each data set."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

LOAN = {
    "A_SUBMITTED": "created",
    "A_PREACCEPTED": "qualified",
    "W_Afhandelen leads": "worked",
    "W_Completeren aanvraag": "called",
    "W_Nabellen offertes": "called",
    "W_Nabellen incomplete dossiers": "called",
    "O_SENT": "offer_sent",
    "O_SENT_BACK": "offer_back",
    "A_DECLINED": "rejected",
    "A_CANCELLED": "cancelled",
    "A_ACTIVATED": "activated",
}


def line(source: str, id: str, kind: str, lead: str, time: str, data: dict[str, object]) -> bytes:
    event = {
        "specversion": "1.0",
        "id": id,
        "source": source,
        "type": kind,
        "subject": lead,
        "time": time,
        "data": data,
    }
    return json.dumps(event, ensure_ascii=False).encode()


def loan_applications(folder: Path) -> Iterator[bytes]:
    """Each case is a lead; an event has no id of its own, so its place in the file is its id."""
    with gzip.open(folder / "events.csv.gz", "rt", encoding="utf-8", newline="") as file:
        for at, row in enumerate(csv.DictReader(file)):
            kind = LOAN.get(row["activity"])
            if kind is None:
                continue
            data: dict[str, object] = {}
            if kind == "created":
                data["amount"] = int(row["amount_req"])
            elif kind in ("worked", "called"):
                data = {"step": row["lifecycle"], "resource": row["resource"]}
            yield line("bpic2012", str(at), kind, row["case_id"], row["timestamp"], data)


def shop_sessions(folder: Path) -> Iterator[bytes]:
    """Nested sessions with epoch milliseconds."""
    for text in (folder / "otto_train_sample.jsonl").read_text().splitlines():
        session = json.loads(text)
        for at, event in enumerate(session["events"]):
            time = datetime.fromtimestamp(event["ts"] / 1000, UTC).isoformat(timespec="milliseconds")
            lead = f"session-{session['session']}"
            yield line("otto", f"{session['session']}-{at}", event["type"], lead, time, {"article": event["aid"]})


PAGES = ("page_view", "page_ping", "link_click", "cmp_visible", "consent_preferences")


def site_events(folder: Path) -> Iterator[bytes]:
    """Rows of a web table; the collector's clock counts, and a row without a visitor has no lead."""
    with (folder / "snowplow_web_events.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            known = row["event_name"] in PAGES
            data: dict[str, object] = {"path": row["page_urlpath"]} if known else {"name": row["event_name"]}
            if row["page_title"] and row["event_name"] == "page_view":
                data["title"] = row["page_title"]
            time = row["collector_tstamp"].replace(" ", "T") + "Z"
            kind = row["event_name"] if known else "other"
            yield line("snowplow", row["event_id"], kind, row["domain_userid"], time, data)
