"""What a release makes of the states that are kept: the chain of tables that leads are folded under, as data.

A step names a table by its content hash, and says from which instant it holds and which other states serve it. The
next release either takes the place of the last step, where that changes no state or all are carried over exactly; or
begins a chain of its own, under which every lead is folded anew; or is a further step, from now on. Leads follow when
somebody looks at them: a state says which chain made it, so nothing has to happen at the moment of a release.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from runtime.chain import Chain, Link, digest_after
from runtime.declared import Declared, declarations
from runtime.needs import Difference, Need, differences, moved, needed
from runtime.plan import Plan
from runtime.table import Table, digest

MOST_STEPS = 8
"""A chain no longer than this: each of its tables may have to be loaded to fold one lead anew."""
_MOST_FITS = 16


@dataclass(frozen=True, slots=True)
class Step:
    """One table of a chain, by its content hash, from an instant on (microseconds); `digest` is the hash of the chain
    up to it. `fits` are other digests whose states serve this step: as they are (""), or carried over from the table
    whose content hash is given."""

    hash: str
    start: int
    digest: str
    fits: dict[str, str] = field(default_factory=dict)


Steps = tuple[Step, ...]


class TooLong(Exception):
    """The chain has as many steps as it may have."""


@dataclass(frozen=True, slots=True)
class Succession:
    """What follows on a program: the steps, why (the differences of the tables), and what it needs. With `kept` points
    are kept where folding anew would have been exact."""

    steps: Steps
    need: Need
    differences: tuple[Difference, ...] = ()
    kept: bool = False


def first(table: Table) -> Succession:
    """The program of a table that nothing was live before."""
    return Succession((_anew(table),), Need.NOTHING)


def succeed(
    steps: Steps, tables: Callable[[str], Table], table: Table, known: frozenset[str], start: int, *, keep: bool = False
) -> Succession:
    """What follows when `table` is released at `start` after `steps`, whose tables `tables` gives by their hashes.
    `known` are the types of event that any table before took. `keep` asks for points to be kept instead of folding
    every lead anew. Raises TooLong."""
    old = tables(steps[-1].hash)
    found = tuple(differences(old, table, known))
    need = needed(list(found))
    if need is Need.ANEW and not keep:
        return Succession((_anew(table),), need, found)
    added = {each.declared for each in found if each.change == "added"}
    if need is not Need.ANEW and not _known_before(added, steps[:-1], tables):
        return Succession((*steps[:-1], _instead(steps, table, moved(list(found)), added, tables)), need, found)
    if len(steps) >= MOST_STEPS:
        raise TooLong
    further = Step(digest(table), start, digest_after(steps[-1].digest, table, start))
    return Succession((*steps, further), need, found, kept=need is Need.ANEW)


def _anew(table: Table) -> Step:
    return Step(digest(table), -1, digest_after(None, table, -1))


def _instead(steps: Steps, table: Table, moves: bool, added: set[Declared], tables: Callable[[str], Table]) -> Step:
    """The step of a table in the place of the last one, whose states serve it; so do those that served that one, unless
    they know something of a name that comes back."""
    last = steps[-1]
    made = digest_after(steps[-2].digest if len(steps) > 1 else None, table, last.start)
    serves = {old: hash for old, hash in last.fits.items() if not hash or not added & declarations(tables(hash))}
    serves[last.digest] = ""
    fits = {old: hash or (last.hash if moves else "") for old, hash in serves.items() if old != made}
    return Step(digest(table), last.start, made, dict(list(fits.items())[-_MOST_FITS:]))


def _known_before(added: set[Declared], steps: Steps, tables: Callable[[str], Table]) -> bool:
    """Whether an earlier table of the chain knew a name that is new now: what was carried over would meet it again."""
    return any(added & declarations(tables(step.hash)) for step in steps)


# --- as text, and made ready ------------------------------------------------------------------------------------------


def write_steps(steps: Steps) -> str:
    return json.dumps(
        [{"hash": each.hash, "start": each.start, "digest": each.digest, "fits": each.fits} for each in steps],
        separators=(",", ":"),
    )


def read_steps(text: str) -> Steps:
    return tuple(Step(each["hash"], each["start"], each["digest"], each["fits"]) for each in json.loads(text))


def chain_of(steps: Steps, tables: Callable[[str], Table]) -> Chain:
    """The chain made ready; of its tables the last is fetched at once, the others when they are wanted."""

    def plan(hash: str) -> Plan:
        return Plan(tables(hash))

    return Chain(
        [
            Link(
                step.digest,
                step.start,
                partial(tables, step.hash),
                {digest: partial(plan, hash) if hash else None for digest, hash in step.fits.items()},
            )
            for step in steps
        ]
    )
