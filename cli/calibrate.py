"""`leadscore calibrate`: points for the rules, from what leads did and what became of them."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.backtest import parted
from cli.inputs import EventsCommand
from cli.looking_back.options import check_extra, outcome_of, score_of, takes_look
from cli.model import compiled, is_table, read_bytes
from cli.problem import NO, Problem
from cli.recorded import recording, report_rejects, say
from cli.writing import check_outputs, check_writable, write_lines

if TYPE_CHECKING:
    from cli.looking_back.spots import Sheet
    from insight.backtest.instants import Case
    from insight.backtest.leakage import Leak
    from insight.backtest.standing import Standing, Study
    from insight.calibrate.points import Points
    from insight.calibrate.proposal import Material, Proposal
    from insight.calibrate.tallies import Tallies
    from insight.recorded import Recording
    from runtime.dynamo.model import Model


def _step(ctx: click.Context, param: click.Parameter, value: str | None) -> Decimal | None:
    if value is None:
        return None
    try:
        found = Decimal(value)
    except InvalidOperation:
        found = Decimal(0)
    if not found.is_finite() or found < Decimal("0.001") or found % Decimal("0.001"):
        raise click.BadParameter(f"`{value}` is no step of points: write 1, 0.5 or 0.001", ctx, param)
    return found


@click.command(
    "calibrate",
    cls=EventsCommand,
    epilog="""\b
Examples:
  leadscore calibrate model.score --events events.jsonl
  leadscore calibrate model.score --events events.jsonl --outcome won --patch points.patch
  leadscore calibrate model.score --db state.db --method tallies --write
  leadscore calibrate model.score --events events.jsonl --step 0.5 --format json

