"""A comparison as a person reads it on a terminal: what each change is, what it does, and a history that shows it."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator

import click

from cli.findings import counted
from cli.models_of import Side
from cli.visible import visible
from compiler.diff.changes import CLASSES, TEXT, Change, Comparison, Declared, Part, Place, Witness

SIGNS = {"added": "+", "gone": "-", "changed": "~"}
_COLOURS = {"+": "green", "-": "red", "~": "yellow", "=": "bright_black"}
_SHORT = 5
_SHOWS = {"both": "a lead that shows it", "events": "events that show it, as `leadscore accounts` takes them"}
_ORDER = ("model", "lateness", "source", "attribute", "event", "property", "score", "tally", "stage", "trigger")
_LIST = 6


def show(old: Side, new: Side, found: Comparison, *, verbose: bool) -> None:
    """Print it; in short, text that means the same is only named."""
    for line in lines(old, new, found, verbose=verbose):
        sign = line.lstrip()[:1]
        _echo(line, _COLOURS.get(sign) if line[:1] in _COLOURS or line.startswith(("    - ", "    + ")) else None)


def _echo(line: str, colour: str | None) -> None:
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    click.echo(visible(line) if colour is None or plain else click.style(visible(line), fg=colour))


def lines(old: Side, new: Side, found: Comparison, *, verbose: bool) -> Iterator[str]:
    """All lines, without colours."""
    yield f"{old.name} -> {new.name}: model {new.table.model}"
    text = [change for change in found.changes if not change.means]
    told = gathered(found.changes if verbose else [change for change in found.changes if change.means])
    witnesses = {each.subject: each for each in found.witnesses if not each.alone and (verbose or not each.follows)}
    alone = {each.subject: each for each in found.witnesses if each.alone} if verbose else {}
    for subject, changes in by_subject(told):
        yield ""
        for change, keys in changes:
            yield from _change(change, keys, verbose=verbose)
            if change.declared in alone and change.means:
                yield from _shown(change.declared, alone[change.declared], found)
        yield from _shown(subject, witnesses.pop(subject, None), found)
        for key in {key for _, keys in changes for key in keys if "[" in key}:
            witnesses.pop(("score", key), None)
    for subject, witness in witnesses.items():
        yield ""
        yield f"= {what(subject)} is as it was, and looks at what changes"
        yield from _shown(subject, witness, found)
    if not verbose:
        yield from _in_short(text)
    yield ""
    yield summary(found)


def gathered(changes: list[Change]) -> list[tuple[Change, tuple[str, ...]]]:
    """Changes that are the same in several scores of a family as one, with the keys of these scores."""
    found: dict[object, list[Change]] = {}
    for change in changes:
        key = change.declared[-1] if len(change.declared) > 1 else ""
        family, bracket, value = key.partition("[")
        told = tuple(_without(value.removesuffix("]"), text) for part in change.parts for text in (part.old, part.new))
        same = (change.declared[:-1], family, change.how, change.kind, change.was, told) if bracket else change
        found.setdefault(same, []).append(change)
    return [(each[0], tuple(one.declared[-1] for one in each)) for each in found.values()]


def _without(value: str, text: str | None) -> str | None:
    """A text with nothing where it names the value of a family."""
    return text if text is None else re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", "", text)


def by_subject(
    changes: list[tuple[Change, tuple[str, ...]]],
) -> Iterator[tuple[Declared, list[tuple[Change, tuple[str, ...]]]]]:
    """The changes of one score, and all others for themselves."""
    found: dict[Declared, list[tuple[Change, tuple[str, ...]]]] = {}
    for change, keys in changes:
        found.setdefault(subject_of(change.declared), []).append((change, keys))

    def rank(each: tuple[Declared, list[tuple[Change, tuple[str, ...]]]]) -> tuple[int, int]:
        subject, told = each
        lines = [place[1] for change, _ in told for place in (change.new, change.old) if place is not None]
        return _ORDER.index(subject[0]) if subject[0] in _ORDER else len(_ORDER), min(lines, default=0)

    yield from sorted(found.items(), key=rank)


def subject_of(declared: Declared) -> Declared:
    """The score, trigger, … that a declaration is a part of."""
    match declared:
        case ("rule" | "group", _, key) | ("ready" | "bands" | "order of rules", key):
            return ("score", key)
    return declared


def what(declared: Declared, keys: tuple[str, ...] = ()) -> str:
    """``rule visit of score interest``"""
    kind, *names = declared
    many = f" and {len(keys) - 1} more of its family" if len(keys) > 1 else ""
    match kind, names:
        case "property", [name, event]:
            return f"property {name} of event {event}"
        case (("rule" | "group"), [name, key]):
            return f"{kind} {name} of score {key}{many}"
        case (("ready" | "bands" | "order of rules"), [key]):
            return f"{kind} of score {key}{many}"
        case _, [name]:
            return f"{kind} {name}{many}"
    return kind


def _change(change: Change, keys: tuple[str, ...], *, verbose: bool) -> Iterator[str]:
    sign = SIGNS.get(change.how, "=") if change.means or change.how == "added" else "="
    how = "" if change.how in ("added", "gone", "changed") else f", {change.how}"
    was = f" from {change.was}" if change.was is not None else ""
    why = f" ({change.why})" if verbose else ""
    yield f"{sign} {what(change.declared, keys)}{how}{was}: {change.kind}{why}{places(change.old, change.new)}"
    if change.how in ("added", "gone"):
        told = "  ".join(part.new or part.old or "" for part in change.parts)
        yield from [f"      {told}"] if told else []
        return
    for part in change.parts:
        yield from _part(part)


def _part(part: Part) -> Iterator[str]:
    if part.came or part.went:
        yield f"      {part.what}: in its list of texts"[:0] + f"      {part.new}"
        for sign, entries in (("-", part.went), ("+", part.came)):
            if entries:
                more = f" and {len(entries) - _LIST:,} more" if len(entries) > _LIST else ""
                yield f"    {sign} {', '.join(entries[:_LIST])}{more}"
        return
    if part.old is not None:
        yield f"    - {part.old}"
    if part.new is not None:
        yield f"    + {part.new}"


def places(old: Place | None, new: Place | None) -> str:
    """Both files' lines."""
    told = [f"{file}:{line}" for file, line in (each for each in (old, new) if each is not None)]
    return f"  [{' -> '.join(told)}]" if told else ""


