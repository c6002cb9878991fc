"""`--source NAME`: event files of other systems, in all commands that fold events."""

from __future__ import annotations

import dataclasses
import gzip
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from runtime.table import dump, load
from tests.cli.conftest import Result

Command = Callable[..., Result]
SOURCE = """
source shop "The shop's web hooks" {
  each "not_null(hooks, @)"
  id   "id"
  time "at"
  lead "customer"
  on "kind == 'view'" give page_view { path: "page"  pages: "count" }
  on "kind == 'profile'" set { country: "land"  company: "firm" }
  ignore "kind == 'ping'"
}
source table like shop { time "at" in "UTC"  else give page_view { path: "page" } }
"""
VIEW = {"id": "1", "at": "2026-03-02T10:00:00Z", "customer": "l1", "kind": "view", "page": "/pricing", "count": "3"}
PROFILE = {"id": "2", "at": "2026-03-01T10:00:00Z", "customer": "l1", "kind": "profile", "land": "DK", "firm": "acme"}


@pytest.fixture
def shop(model: Path) -> Path:
    path = model.with_name("shop.score")
    path.write_text(model.read_text(encoding="utf-8") + SOURCE, encoding="utf-8")
    return path


def written(path: Path, *payloads: object) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in payloads), encoding="utf-8")
    return path


def test_payloads_are_scored_as_their_source_says(leadscore: Command, shop: Path, tmp_path: Path) -> None:
    hooks = written(tmp_path / "hooks.json", {"hooks": [VIEW, PROFILE]})
    done = leadscore("score", shop, "--events", hooks, "--source", "shop", "--json")
    assert done.status == 0, done.err
    (lead,) = done.lines
    assert (lead["lead"], lead["scores"]["readiness"], lead["tallies"]) == ("l1", 12.5, {"views": 1})


@pytest.mark.parametrize("layout", ["lines", "document", "packed", "rows"])
def test_a_file_is_read_whatever_its_layout(leadscore: Command, shop: Path, tmp_path: Path, layout: str) -> None:
    file = tmp_path / "events"
    match layout:
        case "lines":
            written(file, VIEW, PROFILE)
        case "document":
            file.write_text(json.dumps([VIEW, PROFILE], indent=2), encoding="utf-8")
        case "packed":
            file.write_bytes(gzip.compress(json.dumps([VIEW, PROFILE]).encode()))
        case "rows":
            file.write_text(
                "id;at;customer;kind;page;count;land;firm\n1;2026-03-02T10:00;l1;view;/pricing;3;;\n"
                "2;2026-03-01T10:00;l1;profile;;;DK;acme\n",
                encoding="utf-8",
            )
    source = "table" if layout == "rows" else "shop"
    done = leadscore("score", shop, "--events", file, "--source", source, "--json")
    assert done.lines[0]["scores"]["readiness"] == 12.5, done.err


def test_each_command_that_folds_events_reads_payloads(leadscore: Command, shop: Path, tmp_path: Path) -> None:
    inputs = ["--events", written(tmp_path / "hooks.json", VIEW, PROFILE), "--source", "shop"]
    assert leadscore("accounts", shop, *inputs, "--json").lines[0]["account"] == "acme"
    assert leadscore("segment", shop, "hottest", *inputs, "--json").lines[0]["lead"] == "l1"
    assert "pricing" in leadscore("explain", shop, "--lead", "l1", *inputs).out


def test_what_is_not_mapped_is_rejected_with_its_reason_and_ignored_records_are_counted(
    leadscore: Command, shop: Path, tmp_path: Path
) -> None:
    ping, strange, late = {**VIEW, "kind": "ping"}, {**VIEW, "kind": "?"}, {**VIEW, "id": "9", "at": "soon"}
    bad = {**VIEW, "id": "8", "count": "many"}
    hooks = written(tmp_path / "hooks.json", VIEW, ping, strange, late, bad, [1])
    rejects = tmp_path / "rejects.jsonl"
    done = leadscore(
        "score", shop, "--events", hooks, "--source", "shop", "--rejects", rejects, "--strict", "--json"
    )  # fmt: skip
    assert done.status == 1
    kept = [json.loads(line) for line in rejects.read_text(encoding="utf-8").splitlines()]
    assert [each["reason"].partition(":")[0] for each in kept] == [
        "no clause fits", "unreadable time", "bad value", "no record",
    ]  # fmt: skip
    assert kept[0]["event"] == strange
    assert kept[2]["event"]["data"]["pages"] == "many"
    assert "1 record ignored, as the source `shop` says" in done.err
    assert "4 events rejected: 1 no clause fits, 1 unreadable time, 1 bad value, 1 no record" in done.err


