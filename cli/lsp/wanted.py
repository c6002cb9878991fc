"""Which names fit at a place, told by what the parser holds there.

The innermost symbols say what kind of name comes next; where it is an expression, the nearest clause (`where`, `when`,
`add`, …) and the block around say what it can see, as `compiler.scope` has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from compiler.names import Names
from compiler.scope import ACCOUNT, COMPUTED, CONSTANT, TRIGGER, Scope, of_event, of_rule, of_set
from compiler.symbols import Symbol
from dsl import syntax
from dsl.cursor import Cursor
from dsl.words import WORD_TYPES

_COMPARISONS = {"EQ", "NE", "LT", "LE", "GT", "GE"}
_NEW = {"MODEL", "LET", "EVENT", "SCORE", "TALLY", "STAGES", "TRIGGER", "SEGMENT", "OUTCOME", "SOURCE", "RULE", "GROUP"}
"""After these a name is made up."""


@dataclass(frozen=True, slots=True)
class Where:
    """What comes before a place: the innermost symbols, the last one first, with the texts of their tokens."""

    cursor: Cursor
    names: Names

    def kind(self, back: int) -> str:
        parts = self.cursor.parts
        return parts[-1 - back].symbol if back < len(parts) else ""

    def words(self, back: int) -> list[str]:
        part = self.cursor.parts[-1 - back]
        return [str(token.value) for token in self.cursor.tokens[part.first : part.last]]

    def head(self, out: int = 0) -> str:
        """The word that begins the block around, or one further out."""
        blocks = self.cursor.blocks
        return self.cursor.tokens[blocks[-1 - out].head].word if out < len(blocks) else ""

    def block_tokens(self) -> range:
        blocks = self.cursor.blocks
        return range(blocks[-1].brace + 1 if blocks else 0, len(self.cursor.tokens))

    def event(self) -> str | None:
        """The event that the block around is about."""
        found = None
        tokens = self.cursor.tokens
        for at in self.block_tokens():
            if tokens[at].word in ("ON", "WITHOUT") and at + 1 < len(tokens) and tokens[at + 1].word in WORD_TYPES:
                found = str(tokens[at + 1].value)
        return found

    def events(self) -> list[str]:
        """That of the block, or of a group those of its rules."""
        found = self.event()
        return [found] if found is not None else list(self.names.events)

    def given(self) -> str | None:
        """In the values of a test, or in what a source gives, the event, or "lead"."""
        if not self.cursor.blocks:
            return None
        tokens, block = self.cursor.tokens, self.cursor.blocks[-1]
        if self.head(1) == "TEST":
            return str(tokens[block.head].value)
        if self.head(1) == "SOURCE":
            before = next((at for at in range(block.brace, block.head, -1) if tokens[at].word in ("GIVE", "SET")), 0)
            return "lead" if tokens[before].word == "SET" else str(tokens[before + 1].value) if before else None
        return None

    def lines(self) -> str | None:
        """The path of the table for each line of which the test around stands."""
        tokens = self.cursor.tokens
        for block in self.cursor.blocks:
            if tokens[block.head].word == "TEST" and tokens[block.brace - 2].word == "OF":
                return str(tokens[block.brace - 1].value)
        return None

    def score(self) -> str:
        """The score around."""
        for block in self.cursor.blocks:
            if self.cursor.tokens[block.head].word == "SCORE" and block.head + 1 < len(self.cursor.tokens):
                return str(self.cursor.tokens[block.head + 1].value)
        return ""

    def variable(self) -> str | None:
        """The variable of the family around."""
        for block in self.cursor.blocks:
            tokens = self.cursor.tokens
            for at in range(block.head, block.brace - 1):
                if tokens[block.head].word == "SCORE" and tokens[at].word == "FOR":
                    return str(tokens[at + 1].value)
        return None


def symbols_wanted(where: Where) -> list[Symbol] | None:
    """The symbols of one kind that fit, None where an expression or a word of the language comes."""
    names = where.names
    match where.kind(0), where.kind(1):
        case ("ON" | "GIVE", _):
            return [Symbol("event", name) for name in names.events]
        case ("WITHOUT", _) if where.head() == "ASSERT":
            return [Symbol("event", name) for name in names.events]
        case ("TO", "MOVE"):
            return _stages(names)
        case ("EACH", "FOR") if where.head() != "":
            return [each for event in where.events() for each in _properties(names, event)]
        case ("PER" | "OVER" | "LAST" | "NEXT" | "THAN" | "LATENESS", _) | ("FOR", "IDLE" | "INCREASED"):
            return _durations(names)
        case ("FIRED", "EXPECT" | "NOT" | "NEVER"):
            return _triggers(names, accounts=where.kind(1) == "NEVER")
        case ("DOT", "EVENT"):
            return _properties(names, where.event() or "")
        case ("DOT", "LEAD"):
            return [Symbol("attribute", name) for name in names.attributes]
        case ("LSQB", "ref"):
            return _members(names, where.words(1)[0])
        case ("IS", _):
            return _bands(names, where.words(1))
        case ("LEAST", "AT"):
            return _bands(names, where.words(3)) if where.kind(2) == "IS" else []
        case ("SET", _) if where.head() == "TRIGGER":
            return [Symbol("attribute", name) for name, node in names.attributes.items() if node.computed]
        case ("TO" | "FROM", "const") if where.head() == "TRIGGER":
            return _scores(names)
        case ("RESET" | "BY" | "OF", _) if where.head() in ("TRIGGER", "SEGMENT", "ACCOUNT"):
            return _scores(names)
        case (kind, _) if kind in _NEW and (kind != "EVENT" or not where.cursor.blocks):
            return []
        case _:
            return _compared(where)


def _compared(where: Where) -> list[Symbol] | None:
    """Stages beside `stage`, and the sources that one may be like."""
    if where.kind(0) == "LIKE":
        return [Symbol("source", name) for name in where.names.sources]
    tested = tested_words(where)
    if tested == ["stage"] and where.names.stages is not None and "stage" not in where.names.shared:
        return _stages(where.names)
    return None


def tested_words(where: Where) -> list[str]:
    """What stands on the other side of the comparison, or before the `in` of the list, that is being written."""
    if where.kind(0) in _COMPARISONS and len(where.cursor.parts) > 1:
        return where.words(1)
    back = 1 if where.kind(0) == "COMMA" else 0
    while where.kind(back) not in ("", "LSQB", "LBRACE"):
        back += 1
    if where.kind(back) != "LSQB" or where.kind(back + 1) != "IN" or where.kind(0) not in ("LSQB", "COMMA"):
        return []
    at = back + 3 if where.kind(back + 2) == "NOT" else back + 2
    return where.words(at) if at < len(where.cursor.parts) else []


def field_wanted(where: Where) -> tuple[str, syntax.Field] | None:
    """The field whose value comes next, with its owner (the event, or "lead")."""
    given = where.given()
    if where.kind(0) == "COLON" and given is not None:
        return _field(where, [given, ".", where.words(1)[0]])
    if where.kind(0) == "EQ" and where.kind(2) == "SET" and where.head() == "TRIGGER":
        return _field(where, ["lead", ".", where.words(1)[0]])
    return _field(where, tested_words(where))


def _field(where: Where, words: list[str]) -> tuple[str, syntax.Field] | None:
    names, event = where.names, where.event()
    match words:
        case ["lead", ".", name]:
            owner, known = "lead", names.attributes
        case [owner, ".", name]:
            owner = (event or "") if owner == "event" and where.given() is None else owner
            known = names.events[owner].properties if owner in names.events else {}
        case [name] if event in names.events and name in names.events[event].properties:
            owner, known = event, names.events[event].properties
        case [name]:
            owner, known = "lead", names.attributes
        case _:
            return None
    return (owner, known[name]) if name in known else None


# --- expressions ----------------------------------------------------------------------------------------------------


def scope_at(where: Where) -> Scope | None:
    """What an expression at the place can see; None where no clause around says so."""
    event = where.names.events.get(where.event() or "")
    variable = where.variable()
    for back in range(len(where.cursor.parts)):
        match where.kind(back):
            case "LBRACE":
                break
            case "WHERE":
                return _where(where, of_event(event, variable))
            case "WHEN":
                return _when(where, variable)
            case "WORTH":
                return of_event(event)
            case "ADD" | "SUBTRACT" if where.head() == "RULE":
                return of_event(event, variable) if event is not None else of_rule(variable)
            case "EXPECT" | "ALWAYS" | "NEVER" | "REACHABLE" | "WITHIN":
                return TRIGGER
            case "EQ" if where.kind(back + 2) == "SET" and where.head() == "TRIGGER":
                return of_set(event)
            case "EQ" if any(where.kind(further) == "SCORE" for further in range(back, back + 4)):
                return COMPUTED
            case _:
                pass
    return CONSTANT


def _where(where: Where, scope: Scope) -> Scope:
    return TRIGGER if where.head() in ("SEGMENT", "ACCOUNT") else scope


def _when(where: Where, variable: str | None) -> Scope:
    if where.head() == "TRIGGER":
        return ACCOUNT if where.head(1) == "ACCOUNT" else TRIGGER
    return of_rule(variable)


def symbols_in(names: Names, scope: Scope, owner: str) -> Iterator[Symbol]:
    """The names that an expression can see, the nearest first."""
    if scope.event is not None:
        yield from _properties(names, scope.event.node.name.text)
    if scope.variable is not None:
        yield Symbol("variable", scope.variable, owner)
    if scope.place == "account":
        yield from (Symbol("account score", name) for name in names.account_scores)
    seen = {"score": scope.scores, "attribute": scope.attributes, "tally": scope.tallies, "let": True, "set": True}
    for wanted in (kind for kind, is_seen in seen.items() if is_seen):
        yield from (Symbol(kind, name) for name, (kind, _) in names.shared.items() if kind == wanted)


def _properties(names: Names, event: str) -> list[Symbol]:
    known = names.events.get(event)
    return [] if known is None else [Symbol("property", name, event) for name in known.properties]


def _triggers(names: Names, *, accounts: bool) -> list[Symbol]:
    of_accounts = [Symbol("account trigger", name) for name in names.account_triggers] if accounts else []
    return [*[Symbol("trigger", name) for name in names.triggers], *of_accounts]


def _stages(names: Names) -> list[Symbol]:
    return [Symbol("stage", name) for name in names.stage_names]


def _scores(names: Names) -> list[Symbol]:
    return [Symbol("score", name) for name in names.scores]


def _durations(names: Names) -> list[Symbol]:
    """The constants that may be a length of time: those that name another one are among them."""
    lengths = (syntax.Duration, syntax.Ref)
    return [Symbol("let", name) for name, node in names.lets.items() if isinstance(node.value, lengths)]


def _bands(names: Names, words: list[str]) -> list[Symbol]:
    node = names.scores.get(words[0]) if words else None
    members = () if node is None else node.members
    return [
        Symbol("band", band.name.text, words[0])
        for member in members
        if isinstance(member, syntax.Bands)
        for band in member.bands
    ]


def _members(names: Names, family: str) -> list[Symbol]:
    node = names.scores.get(family)
    values = node.family.values if node is not None and node.family is not None else None
    if isinstance(values, syntax.Ref) and values.name in names.sets:
        values = names.sets[values.name].entries
    items = values.items if isinstance(values, syntax.ListOf) else ()
    return [Symbol("member", item.value, family) for item in items if isinstance(item, syntax.Text)]


def values_given(where: Where) -> list[Symbol]:
    """The fields that a step of a test may give, less those given already."""
    given = where.given()
    if given is None:
        return []
    tokens = where.cursor.tokens
    there = {str(tokens[at].value) for at in where.block_tokens() if tokens[at].type == "LABEL"}
    if given == "lead":
        known = [Symbol("attribute", name) for name, node in where.names.attributes.items() if not node.computed]
    else:
        known = _properties(where.names, given)
    return [each for each in known if each.name not in there]


def without(names: Names, more: Names) -> Names:
    """The names, with those of `more` that are missing: what stands in a broken declaration was known before."""
    return replace(
        names,
        shared={**more.shared, **names.shared},
        attributes={**more.attributes, **names.attributes},
        typed={**more.typed, **names.typed},
        events={**more.events, **names.events},
        tallies={**more.tallies, **names.tallies},
        scores={**more.scores, **names.scores},
        lets={**more.lets, **names.lets},
        sets={**more.sets, **names.sets},
        triggers={**more.triggers, **names.triggers},
        sources={**more.sources, **names.sources},
        account_scores={**more.account_scores, **names.account_scores},
        stage_names=names.stage_names or more.stage_names,
        stages=names.stages or more.stages,
    )