def _shown(subject: Declared, witness: Witness | None, found: Comparison) -> Iterator[str]:
    if witness is not None:
        yield f"  {difference(witness)}"
        yield from (f"    {line}" for line in witness.test.splitlines())
    elif subject in found.open:
        yield f"  no history that shows it: {nothing(found, subject)}"


def difference(witness: Witness) -> str:
    """``before: interest = 10, now: interest = 25, after 1 event; a test that only the new model passes:``"""
    after = f"after {counted(witness.events, 'event')}" if witness.events else "without any event"
    told = [f"{when}: {text or 'not known'}" for when, text in (("before", witness.old), ("now", witness.new))]
    shows = _SHOWS.get(witness.passes, f"a test that only the {witness.passes} model passes")
    return f"{', '.join(told)}, {after}; {shows}:"


def nothing(found: Comparison, subject: Declared) -> str:
    """Why there is no witness."""
    return f"none found up to {counted(found.longest, 'event')}" if found.open[subject] else "none could be tried"


def _in_short(text: list[Change]) -> Iterator[str]:
    named = [change for change in text if change.how == "renamed"]
    if named:
        yield ""
    for change, keys in gathered(named)[:_SHORT]:
        yield f"= {what(change.declared, keys)}, renamed from {change.was}: {TEXT}{places(change.old, change.new)}"
    left = len(text) - len(gathered(named)[:_SHORT])
    if left:
        yield f"= {counted(left, 'further change')} of the text: --verbose shows them"


def summary(found: Comparison) -> str:
    """The last line: how much there is of each class."""
    if found.same:
        text = f" ({counted(len(found.changes), 'change')} of the text)" if found.changes else ""
        return f"no difference in meaning{text}"
    counts = Counter(change.kind for change in found.changes)
    told = ", ".join(f"{counts[kind]} {kind}" for kind in reversed(CLASSES) if counts[kind] and kind != TEXT)
    text = f", and {counted(counts[TEXT], 'change')} of the text" if counts[TEXT] else ""
    return f"{counted(sum(change.means for change in found.changes), 'change')} in meaning: {told}{text}"
