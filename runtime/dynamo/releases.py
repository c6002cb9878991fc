"""Which table is live, since when, by whom and why: one item of the table, and the releases before it.

Compiled tables lie in a bucket under the hash of their content and never change. What is live is the item ``R#``,
``LIVE``, written on condition that the generation is the one that was looked at: of two who release at the same time
one is told of the other. Each release is then written down under its number; whoever comes next writes down what a
writer that died in between has left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from runtime.dynamo.client import Conflict, Item, Table
from runtime.dynamo.model import Model, mark_of
from runtime.dynamo.program import Steps, Succession, chain_of, first, read_steps, succeed, write_steps
from runtime.needs import Need, differences, needed
from runtime.plan import Plan
from runtime.table import Table as Rules
from runtime.table import TableError, digest, dump, load

RELEASE, LIVE, _NUMBER = "R#", "LIVE", "V#"


class Bucket(Protocol):
    """Where compiled tables lie. `get` gives None for what is not there; `put` never replaces anything."""

    def get(self, key: str) -> bytes | None: ...
    def put(self, key: str, data: bytes) -> None: ...


class Missing(Exception):
    """A table that a release names is not in the bucket, or not what its name says; the text says which."""


class Overtaken(Exception):
    """Somebody else released in between; `live` is what is live now, None if nothing is any more."""

    def __init__(self, live: Release | None) -> None:
        super().__init__("another release was quicker")
        self.live = live


@dataclass(frozen=True, slots=True)
class Canary:
    """A table on trial: it is folded beside the live one for a share of the leads (parts in a million)."""

    hash: str
    share: int
    since: int
    who: str = ""
    why: str = ""
    commit: str = ""
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Release:
    """One release. `steps` is the program that leads are folded under; `events` all types of event, as spelled in JSON,
    that any table up to here took; `need` what it made of the states (`Need` by name), `kept` that points were kept
    though. Times are microseconds."""

    generation: int
    hash: str
    model: str
    steps: Steps
    since: int
    who: str = ""
    why: str = ""
    commit: str = ""
    need: str = "NOTHING"
    kept: bool = False
    events: frozenset[str] = frozenset()
    previous: str | None = None
    canary: Canary | None = None

    @property
    def digest(self) -> str:
        """What the states carry that it makes."""
        return self.steps[-1].digest


@dataclass(frozen=True, slots=True)
class Maker:
    """Who releases, why, and from which commit."""

    who: str
    why: str = ""
    commit: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A release that could be made: `base` is what it was worked out against."""

    base: Release | None
    release: Release
    succession: Succession
    rules: Rules


def table_key(hash: str) -> str:
    """Where a compiled table lies in the bucket."""
    return f"tables/{hash.removeprefix('sha256:')}.json"


