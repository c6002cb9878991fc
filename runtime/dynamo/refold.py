"""Every lead brought under the live model, in parts that go on where they stopped.

Leads follow a release when somebody looks at them; this looks at all. The table is scanned in equal parts, side by side
if there are many workers. How far a part has come is an item of the table, written after each page, so whoever takes it
up next goes on there. Looking at a lead twice changes nothing: a lead that carries the mark of the live model is left
alone, so work that is done again is cheap and harmless.

A lead that could not be folded is counted, and its part begins again once it is through: what is left then are those.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace

from runtime.dynamo.client import Item, Table
from runtime.dynamo.keys import LEAD, STATE
from runtime.dynamo.leads import Leads

PARTS = 64
"""Into how many parts leads are cut: enough for many workers, each short."""
_PAGE = 200
_PROGRESS = "F#"


class Unfinished(Exception):
    """A part is through, and some of its leads could not be folded; `part` says how many."""

    def __init__(self, part: Part) -> None:
        super().__init__(f"{part.failed} leads of part {part.part} could not be folded")
        self.part = part


@dataclass(frozen=True, slots=True)
class Part:
    """How far one part has come under one release: of the leads `seen`, those `folded` are under the new model by this
    work, those `failed` could not be brought there. `start` is the key to go on after."""

    generation: int
    part: int
    of: int
    seen: int = 0
    folded: int = 0
    failed: int = 0
    done: bool = False
    start: Item | None = None
    written: int = 0


def plan(table: Table, generation: int, parts: int = PARTS) -> list[Part]:
    """The parts of a refold under a release: as they stand if it was begun before, whatever `parts` says then. Parts
    that are through without some of their leads begin again."""
    standing = progress(table, generation)
    if not standing:
        standing = [Part(generation, at, parts) for at in range(parts)]
    standing = [_again(part) for part in standing]
    for part in standing:
        _save(table, part)
    return standing


def progress(table: Table, generation: int) -> list[Part]:
    """How far the parts have come; none if nobody planned a refold under that release."""
    return [_part(item) for item in table.query(_key(generation))]


def step(table: Table, leads: Leads, part: Part, upto: int, going: Callable[[], bool]) -> Part:
    """Work on one part until it is through, or until `going` says no; time does its work up to `upto`. Gives how far
    it came. Raises Unfinished at the end of a part some of whose leads could not be folded."""
    kept = table.get(_key(part.generation), _place(part.part))
    if kept is not None:
        part = _part(kept)
    part = _again(part)
    if part.done:
        return part
    for page, last in table.scan(part=part.part, parts=part.of, start=part.start, limit=_PAGE, sk=STATE):
        for item in page:
            part = _look(leads, part, item, upto)
        part = replace(part, start=last, done=last is None, written=upto)
        _save(table, part)
        if part.done or not going():
            break
    if part.done and part.failed:
        raise Unfinished(part)
    return part


def _again(part: Part) -> Part:
    """The part from its beginning, if it is through and leads of it failed."""
    return replace(part, seen=0, failed=0, done=False, start=None) if part.done and part.failed else part


def _look(leads: Leads, part: Part, item: Item, upto: int) -> Part:
    if not item["pk"].startswith(LEAD) or "id" not in item:
        return part
    part = replace(part, seen=part.seen + 1)
    if item.get("digest") == leads.model.digest:
        return part
    try:
        leads.sweep(item["pk"], upto)
    except Exception:  # noqa: BLE001  # the others of the part have no part in it
        return replace(part, failed=part.failed + 1)
    return replace(part, folded=part.folded + 1)


# --- items ------------------------------------------------------------------------------------------------------------


def _key(generation: int) -> str:
    return f"{_PROGRESS}{generation:08d}"


def _place(part: int) -> str:
    return f"{part:05d}"


def _save(table: Table, part: Part) -> None:
    start = None if part.start is None else json.dumps(part.start)
    table.put(
        {
            "pk": _key(part.generation), "sk": _place(part.part), "of": part.of, "seen": part.seen,
            "folded": part.folded, "failed": part.failed, "done": part.done, "start": start, "written": part.written,
        }
    )  # fmt: skip


def _part(item: Item) -> Part:
    start = item.get("start")
    return Part(
        int(item["pk"].removeprefix(_PROGRESS)), int(item["sk"]), item["of"], item["seen"], item["folded"],
        item["failed"], item["done"], None if start is None else json.loads(start), item["written"],
    )  # fmt: skip
