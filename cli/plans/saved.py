"""Plans that were saved: read again, and held against what is live and the data that they looked at.

A plan says what would become of leads if one table took the place of another, over certain data. It holds as long as
that is what is about to happen: the table is the one to be released, what was live is still live, and what was read is
still what it was. A plan that was edited, or cut off on its way, is refused by the hash over all of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.problem import NO, Problem
from runtime.lines import write_json

if TYPE_CHECKING:
    from runtime.dynamo.releases import Release

FORMAT = "leadscore-plan"
VERSION = 1
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """What of a saved plan decides whether it still holds: the two tables by their hashes, the number of the release
    that was live, None if it was made against something else, and what was read, as (kind, name, version)."""

    path: str
    old: str
    new: str
    generation: int | None
    versions: tuple[tuple[str, str, str], ...]


def canonical(given: Any) -> str:
    """JSON with its keys in order."""
    return write_json(_ordered(given))


def _ordered(value: Any) -> Any:
    match value:
        case dict():
            return {name: _ordered(value[name]) for name in sorted(value)}
        case list() | tuple():
            return [_ordered(inner) for inner in value]
    return value


def seal(given: Mapping[str, Any]) -> str:
    """The hash over all of a document but the hash itself."""
    whole = canonical({name: value for name, value in given.items() if name != "plan"})
    return "sha256:" + hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()


def read(path: str, content: bytes) -> SavedPlan:
    """A saved plan. Raises Problem if it is none, or not as it was saved."""
    from runtime.intake import read_json

    wrong = Problem(f"{path} is no saved plan: `leadscore plan … -o {path}` makes one")
    try:
        given = read_json(content, len(content))
    except ValueError:
        raise wrong from None
    if not isinstance(given, dict) or given.get("format") != FORMAT:
        raise wrong
    if given.get("version") != VERSION:
        raise Problem(f"{path} has plan format {given.get('version')!s:.20}, which this leadscore does not read")
    if given.get("plan") != seal(given):
        raise Problem(f"{path} is damaged: its content is not what was saved", hint="plan again")
    versions = [(each["kind"], each["name"], each["version"]) for each in given["data"]["versions"]]
    return SavedPlan(path, given["old"], given["new"], given["generation"], tuple(versions))


# --- whether it still holds -------------------------------------------------------------------------------------------


def hold(plan: SavedPlan, new: str, live: Release | None, *, data: bool = True) -> None:
    """Raises Problem unless a plan is about the table of this hash, starts from what is live, and, with `data`, looked
    at what is still as it was."""
    if plan.new != new:
        raise Problem(
            f"{plan.path} is about another table: {_short(plan.new)}, and this one is {_short(new)}",
            hint="plan again",
            status=NO,
        )
    _hold_live(plan, live)
    for kind, name, version in plan.versions if data else ():
        _hold_data(plan, kind, name, version)


def _hold_live(plan: SavedPlan, live: Release | None) -> None:
    moved = plan.generation is not None and (live is None or live.generation != plan.generation)
    if not moved and live is not None and live.hash == plan.old:
        return
    now = "nothing is live"
    if live is not None:
        now = f"release {live.generation} ({_short(live.hash)}) is live"
    then = _short(plan.old) if plan.generation is None else f"release {plan.generation} ({_short(plan.old)})"
    raise Problem(
        f"{plan.path} starts from {then}, and {now}: the plan is no longer true", hint="plan again", status=NO
    )


def _hold_data(plan: SavedPlan, kind: str, name: str, version: str) -> None:
    trust = "--data-unchecked takes the plan's word for the data"
    if not version:
        raise Problem(f"{plan.path} looked at {_called(name)}, which can't be looked at again", hint=trust, status=NO)
    found = next((path for path in (Path(name), Path(plan.path).parent / name) if path.exists()), None)
    if found is None:
        raise Problem(f"{name} is not here, which {plan.path} looked at", hint=trust, status=NO)
    if version_now(kind, found) != version:
        raise Problem(
            f"{name} has changed since {plan.path} looked at it: the plan is no longer true",
            hint="plan again",
            status=NO,
        )


def _called(name: str) -> str:
    return "standard input" if name == "-" else name


def version_now(kind: str, path: Path) -> str:
    """The version of something that a plan looked at, as it is now. Raises Problem."""
    from cli.recorded import version_of
    from insight.recorded import RecordedError

    try:
        match kind:
            case "database":
                from insight.database import Database

                return Database(path).version
            case "export":
                from insight.export import version_of as version_of_export

                return version_of_export(path)
    except RecordedError as error:
        raise Problem(str(error)) from None
    return version_of(str(path))


def _short(hash: str) -> str:
    return hash.removeprefix("sha256:")[:_SHOWN]
