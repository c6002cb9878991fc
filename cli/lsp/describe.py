"""What a name is, as a person wants to know it: the text of its declaration, its facts, its notes, its uses.

The facts come from the checker (`Context`), not from the text: numbers are worked out, families and sets written out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from textwrap import dedent

from cli.findings import counted
from cli.lsp.analysis import Analysis
from cli.lsp.deeper import Depth, told
from compiler.context import Context, Head
from compiler.exact import points, written
from compiler.spell import duration, literal
from compiler.symbols import Symbol
from dsl import syntax

_LINES = 14
"""A declaration of more lines is shown up to its first brace."""
_ALIGNED = syntax.Field | syntax.Let | syntax.SetOf | syntax.Event | syntax.Tally
"""What is padded to stand under its neighbours, and here stands alone."""
_BLANKS = re.compile(r'"(?:[^"\\]|\\.)*"|#.*|(?<=\S) {2,}(?=\S)')
_FEW = 8
"""Of a set so many entries are shown."""


def described(analysis: Analysis, symbol: Symbol, depth: Depth | None = None) -> str:
    """Markdown about a symbol; `depth` is what was found out beyond the look."""
    node = analysis.symbols.nodes.get(symbol)
    parts = [_declaration(analysis, symbol, node), _label(node), *_facts(analysis, symbol, node)]
    parts += _beyond(symbol, depth) if depth is not None else []
    parts += [f"*{_date(note)}* {_plain(note.text.value)}" for note in _notes(node)]
    parts.append(_uses(analysis, symbol))
    return "\n\n".join(part for part in parts if part)


def _plain(text: str) -> str:
    """A text of the user's within Markdown."""
    return "".join(f"\\{char}" if char in "\\`*_[]<>|~&" else char for char in text.replace("\n", " "))


def _date(note: syntax.Note) -> str:
    from runtime.times import write_date

    return write_date(note.date.micros)


# --- the declaration ------------------------------------------------------------------------------------------------

_AROUND = {"attribute": "lead { %s }", "band": "bands … %s", "option": "%s", "member": "%s", "variable": "%s"}


def _declaration(analysis: Analysis, symbol: Symbol, node: syntax.Node | None) -> str:
    """The text of the declaration, with what it belongs to; a stage, tag or what is emitted by itself."""
    name = literal(symbol.name)
    match symbol.kind:
        case "stage":
            text = f"stage {symbol.name}"
        case "tag":
            text = f"tag {name}"
        case "emitted":
            text = f"emit {name}"
        case "ready":
            text = f"score {symbol.owner} {{ {_source(analysis, node)} }}"
        case "property":
            text = f"event {symbol.owner} {{ {_source(analysis, node)} }}"
        case "option" | "member":
            text = f"{name}  # of {symbol.owner}"
        case kind:
            text = _AROUND.get(kind, "%s") % _source(analysis, node)
    return f"```score\n{text}\n```"


def _source(analysis: Analysis, node: syntax.Node | None) -> str:
    if node is None:
        return ""
    source = analysis.compilation.files[node.span.file]
    column = source.position(node.span.start)[1]
    text = dedent(" " * (column - 1) + source.read(node.span)).strip()
    if text.count("\n") >= _LINES or isinstance(node, syntax.Score | syntax.Group | syntax.Model):
        head, brace, _ = text.partition("{")
        return f"{head}{brace} … }}" if brace and len(head) < 400 else head[:400]
    return _BLANKS.sub(_narrow, text) if isinstance(node, _ALIGNED) else text


def _narrow(found: re.Match[str]) -> str:
    return found[0] if found[0].strip() else " "


def _label(node: syntax.Node | None) -> str:
    label = getattr(node, "label", None)
    is_name = isinstance(node, syntax.Test | syntax.Assertion)
    return f"“{_plain(label.value)}”" if isinstance(label, syntax.Text) and not is_name else ""


def _notes(node: syntax.Node | None) -> Iterator[syntax.Note]:
    match node:
        case syntax.Rule(notes=notes) | syntax.Group(notes=notes) | syntax.Trigger(notes=notes):
            yield from notes
        case syntax.Score(members=parts) | syntax.Model(settings=parts):
            yield from (part for part in parts if isinstance(part, syntax.Note))
        case _:
            pass


def _uses(analysis: Analysis, symbol: Symbol) -> str:
    uses = analysis.symbols.references(symbol)
    if symbol.kind in ("test", "assertion", "model", "rule", "group"):
        return ""
    if not uses:
        return "used nowhere"
    files = {site.span.file for site in uses}
    return f"used {counted(len(uses), 'time')}" + (f" in {len(files)} files" if len(files) > 1 else "")


# --- facts ----------------------------------------------------------------------------------------------------------


