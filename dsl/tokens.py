"""Cutting a rule file into tokens.

One regular expression finds the tokens; white space falls between them and comments are kept beside them. Literals
are read here, so that a bad number or escape is reported once and the parser goes on with a value in its place. A
word gets the type of its keyword, or NAME; a word before ":" is a LABEL, and one before "{" is a STEP if the
parser is among the steps of a test, whichever word it is.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from dsl import errors, literals
from dsl.diagnostics import Diagnostic
from dsl.literals import Fault
from dsl.source import Source
from dsl.syntax import Span
from dsl.words import KEYWORDS, MARKS, MEANT, QUOTES, WORD_TYPES

MAX_NESTING = 200
"""Brackets, not braces, open within one another; beyond it the file is not parsed."""
MAX_PROBLEMS = 200
"""Mistakes of reading that are reported; the rest of the file is then left alone."""

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<word>[A-Za-z_][A-Za-z0-9_]*(?![A-Za-z0-9_]|[^\x00-\x7f\s]))
    | (?P<date>[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt][0-9][0-9:]*(?:\.[0-9]+)?(?:[Zz]|[+-][0-9]{1,2}:?[0-9]{0,2})?)?)
    | (?P<number>[0-9]+(?:\.[0-9]+)?(?P<percent>[ \t]*%)?)
    | (?P<text>"[^"\\\r\n]*(?:\\[^\r\n][^"\\\r\n]*)*(?P<closed>")?)
    | (?P<comment>\#[^\r\n]*)
    | (?P<mark>\.\.|[!<>]=|==|<>|&&|\|\||[=<>+\-*()\[\]{},:.])
    | (?P<wide>(?:[A-Za-z_][A-Za-z0-9_]*)?[^\x00-\x7f\s](?:[A-Za-z0-9_]|[^\x00-\x7f\s])*)
    | (?P<other>\S)
    )""",
    re.VERBOSE,
)
_LITERAL = {"number": "A_NUMBER", "percent": "A_PERCENT", "date": "A_DATE", "instant": "AN_INSTANT"}
_OPENING = {"(", "["}
_CLOSING = {")", "]"}
_LINE = re.compile(r"[^\r\n]*")


class Token:
    """A word, literal or mark. `value` is what it says: a name or text in NFC, a number, microseconds; `problems` is
    the list in which whoever builds a node from it may note a mistake.

    `type` is the terminal that it is first taken for, `word` the one that it is by its spelling alone: a word before
    "{" may be a STEP, a word before ":" is a LABEL.
    """

    __slots__ = ("problems", "span", "type", "value", "word")

    def __init__(self, kind: str, value: Any, span: Span, problems: list[Diagnostic]) -> None:
        self.type = kind
        self.word = kind
        self.value = value
        self.span = span
        self.problems = problems

    def __repr__(self) -> str:
        return f"{self.type}({self.value!r})"


class Lexed:
    """The tokens of a file, its comments, what is wrong with single tokens, and a list for what is found later."""

    __slots__ = ("comments", "noted", "problems", "source", "stopped", "tokens")

    def __init__(self, source: Source) -> None:
        self.source = source
        self.tokens: list[Token] = []
        self.comments: list[tuple[Span, str]] = []
        self.problems: list[Diagnostic] = []
        self.noted: list[Diagnostic] = []
        self.stopped = False


def lex(source: Source, low: int = 0, high: int | None = None) -> Lexed:
    """The tokens of `source`, or of what stands between two places in it. Never raises; what can't be read is in
    `problems` and left out or mended."""
    return _Lexer(source).run(low, len(source.text) if high is None else high)


