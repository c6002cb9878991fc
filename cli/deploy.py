"""`leadscore deploy`: make a model live, or put it on trial beside the live one."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

import click

from cli.findings import counted
from cli.model import load_model, read_bytes
from cli.problem import NO, Problem
from cli.releasing import (
    MILLION,
    by,
    canary_json,
    commit_of,
    moment,
    needs,
    overtaken,
    percent,
    proposal_json,
    release_json,
    short,
    tell_differences,
    whoever,
)
from cli.stack import Place, place, takes_place
from runtime import times
from runtime.lines import write_json

if TYPE_CHECKING:
    from runtime.dynamo.releases import Canary, Maker, Proposal, Release
    from runtime.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    why: str
    who: str | None
    commit: str | None
    from_now: bool
    anew: bool
    canary: int | None
    promote: bool
    abandon: bool
    plan: str | None
    data_unchecked: bool
    dry_run: bool
    other_model: bool
    verbose: bool
    json: bool


def _share(ctx: click.Context, param: click.Parameter, value: str | None) -> int | None:
    """A percentage as parts in a million."""
    if value is None:
        return None
    wrong = click.BadParameter(f"`{value}` is no share of the leads; write it like 5%", ctx, param)
    try:
        share = Decimal(value.removesuffix("%").strip()) * MILLION / 100
        whole = 0 < share <= MILLION and share == int(share)
    except InvalidOperation:
        raise wrong from None
    if not value.endswith("%") or not whole:
        raise wrong
    return int(share)


@click.command(
    "deploy",
    epilog="""\b
