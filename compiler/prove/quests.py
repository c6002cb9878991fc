"""The shortest ways that a proof asks for: first found from below (`ways`), then, once all of it has been searched,
improved by whatever other history gets there with fewer events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from compiler.prove import ways
from compiler.prove.handfuls import Goal
from compiler.prove.histories import History, acts
from compiler.prove.ledger import Paths, ScoreSheet
from compiler.prove.reasons import open_way
from compiler.prove.shrink import replayed
from compiler.prove.study import Study
from compiler.prove.track import Track

_LONG = 400
"""Histories of more events are not cut down."""
_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Quest:
    """A goal, called `label` where it is open, with what was found and the sheet that shows it."""

    goal: Goal
    label: str
    sheet: ScoreSheet | None
    paths: Paths


@dataclass
class Quests:
    """All goals of a proof."""

    study: Study
    asked: list[Quest] = field(default_factory=list)

    def add(self, goal: Goal, label: str, sheet: ScoreSheet | None, paths: Paths) -> Paths:
        """Keep what was found; the sheet shows it from now on."""
        self.asked.append(Quest(goal, label, sheet, paths))
        if sheet is not None:
            sheet.paths.append(paths)
        return paths

    def settle(self, tracks: Iterable[Track]) -> Iterator[str]:
        """Take shorter histories where there are any; what stays open, in words."""
        self.study.prover.grant(_SECONDS)
        known = [track for track in tracks if track.history]
        for quest in self.asked:
            found = quest.paths
            if quest.paths.never is None and (found.events is None or found.least < found.events):
                found = self.improved(quest, known)
                if quest.sheet is not None:
                    quest.sheet.paths = [found if each is quest.paths else each for each in quest.sheet.paths]
            text = open_way(found)
            if text:
                yield f"shortest way to the {quest.label}: {text}"

    def improved(self, quest: Quest, tracks: list[Track]) -> Paths:
        """What was found, or a way of fewer events if one of the histories gets there with fewer."""
        paths = quest.paths
        for track in sorted(tracks, key=lambda track: acts(track.history)):
            most = paths.events
            if self.study.prover.left() <= 0 or acts(track.history) > _LONG:
                break
            if paths.blank and any(each.event is None and each.data for each in track.history):
                continue
            begun = self._begun(quest.goal, track)
            if begun is None or (most is not None and acts(begun) >= most and len(track.history) > _LONG // 4):
                continue
            path = ways.cut(self.study, quest.goal, begun, begun[-1].time if begun != track.history else track.now)
            if most is None or acts(path.history) < most:
                paths = replace(paths, events=acts(path.history), paths=(path,), more=False, why="")
                if paths.least >= acts(path.history):
                    break
        return paths

    def _begun(self, goal: Goal, track: Track) -> History | None:
        """A history up to the event at which it gets to the goal; None if it does not get there."""
        again = replayed(self.study, track.history)
        if again is None:
            return None
        again.now = track.now
        if not goal.there(again.see()):
            return None
        shorter = Track(self.study.program, self.study.engine)
        for at, each in enumerate(track.history):
            shorter.now = each.time
            shorter.give(each.event, each.data)
            if goal.there(shorter.see()):
                return track.history[: at + 1]
        return track.history
