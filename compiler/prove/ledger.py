"""What a proof has found out, as values: what is printed, and what programs read.

Every statement is decided or says why it is not. Points are whole thousandths, times and durations microseconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from compiler.prove.histories import History
from compiler.prove.spans import Amount
from dsl.diagnostics import Diagnostic
from dsl.syntax import Span

State: TypeAlias = Literal["proved", "refuted", "unknown"]


@dataclass(frozen=True, slots=True)
class End:
    """The highest (or lowest) that a score can show. `bound`: nothing passes it (None: no such bound); `reached`: what
    `history` brings it to at `time`. They are one where it is decided, save that `endless` says why there is no end;
    `why` says why it is undecided."""

    bound: Amount
    reached: int
    time: int
    history: History
    endless: str = ""
    why: str = ""

    @property
    def decided(self) -> bool:
        return bool(self.endless) or self.bound == self.reached


@dataclass(frozen=True, slots=True)
class Path:
    """A history that gets there, in words and as events."""

    words: str
    history: History
    time: int


@dataclass(frozen=True, slots=True)
class Paths:
    """The shortest ways to a goal: of `events` events, and none is shorter than `least`. `blank` says that they
    are those of a lead of whom nothing is ever told. `never` says that there is none, as its score shows at most that.
    Without paths nothing was found up to `tried` events."""

    goal: str
    events: int | None
    least: int
    paths: tuple[Path, ...] = ()
    more: bool = False
    tried: int = 0
    why: str = ""
    blank: bool = False
    never: Amount = None

    def title(self, path: Path) -> str:
        """The name of the test that shows a path: another for each goal, so that one file can hold them all."""
        return f"{self.goal}{', nothing known' if self.blank else ''}: {path.words}"


@dataclass(frozen=True, slots=True)
class Fall:
    """What silence makes of a score: ``(microseconds of silence, points)`` from the first on, as far as it changes."""

    start: str
    steps: tuple[tuple[int, int], ...]
    history: History
    time: int
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Stay:
    """How long a ready lead stays so in silence, in microseconds: nobody longer than `longest` (None: not known, and
    `why`; or, if `endless`, there is none), and somebody for `shown`, by a history."""

    longest: int | None
    shown: int | None
    why: str = ""
    endless: bool = False


@dataclass(slots=True)
class ScoreSheet:
    """What is known of one score. `within` is for how long after the first event the ends hold, None for ever."""

    key: str
    ready: int | None
    lowest: End | None = None
    highest: End | None = None
    within: int | None = None
    soon: End | None = None
    paths: list[Paths] = field(default_factory=list)
    falls: list[Fall] = field(default_factory=list)
    stay: Stay | None = None


@dataclass(frozen=True, slots=True)
class Team:
    """Leads of the account `name`: so many alike, each with this history; what is shown stands at `time`."""

    leads: tuple[tuple[int, History], ...]
    time: int
    name: str

    @property
    def count(self) -> int:
        """How many leads there are."""
        return sum(count for count, _ in self.leads)


@dataclass(frozen=True, slots=True)
class AccountEnd:
    """The highest (or lowest) that a score of accounts can show, as `End` says it of a lead; `team` shows what is
    reached (None: an account over no leads does)."""

    bound: Amount
    reached: int
    team: Team | None = None
    endless: str = ""

    @property
    def decided(self) -> bool:
        return bool(self.endless) or self.bound == self.reached


@dataclass(frozen=True, slots=True)
class AccountSheet:
    """What is known of one score of accounts."""

    name: str
    lowest: AccountEnd
    highest: AccountEnd


@dataclass(frozen=True, slots=True)
class AccountFiring:
    """What is known of one trigger of accounts: it fires with this team, or `never`, or that is open, and `why`."""

    trigger: str
    team: Team | None
    never: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one claim of an assertion; one that a history shows or refutes has it as a `test` block."""

    assertion: str
    claim: str
    span: Span
    state: State
    why: str = ""
    test: str | None = None


@dataclass(slots=True)
class Ledger:
    """All that was found about one model."""

    model: str
    scores: list[ScoreSheet] = field(default_factory=list)
    accounts: list[AccountSheet] = field(default_factory=list)
    firings: list[AccountFiring] = field(default_factory=list)
    findings: list[Diagnostic] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)
    seconds: float = 0.0
