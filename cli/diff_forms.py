"""A comparison for programs, as JSON, and for a pull request, as Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from cli.diff_text import SIGNS, by_subject, difference, gathered, nothing, places, summary, what
from cli.findings import counted
from cli.models_of import Side
from cli.visible import visible
from compiler.diff.changes import Change, Comparison, Place, Witness


def as_json(old: Side, new: Side, found: Comparison) -> str:
    """One object: both models, every change, the witnesses, and what is open."""
    told = {
        "model": new.table.model,
        "old": {"name": old.name, "hash": old.hash},
        "new": {"name": new.name, "hash": new.hash},
        "same": found.same,
        "class": found.kind,
        "changes": [_change(each) for each in found.changes],
        "witnesses": [_witness(each) for each in found.witnesses],
        "open": [
            {"subject": what(subject), "histories": count, "events": found.longest}
            for subject, count in found.open.items()
        ],
    }
    return json.dumps(told, ensure_ascii=False)


def _change(change: Change) -> dict[str, Any]:
    kind, *names = change.declared
    return {
        "kind": kind,
        "name": names[0] if names else None,
        "of": names[1] if len(names) > 1 else None,
        "change": change.how,
        "class": change.kind,
        "why": change.why,
        "was": change.was,
        "parts": [
            {"part": part.what, "old": part.old, "new": part.new, "came": [*part.came], "went": [*part.went]}
            for part in change.parts
        ],
        "old": _place(change.old),
        "new": _place(change.new),
    }


def _place(place: Place | None) -> dict[str, Any] | None:
    return None if place is None else {"file": place[0], "line": place[1]}


def _witness(witness: Witness) -> dict[str, Any]:
    return {
        "subject": what(witness.subject),
        "alone": witness.alone,
        "follows": witness.follows,
        "events": witness.events,
        "old": witness.old,
        "new": witness.new,
        "passes": witness.passes,
        "test": witness.test,
    }


# --- Markdown ---------------------------------------------------------------------------------------------------------


def as_markdown(old: Side, new: Side, found: Comparison, *, verbose: bool) -> str:
    """A page with a table of the changes and the tests, folded up."""
    return "\n".join(_markdown(old, new, found, verbose=verbose)) + "\n"


def _markdown(old: Side, new: Side, found: Comparison, *, verbose: bool) -> Iterator[str]:
    yield f"### {_plain(new.table.model)}: {summary(found)}"
    yield ""
    yield f"{_code(old.name)} → {_code(new.name)}"
    told = [change for change in found.changes if change.means or change.how == "renamed" or verbose]
    if told:
        yield ""
        yield "| | what | before | now | class | where |"
        yield "| --- | --- | --- | --- | --- | --- |"
    for _, changes in by_subject(gathered(told)):
        for change, keys in changes:
            yield _row(change, keys)
    hidden = len(found.changes) - len(told)
    if hidden:
        yield ""
        yield f"{counted(hidden, 'further change')} of the text."
    for witness in found.witnesses:
        if verbose or not (witness.alone or witness.follows):
            yield from _folded(witness)
    if found.open:
        yield ""
    for subject in found.open:
        yield f"- {_plain(what(subject))}: no history that shows it; {nothing(found, subject)}"


def _row(change: Change, keys: tuple[str, ...]) -> str:
    was = f", renamed from {_code(change.was)}" if change.was is not None else ""
    how = f" ({change.how})" if change.how not in ("added", "gone", "changed", "renamed") else ""
    cells = [
        SIGNS.get(change.how, "="),
        _plain(what(change.declared, keys)) + was + how,
        "<br>".join(_code(part.old) for part in change.parts if part.old is not None),
        "<br>".join(_new(part.new, part.came, part.went) for part in change.parts if part.new is not None),
        change.kind,
        _plain(places(change.old, change.new).strip(" []")),
    ]
    return f"| {' | '.join(cells)} |"


def _new(text: str | None, came: tuple[str, ...], went: tuple[str, ...]) -> str:
    more = [f"+ {', '.join(came[:6])}"] * bool(came) + [f"- {', '.join(went[:6])}"] * bool(went)
    return "<br>".join(_code(each) for each in [text or "", *more])


def _folded(witness: Witness) -> Iterator[str]:
    yield ""
    yield f"<details><summary>{_plain(what(witness.subject))}, {_plain(difference(witness))}</summary>"
    yield ""
    fence = "```"
    while fence in witness.test:
        fence += "`"
    yield fence + ("json" if witness.passes == "events" else "score")
    yield witness.test.rstrip("\n")
    yield fence
    yield "</details>"


def _plain(text: str) -> str:
    """Text in which nothing is taken for markup."""
    found = visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join("\\" + each if each in "\\`*_[]|#" else each for each in found)


def _code(text: str) -> str:
    """Text as code within a cell."""
    found = visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("|", "&#124;")
    return f"<code>{found.replace('`', '&#96;')}</code>"
