"""`leadscore rollback`: make an earlier release live again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cli.problem import NO, Problem
from cli.releasing import moment, needs, overtaken, proposal_json, short, whoever
from cli.stack import place, takes_place
from runtime import times
from runtime.lines import write_json

if TYPE_CHECKING:
    from runtime.dynamo.releases import Release, Releases

_LEAST = 6


@click.command(
    "rollback",
    epilog="""\b
Examples:
  leadscore rollback --stack prod --why "too many calls"
  leadscore rollback 1a2b3c4d5e6f --stack prod""",
)
@click.argument("hash", required=False)
@takes_place
@click.option("--why", default="", metavar="TEXT", help="Why; kept with the release.")
@click.option("--who", metavar="NAME", help="Who; git's user.email, or the user's name, if not given.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(
    hash: str | None, stack: str | None, table: str | None, bucket: str | None, why: str, who: str | None, as_json: bool
) -> int:
    """Make the table HASH live again, or the one before the live one. HASH is as `leadscore versions` shows it.

    It comes back with what it made of the leads: those that nobody has looked at since are as they were."""
    with place(stack, table, bucket) as here:
        from runtime.dynamo.releases import Maker, Overtaken

        target = _target(here.releases, hash)
        maker = Maker(whoever() if who is None else who, why, target.commit)
        proposal = here.releases.propose_again(target, maker, times.now())
        try:
            done = here.releases.release(proposal)
        except Overtaken as lost:
            raise overtaken(lost) from None
        if as_json:
            click.echo(write_json({**proposal_json(proposal), "live": True}))
            return 0
        click.echo(
            f"release {done.generation}: back to {short(done.hash)} of release {target.generation}, "
            f"{moment(target.since)}"
        )
        left = f"as release {target.generation} left them; those that were looked at since are folded anew"
        click.echo(f"leads: {left if done.need == 'ANEW' else needs(done.need, False, done.since)}")
        click.echo("live: functions take it up within a minute")
        if done.need == "ANEW":
            click.echo(
                f"leads follow when somebody looks at them; `leadscore refold {here.for_all}` brings all of them"
            )
    return 0


def _target(releases: Releases, hash: str | None) -> Release:
    """The newest release of the table that is meant. Raises Problem."""
    history = list(releases.history())
    if not history:
        raise Problem("nothing was ever released here", status=NO)
    live = history[0]
    if hash is None:
        found = [release for release in history if release.hash != live.hash or release.steps != live.steps]
        if not found:
            raise Problem("there is no release before the live one", status=NO)
        return found[0]
    wanted = hash.removeprefix("sha256:").lower()
    if len(wanted) < _LEAST:
        raise Problem(f"`{hash}` is too short to name a table", hint=f"give {_LEAST} digits or more")
    found = [release for release in history if release.hash.removeprefix("sha256:").startswith(wanted)]
    if not found:
        raise Problem(f"no release has a table `{hash}`", hint="`leadscore versions` lists them", status=NO)
    if len({release.hash for release in found}) > 1:
        raise Problem(f"`{hash}` names several tables: {', '.join(sorted({short(each.hash) for each in found}))}")
    if found[0].generation == live.generation:
        raise Problem(f"{short(live.hash)} is live: there is nothing to go back from", status=NO)
    return found[0]