Exit status: 1 also if there is too little data, or nothing better than the present points.""",
)
@takes_look
@click.option(
    "--method", type=click.Choice(["regression", "tallies"]), default="regression", show_default=True,
    help="Whose points are written.",
)  # fmt: skip
@click.option("--step", callback=_step, metavar="N", help="Points are multiples of this; 1, or 0.1 under small lines.")
@click.option("--patch", type=click.Path(), metavar="F", help="Write the proposal to this file as a unified diff.")
@click.option("--anyway", is_flag=True, help="Write the proposal also where it is no better for sure.")
@click.option("--write", is_flag=True, help="Write the proposal into the rule file.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True,
    help="How the results are written.",
)  # fmt: skip
def command(
    model: str, method: str, step: Decimal | None, patch: str | None, anyway: bool, write: bool, form: str, **given: Any
) -> int:
    """Propose points for the rules of a score of MODEL, from recorded events and an outcome.

    Two ways: tallies of what won leads did in each stage, and penalised logistic regression on how often each rule
    counted before the outcome. Both are judged on leads that they were not made from, beside the present points. Only
    numbers change: those behind `add` and `subtract`, and with them limits in points. `-` as the file of --patch is
    standard output, and then nothing else goes there."""
    recorded, look = parted(given)
    recorded.check()
    look.check()
    content = read_bytes(model)
    if is_table(model, content):
        raise Problem(f"{model} is a compiled table, and points are changed in a rule file")
    check_outputs([model, *recorded.events, recorded.db], {"--patch": patch})
    if write:
        check_writable(model)
    check_extra()
    compilation = compiled(model, content)
    assert compilation.table is not None

    from cli.looking_back.spots import Sheet
    from insight.backtest.result import TooLittle, refuse_too_little
    from insight.backtest.standing import study
    from insight.calibrate import proposal as proposing
    from runtime.dynamo.model import Model
    from runtime.table import Outcome

    key = score_of(compilation.table, look.score, of_rules=True)
    name, outcome = outcome_of(compilation.table, look)
    sheet = Sheet(compilation, model, key)
    folded = Model(compilation.table)
    with recording(recorded, [folded]) as found:
        say(report_rejects(found, [model]))
        say(found.remarks)
        end = look.at if look.at is not None else found.newest if found.newest is not None else 0
        looked = study(found, folded, key, outcome, look.method(), end)
        leaks = looked.leaks.found(key, folded.table.scores[key], outcome if isinstance(outcome, Outcome) else None)
        work = _Work(found, folded, sheet, looked, leaks, step, look.seed)
        try:
            refuse_too_little(looked, name)
            result = proposing.propose(work.material, work.plain, work.judge)
        except (TooLittle, proposing.TooLittle) as error:
            raise Problem(str(error), status=NO) from None
        tallies = work.tallies(work.material)
    points = result.fitted if method == "regression" else result.plain
    texts = sheet.changed(points, work.weight)
    if patch != "-":
        _show(form, work, result, tallies, name, key)
    if not result.is_better(method) and not anyway:
        gained = result.gained(method)
        raise Problem(
            f"on leads that they were not made from, the points by {method} change the AUC by {gained.value:+.3f} "
            f"({gained.low:+.3f} to {gained.high:+.3f}): nothing is proposed",
            hint="--anyway writes them all the same",
            status=NO,
        )
    if not texts:
        raise Problem("the proposal is what the file says already", status=NO)
    _give(sheet, texts, patch, write=write)
    return 0


class _Work:
    """What a proposal is made of and judged by."""

    def __init__(
        self,
        recording: Recording,
        model: Model,
        sheet: Sheet,
        looked: Study,
        leaks: Sequence[Leak],
        step: Decimal | None,
        seed: int,
    ) -> None:
        from insight.calibrate.points import Scale
        from insight.calibrate.proposal import Material

        self.recording, self.model, self.sheet, self.looked = recording, model, sheet, looked
        score = model.table.scores[looked.key]
        self.leaks = [leak for leak in leaks if leak.what[0] == "rule" and leak.how != "own"]
        leaky = {leak.what[-1] for leak in self.leaks}
        self.sites = [site for site in sheet.sites if site.rule not in leaky]
        line = None if score.ready is None else score.ready / 1000
        self.step = step if step is not None else Decimal(1) if line is None or line >= 20 else Decimal("0.1")
        high = None if score.high is None else score.high / 1000
        self.line = None if score.ready is None else Decimal(score.ready) / 1000
        scale = Scale(line, high, self.step)
        self.material = Material(looked.standings, self.sites, scale, seed)
        given: Counter[str] = Counter()
        for each in looked.standings:
            for name, (_, points) in each.rules.items():
                given[name] += abs(points)
        self.weight = {name: float(points) for name, points in given.items()}
        self._done: dict[str, dict[str, int]] | None = None

    def judge(self, points: Points, cases: Sequence[Case]) -> list[Standing]:
        """The cases under the model with other points."""
        from insight.backtest.standing import standings
        from runtime.dynamo.model import Model

        changed = Model(self.sheet.table(self.sheet.changed(points, self.weight)))
        return standings(self.recording, changed, self.looked.key, list(cases))

    def tallies(self, material: Material) -> Tallies | None:
        from insight.calibrate.tallies import tallied

        if self.line is None or self.line <= 0:
            return None
        done = self._interactions()
        won = [done.get(each.case.id, {}) for each in material.standings if each.case.won]
        path = self.model.table.stages.path
        beside = self.model.table.stages.beside
        return tallied(won, [*path, *beside], self.line, self.step)

    def _interactions(self) -> dict[str, dict[str, int]]:
        """What won leads did, by lead and stage; counted once."""
        from insight.calibrate.tallies import Interactions

        if self._done is None:
            rules = frozenset(site.rule for site in self.sites if site.on and not site.factor and site.now > 0)
            counter = Interactions(self.model, self.looked.key, rules)
            wanted = {each.case.id: each.case for each in self.looked.standings if each.case.won}
            self._done = {}
            for at in range(self.recording.shelves):
                for history in self.recording.shelf(at):
                    if history.id in wanted:
                        self._done[history.id] = counter.of(history, wanted[history.id])
        return self._done

    def plain(self, material: Material) -> Points:
        from insight.calibrate.tallies import plain_points

        found = self.tallies(material)
        return {} if found is None else plain_points(found, self.sites)


def _show(form: str, work: _Work, result: Proposal, tallies: Tallies | None, outcome: str, key: str) -> None:
    from cli.looking_back.proposals import plain_values, sections
    from cli.looking_back.write import as_json, markdown, print_text

    if form == "json":
        print(as_json(plain_values(work.looked, result, tallies, outcome, work.leaks)))
        return
    found = sections(work.looked, result, tallies, outcome, work.leaks)
    if form == "markdown":
        print(markdown(f"Points for {key}", found))
    else:
        print_text(found, verbose=False)


def _give(sheet: Sheet, texts: dict[str, str], patch: str | None, *, write: bool) -> None:
    """Write the proposal where it was asked for."""
    if patch is not None:
        text = sheet.patch(texts)
        if patch == "-":
            click.echo(text, nl=False)
        else:
            write_lines(patch, [text.removesuffix("\n")])
    if write:
        for name, text in texts.items():
            try:
                marked = Path(name).read_bytes().startswith(BOM_UTF8)
                Path(name).write_bytes((BOM_UTF8 if marked else b"") + text.encode())
            except OSError as error:
                raise Problem(f"{name} can't be written: {error.strerror}") from None
    if patch is None and not write:
        click.echo("--patch F writes this as a patch, --write puts it into the rule file", err=True)
