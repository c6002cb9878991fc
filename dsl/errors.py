"""All wording about reading and syntax: one function for each thing to say, codes E101 to E136.

Lower case, no final full stop, the user's own text in backticks; `help` says what to write and can be followed at
once. Every code has its section in docs/errors.md.
"""

from __future__ import annotations

from dsl.diagnostics import Diagnostic, Edit, Fix, Label, error, removed, replaced
from dsl.expectation import Expectation
from dsl.literals import FaultKind
from dsl.syntax import Span

# --- the file -------------------------------------------------------------------------------------------------------


def unreadable(name: str, reason: str) -> Diagnostic:
    return error("E101", f"`{name}` can't be read: {reason[:1].lower()}{reason[1:]}", Span(name, 0, 0))


def not_utf8(span: Span, byte: int) -> Diagnostic:
    message = f"the file is not UTF-8: the byte 0x{byte:02x} stands here"
    return error("E102", message, span, help="save the file as UTF-8")


def nul_character(span: Span) -> Diagnostic:
    message = "the file holds a NUL character, so it is no text"
    return error("E103", message, span, help="save the file as plain text in UTF-8")


def file_too_large(name: str, limit: int) -> Diagnostic:
    message = f"the file is larger than {limit // 2**20} MB"
    return error("E104", message, Span(name, 0, 0), help="split it, and bring the parts together with `import`")


# --- characters and literals ----------------------------------------------------------------------------------------


_JUNK_HELP = {
    "/": "there is no division: multiply, as in `0.5 * x`; comments begin with `#`",
    "'": 'texts stand in straight double quotes: `"text"`',
    "‘": 'texts stand in straight double quotes: `"text"`',
    "’": 'texts stand in straight double quotes: `"text"`',
    "“": 'texts stand in straight double quotes: `"text"`',
    "”": 'texts stand in straight double quotes: `"text"`',
    "„": 'texts stand in straight double quotes: `"text"`',
    "«": 'texts stand in straight double quotes: `"text"`',
    ";": "nothing stands between two declarations: leave it out",
    "%": "a percent follows its number: `80%`",
    "$": "a name has letters, digits and `_` only; another spelling in JSON is given with `as`",
    "@": "a name has letters, digits and `_` only; another spelling in JSON is given with `as`",
}


def bad_characters(span: Span, found: str) -> Diagnostic:
    shown = found if found.isprintable() else found.encode("unicode_escape").decode("ascii")
    return error("E105", f"`{_short(shown)}` means nothing here", span, help=_JUNK_HELP.get(found[0]))


def foreign_mark(span: Span, found: str, meant: str) -> Diagnostic:
    # a word needs room: `a&&b` is `a and b`
    fix = Fix(f"write `{meant}`", (Edit(span, f" {meant} " if meant.isalpha() else meant),))
    return error("E106", f"`{found}` is written `{meant}` here", span, help=f"write `{meant}`", fixes=(fix,))


def foreign_quotes(span: Span, value: str) -> Diagnostic:
    meant = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    help_ = f'write `"{_short(value)}"`'
    return error("E106", "texts stand in straight double quotes", span, help=help_, fixes=(replaced(span, meant),))


def unfinished_text(span: Span) -> Diagnostic:
    help_ = 'close the text with `"` on the line where it begins; a line break within it is written `\\n`'
    return error("E107", "this text has no end", span, help=help_)


def bad_literal(span: Span, kind: FaultKind, spelling: str) -> Diagnostic:
    """What `dsl.literals` found wrong with a literal."""
    match kind:
        case "escape" | "code point":
            return _bad_escape(span, kind, spelling)
        case "digits":
            message = f"`{_short(spelling)}` has more than 15 digits before the point or 12 after it"
            return error("E109", message, span)
        case _:
            message, help_ = _TIME_FAULTS[kind]
            return error("E110", f"`{_short(spelling)}` {message}", span, help=help_)


