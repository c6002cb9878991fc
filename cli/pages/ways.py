"""The shortest ways to the ready lines, as the prover finds them and the engine confirms them, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from cli.pages import page
from cli.pages.source import anchor
from cli.pages.stories import details, given
from cli.pages.words import Words
from cli.replay import Replay
from compiler.compile import Compilation
from compiler.prove import ways as routes
from compiler.prove.explore import Explorer, Wish
from compiler.prove.handfuls import Goal
from compiler.prove.histories import Happening
from compiler.prove.ledger import Path, Paths
from compiler.prove.prover import Prover
from compiler.prove.quests import Quest, Quests
from compiler.prove.reach import Reach
from compiler.prove.settle import settled
from compiler.prove.study import Study
from runtime import wording

_LONGEST = 8
"""Ways of more events are not looked for."""
_SHOWN = 3
_SEARCH, _TRIED = 5.0, 4_000
"""Seconds and steps for a search where it is open whether fewer events would do."""


def ways(compilation: Compilation, words: Words, seconds: float) -> Iterator[page.Ways]:
    """For each score with a ready line the ways of a lead that fits best, and those of one of whom nothing is known."""
    assert compilation.program is not None
    assert compilation.table is not None
    program = settled(compilation.program)
    study = Study(program, Prover(program, seconds=seconds), Replay(compilation.table), True)
    known = any(not field.computed for field in program.attributes.values())
    cases = [("", study, Reach(study))]
    if known:
        blank = study.blanked()
        cases.append((", for a lead of whom nothing is known", blank, Reach(blank)))
    for key, score in compilation.table.scores.items():
        if score.ready is None:
            continue
        family = key.partition("[")[0]
        name = score.label if score.label is not None and family == key else words.score(key)
        before: tuple[page.Path, ...] | None = None
        for who, one, reach in cases:
            found = _ways(words, one, reach, key, score.ready, page.Ways(name, anchor("score", family), who, ""))
            if found.paths != before:
                yield found
            before = found.paths


def _ways(words: Words, study: Study, reach: Reach, key: str, ready: int, whose: page.Ways) -> page.Ways:
    high = reach.scores[key].high
    if high is not None and high < ready:
        return replace(whose, told=f"the ready line of {wording.score(ready)} can’t be reached at all")
    goal = routes.to_line(study, key, ready)
    found = routes.paths(study, reach, goal, _LONGEST)
    if found.events is None or found.least < found.events:
        found = _searched(study, goal, found)
    shown = tuple(_path(words, each) for each in found.paths[:_SHOWN])
    return replace(whose, told=_size(found), paths=shown, more=found.more or len(found.paths) > _SHOWN)


def _searched(study: Study, goal: Goal, found: Paths) -> Paths:
    """What was found, or fewer events where a search through what leads can do comes upon them."""
    explorer = Explorer(study, [Wish("whatever there is", lambda track, sight: False)], most=_TRIED)
    explorer.run(min(study.prover.left() * 0.2, _SEARCH))
    tracks = [track for track in [*explorer.kept, *explorer.fired.values()] if track.history]
    return Quests(study).improved(Quest(goal, "", None, found), tracks)


def _size(found: Paths) -> str:
    if found.events is None:
        least = f"it takes {wording.count(found.least, 'event')} at least"
        if found.tried < found.least:
            return least
        why = f" ({found.why})" if found.why else ""
        return f"{least}; no way of up to {found.tried} was found{why}"
    if found.events == 0:
        return "it is ready before it has done anything"
    sure = "no fewer will do" if found.least >= found.events else f"whether {max(found.least, 1)} would do is open"
    return f"after {wording.count(found.events, 'event')}; {sure}"


def _path(words: Words, path: Path) -> page.Path:
    told = [details(words.program.attributes, each.data) for each in path.history if each.event is None]
    lead = [f"for a lead with {', '.join(each)}" for each in told if each]
    does = [each for each in path.history if each.event is not None]
    steps = []
    before: int | None = None
    for time in sorted({each.time for each in does}):
        when = "" if before is None else f"{wording.duration(time - before)} later "
        steps.append(when + _together(words, [each for each in does if each.time == time]))
        before = time
    waited = path.time - max(each.time for each in path.history)
    if waited:
        steps.append(f"then {wording.duration(waited)} of silence")
    return page.Path("; ".join(lead), tuple(steps) or ("nothing has to happen",))


def _together(words: Words, happenings: list[Happening]) -> str:
    """``2 × video watched: watched 100%, and demo requested``"""
    counts: Counter[str] = Counter()
    for each in happenings:
        assert each.event is not None
        counts[given(words, words.program.events[each.event].spelling, each.data)] += 1
    return ", and ".join(f"{count} × {text}" if count > 1 else text for text, count in counts.items())
