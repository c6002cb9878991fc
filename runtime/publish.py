"""Publications: what triggers emitted, each once, and taken back where it no longer happens.

A ledger remembers, for each firing that emits, whether it stands (the last fold had it) and whether the world was told.
What a run has to publish is the difference. An event that comes late folds its lead anew; firings that are new stand
from then on and are `late` if an earlier run had already looked past their time, firings that are gone are published as
retracted - but only if they had been published. So runs that publish nothing lose nothing: it stays due, and is `late`
when it is published at last, as such a run has looked past it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from runtime.lines import quote
from runtime.times import write_instant

Subject: TypeAlias = tuple[str, str]
"""("lead", id) or ("account", name)"""
Firing: TypeAlias = tuple[str, str, int, int]
"""(trigger, emitted name, time, ordinal among the trigger's firings at that time)"""


@dataclass(slots=True)
class Entry:
    """`count` is how often the firing was published; `data` the JSON members ``"trigger":…,"scores":…,"stage":…``."""

    standing: bool
    published: bool
    count: int
    late: bool
    data: str

    @property
    def due(self) -> bool:
        return self.standing != self.published


Entries: TypeAlias = dict[Firing, Entry]


def settle(
    entries: Entries, emitted: Iterable[tuple[Firing, str]], after: int, upto: int, looked: int | None
) -> Entries:
    """Bring a subject's entries up to date with a fold; gives those that changed.

    `emitted` are the firings of the fold with times after `after` (microseconds) up to `upto`, with their data;
    `looked` is the latest look that an earlier run took. Entries outside of (after, upto] are left as they are."""
    changed: Entries = {}
    now_standing = set()
    for firing, data in emitted:
        if firing in now_standing:
            continue
        now_standing.add(firing)
        entry = entries.get(firing)
        if entry is None:
            entry = entries[firing] = Entry(False, False, 0, False, data)
        if not entry.standing:
            entry.standing = True
            entry.late = looked is not None and firing[2] <= looked
        elif entry.published or entry.data == data:
            continue
        if not entry.published:
            entry.data = data
        changed[firing] = entry
    for firing, entry in entries.items():
        if after < firing[2] <= upto and entry.standing and firing not in now_standing:
            entry.standing = False
            changed[firing] = entry
    return changed


def identify(model: str, subject: Subject, firing: Firing, published: str, count: int) -> str:
    """The id of a publication: a function of what it says, so that a consumer can drop repeats."""
    trigger, _, t, ordinal = firing
    what = json.dumps([model, *subject, trigger, published, t, ordinal, count], ensure_ascii=False)
    return hashlib.sha256(what.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def publications(model: str, due: Iterable[tuple[Subject, Firing, Entry]]) -> Iterator[str]:
    """The due entries as CloudEvents, one JSON text each, in the order of their times."""
    for subject, firing, entry in sorted(due, key=lambda each: (each[1][2], each[0], each[1])):
        _, name, t, _ = firing
        kind = name if entry.standing else name + ".retracted"
        id = identify(model, subject, firing, kind, entry.count)
        late = ',"late":true' if entry.standing and entry.late else ""
        yield (
            f'{{"specversion":"1.0","id":"{id}","source":{quote("leadscore/" + model)},"type":{quote(kind)},'
            f'"subject":{quote(subject[1])},"time":"{write_instant(t)}","datacontenttype":"application/json",'
            f'"data":{{{entry.data}{late}}}}}'
        )


def told(entry: Entry) -> None:
    """The world was told of a due entry."""
    entry.count += entry.standing
    entry.published = entry.standing
