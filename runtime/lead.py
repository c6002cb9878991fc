"""What is known of one lead at a moment: everything that its next event needs, and no event."""

from __future__ import annotations

from typing import Any

Key = tuple[int, str, str]
"""Where an event stands in the order of its lead: (time, source, id)."""


class Lead:
    """The state of a lead after its events up to `key`, and after what time did up to and including `done`.

    Lists are by the position of a score, tally or trigger in the plan; times are microseconds, points thousandths.
    """

    __slots__ = (
        "a", "active", "attrs", "caps", "contributions", "done", "due", "entered", "fired", "first", "first_active",
        "held", "id", "key", "looked", "named", "p", "raised", "stage", "tags", "tallies", "tally_days",
    )  # fmt: skip

    def __init__(self, id: str, scores: int, tallies: int) -> None:
        self.id = id
        self.key: Key | None = None
        self.done = -1
        """Nothing that time does at or before this instant is still to be done."""
        self.due: int | None = None
        """No instant before this one needs anything done; None: no instant at all, until the next event."""
        self.looked: int | None = None
        self.first: int | None = None
        self.first_active: int | None = None
        self.active: int | None = None
        self.attrs: dict[str, Any] = {}
        self.a = [0] * scores
        """Activity points as they stand, clamped."""
        self.p: list[int | None] = [None] * scores
        """Profile points, None where they must be taken anew."""
        self.raised: list[int | None] = [None] * scores
        """The last increase of each score."""
        self.contributions: dict[int, dict[int, Any]] = {}
        """For scores that age: by score, by UTC day, what is left of the day's points (with `of_first`: a pair of that
        and of the points the day began with)."""
        self.caps: dict[int, Any] = {}
        """What limits, `repeated` and `best` have used, by their number in the plan."""
        self.tallies = [0] * tallies
        self.tally_days: dict[int, dict[int, int]] = {}
        self.stage: str | None = None
        self.entered: dict[str, int] = {}
        self.tags: set[str] = set()
        self.held = 0
        """A bit for each `when` trigger that must turn false before it can fire again."""
        self.fired: list[tuple[int, int]] = []
        """Every firing: (trigger, time)."""
        self.named: list[str] = []
        """The accounts that this lead has ever named, each once."""
