"""Findings: what the bounds and the histories of a proof say about the rules, as diagnostics with a place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from compiler.errors import proofs as errors
from compiler.errors.phrases import listing
from compiler.exact import amount
from compiler.prove.capacity import Capacity
from compiler.prove.facts import fields_in
from compiler.prove.histories import Happening, as_test, given
from compiler.prove.interval import Interval
from compiler.prove.ledger import Paths
from compiler.prove.reach import Reach
from compiler.prove.reasons import between, shows_between, span
from compiler.prove.silence import kept_by_profile, may_rise, rising
from compiler.prove.spans import LIFE
from compiler.prove.spots import Spots
from compiler.prove.standstill import Restless
from compiler.prove.study import Study, named
from dsl.diagnostics import Diagnostic
from runtime.table import Score


def of_bounds(study: Study, reach: Reach, reached: Mapping[str, int], spots: Spots) -> Iterator[Diagnostic]:
    """What nothing reaches: lines, triggers, stages, bands, segments. `reached` is the most that a history has brought
    each score to, of those for which one was looked for."""
    for key, score in study.scores.items():
        interval = reach.scores[key]
        if score.ready is not None and interval.high is not None and interval.high < score.ready:
            parts = tuple(_parts(study, reach, key))
            most = amount(interval.high)
            there = reached.get(key) == interval.high
            yield errors.line_out_of_reach(
                named(study.scores, key), amount(score.ready), most, there, parts, spots("ready", key)
            )
        yield from _bands(study, key, score, interval, spots)
    for trigger in study.program.triggers:
        if not reach.sources[trigger.name]:
            terms = [trigger.when] if trigger.when is not None else []
            facts = shows_between(study, terms, reach.looked)
            before = reach.hidden.get(trigger.name)
            if before is not None:
                facts = f"`{before}` stands above it, fires as soon as this could, and ends what it waits for"
            yield errors.never_fires(trigger.name, (facts,) if facts else (), spots("trigger", trigger.name))
    for stage in (*study.program.stages.path, *study.program.stages.beside):
        if stage not in reach.stages:
            movers = tuple(each.name for each in study.program.triggers if ("move", stage) in each.do)
            yield errors.stage_out_of_reach(stage, movers, spots("stage", stage))
    for name, segment in study.program.segments.items():
        if segment.where is not None and reach.could([segment.where]) is False:
            facts = shows_between(study, [segment.where], reach.scores)
            yield errors.always_empty(name, (facts,) if facts else (), spots("segment", name))


def _bands(study: Study, key: str, score: Score, interval: Interval, spots: Spots) -> Iterator[Diagnostic]:
    begins: int | None = None
    for band in score.bands:
        above = begins is not None and interval.high is not None and interval.high < begins
        beneath = band.below is not None and interval.low is not None and interval.low >= band.below
        if above or beneath:
            shows = between(named(study.scores, key), interval)
            yield errors.band_out_of_reach(named(study.scores, key), band.name, shows, spots("band", key, band.name))
        begins = band.below


def _parts(study: Study, reach: Reach, key: str) -> Iterator[str]:
    """What each rule of a score gives at most, in words."""
    score = study.scores[key]
    if score.value is not None:
        for name in sorted(fields_in([score.value], "score")):
            yield between(named(study.scores, name), reach.scores[name])
        return
    if score.when:
        most = study.profile(key).bound
        if most is not None:
            yield f"profile rules give at most {amount(most)} together"
    capacity = Capacity(study, reach.firings)
    netted = [] if score.ageing is not None else capacity.netted(key, 1)
    for names, sum_ in netted:
        if sum_ is not None:
            give = "gives" if len(names) == 1 else "give"
            yield f"{listing(sorted(names))} {give} at most {amount(sum_)}, less what the same events take"
    known = {name for names, sum_ in netted if sum_ is not None for name in names}
    for (kind, name), part in capacity.parts(key, 1):
        most = part(LIFE) if kind != "rule" or name not in known else 0
        if most is None:
            yield f"{kind} {name} gives without end"
        elif most:
            yield f"{kind} {name} gives at most {amount(most)}"
    if score.high is not None:
        yield f"the range ends at {amount(score.high)}"


def of_paths(study: Study, key: str, paths: Paths, spots: Spots) -> Iterator[Diagnostic]:
    """A line that takes no event, or only one of a lead of whom nothing is known."""
    for path in paths.paths:
        told = [each for each in path.history if each.event is None]
        if paths.events == 0 and told:
            yield errors.ready_without_events(
                named(study.scores, key), given(study.program, told[0]), spots("ready", key)
            )
            return
        if paths.events == 1 and not told:
            yield errors.one_event_is_enough("qualifies whoever it is", path.words, spots("ready", key))
            return


def of_silence(study: Study, reach: Reach, key: str, spots: Spots) -> Iterator[Diagnostic]:
    """What ageing does not do, or does too much."""
    score, name = study.scores[key], named(study.scores, key)
    if score.degrade is not None:
        floor = score.degrade.floor if score.degrade.floor is not None else score.low
        high = reach.scores[key].high
        gain = Capacity(study, reach.firings).activity(key, 1)
        if gain == 0:
            yield errors.takes_nothing(name, "no rule ever gives it activity points", spots("degrade", key))
        elif floor is not None and high is not None and high <= floor:
            shows = f"it shows at most {amount(high)}, and the floor is {amount(floor)}"
            yield errors.takes_nothing(name, shows, spots("degrade", key))
        if floor is not None and score.ready is not None and score.ready <= floor and (high is None or high >= floor):
            yield errors.floor_above_line(name, amount(floor), amount(score.ready), spots("degrade", key))
    if score.ready is not None and (score.degrade is not None or score.ageing is not None):
        kept = kept_by_profile(study, key, score.ready)
        if kept is not None:
            history, shown = kept
            words = given(study.program, history[0])
            yield errors.ready_by_profile(name, amount(shown), amount(score.ready), words, spots("ready", key))
    if may_rise(study, key):
        found = rising(study, key)
        if found is not None:
            before, after = amount(found.before), amount(found.after)
            expects = [(found.time, f"{name} = {before}"), (found.at, f"{name} = {after}")]
            test = as_test(study.program, f"{name} rises in silence", found.history, expects)
            passes = score.ready is not None and found.before < score.ready <= found.after
            silent = span(found.at - found.time)
            yield errors.silence_raises(name, before, after, silent, passes, _lines(test), spots("ageing", key))


def of_rest(study: Study, found: Iterable[Restless], spots: Spots) -> Iterator[Diagnostic]:
    """Triggers that do not come to rest, and those that stand above what they wait for."""
    for each in found:
        first, *others = each.triggers
        test = _lines(_shown(study, each))
        beside = tuple(spots("trigger", name) for name in others)
        if each.late:
            yield errors.waits_for_a_later_one(first, tuple(others), test, spots("trigger", first), beside)
        elif each.days:
            yield errors.fires_for_ever(first, each.times, each.days, test, spots("trigger", first))
        elif each.idle:
            yield errors.undone_at_once(first, others[0], test, spots("trigger", first), beside[0])
        else:
            yield errors.undo_each_other(each.triggers, len(each.again), test, spots("trigger", first), beside)


def _shown(study: Study, each: Restless) -> str:
    """The history as a test that shows what is found."""
    first, name = each.triggers[0], " and ".join(each.triggers)
    if each.idle:
        return as_test(study.program, name, each.history, [(each.time, f"fired {each.triggers[-1]}")])
    then = (each.until, f"fired {first} {each.times} times")
    if each.days:
        return as_test(study.program, name, each.history, [then])
    now = f"fired {first} {each.before} times" if each.before else f"not fired {first}"
    again = (*each.history, *[Happening(time, None) for time in each.again])
    return as_test(study.program, name, again, [(each.time, now), then])


def open_silence(name: str) -> str:
    """What is not decided of a score from which points are taken that age, for people."""
    return f"whether silence ever raises {name}: no history was found in which it does, and no proof that there is none"


def open_rest(kind: str, names: tuple[str, ...]) -> str:
    """What is not decided of triggers that may not come to rest (`Standstill.undecided`), for people."""
    first, *others = names
    both = " and ".join(names)
    what = {
        "circle": f"whether {both} come to rest, as each may set off another",
        "idle": f"whether {names[-1]} takes back at once what {first} does",
        "silent": f"whether {both} go{'' if others else 'es'} on firing in silence",
        "late": f"whether {first} stands above what it waits for, {' or '.join(others)}",
    }[kind]
    return f"{what}: no history was found that shows it, and no proof that there is none"


def _lines(test: str) -> tuple[str, ...]:
    return tuple(test.splitlines())