def test_rejected_payloads_can_be_read_again_once_the_source_is_mended(
    leadscore: Command, shop: Path, tmp_path: Path
) -> None:
    hooks = written(tmp_path / "hooks.json", {"hooks": [{**VIEW, "kind": "page"}, PROFILE]})
    rejects, again = tmp_path / "rejects.jsonl", tmp_path / "again.jsonl"
    leadscore("score", shop, "--events", hooks, "--source", "shop", "--rejects", rejects, "--db", tmp_path / "db")
    written(again, *[json.loads(line)["event"] for line in rejects.read_text(encoding="utf-8").splitlines()])
    mended = shop.read_text(encoding="utf-8").replace("kind == 'view'", "kind == 'view' || kind == 'page'")
    shop.write_text(mended, encoding="utf-8")
    done = leadscore("score", shop, "--events", again, "--source", "shop", "--db", tmp_path / "db", "--json")
    assert done.status == 0, done.err
    assert done.lines[0]["scores"]["readiness"] == 12.5


def test_a_compiled_table_has_its_sources(leadscore: Command, shop: Path, tmp_path: Path) -> None:
    table = tmp_path / "table.json"
    assert leadscore("compile", shop, "-o", table).status == 0
    hooks = written(tmp_path / "hooks.json", VIEW)
    assert leadscore("score", table, "--events", hooks, "--source", "shop", "--json").lines[0]["lead"] == "l1"


def test_cloudevents_in_a_batch_need_no_declaration(leadscore: Command, model: Path, tmp_path: Path) -> None:
    event = {
        "specversion": "1.0", "id": "1", "source": "web", "type": "page_view", "subject": "l1",
        "time": "2026-03-02T10:00:00Z", "data": {"path": "/pricing"},
    }  # fmt: skip
    file = tmp_path / "batch.json"
    file.write_text(json.dumps([event, {**event, "id": "2"}], indent=2), encoding="utf-8")
    done = leadscore("score", model, "--events", file, "--source", "cloudevents", "--json")
    assert done.lines[0]["tallies"] == {"views": 2}, done.err


@pytest.mark.parametrize(
    ("source", "content", "message"),
    [
        ("shp", "{}", "the model has no source `shp`; did you mean `shop`?"),
        ("shop", "hello", "events can't be read: it is no JSON, and no table: its only line has no columns"),
        ("table", "a,a\n1,2\n", "events can't be read: two columns are called `a`"),
        ("table", 'a,b\n"1,2\n', "events can't be read: the rows can't be read from line 2 on: unexpected end of data"),
    ],
)
def test_what_can_not_be_used_is_told(
    leadscore: Command, shop: Path, tmp_path: Path, source: str, content: str, message: str
) -> None:
    (tmp_path / "events").write_text(content, encoding="utf-8")
    done = leadscore("score", shop, "--events", tmp_path / "events", "--source", source)
    assert done.status == 2
    assert message in done.err.replace(f"{tmp_path}/", "")


def test_a_model_without_sources_is_told_where_some_are(leadscore: Command, model: Path, tmp_path: Path) -> None:
    file = written(tmp_path / "events.json", VIEW)
    done = leadscore("score", model, "--events", file, "--source", "segment")
    assert done.status == 2
    assert 'import "leadscore/segment"' in done.err


def test_a_source_without_events_is_refused(leadscore: Command, shop: Path, tmp_path: Path) -> None:
    done = leadscore("score", shop, "--db", tmp_path / "db", "--source", "shop")
    assert done.status == 2
    assert "--source says how events are read, and there are none" in done.err


def test_a_table_whose_source_was_tampered_with_is_refused(leadscore: Command, shop: Path, tmp_path: Path) -> None:
    table = tmp_path / "table.json"
    leadscore("compile", shop, "-o", table)
    good = load(table.read_bytes())
    source = dataclasses.replace(good.sources["shop"], lead="((")
    table.write_bytes(dump(dataclasses.replace(good, sources={"shop": source})))
    done = leadscore("score", table, "--events", written(tmp_path / "e.json", VIEW), "--source", "shop")
    assert done.status == 2
    assert "the source `shop` can't be used: `((` is no JMESPath expression" in done.err


def test_the_extra_that_is_missing_is_named(
    leadscore: Command, shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "runtime.expressions", None)
    done = leadscore("score", shop, "--events", written(tmp_path / "e.json", VIEW), "--source", "shop")
    assert done.status == 2
    assert "pip install 'leadscore[sources]'" in done.err
