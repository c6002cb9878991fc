"""What the server knows at one moment: open files, the latest look at each model, and how the two fit together.

Answers come from the latest look, though text has been typed since: places are carried from the text that was looked at
to the one there is, and what was changed in between is left out. Of a file that does not parse now, the last look at
which it did is kept as well, so that what stands in the broken declaration is still known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lsprotocol import types as lsp

from cli.lsp.analysis import Analysis
from cli.lsp.buffers import Buffer, Buffers, real_path, uri_of
from cli.lsp.catch_up import caught_up
from cli.lsp.deeper import Depth
from cli.lsp.roots import Roots
from cli.lsp.text import Change, Text, difference
from compiler.symbols import Site
from dsl.source import read_source
from dsl.syntax import Span


@dataclass(frozen=True, slots=True)
class Found:
    """A symbol under the cursor, in the look that knows it."""

    analysis: Analysis
    site: Site


class Desk:
    """`looks` are the latest ones by the real path of the main file, `depths` what was found when some were looked
    into; `good` by file the looks in which it was whole."""

    def __init__(self) -> None:
        self.buffers = Buffers()
        self.roots = Roots(self._read)
        self.looks: dict[str, Analysis] = {}
        self.good: dict[str, Analysis] = {}
        self.depths: dict[str, Depth] = {}
        self._texts: dict[str, Text] = {}

    def _read(self, real: str) -> str | None:
        buffer = self.buffers.at(real)
        if buffer is not None:
            return buffer.text.text
        source = read_source(real)
        return None if source.problems and not source.text else source.text

    # --- looks ------------------------------------------------------------------------------------------------------

    def live(self) -> set[str]:
        """The main files of the models that open files belong to, by real path."""
        return {root for buffer in self.buffers for root in self.roots_of(buffer)}

    def roots_of(self, buffer: Buffer) -> list[str]:
        """The main files that a file is looked at through. The file itself is among them if its models turn out not to
        have it, because they are broken where they import it."""
        real = real_path(buffer.name)
        roots = self.roots.of(real)
        looks = [self.looks[root] for root in roots if root in self.looks]
        if real in roots or len(looks) < len(roots) or any(self.name_in(each, buffer) for each in looks):
            return roots
        return [*roots, real]

    def take(self, real: str, analysis: Analysis) -> None:
        """Keep a look."""
        self.looks[real] = analysis
        for name in analysis.compilation.files:
            if name in analysis.whole:
                self.good[real_path(name)] = analysis

    def forget_dead(self) -> None:
        """Drop what no open file needs."""
        live = self.live()
        self.looks = {real: each for real, each in self.looks.items() if real in live}
        self.depths = {real: each for real, each in self.depths.items() if real in live}
        kept = set(map(id, self.looks.values())) | {id(self.good.get(real_path(b.name))) for b in self.buffers}
        self.good = {real: each for real, each in self.good.items() if id(each) in kept}

    def looks_at(self, buffer: Buffer) -> list[Analysis]:
        """The looks that the file takes part in, that of itself first."""
        found = [self.looks[real] for real in self.roots_of(buffer) if real in self.looks]
        return [each for each in found if self.name_in(each, buffer) is not None]

    def depths_of(self, buffer: Buffer) -> list[Depth]:
        """What was found out about the models that the file takes part in."""
        found = [self.depths[real] for real in self.roots_of(buffer) if real in self.depths]
        return [each for each in found if self.name_in(each.analysis, buffer) is not None]

    def is_fresh(self, buffer: Buffer) -> bool:
        """Whether nothing was typed since all models of the file were looked at."""
        roots = self.roots_of(buffer)
        looks = [self.looks[real] for real in roots if real in self.looks]
        return len(looks) == len(roots) and all(self._is_fresh(each) for each in looks)

    def _is_fresh(self, analysis: Analysis) -> bool:
        for name in analysis.compilation.files:
            buffer = self.buffers.at(name)
            if (None if buffer is None else buffer.revision) != analysis.revisions.get(name):
                return False
        return True

    def caught_up(self, buffer: Buffer) -> Desk | None:
        """A desk whose looks know the names in the file as it is now; None if there is no way but to look."""
        if self.is_fresh(buffer):
            return self
        roots = self.roots_of(buffer)
        if any(root not in self.looks for root in roots):
            return None
        made = Desk()
        made.buffers, made.roots, made.good = self.buffers, self.roots, self.good
        for real, look in self.looks.items():
            now = look if self._is_fresh(look) else caught_up(look, self.buffers)
            if now is None and real in roots:
                return None
            made.looks[real] = now or look
        return made

    def has_now(self, analysis: Analysis, buffer: Buffer) -> bool:
        """Whether a look has the text of a file as it is now, or does not have the file at all."""
        name = self.name_in(analysis, buffer)
        return name is None or analysis.revisions.get(name) == buffer.revision

    def name_in(self, analysis: Analysis, buffer: Buffer) -> str | None:
        """What the spans of a look call an open file; None if the look does not have it."""
        if buffer.name in analysis.compilation.files:
            return buffer.name
        real = real_path(buffer.name)
        return next((name for name in analysis.compilation.files if real_path(name) == real), None)

    # --- places -----------------------------------------------------------------------------------------------------

    def found(self, buffer: Buffer, place: lsp.Position) -> Found | None:
        """The symbol at a place of an open file."""
        offset = buffer.text.offset(place.line, place.character)
        looks = self.looks_at(buffer)
        last = self.good.get(real_path(buffer.name))
        for analysis in [*looks, *([last] if last is not None and last not in looks else [])]:
            name = self.name_in(analysis, buffer)
            if name is None:
                continue
            site = analysis.symbols.at(name, self.before(analysis, name, offset))
            if site is not None and self.span_now(analysis, site.span) is not None:
                return Found(analysis, site)
        return None

    def changes(self, analysis: Analysis, name: str) -> list[Change]:
        """What was changed in a file since the look."""
        buffer = self.buffers.at(name)
        if buffer is None:
            return []
        revision = analysis.revisions.get(name)
        known = None if revision is None else buffer.since(revision)
        if known is not None:
            return known
        then = Text(analysis.compilation.files[name].text)
        return [] if then.text == buffer.text.text else [difference(then, buffer.text)]

    def before(self, analysis: Analysis, name: str, offset: int) -> int:
        """The offset in the text that was looked at of one in the text there is."""
        for change in reversed(self.changes(analysis, name)):
            offset = change.backward(offset)
        return offset

    def span_now(self, analysis: Analysis, span: Span) -> tuple[int, int] | None:
        """Where the characters of a span are now; None if some of them have been changed."""
        return moved(self.changes(analysis, span.file), span)

    def near_now(self, analysis: Analysis, span: Span) -> tuple[int, int]:
        """About where a span is now, also if some of its characters have been changed."""
        return near(self.changes(analysis, span.file), span)

    def text_of(self, analysis: Analysis, name: str) -> Text:
        """The text of a file of a look as it is now."""
        buffer = self.buffers.at(name)
        if buffer is not None:
            return buffer.text
        source = analysis.compilation.files[name]
        kept = self._texts.get(name)
        if kept is None or kept.text != source.text:
            kept = self._texts[name] = Text(source.text)
        return kept

    def uri(self, name: str) -> str:
        buffer = self.buffers.at(name)
        return uri_of(name) if buffer is None else buffer.uri

    def range_of(self, analysis: Analysis, span: Span) -> lsp.Range | None:
        """The range of a span in the text there is now."""
        now = self.span_now(analysis, span)
        return None if now is None else range_in(self.text_of(analysis, span.file), *now)

    def location(self, analysis: Analysis, span: Span) -> lsp.Location | None:
        if span.file not in analysis.compilation.files:
            return None
        found = self.range_of(analysis, span)
        return None if found is None else lsp.Location(self.uri(span.file), found)

    def same(self, found: Found) -> Iterator[tuple[Analysis, Site]]:
        """All sites of a symbol, in all models that have its declaration, each place once."""
        seen: set[tuple[str, int]] = set()
        declared = found.analysis.symbols.definition(found.site.symbol)
        file = None if declared is None else real_path(declared.span.file)
        others = [each for each in self.looks.values() if each is not found.analysis]
        for analysis in [found.analysis, *others]:
            definition = analysis.symbols.definition(found.site.symbol)
            if analysis is not found.analysis and (definition is None or real_path(definition.span.file) != file):
                continue
            for site in analysis.symbols.uses.get(found.site.symbol, ()):
                key = (real_path(site.span.file), site.span.start)
                if key not in seen:
                    seen.add(key)
                    yield analysis, site


def moved(changes: list[Change], span: Span) -> tuple[int, int] | None:
    """Where the characters of a span are after some changes; None if some of them have been changed."""
    start, end = span.start, span.end
    for change in changes:
        if change.touches(start, end):
            return None
        start, end = change.forward(start, stick=True), change.forward(end, stick=start == end)
    return start, end


def near(changes: list[Change], span: Span) -> tuple[int, int]:
    """About where a span is after some changes."""
    start, end = span.start, span.end
    for change in changes:
        start, end = change.forward(start, stick=False), change.forward(end, stick=False)
    return start, max(start, end)


def range_in(text: Text, start: int, end: int) -> lsp.Range:
    """The range of some code points."""
    return lsp.Range(lsp.Position(*text.place(start)), lsp.Position(*text.place(end)))
