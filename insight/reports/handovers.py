"""Handovers: a lead becomes marketing qualified, and sales accepts or rejects it.

A handover begins when the lead moves to the qualified stage. What comes next decides it:

- accepted: it moves to the accepted stage or one beyond it on the path; or an event wins the outcome that was named;
- rejected: it moves to a rejected stage, or an event sends it back to an earlier one; or an event loses the outcome;
- lapsed: a score or time moved it back, so nobody decided anything; or it was handed over anew before anybody did;
- undecided: none of these yet.

A lead that is handed over again after a rejection is another handover. Times are microseconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from insight.reports.life import Life, Look, Move
from insight.reports.tables import ReportError
from runtime.table import Stages, Table
from runtime.values import write_number


class Fate(StrEnum):
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    LAPSED = "lapsed"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Terms:
    """What counts as what: stages of the model. `outcome` says that an outcome decides, not the stages. `reason` is the
    property of the deciding event that tells why, `campaign` the property or attribute that names a campaign, `groups`
    the attributes and segments that handovers are told apart by."""

    qualified: str
    accepted: frozenset[str]
    rejected: frozenset[str]
    path: tuple[str, ...]
    outcome: bool = False
    reason: str = "reason"
    campaign: str = "campaign"
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Handover:
    """`carried` is the rule that carried it over the line; `campaign` the one it was
    touched by last, by something that it did itself, None without any; `groups` the value of each group."""

    lead: str
    at: int
    carried: str
    campaign: str | None
    groups: Mapping[str, str | None] = field(default_factory=dict)
    fate: Fate = Fate.UNDECIDED
    decided: int | None = None
    reason: str | None = None

    def waited(self, now: int) -> int:
        """How long it took to decide, or has taken so far."""
        return (now if self.decided is None else self.decided) - self.at


@dataclass(frozen=True, slots=True)
class Handled:
    """The handovers of one lead; `touched` is its first activity (or first event, without any), `beside` when it was
    accepted without having been handed over, if it was."""

    handovers: tuple[Handover, ...]
    touched: int
    beside: int | None = None

    @property
    def qualified(self) -> int | None:
        """When the lead first was."""
        return self.handovers[0].at if self.handovers else None

    @property
    def accepted(self) -> int | None:
        """When the lead first was, handed over or not."""
        found = [each.decided for each in self.handovers if each.fate is Fate.ACCEPTED and each.decided is not None]
        return min([*found, *([] if self.beside is None else [self.beside])], default=None)


def terms_of(
    table: Table, qualified: str | None = None, accepted: str | None = None, rejected: tuple[str, ...] = ()
) -> Terms:
    """Which stages count as what; where it is not said, the stages are called `qualified` and `accepted` (or the one
    after `qualified`), and those beside the path are rejected. Raises ReportError."""
    stages = table.stages
    if not stages.path:
        raise ReportError(
            "the model has no stages, so nothing in it is qualified or accepted",
            "declare them: `stages visitor, qualified, accepted also rejected`, and triggers that `move to` them",
        )
    names = f"the stages are {', '.join((*stages.path, *stages.beside))}"
    if qualified is None and "qualified" not in stages.path:
        raise ReportError("which stage is marketing qualified? name it with --qualified STAGE", names)
    line = _on_path(stages, qualified or "qualified", "--qualified", names)
    if accepted is None and line + 1 == len(stages.path):
        raise ReportError(f"no stage comes after `{stages.path[line]}`, so none can be sales accepted", names)
    after = stages.path[line + 1 :]
    if accepted is None:
        accepted = "accepted" if "accepted" in after else after[0]
    place = _on_path(stages, accepted, "--accepted", names)
    if place <= line:
        raise ReportError(f"`{accepted}` does not come after `{stages.path[line]}` on the path", names)
    for name in rejected:
        if name not in (*stages.path, *stages.beside):
            raise ReportError(f"--rejected `{name}` is no stage of the model", names)
    no = frozenset(rejected or stages.beside)
    return Terms(stages.path[line], frozenset(stages.path[place:]) - no, no, stages.path)


def _on_path(stages: Stages, name: str, option: str, names: str) -> int:
    if name not in stages.path:
        raise ReportError(f"{option} `{name}` is no stage on the path of the model", names)
    return stages.path.index(name)


def take(lived: Life, terms: Terms) -> Handled | None:
    """The handovers of a lead; None if there is none and it was never accepted."""
    begun: list[tuple[int, Look, Move, str | None]] = []
    beside, campaign = None, None
    line = terms.path.index(terms.qualified)
    open_ = bool(lived.began) and lived.began[-1][0] == terms.qualified
    for at, look in enumerate(lived.looks):
        campaign = _campaign(look, terms) or campaign
        for move in look.moves:
            past = move.before in terms.path[line + 1 :]
            if move.after == terms.qualified and not past:
                begun.append((at, look, move, campaign or _text(move.attributes.get(terms.campaign))))
                open_ = True
            elif move.after in terms.accepted and not open_ and move.before not in terms.accepted and beside is None:
                beside = move.at
            elif move.after in terms.rejected or move.after in terms.path[:line]:
                open_ = False
    if not begun and beside is None:
        return None
    found = []
    for number, (at, look, move, touched) in enumerate(begun):
        end = begun[number + 1][0] if number + 1 < len(begun) else len(lived.looks)
        fate, decided, reason = _decision(lived, at, end, move, terms, last=number + 1 == len(begun))
        groups = {name: _group(lived.plan.table, move, name) for name in terms.groups}
        found.append(Handover(lived.id, move.at, look.carried, touched, groups, fate, decided, reason))
    active = lived.lead.first_active
    return Handled(tuple(found), lived.first if active is None else active, beside)


def _campaign(look: Look, terms: Terms) -> str | None:
    """The campaign that an event of the lead's own names."""
    return None if look.passive else _text(look.data.get(terms.campaign))


