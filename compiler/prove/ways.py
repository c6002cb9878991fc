"""The shortest ways to a line or to a firing, as paths that people can read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from compiler.program import Program
from compiler.prove.engine import Sight
from compiler.prove.handfuls import Goal, Handfuls, Kind
from compiler.prove.histories import Happening, History, ages, given
from compiler.prove.ledger import Path, Paths, Team
from compiler.prove.reach import Reach
from compiler.prove.reasons import span
from compiler.prove.routes import Routes, waits
from compiler.prove.shrink import shrink, squeezed
from compiler.prove.study import Study, named
from compiler.prove.track import Track
from runtime.table import Term, Trigger

_SHOWN = 5
_FAR = 60
"""So many events are counted up to, as long as the bound rules them out."""
_TRIED = 300


def to_line(study: Study, key: str, ready: int) -> Goal:
    """That a score shows its line or more."""

    def there(sight: Sight) -> bool:
        return sight.scores[key] >= ready

    waiting = any(act[0] == "add" for each in study.program.triggers if each.match is None for act in each.do)
    return Goal(key, ((key, ready),), there, patient=waiting)


def to_firing(trigger: Trigger) -> Goal | None:
    """That a trigger fires, if its condition says how high scores must be."""

    def there(sight: Sight) -> bool:
        return sight.fired.get(trigger.name, 0) > 0

    needs = tuple(sorted(_needs(trigger.when))) if trigger.when is not None else ()
    return Goal(trigger.name, needs, there, patient=True, first=trigger.name) if needs else None


def _needs(when: Term) -> set[tuple[str, int]]:
    """What scores must show at least, by the parts of a condition that must all hold."""
    found = set()
    for part in when[1:] if when[0] == "and" else (when,):
        match part:
            case (">=" | ">" | "=", ("score", key), ("lit", line)):
                found.add((key, int(line * 1000) + (part[0] == ">")))
    return found


def paths(study: Study, reach: Reach, goal: Goal, most: int) -> Paths:
    """The shortest paths of up to `most` events: how many it takes, how many it takes at least by proof, and some,
    the quickest first."""
    handfuls = Handfuls(study, reach.firings, goal)
    routes = Routes(study, goal, handfuls)
    least: int | None = None
    for size in range(_FAR):
        if size > most and least is not None and least < size:
            break
        found: list[Path] = []
        for tried, handful in enumerate(handfuls.of(size), 1):
            least = size if least is None else least
            confirmed = routes.confirmed(handful)
            if confirmed is not None:
                found.append(_path(study, goal, handful, *confirmed))
            if tried >= _TRIED or len(found) > _SHOWN or study.prover.left() <= 0:
                break
        if handfuls.exhausted:
            least = size if least is None else least
        if found:
            shown = tuple(sorted(found, key=lambda path: path.time - path.history[0].time)[:_SHOWN])
            return Paths(
                goal.name, size, size if least is None else least, shown, len(found) > _SHOWN, blank=study.blank
            )
        if study.prover.left() <= 0:
            return Paths(
                goal.name,
                None,
                size if least is None else least,
                tried=size - 1,
                why=study.prover.why_time(),
                blank=study.blank,
            )
    return Paths(goal.name, None, _FAR if least is None else least, tried=size - 1, blank=study.blank)


def _short(study: Study, goal: Goal, history: History, time: int) -> tuple[History, int]:
    """A history that gets to a goal by `time`, with as few events and in as short a time as it gets, and that time."""

    def shows(track: Track) -> bool:
        track.now = time
        return goal.there(track.see())

    history = shrink(study, history, shows)
    return squeezed(study, history, time, pauses(study), lambda track: goal.there(track.see()))


def pauses(study: Study) -> set[int]:
    """The durations of limits and of what triggers wait for."""
    found = waits(study)
    for score in study.scores.values():
        limits = [each for rule in score.on for each in rule.limits]
        limits += [each for group in score.groups.values() for each in group.limits]
        found |= {limit.per for limit in limits if limit.per is not None}
        found |= {rule.repeated.within for rule in score.on if rule.repeated is not None}
    return found


def _path(study: Study, goal: Goal, handful: tuple[Kind, ...], history: History, time: int) -> Path:
    short, time = _short(study, goal, history, time)
    key = goal.needs[0][0] if len(goal.needs) == 1 else ""
    words = [_counted(study, key, kind, count) for kind, count in Counter(handful).items()]
    waited = time - max(each.time for each in short)
    if not words:
        return Path("no event" + (f", but {span(waited)} of silence" if waited else ""), short, time)
    after = f", then {span(waited)} of silence" if waited else ""
    return Path(", ".join(words) + "; " + _lasting(short) + after, short, time)


def cut(study: Study, goal: Goal, history: History, time: int) -> Path:
    """A history that gets to a goal as a path, as short as it gets."""
    short, time = _short(study, goal, history, time)
    waited = time - max(each.time for each in short)
    after = f", then {span(waited)} of silence" if waited else ""
    return Path(in_words(short) + after, short, time)


def in_words(history: History) -> str:
    """What happens in a history: ``2 × visit, signup; in 3 days``."""
    events = Counter(each.event for each in history if each.event is not None)
    words = [name if count == 1 else f"{count} × {name}" for name, count in events.items()]
    return f"{', '.join(words)}; {_lasting(history)}" if words else "no event"


def in_words_of(program: Program, team: Team) -> Iterator[str]:
    """What the leads of a team do, a line for those alike: ``2 leads, each: visit, demo; at once, for lead { … }``."""
    for count, history in team.leads:
        told = {name: value for each in history if each.event is None for name, value in each.data.items()}
        who = "1 lead" if count == 1 else f"{count:,} leads, each"
        if None not in told.values() or team.name in told.values():
            whom = f", for {given(program, Happening(team.time, None, told))}" if told else ""
            yield f"{who}: {in_words(history)}{whom}"
        else:
            yield f"{who}: {in_words(history)}, and then gone from the account"


def _counted(study: Study, own: str, kind: Kind, count: int) -> str:
    """``2 × page_view (pricing)``; rules of other scores than the one that the goal is about with their score."""
    found = {name if key == own else f"{named(study.scores, key)}.{name}" for key, name in kind.rules if key}
    rules = " + ".join([*sorted(found), *kind.triggers])
    told = f"{kind.event} ({rules})" if rules else kind.event
    return f"{count} × {told}" if count > 1 else told


def _lasting(history: History) -> str:
    lasts = ages(tuple(each for each in history if each.event is not None))
    return "at once" if lasts == 0 else f"in {span(lasts)}"