Examples:
  leadscore deploy model.score --stack prod --why "pricing pays more"
  leadscore deploy model.score --stack prod --dry-run --verbose
  leadscore deploy model.score --stack prod --from-now
  leadscore deploy model.score --stack prod --canary 5%
  leadscore deploy --promote --stack prod
  leadscore deploy model.score --stack prod --plan plan.json""",
)
@click.argument("model", type=click.Path(), required=False)
@takes_place
@click.option("--why", default="", metavar="TEXT", help="Why; kept with the release.")
@click.option("--who", metavar="NAME", help="Who; git's user.email, or the user's name, if not given.")
@click.option("--commit", metavar="C", help="From which commit; that of the model's folder if not given.")
@click.option("--from-now", is_flag=True, help="Keep the points that were given; the new rules count from now on.")
@click.option("--anew", is_flag=True, help="Fold every lead anew, whatever the change needs.")
@click.option("--canary", metavar="SHARE", callback=_share, help="Only try it, on a share of the leads, such as 5%.")
@click.option("--promote", is_flag=True, help="Make the table on trial live.")
@click.option("--abandon", is_flag=True, help="End the trial.")
@click.option("--plan", type=click.Path(), metavar="F", help="Release only if this saved plan still holds.")
@click.option("--data-unchecked", is_flag=True, help="Take the plan's word for the data that it looked at.")
@click.option("--dry-run", is_flag=True, help="Say what would be done; do nothing.")
@click.option("--other-model", is_flag=True, help="Allow a model of another name.")
@click.option("--verbose", is_flag=True, help="Show every difference.")
@click.option("--json", is_flag=True, help="One JSON object.")
def command(model: str | None, stack: str | None, table: str | None, bucket: str | None, **given: object) -> int:
    """Release MODEL, a rule file or a compiled table: functions take it up within a minute, without a restart.

    What becomes of the leads follows from what changed: nothing; new points from now on; or every lead is folded
    anew, when somebody looks at it, and all of them by `leadscore refold`."""
    options = Options(**given)  # type: ignore[arg-type]  # click gives what the options declare
    _check(model, options)
    rules = None if model is None else load_model(model).table
    with place(stack, table, bucket) as here:
        if rules is None or model is None:
            return _end_trial(here, options)
        maker = _maker(options, model)
        if options.canary is not None:
            return _try(here, rules, maker, options.canary, options)
        return _release(here, maker, rules, options)


def _check(model: str | None, options: Options) -> None:
    ends = options.promote + options.abandon
    if ends > 1 or (ends and (options.canary is not None or options.plan or options.from_now or options.anew)):
        raise Problem("--promote and --abandon end a trial, and go with no other way to release")
    if ends and model is not None:
        raise Problem("the table on trial is known: leave MODEL out")
    if not ends and model is None:
        raise click.UsageError("MODEL is missing")
    if options.data_unchecked and options.plan is None:
        raise Problem("--data-unchecked is about the data of a plan", hint="name the plan with --plan F")
    if options.from_now and options.plan is not None:
        raise Problem("a plan is about leads that are folded under the new model, and --from-now keeps their points")
    if options.from_now and options.anew:
        raise Problem("--from-now keeps points and --anew folds them anew: choose one")


def _maker(options: Options, model: str | None) -> Maker:
    from runtime.dynamo.releases import Maker

    commit = options.commit
    if commit is None:
        commit = "" if model is None else commit_of(model)
    return Maker(whoever() if options.who is None else options.who, options.why, commit)


# --- a release --------------------------------------------------------------------------------------------------------


def _release(here: Place, maker: Maker, rules: Table, options: Options) -> int:
    proposal = _proposed(here, rules, maker, keep=options.from_now, anew=options.anew)
    base, release = proposal.base, proposal.release
    _same_model(base, rules, options)
    _planned(options, release.hash, base)
    if base is not None and base.steps == release.steps and base.hash == release.hash:
        if options.json:
            click.echo(write_json(release_json(base, live=True)))
        else:
            click.echo(f"{short(base.hash)} is live already: release {base.generation} of {moment(base.since)}")
        return 0
    if not options.dry_run:
        _make_live(here, proposal)
    _tell(here, proposal, options)
    return 0


def _proposed(here: Place, rules: Table, maker: Maker, *, keep: bool, anew: bool) -> Proposal:
    from runtime.dynamo.program import MOST_STEPS, TooLong

    try:
        return here.releases.propose(rules, maker, times.now(), keep=keep, anew=anew)
    except TooLong:
        raise Problem(
            f"{counted(MOST_STEPS, 'table')} follow one another where points were kept, and each has to be known",
            hint="--anew folds every lead anew, under the new table alone",
            status=NO,
        ) from None


def _make_live(here: Place, proposal: Proposal) -> None:
    from runtime.dynamo.releases import Overtaken

    try:
        here.releases.release(proposal)
    except Overtaken as lost:
        raise overtaken(lost) from None


def _same_model(base: Release | None, rules: Table, options: Options) -> None:
    if base is not None and base.model != rules.model and not options.other_model:
        raise Problem(
            f"the live model is `{base.model}`, this one is `{rules.model}`",
            hint="publications carry the name of the model; --other-model releases it nevertheless",
        )


def _planned(options: Options, hash: str, base: Release | None) -> None:
    """Raises Problem unless the saved plan, if there is one, holds for what is to be released."""
    if options.plan is not None:
        from cli.plans.saved import hold, read

        hold(read(options.plan, read_bytes(options.plan)), hash, base, data=not options.data_unchecked)


def _tell(here: Place, proposal: Proposal, options: Options) -> None:
    release, base = proposal.release, proposal.base
    if options.json:
        told = {**proposal_json(proposal), "live": not options.dry_run}
        click.echo(write_json(told))
        return
    instead = "" if base is None else f", instead of {short(base.hash)} of {moment(base.since)}"
    click.echo(f"release {release.generation}: model {release.model}, {short(release.hash)}{instead}")
    if base is not None:
        click.echo(f"leads: {needs(release.need, release.kept, release.steps[-1].start)}")
    for line in tell_differences(proposal.succession.differences, whole=options.verbose, kept=release.kept):
        click.echo(line)
    if base is not None and base.canary is not None:
        click.echo(f"the trial of {short(base.canary.hash)} ends")
    if options.dry_run:
        click.echo("nothing was done")
        return
    click.echo("live: functions take it up within a minute")
    if release.need == "ANEW" and base is not None:
        click.echo(f"leads follow when somebody looks at them; `leadscore refold {here.for_all}` brings all of them")


# --- a trial ----------------------------------------------------------------------------------------------------------


def _try(here: Place, rules: Table, maker: Maker, share: int, options: Options) -> int:
    from runtime.dynamo.releases import Canary, Overtaken
    from runtime.table import digest

    base = here.releases.live()
    if base is None:
        raise Problem("nothing is live that it could be tried beside", hint="release it without --canary", status=NO)
    _same_model(base, rules, options)
    if base.hash == digest(rules):
        raise Problem(f"{short(base.hash)} is live: there is nothing to try", status=NO)
    _planned(options, digest(rules), base)
    canary = Canary(
        digest(rules), share, times.now(), maker.who, maker.why, maker.commit, keep=options.from_now,
    )  # fmt: skip
    if not options.dry_run:
        here.releases.store(rules)
        try:
            here.releases.try_out(base, canary)
        except Overtaken as lost:
            raise overtaken(lost) from None
    if options.json:
        click.echo(write_json(canary_json(canary)))
        return 0
    click.echo(f"on trial: {short(canary.hash)}, for {percent(share)} of the leads, beside {short(base.hash)}")
    if options.dry_run:
        click.echo("nothing was done")
        return 0
    click.echo(f"`leadscore status {here.options}` counts the differences")
    click.echo(f"`leadscore deploy --promote {here.options}` makes it live, --abandon ends it")
    return 0


def _end_trial(here: Place, options: Options) -> int:
    from runtime.dynamo.releases import Overtaken

    base = here.releases.live()
    if base is None or base.canary is None:
        raise Problem("nothing is on trial", hint="`leadscore deploy MODEL --canary 5%` begins a trial", status=NO)
    canary = base.canary
    if options.promote:
        return _promote(here, base, canary, options)
    if not options.dry_run:
        try:
            here.releases.try_out(base, None)
        except Overtaken as lost:
            raise overtaken(lost) from None
    if options.json:
        click.echo(write_json(canary_json(canary)))
    else:
        click.echo(f"the trial of {short(canary.hash)} {by(canary)} is over; {short(base.hash)} stays live")
    return 0


def _promote(here: Place, base: Release, canary: Canary, options: Options) -> int:
    from runtime.dynamo.releases import Maker

    maker = Maker(options.who or whoever(), options.why or canary.why, options.commit or canary.commit)
    proposal = _proposed(here, here.releases.rules(canary.hash), maker, keep=canary.keep, anew=False)
    if proposal.base is None or proposal.base.canary != canary or proposal.base.generation != base.generation:
        raise Problem("the trial ended meanwhile: nothing was released", status=NO)
    if not options.dry_run:
        _make_live(here, proposal)
    _tell(here, proposal, options)
    return 0