def _bad_escape(span: Span, kind: FaultKind, spelling: str) -> Diagnostic:
    if kind == "code point":
        help_ = "write a Unicode code point in hexadecimal, such as `\\u{e9}`"
        return error("E108", f"`{_short(spelling)}` is no Unicode character", span, help=help_)
    help_ = 'after a backslash stand `"`, `\\`, `n`, `t` or `u{…}`; a backslash itself is written `\\\\`'
    return error("E108", f"`{_short(spelling)}` is no escape", span, help=help_)


_TIME_FAULTS: dict[str, tuple[str, str]] = {
    "date shape": ("is no date", "write year, month and day as `2026-03-02`; to subtract, put spaces around `-`"),
    "no such date": ("is on no calendar", "write year, month and day as `2026-03-02`"),
    "no offset": ("has no offset from UTC", "write `Z` for UTC or the offset after the time: `2026-03-02T10:00Z`"),
    "time shape": ("is no instant", "write date, time and offset as `2026-03-02T10:00Z` or `2026-03-02T10:00+01:00`"),
    "no such time": ("is on no clock", "hours go from 00 to 23, minutes and seconds from 00 to 59"),
    "year": ("lies outside of the years 1970 to 2999", "write a year from 1970 to 2999"),
}


def bad_duration(span: Span, positive: bool) -> Diagnostic:
    message = "a duration is a whole number of microseconds" if positive else "a duration is longer than nothing"
    return error("E111", message, span)


def too_deep(span: Span, limit: int) -> Diagnostic:
    message = f"more than {limit} levels stand within one another"
    return error("E112", message, span, help="give parts of it names with `let`, or write a list")


def too_many(span: Span) -> Diagnostic:
    return error("E113", "too many mistakes: this one and all after it are not told", span)


# --- the grammar ----------------------------------------------------------------------------------------------------


def unexpected(span: Span, context: Expectation) -> Diagnostic:
    """The parser got stuck; `context` knows at what, and what it would have taken."""
    found = "the end of the file" if context.spelled is None else f"`{_short(context.spelled)}`"
    near = context.near()
    help_ = f"did you mean `{near}`?" if near is not None else _advice(context)
    fixes = (replaced(span, near),) if near is not None else _mended(span, context)
    return error("E120", f"found {found}, expected {context.told()}", span, help=help_, fixes=fixes)


def _mended(span: Span, context: Expectation) -> tuple[Fix, ...]:
    """The fix, where the advice leaves nothing to decide."""
    if context.found == "NAME" and context.expected == {"A_TEXT"}:
        return (replaced(span, f'"{context.spelled}"'),)
    if context.found in ("POINTS", "POINT"):
        return (removed(span, str(context.spelled)),)
    return ()


def _advice(context: Expectation) -> str | None:
    """What to write instead, for what people write who come from elsewhere."""
    found, last, wanted = context.found, context.last(), context.expected
    if found == "MINUS" and last == "NAME" and context.last(2) in _NAMING:
        return "a name has no hyphens: write `_`, and the spelling in JSON with `as`"
    if found == "A_TEXT" and last == "DOT" and context.last(2) == "LINE":
        return f"write `line[{_short(context.spelled or '')}]`"
    if found == "A_TEXT" and wanted == {"NAME"}:
        return "a name is one word without quotes; the spelling in JSON is given with `as`"
    if found == "NAME" and wanted == {"A_TEXT"}:
        return f'write `"{context.spelled}"`'
    if found in _COMPARISONS and "AND" in wanted:
        return "a comparison has two sides: join two with `and`, or write `between … and …`"
    if last == "NOT" and found in _INFIX:
        return f"`not` stands before the whole comparison: `not … {context.spelled} …`"
    if last == "NOT" and context.last(2) == "IS":
        return "write `is present` or `is missing`, or `not` before the whole comparison: `not … is …`"
    if found == "ON" and "ADD" not in wanted:
        return None
    return _SIMPLE_ADVICE.get(found)