def _group(rules: Table, move: Move, name: str) -> str | None:
    """The value of an attribute at a handover, or whether the lead met the condition of a segment then."""
    if name in rules.attributes:
        return _text(move.attributes.get(name))
    return "in it" if name in move.inside else "not in it"


def _text(value: Any) -> str | None:
    """A value of an event or a lead as a text."""
    match value:
        case None | "":
            return None
        case str():
            return value
        case bool():
            return "yes" if value else "no"
        case tuple() | list():
            return ", ".join(map(str, value))
        case _:
            return write_number(value)


def _decision(
    lived: Life, begin: int, end: int, move: Move, terms: Terms, *, last: bool
) -> tuple[Fate, int | None, str | None]:
    """What was decided between the look of a handover and that of the next one, that one included."""
    if terms.outcome:
        for look in lived.looks[begin + 1 : end + (not last)]:
            if look.decides is not None:
                fate = Fate.ACCEPTED if look.decides else Fate.REJECTED
                return fate, look.at, None if look.decides else _text(look.data.get(terms.reason))
        return (Fate.UNDECIDED, None, None) if last else (Fate.LAPSED, lived.looks[end].at, None)
    for look, after in _moves_after(lived, begin, end, move, last=last):
        found = _fate(after, terms)
        if found is not None:
            why = _text(look.data.get(terms.reason)) if found is Fate.REJECTED else None
            return found, after.at, why
    return (Fate.UNDECIDED, None, None) if last else (Fate.LAPSED, lived.looks[end].at, None)


def _moves_after(lived: Life, begin: int, end: int, move: Move, *, last: bool) -> Iterator[tuple[Look, Move]]:
    passed = False
    for look in lived.looks[begin : end + (not last)]:
        for each in look.moves:
            if passed:
                yield look, each
            passed = passed or each is move


def _fate(move: Move, terms: Terms) -> Fate | None:
    if move.after in terms.accepted:
        return Fate.ACCEPTED
    if move.after in terms.rejected:
        return Fate.REJECTED if move.heard else Fate.LAPSED
    line = terms.path.index(terms.qualified)
    if move.after in terms.path[:line]:
        return Fate.REJECTED if move.heard else Fate.LAPSED
    return None