class _Lexer:
    def __init__(self, source: Source) -> None:
        self.name = source.name
        self.text = source.text
        self.result = Lexed(source)
        self.depth = 0

    def run(self, at: int, end: int) -> Lexed:
        result, text, name = self.result, self.text, self.name
        tokens, noted, match = result.tokens, result.noted, _TOKEN.match
        while (found := match(text, at, end)) is not None:
            kind = found.lastgroup
            if kind == "word":
                at = found.end()
                word = found["word"]
                span = Span(name, at - len(word), at)
                tokens.append(Token(KEYWORDS.get(word, "NAME"), word, span, noted))
            elif kind == "mark":
                at = self.mark(found)
                if result.stopped:
                    break
            elif kind == "comment":
                at = found.end()
                result.comments.append((Span(name, found.start("comment"), at), found["comment"]))
            else:
                at = self.other(kind, found)
                if len(result.problems) > MAX_PROBLEMS:
                    break
        return result

    def put(self, kind: str, value: object, start: int, end: int) -> None:
        self.result.tokens.append(Token(kind, value, Span(self.name, start, end), self.result.noted))

    def mark(self, found: re.Match[str]) -> int:
        """An operator or bracket; those of other languages are reported and stand for what they mean here."""
        mark, end, tokens = found["mark"], found.end(), self.result.tokens
        start = end - len(mark)
        kind = MARKS.get(mark)
        if kind is None:
            self.report(errors.foreign_mark(Span(self.name, start, end), mark, MEANT[mark]))
            meant = MEANT[mark]
            kind = MARKS.get(meant) or KEYWORDS[meant]
        elif mark in _OPENING:
            self.open(Span(self.name, start, end))
        elif mark in _CLOSING:
            self.depth = max(self.depth - 1, 0)
        elif mark == "{" and tokens and tokens[-1].type in WORD_TYPES:
            tokens[-1].type = "STEP"
        elif mark == ":" and tokens and tokens[-1].type in WORD_TYPES:
            tokens[-1].type = "LABEL"
        self.put(kind, mark, start, end)
        return end

    def open(self, span: Span) -> None:
        self.depth += 1
        if self.depth > MAX_NESTING:
            self.result.stopped = True
            self.report(errors.too_deep(span, MAX_NESTING))

    def other(self, kind: str | None, found: re.Match[str]) -> int:
        start, end = found.start(kind or 0), found.end()
        match kind:
            case "number" | "percent" | "date":
                self.literal("date" if kind == "date" else "percent" if found["percent"] else "number", found)
            case "text" | "closed":
                return self.quoted(found)
            case "wide":
                return self.wide(start, end)
            case _:
                return self.junk(start)
        return end

    def literal(self, kind: str, found: re.Match[str]) -> None:
        spelling = found["date"] if kind == "date" else found["number"]
        end = found.end()
        start = end - len(spelling)
        value: object
        match kind:
            case "number":
                value = literals.read_number(spelling)
            case "percent":
                value = literals.read_percent(spelling)
            case _ if len(spelling) > 10 and "T" in spelling.upper():
                kind, value = "instant", literals.read_instant(spelling)
            case _:
                value = literals.read_date(spelling)
        if isinstance(value, Fault):
            self.fault(value, start, spelling)
            value = Decimal(1) if kind in ("number", "percent") else 0
        self.put(_LITERAL[kind], (value, spelling) if kind == "instant" else value, start, end)

    def fault(self, fault: Fault, start: int, spelling: str) -> None:
        span = Span(self.name, start + fault.start, start + fault.end)
        self.report(errors.bad_literal(span, fault.kind, spelling))

    def quoted(self, found: re.Match[str]) -> int:
        """A text; an unfinished one ends with its line, less the brackets at the end that it can't mean."""
        start, end = found.start("text"), found.end()
        if found["closed"]:
            value, faults = literals.read_text(self.text[start + 1 : end - 1])
            for fault in faults[:MAX_PROBLEMS]:
                self.fault(fault, start + 1, self.text[start + 1 + fault.start : start + 1 + fault.end])
        else:
            rest = _LINE.match(self.text, end)
            line_end = rest.end() if rest else end
            end = start + 1 + len(self.text[start + 1 : line_end].rstrip(" \t})"))
            value = literals.nfc(self.text[start + 1 : end])
            self.report(errors.unfinished_text(Span(self.name, start, end)))
        self.put("A_TEXT", value, start, end)
        return end

    def wide(self, start: int, end: int) -> int:
        """A word with letters beyond ASCII: as far as its characters go on a name."""
        text, stop = self.text, start
        while stop < end and ("a" + text[stop]).isidentifier():
            stop += 1
        word = literals.nfc(text[start:stop])
        if stop > start and word.isidentifier():
            self.put("NAME", word, start, stop)
            return stop
        return self.junk(start)

    def junk(self, start: int) -> int:
        """Characters that mean nothing: one report for a run of them."""
        text, end = self.text, start + 1
        meant = MEANT.get(text[start])
        span = Span(self.name, start, end)
        if meant is not None:
            self.report(errors.foreign_mark(span, text[start], meant))
            if kind := MARKS.get(meant) or KEYWORDS.get(meant):
                self.put(kind, meant, start, end)
            return end
        if partner := QUOTES.get(text[start]):
            line_end = _LINE.match(text, end)
            close = text.find(partner, end, line_end.end() if line_end else end)
            if close >= 0:
                value = literals.nfc(text[end:close])
                self.report(errors.foreign_quotes(Span(self.name, start, close + 1), value))
                self.put("A_TEXT", value, start, close + 1)
                return close + 1
        while end < len(text) and _is_junk(text[end]):
            end += 1
        self.report(errors.bad_characters(Span(self.name, start, end), text[start : min(end, start + 40)]))
        return end

    def report(self, problem: Diagnostic) -> None:
        self.result.problems.append(problem)


def _is_junk(char: str) -> bool:
    if char.isspace() or char in MEANT:
        return False
    return char in "$%&;?@^`|~/!'\\\0" or (char > "\x7f" and not ("a" + char).isidentifier())