_NAMING = frozenset(
    {"EVENT", "RULE", "SCORE", "TRIGGER", "TALLY", "SEGMENT", "OUTCOME", "SOURCE", "GROUP", "MODEL", "LET", "SET", "ON"}
)
_COMPARISONS = frozenset({"EQ", "NE", "LT", "LE", "GT", "GE", "BETWEEN"})
_INFIX = frozenset({"CONTAINS", "MATCHES", "STARTS", "ENDS", "HAS", "BETWEEN", "IS"})
_SIMPLE_ADVICE = {
    "POINTS": "points need no unit here: write the number alone",
    "POINT": "points need no unit here: write the number alone",
    "ON": "`on EVENT` comes first, then `when CONDITION`",
    "ELSE": "`else when` goes on a rule that begins with `when`",
    "WHERE": "`where` follows the name of the event, before `repeated`",
    "DOT": "a number has a digit before and after the point, as in `0.5`; `event.NAME` and `lead.NAME` say whose it is",
    "COLON": "`:` follows the name of a field only; `=` compares",
}


def never_closed(span: Span, name: str, last: Span, end: Span) -> Diagnostic:
    """The brace at `span`; `last` is the last token of the block, `end` what comes behind it."""
    labels = (Label(end, "`}` is missing before this"),)
    fix = Fix("close the block with `}`", (Edit(Span(last.file, last.end, last.end), " }"),))
    return error("E121", f"the `{{` of `{name}` is never closed", span, labels, help=fix.title, fixes=(fix,))


def closes_nothing(span: Span) -> Diagnostic:
    return error(
        "E122",
        "this `}` closes nothing",
        span,
        help="leave it out, or look for a `{` that is missing above",
        fixes=(removed(span, "}"),),
    )


# --- what the grammar lets pass in order to say this ------------------------------------------------------------


def said_twice(span: Span, what: str, first: Span) -> Diagnostic:
    fixes = (Fix("leave out the second", (Edit(span, ""),)), Fix("leave out the first", (Edit(first, ""),)))
    labels = (Label(first, "first said here"),)
    return error("E130", f"`{what}` is said twice", span, labels, help="leave one of them", fixes=fixes)


def for_without_stage(span: Span) -> Diagnostic:
    return error("E131", "`for` and a duration follow `stage = …` only", span, help="write `stage = NAME for 3 days`")


def not_in_the_last(span: Span, which: str, field: str, operand: Span) -> Diagnostic:
    """`span` are the words `not in the last`, `operand` the field before them."""
    before = Span(operand.file, operand.start, operand.start)
    fix = Fix(f"write `not {field} in the {which} …`", (Edit(before, "not "), Edit(span, f"in the {which}")))
    return error("E132", f"there is no `not in the {which}`", span, help=fix.title, fixes=(fix,))


def percent_or_points(span: Span, number: str) -> Diagnostic:
    help_ = f"write `by {number}%` or `by {number} points`"
    fixes = (replaced(span, f"{number}%"), replaced(span, f"{number} points"))
    return error("E133", f"`by {number}` does not say of what", span, help=help_, fixes=fixes)


def degrade_without_by(span: Span) -> Diagnostic:
    return error("E134", "`degrade` does not say by how much", span, help="write `by 10% every 7 days`")


def trigger_without_cause(span: Span, name: str) -> Diagnostic:
    help_ = "begin it with `on EVENT`, `when CONDITION` or both"
    return error("E135", f"trigger `{name}` does not say when it fires", span, help=help_)


def case_of_no_text(span: Span, kind: str) -> Diagnostic:
    fixes = (removed(span, "ignoring case"),)
    return error(
        "E136", f"only a text can ignore case, not `{kind}`", span, help="leave out `ignoring case`", fixes=fixes
    )


def _short(spelled: str) -> str:
    """The user's text, cut where it would fill the line."""
    line = spelled.splitlines()[0] if spelled else ""
    return line if line == spelled and len(line) <= 40 else line[:40] + "…"
