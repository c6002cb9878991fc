"""The map beside a compiled table: where each rule, trigger and score is declared.

A table holds no positions, so that the same meaning gives the same bytes; explanations that name `file:line` take them
from this map. It carries the hash of the table that it was made with.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TypeAlias

from cli.problem import Problem
from runtime.table import Table, digest

FORMAT = "leadscore-map"
Places: TypeAlias = Mapping[tuple[str, ...], tuple[str, int]]
"""File and line (from 1) by what is declared there: ``("rule", score, rule)``, ``("trigger", name)``, …"""


def write_map(table: Table, places: Places) -> str:
    """The map as one JSON text; `places` is a list of {"what": [kind, name, …], "file": …, "line": …}."""
    listed = [{"what": list(what), "file": file, "line": line} for what, (file, line) in sorted(places.items())]
    return json.dumps(
        {"format": FORMAT, "version": 1, "table": digest(table), "places": listed}, ensure_ascii=False, indent=1
    )


def read_map(content: bytes, table: Table, name: str) -> dict[tuple[str, ...], tuple[str, int]]:
    """The places of a map. Raises Problem if it is none, or if it was made for another table."""
    try:
        given = json.loads(content)
        known = given["format"] == FORMAT and given["version"] == 1
        places = {tuple(map(str, each["what"])): (str(each["file"]), int(each["line"])) for each in given["places"]}
        made_for = given["table"]
    except (ValueError, KeyError, TypeError, RecursionError):
        known, places, made_for = False, {}, None
    if not known:
        raise Problem(f"{name} is not a map of a table", hint="`leadscore compile FILE -o T --map F` writes one")
    if made_for != digest(table):
        raise Problem(f"{name} was made for another table", hint="compile the rule file again, with --map")
    return places
