"""Where the numbers stand that `calibrate` may change, and the rule file with others in their place.

Only the characters of numbers are exchanged: the points of a rule, and with them, in proportion, the limits in points
that belong to it, so that a limit lets through as many firings as before. A file that was laid out as `fmt` does is so
afterwards. What is judged is the text itself: it is compiled again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING

from cli.problem import Problem
from compiler.compile import Compilation, compile_source
from compiler.load import Files
from dsl import syntax
from dsl.format import format_source
from dsl.source import Source, read_source
from dsl.syntax import Span
from runtime.table import Table

if TYPE_CHECKING:
    from insight.calibrate.points import Points
    from insight.calibrate.sites import Site

_PLACES = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Spot:
    """A site and where its number stands, with the limits in points of its rule: (place, points)."""

    site: Site
    span: Span
    caps: tuple[tuple[Span, Decimal], ...] = ()


@dataclass(frozen=True, slots=True)
class Shared:
    """A limit in points that a group puts on its rules."""

    span: Span
    points: Decimal
    rules: frozenset[str]


class Sheet:
    """The rule file of a model and those that it imports, with the spots of one score. Raises Problem for a score whose
    numbers can't be changed."""

    def __init__(self, compilation: Compilation, path: str, key: str) -> None:
        self.files = {name: source.text for name, source in compilation.files.items()}
        self.path = path
        context = compilation.context
        assert context is not None
        node = context.names.scores.get(key)
        if node is None or node.family is not None:
            raise Problem(
                f"`{key}` is one of a family of scores, which share the points of their rules",
                hint="write it as a score of its own to calibrate it",
            )
        if node.span.file in context.loaded.library:
            raise Problem(f"the score `{key}` comes with leadscore and can't be changed")
        self.spots = list(_spots(node))
        self.shared = list(_shared(node))

    @property
    def sites(self) -> list[Site]:
        return [spot.site for spot in self.spots]

    # --- exchanging -------------------------------------------------------------------------------------------------

    def changed(self, points: Points, weight: Mapping[str, float]) -> dict[str, str]:
        """The texts of the files with these points, by the names of those that change. `weight` is how much each rule
        gave in all, by which the limits of groups are scaled."""
        edits: dict[str, list[tuple[Span, str]]] = {}
        for spot in self.spots:
            now = points.get(spot.site)
            if now is None or now == spot.site.now:
                continue
            edits.setdefault(spot.span.file, []).append((spot.span, written(abs(now))))
            for span, cap in spot.caps if now else ():
                edits[spot.span.file].append((span, written(_cap(cap, abs(now / spot.site.now)))))
        for shared in self.shared:
            ratio = _ratio(shared, self.spots, points, weight)
            if ratio is not None:
                edits.setdefault(shared.span.file, []).append((shared.span, written(_cap(shared.points, ratio))))
        return {name: self._edited(name, given) for name, given in edits.items()}

    def _edited(self, name: str, edits: list[tuple[Span, str]]) -> str:
        text = self.files[name]
        laid_out = format_source(Source(name, text)).text == text
        for span, number in sorted(edits, key=lambda edit: -edit[0].start):
            text = text[: span.start] + number + text[span.end :]
        return format_source(Source(name, text)).text or text if laid_out else text

    def table(self, texts: Mapping[str, str]) -> Table:
        """The table of the model with these texts in place of the files of their names."""
        text = texts.get(self.path, self.files[self.path])
        found = compile_source(Source(self.path, text), Path(self.path).parent, _Drafts(texts))
        assert found.table is not None, [each.message for each in found.diagnostics]
        return found.table

    def patch(self, texts: Mapping[str, str]) -> str:
        """The difference as a unified diff that `git apply` and `patch -p1` take, from the present folder."""
        lines: list[str] = []
        for name in sorted(texts):
            shown = Path(os.path.relpath(name)).as_posix()
            old, new = _lines(self.files[name]), _lines(texts[name])
            found = unified_diff(old, new, f"a/{shown}", f"b/{shown}")
            lines += [line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in found]
        return "".join(lines)


class _Drafts(Files):
    """The disk, with some texts in place of files."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts

    def read(self, path: Path, shown: str) -> Source:
        return Source(shown, self.texts[shown]) if shown in self.texts else read_source(path, shown)


def _lines(text: str) -> list[str]:
    parts = text.split("\n")
    return [part + "\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def written(value: Decimal) -> str:
    """A number as a rule file has it."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _cap(points: Decimal, ratio: Decimal) -> Decimal:
    """A limit in points, in proportion; never so little that it rounds to nothing."""
    return max((points * ratio).quantize(_PLACES), _PLACES)


def _ratio(shared: Shared, spots: list[Spot], points: Points, weight: Mapping[str, float]) -> Decimal | None:
    """By how much what the rules of a group give changes, each as much as it gave; None if it does not."""
    before = after = 0.0
    for spot in spots:
        if spot.site.rule in shared.rules:
            share = weight.get(spot.site.rule, 0.0)
            before += share
            after += share * float(points.get(spot.site, spot.site.now) / spot.site.now)
    if before == 0 or after == 0 or before == after:
        return None
    return Decimal(after / before)


# --- finding ----------------------------------------------------------------------------------------------------------


def _spots(node: syntax.Score) -> Iterator[Spot]:
    for member in node.members:
        if isinstance(member, syntax.Rule):
            yield from _in_rule(member)
        elif isinstance(member, syntax.Group):
            for rule in member.rules:
                yield from _in_rule(rule)


def _in_rule(rule: syntax.Rule) -> Iterator[Spot]:
    from insight.calibrate.sites import Site

    caps = tuple(_caps(rule.limits))
    if any(isinstance(each, syntax.PointsLimit) for each in rule.limits) and not caps:
        return  # a limit that is calculated would not follow
    for at, branch in enumerate(rule.branches):
        found = _number(branch.points)
        if found is None or not found[1]:
            continue
        span, value, factor = found
        now = -value if branch.subtract else value
        yield Spot(Site(rule.name.text, at, now, factor, rule.on is not None), span, caps)


def _number(node: syntax.Expr) -> tuple[Span, Decimal, bool] | None:
    """The literal that the points are, or that they are a multiple of: its place, its value, and which of the two."""
    match node:
        case syntax.Number(value=value):
            return node.span, value, False
        case syntax.Negative(operand=syntax.Number(value=value) as inner):
            return inner.span, -value, False
        case syntax.Arithmetic(op="*", left=syntax.Number(value=value) as inner, right=other):
            return None if isinstance(other, syntax.Number) else (inner.span, value, True)
        case syntax.Arithmetic(op="*", left=other, right=syntax.Number(value=value) as inner):
            return inner.span, value, True
        case _:
            return None


def _caps(limits: tuple[syntax.Limit, ...]) -> Iterator[tuple[Span, Decimal]]:
    for each in limits:
        if isinstance(each, syntax.PointsLimit) and isinstance(each.points, syntax.Number):
            yield each.points.span, each.points.value


def _shared(node: syntax.Score) -> Iterator[Shared]:
    for member in node.members:
        if isinstance(member, syntax.Group):
            rules = frozenset(rule.name.text for rule in member.rules)
            for span, points in _caps(member.limits):
                yield Shared(span, points, rules)