class Releases:
    """The releases of one table. What is fetched of the bucket is kept, since it never changes."""

    def __init__(self, table: Table, bucket: Bucket) -> None:
        self.table = table
        self.bucket = bucket
        self._rules: dict[str, Rules] = {}

    # --- reading ------------------------------------------------------------------------------------------------------

    def live(self) -> Release | None:
        item = self.table.get(RELEASE, LIVE)
        return None if item is None else _release(item)

    def history(self) -> Iterator[Release]:
        """All releases up to the live one, the newest first."""
        live = self.live()
        if live is None:
            return
        found = {live.generation: live}
        for item in self.table.query(RELEASE, _NUMBER):
            release = _release(item)
            if release.generation < live.generation:
                found[release.generation] = release
        for generation in sorted(found, reverse=True):
            yield found[generation]

    def rules(self, hash: str) -> Rules:
        """The compiled table of this content hash. Raises Missing."""
        if hash not in self._rules:
            data = self.bucket.get(table_key(hash))
            if data is None:
                raise Missing(f"the table {hash} is not in the bucket ({table_key(hash)})")
            try:
                rules = load(data, table_key(hash))
            except TableError as error:
                raise Missing(str(error)) from None
            if digest(rules) != hash:
                raise Missing(f"{table_key(hash)} holds the table {digest(rules)}")
            self._rules[hash] = rules
        return self._rules[hash]

    def made_by(self, mark: bytes) -> Plan | None:
        """The plan of the table under which a state of this mark stood; None if no release tells."""
        for release in self.history():
            for step in release.steps:
                for made, hash in {**step.fits, step.digest: ""}.items():
                    if mark_of(made) == mark:
                        return Plan(self.rules(hash or step.hash))
        return None

    def model(self, release: Release) -> Model:
        """What leads are folded under by a release. Raises Missing."""
        return Model(chain_of(release.steps, self.rules), self.made_by)

    # --- releasing ----------------------------------------------------------------------------------------------------

    def propose(self, rules: Rules, maker: Maker, now: int, *, keep: bool = False, anew: bool = False) -> Proposal:
        """What releasing a table now would be: points are kept, or every lead is folded anew, if that is asked for.
        Raises TooLong."""
        live = self.live()
        if live is None:
            succession = first(rules)
        elif anew:
            found = tuple(differences(self.rules(live.hash), rules, live.events))
            succession = Succession(first(rules).steps, Need.ANEW, found)
        else:
            succession = self.following(live, rules, now, keep=keep)
        return self._proposal(live, rules, succession, maker, now)

    def following(self, live: Release, rules: Rules, now: int, *, keep: bool = False) -> Succession:
        """What becomes of the states of a release under a table that follows it. Raises TooLong."""
        self._rules[digest(rules)] = rules
        start = max(now, live.steps[-1].start + 1)
        return succeed(live.steps, self.rules, rules, live.events, start, keep=keep)

    def propose_again(self, target: Release, maker: Maker, now: int) -> Proposal:
        """What going back to an earlier release would be: its table, with the program that it had."""
        live = self.live()
        rules = self.rules(target.hash)
        assert live is not None
        found = tuple(differences(self.rules(live.hash), rules, live.events))
        if needed(list(found)) is Need.NOTHING and len(live.steps) == len(target.steps) == 1:
            return self.propose(rules, maker, now)
        return self._proposal(live, rules, Succession(target.steps, Need.ANEW, found), maker, now)

    def _proposal(self, live: Release | None, rules: Rules, succession: Succession, maker: Maker, now: int) -> Proposal:
        release = Release(
            1 if live is None else live.generation + 1,
            digest(rules),
            rules.model,
            succession.steps,
            now,
            maker.who,
            maker.why,
            maker.commit,
            succession.need.name,
            succession.kept,
            frozenset(event.spelling for event in rules.events.values()) | (live.events if live else frozenset()),
            None if live is None else live.hash,
        )
        return Proposal(live, release, succession, rules)

    def release(self, proposal: Proposal) -> Release:
        """Make it live. Raises Overtaken if something else was released since it was worked out."""
        base, release = proposal.base, proposal.release
        self.store(proposal.rules)
        if base is not None:
            self._write_down(base)
        self._write(base, _item(release, LIVE))
        self._write_down(release)
        return release

    def store(self, rules: Rules) -> str:
        """Put a table into the bucket; its content hash."""
        hash = digest(rules)
        self.bucket.put(table_key(hash), dump(rules))
        return hash

    def try_out(self, base: Release, canary: Canary | None) -> Release:
        """Put a table on trial beside the live one, or end the trial. Raises Overtaken."""
        changed = replace(base, canary=canary)
        self._write(base, _item(changed, LIVE))
        return changed

    def _write(self, base: Release | None, item: Item) -> None:
        when = {"pk": None} if base is None else {"generation": base.generation, "canary": _canary_out(base.canary)}
        try:
            self.table.put(item, when)
        except Conflict as conflict:
            if conflict.old == {name: value for name, value in item.items() if value is not None}:
                return  # it went through, and the answer was lost: the client has tried again
            raise Overtaken(None if conflict.old is None else _release(conflict.old)) from None

    def _write_down(self, release: Release) -> None:
        self.table.put(_item(replace(release, canary=None), f"{_NUMBER}{release.generation:08d}"))


# --- items ------------------------------------------------------------------------------------------------------------


def _item(release: Release, sk: str) -> Item:
    return {
        "pk": RELEASE, "sk": sk, "generation": release.generation, "hash": release.hash, "model": release.model,
        "steps": write_steps(release.steps), "since": release.since, "who": release.who, "why": release.why,
        "commit": release.commit, "need": release.need, "kept": release.kept, "events": sorted(release.events),
        "previous": release.previous, "canary": _canary_out(release.canary),
    }  # fmt: skip


def _release(item: Item) -> Release:
    return Release(
        item["generation"], item["hash"], item["model"], read_steps(item["steps"]), item["since"], item["who"],
        item["why"], item["commit"], item["need"], item["kept"], frozenset(item["events"]), item.get("previous"),
        _canary_in(item.get("canary")),
    )  # fmt: skip


def _canary_out(canary: Canary | None) -> str | None:
    if canary is None:
        return None
    parts = [canary.hash, canary.share, canary.since, canary.who, canary.why, canary.commit, canary.keep]
    return json.dumps(parts, ensure_ascii=False)


def _canary_in(text: str | None) -> Canary | None:
    return None if text is None else Canary(*json.loads(text))