def _facts(analysis: Analysis, symbol: Symbol, node: syntax.Node | None) -> Iterator[str]:
    context = analysis.compilation.context
    assert context is not None
    match symbol.kind, node:
        case "score", syntax.Score():
            yield from _score(context, symbol.name, node)
        case "rule", syntax.Rule():
            yield from _glance(analysis, node)
        case "let", _:
            known = context.lets.get(symbol.name)
            if known is not None and known.term[0] == "lit":
                yield f"= {_value(known.kind.name, known.term[1])}"
        case "set", _:
            entries = context.set_values.get(symbol.name, ((), None))[0]
            shown = ", ".join(f"`{literal(each)}`" for each in entries[:_FEW])
            yield f"{counted(len(entries), 'text')}: {shown}{', …' if len(entries) > _FEW else ''}"
        case "stage", _:
            yield _stage(context, symbol.name)
        case "band", _:
            yield _band(context.heads.get(symbol.owner), symbol)
        case "variable", _:
            head = context.heads.get(symbol.owner)
            values = head.values if head is not None else None
            if values:
                yield "each of " + ", ".join(f"`{literal(each)}`" for each in values[:_FEW])
        case "tag" | "emitted", _:
            yield from _by(context, symbol)
        case _:
            pass


def _value(kind: str, value: object) -> str:
    if kind == "percent":
        return f"{written(value * 100)}%"  # type: ignore[operator]  # the fraction of a percent is a number
    return duration(value) if kind == "duration" else literal(value)  # type: ignore[arg-type]  # as above


def _milli(thousandths: int | None) -> str:
    return "" if thousandths is None else written(points(thousandths))


def _score(context: Context, name: str, node: syntax.Score) -> Iterator[str]:
    head = context.heads.get(name, Head())
    facts = []
    if head.computed:
        facts.append("computed from other scores")
    else:
        facts.append(f"range {_milli(head.low)}..{_milli(head.high)}")
        rules = sum(isinstance(each, syntax.Rule) for each in node.members)
        rules += sum(len(each.rules) for each in node.members if isinstance(each, syntax.Group))
        facts.append(counted(rules, "rule"))
    if head.ready is not None:
        facts.append(f"ready at {_milli(head.ready)}")
    if head.values is not None:
        facts.append(f"{counted(len(head.values), 'member')}: {', '.join(head.values[:_FEW])}")
    yield _plain("; ".join(facts))
    if head.bands:
        lines = [_plain(each if below is None else f"{each} < {_milli(below)}") for each, below in head.bands]
        yield "bands " + ", ".join(lines)


def _beyond(symbol: Symbol, depth: Depth) -> Iterator[str]:
    """How high a score can get, and what the tests see of a rule or trigger."""
    if symbol.kind == "score":
        own = [each for each in depth.highest if each == symbol.name or each.startswith(f"{symbol.name}[")]
        if own:
            yield _plain("; ".join(f"{key} reaches {told(depth.highest[key])} at most" for key in own[:_FEW]))
    seen = depth.seen.get(symbol)
    if seen is not None:
        yield f"the tests see {seen.sides} of {counted(seen.of, 'side')}"


def _glance(analysis: Analysis, node: syntax.Rule) -> Iterator[str]:
    """The points of a rule and what limits them, in one line for each branch."""
    source = analysis.compilation.files[node.span.file]

    def said(part: syntax.Node) -> str:
        return " ".join(source.read(part.span).split())

    limits = "".join(f", {said(each)}" for each in node.limits)
    for branch in node.branches:
        value = said(branch.points)
        simple = isinstance(branch.points, syntax.Number)
        amount = f"{'-' if branch.subtract else '+'}{value if simple else f'({value})'}"
        where = f" {said(node.on)}" if node.on is not None else ""
        when = f" when {said(branch.when)}" if branch.when is not None else ""
        yield f"**{_plain(amount)}**{_plain(where + when + limits)}"


def _stage(context: Context, name: str) -> str:
    stages = context.names.stages
    path = [each.text for each in stages.path] if stages is not None else []
    if name not in path:
        return "beside the path: neither before nor after any other stage"
    shown = " → ".join(f"**{_plain(each)}**" if each == name else _plain(each) for each in path)
    return f"{path.index(name) + 1} of {len(path)} on the path: {shown}"


def _band(head: Head | None, symbol: Symbol) -> str:
    low = None
    for name, below in head.bands if head is not None else ():
        if name == symbol.name:
            ends = [f"{_milli(low)} <= " if low is not None else "", f" < {_milli(below)}" if below is not None else ""]
            return f"`{ends[0]}{symbol.owner}{ends[1]}`"
        low = below
    return ""


def _by(context: Context, symbol: Symbol) -> Iterator[str]:
    """The triggers that set a tag or emit something."""
    triggers: Iterable[syntax.Trigger] = [*context.names.triggers.values(), *context.names.account_triggers.values()]
    names = []
    for trigger in triggers:
        for action in trigger.actions:
            match action:
                case syntax.SetTag(tag=syntax.Text(value=text), remove=False) if symbol.kind == "tag":
                    names += [trigger.name.text] * (text == symbol.name)
                case syntax.Emit(name=syntax.Text(value=text)) if symbol.kind == "emitted":
                    names += [trigger.name.text] * (text == symbol.name)
                case _:
                    pass
    if names:
        yield "by " + ", ".join(f"`{name}`" for name in dict.fromkeys(names))
