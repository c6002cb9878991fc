"""The levels on which declarations and their members stand, and the words that begin one: what a file is cut by."""

from __future__ import annotations

from dataclasses import dataclass

from dsl.words import WORD_TYPES

_NAME, _TEXT, _BRACE = WORD_TYPES, frozenset({"A_TEXT"}), frozenset({"LBRACE"})


@dataclass(frozen=True, slots=True)
class Level:
    """Where pieces of one kind stand: the start symbol that reads one, the words that begin one with what may follow
    them, and the words that with a name and a brace after them begin one at any depth."""

    start: str
    words: dict[str, frozenset[str]]
    anywhere: frozenset[str]
    noun: str


FILE = Level(
    "item",
    {
        "IMPORT": _TEXT, "MODEL": _NAME, "LET": _NAME, "SET": _NAME, "LEAD": _BRACE, "EVENT": _NAME, "SCORE": _NAME,
        "TALLY": _NAME, "STAGES": _NAME | _TEXT, "TRIGGER": _NAME, "ACCOUNT": _BRACE, "SEGMENT": _NAME,
        "OUTCOME": _NAME, "SOURCE": _NAME, "TEST": _TEXT, "ASSERT": _TEXT,
    },
    frozenset({"MODEL", "EVENT", "SCORE", "TALLY", "SEGMENT", "OUTCOME", "SOURCE"}),
    "declaration",
)  # fmt: skip
SCORE = Level(
    "score_member",
    {
        "READY": frozenset({"AT"}), "RANGE": frozenset({"A_NUMBER", "DOTS", "MINUS", "LPAR"}) | _NAME,
        "BANDS": _NAME | _TEXT, "RULE": _NAME, "GROUP": _NAME, "DEGRADE": _BRACE, "EXPIRE": frozenset({"AFTER"}),
        "FADE": frozenset({"A_NUMBER", "A_PERCENT", "LPAR"}) | _NAME, "NOTE": frozenset({"A_DATE"}),
    },
    frozenset({"RULE", "GROUP"}),
    "member of a score",
)  # fmt: skip
GROUP = Level(
    "group_member",
    {"RULE": _NAME, "NOTE": frozenset({"A_DATE"}), "AT": frozenset({"MOST"}), "ONCE": WORD_TYPES | {"COMMA", "RBRACE"},
     "BEST": WORD_TYPES | {"COMMA", "RBRACE"}},
    frozenset({"RULE"}),
    "member of a group",
)  # fmt: skip
ACCOUNT = Level("account_member", {"SCORE": _NAME, "TRIGGER": _NAME}, frozenset({"TRIGGER"}), "member of `account`")


def inside(level: Level, kind: str) -> Level | None:
    """The level of the members of a block that is cut again."""
    if level is FILE:
        return {"SCORE": SCORE, "ACCOUNT": ACCOUNT}.get(kind)
    return GROUP if level is SCORE and kind == "GROUP" else None
