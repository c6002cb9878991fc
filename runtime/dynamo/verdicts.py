"""What becomes of a line, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

OTHER_CONTENT = "other content under a known pair of source and id"
TOO_LATE = "too late: further behind the lead's newest event than the lateness allows"
ERASED = "the lead was erased after this event"


@dataclass(slots=True)
class Verdict:
    """What became of one line. `failed` says that nothing is known of it, and that it should come again."""

    kind: Literal["accepted", "duplicate", "rejected", "failed"]
    reason: str = ""
    error: Exception | None = None


ACCEPTED, DUPLICATE = Verdict("accepted"), Verdict("duplicate")


def failed(error: Exception) -> Verdict:
    return Verdict("failed", str(error), error)


def repeated(same: bool) -> Verdict:
    """The verdict on an event whose pair is known, with the same content or other."""
    return DUPLICATE if same else Verdict("rejected", OTHER_CONTENT)
