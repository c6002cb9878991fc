"""A table whose hash fits and whose content does not: one clear line, never a traceback, whatever was changed."""

from __future__ import annotations

import copy
import hashlib
import json
import random
from typing import Any

import pytest

from cli.model import Model
from cli.problem import Problem
from runtime.table import load

CHANGES = 300
VALUES = [None, True, -1, 0, 1.5, "x", "\n", "", [], {}, [["x"]], 10**30]
COMMANDS = [
    ("score", "--json"), ("score",), ("accounts", "--json"), ("accounts",), ("segment", "hottest"),
    ("segment", "engaged_ones"), ("explain", "--lead", "l1"), ("explain", "--lead", "l1", "--json"),
]  # fmt: skip


@pytest.fixture
def document(leadscore, model, tmp_path):
    assert leadscore("compile", model, "-o", tmp_path / "whole.json").status == 0
    return json.loads((tmp_path / "whole.json").read_text(encoding="utf-8"))


def hashed(document: dict[str, Any]) -> bytes:
    """The file of a document with the hash that its content has."""
    rest = {key: value for key, value in document.items() if key != "hash"}

    def write(value: Any) -> bytes:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    return write({**rest, "hash": "sha256:" + hashlib.sha256(write(rest)).hexdigest()})


def places(value: Any, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to all that stands in a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [above] if above and above != ("hash",) else []
    return found + [way for key, below in inner for way in places(below, (*above, key))]


def changed(document: dict[str, Any], way: tuple[Any, ...], dice: random.Random) -> dict[str, Any]:
    """The document with what stands at `way` taken out, or something else in its place."""
    other = copy.deepcopy(document)
    holder: Any = other
    for key in way[:-1]:
        holder = holder[key]
    if dice.random() < 0.3:
        del holder[way[-1]]
    else:
        holder[way[-1]] = dice.choice(VALUES)
    return other


def test_a_single_change_under_a_fitting_hash_never_gives_a_traceback(leadscore, document, history, tmp_path):
    dice, ways, path = random.Random(7), places(document), tmp_path / "table.json"
    refused = 0
    for at in range(CHANGES):
        way = dice.choice(ways)
        path.write_bytes(hashed(changed(document, way, dice)))
        name, *more = COMMANDS[at % len(COMMANDS)]
        positional = [more.pop(0)] if name == "segment" else []
        result = leadscore(name, path, *positional, "--events", history, *more)
        assert result.status in (0, 1, 2), way
        assert "Traceback" not in result.err
        if "compile" in result.err:
            refused += 1
            assert result.status == 2
            assert result.err.startswith(f"leadscore: {path} is "), way
            assert len(result.err.splitlines()) == 1, way
    assert refused > CHANGES / 2


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table["scores"]["readiness"]["on"][0].update(points="x"),
        lambda table: table["scores"]["readiness"]["on"][0]["match"].update(on="nothing"),
        lambda table: table["scores"]["readiness"].update(colour="red"),
        lambda table: table["triggers"][0].update(when=["nothing", 1]),
        lambda table: table["segments"]["engaged_ones"].update(where=["test", 99]),
        lambda table: table.update(lateness=1.5),
    ],
)
def test_a_table_of_another_shape_is_damaged_for_every_command(change, leadscore, document, history, tmp_path):
    change(document)
    path = tmp_path / "table.json"
    path.write_bytes(hashed(document))
    for argv in (["score", path, "--events", history], ["sample", path], ["show", "table", path]):
        result = leadscore(*argv)
        assert (result.status, result.out) == (2, ""), argv
        assert result.err.startswith(f"leadscore: {path} is damaged: "), argv
        assert "compile the rule file again" in result.err


def test_what_fails_under_a_rule_file_is_no_damage_of_a_table(document):
    table = load(hashed(document))
    with pytest.raises(KeyError), Model(table).trusted():
        raise KeyError("x")
    with pytest.raises(Problem, match="is damaged"), Model(table, file="t.json").trusted():
        raise KeyError("x")
