"""What `deploy`, `rollback`, `versions` and `status` say of releases, as text and as JSON."""

from __future__ import annotations

import getpass
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.findings import counted
from cli.problem import NO, Problem
from cli.visible import visible
from runtime.needs import Difference, Need
from runtime.times import SECOND, write_instant
from runtime.values import settle, write_number

if TYPE_CHECKING:
    from runtime.dynamo.releases import Canary, Overtaken, Proposal, Release

MILLION = 1_000_000
SHOWN = 12
"""How many digits of a hash are shown: enough to tell tables apart, and to name one."""
_TOLD = 10
NEEDS = {
    "NOTHING": "nothing: the states that are kept serve as they are",
    "NEW": "new points from now on: states are carried over, which is what folding anew would give",
    "ANEW": "every lead folded anew",
}
KEPT = "points kept: what was given stands, new points follow the new table from {since} on"


def short(hash: str) -> str:
    return hash.removeprefix("sha256:")[:SHOWN]


def commit(release: Release | Canary) -> str:
    """The commit, short, and whether its folder had changes."""
    return release.commit[:SHOWN] + "-dirty" * release.commit.endswith("-dirty")


def moment(t: int) -> str:
    """An instant to the second."""
    return write_instant(t - t % SECOND)


def needs(need: str, kept: bool, since: int) -> str:
    return KEPT.format(since=moment(since)) if kept else NEEDS[need]


def percent(share: int) -> str:
    """``5%`` for 50,000 parts in a million."""
    return write_number(settle(Decimal(share) * 100 / MILLION)) + "%"


def by(release: Release | Canary) -> str:
    """``by ada@example.com, from 0a1b2c3, because …``"""
    parts = [f"by {release.who}" * bool(release.who), f"from {commit(release)}" * bool(release.commit)]
    parts.append(f"“{release.why}”" * bool(release.why))
    return visible(", ".join(part for part in parts if part))


def tell_differences(differences: tuple[Difference, ...], *, whole: bool, kept: bool = False) -> list[str]:
    """A line for each difference that decides what is needed, and how many there are beside; all with `whole`. Why it
    would be needed is left out where points are `kept` nevertheless."""
    most = max((each.need for each in differences), default=Need.NOTHING)
    deciding = [each for each in differences if each.need is most or whole]
    shown = deciding[: len(deciding) if whole else _TOLD]
    told = [f"  {each.what} {each.change}" + ("" if kept else f": {each.why}") for each in shown]
    left = len(differences) - len(told)
    if left:
        told.append(f"  and {counted(left, 'further difference')}; --verbose shows all")
    return [visible(line) for line in told]


def overtaken(lost: Overtaken) -> Problem:
    """Somebody else was quicker: the answer is no."""
    live = lost.live
    if live is None:
        return Problem("nothing is live any more: nothing was released", status=NO)
    who = f" by {visible(live.who)}" if live.who else ""
    return Problem(
        f"nothing was released: release {live.generation} ({short(live.hash)}){who} of {moment(live.since)} was "
        "quicker",
        hint="`leadscore versions` shows it; look at what it changed, then deploy again",
        status=NO,
    )


def release_json(release: Release, *, live: bool) -> dict[str, Any]:
    return {
        "release": release.generation,
        "hash": release.hash,
        "model": release.model,
        "live": live,
        "since": write_instant(release.since),
        "who": release.who,
        "why": release.why,
        "commit": release.commit,
        "needs": release.need.lower(),
        "kept": release.kept,
        "tables": [
            {"hash": step.hash, "from": write_instant(step.start) if step.start >= 0 else None}
            for step in release.steps
        ],
        "previous": release.previous,
        "canary": None if release.canary is None else canary_json(release.canary),
    }


def canary_json(canary: Canary) -> dict[str, Any]:
    return {
        "hash": canary.hash,
        "share": settle(Decimal(canary.share) / MILLION),
        "since": write_instant(canary.since),
        "who": canary.who,
        "why": canary.why,
        "commit": canary.commit,
        "kept": canary.keep,
    }


def proposal_json(proposal: Proposal) -> dict[str, Any]:
    return {
        **release_json(proposal.release, live=False),
        "differences": [
            {"what": each.what, "change": each.change, "needs": each.need.name.lower(), "why": each.why}
            for each in proposal.succession.differences
        ],
    }


def whoever() -> str:
    """The address that git knows the user by, or else the name of the account on this machine."""
    said = _git(["config", "user.email"], Path())
    if said:
        return said
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


def commit_of(file: str) -> str:
    """The commit that a file stands in, with ``-dirty`` where its folder has changes; empty outside of git."""
    folder = Path(file).resolve().parent
    commit = _git(["rev-parse", "HEAD"], folder)
    if not commit:
        return ""
    return commit + ("-dirty" if _git(["status", "--porcelain", "--", "."], folder) else "")


def _git(args: list[str], folder: Path) -> str:
    try:
        done = subprocess.run(  # noqa: S603
            ["git", "-C", str(folder), *args],  # noqa: S607 - whichever git the user works with
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
