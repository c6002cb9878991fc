"""Where every name of a compilation is declared and where it is used, for tools that go from one to the other.

The trees are walked once more with the scopes of the checker (by `compiler.declared`), so a name means here what it
means there. What the checker refuses has no meaning here either: a bare name that could mean two things has no symbol.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field

from compiler.scope import Scope
from dsl import syntax
from dsl.syntax import Span


@dataclass(frozen=True, slots=True)
class Symbol:
    """Something that has a name.

    `kind` is one of: model, attribute, event, property, tally, score, let, set, stage, trigger, segment, outcome,
    source, test, assertion, account score, account trigger, rule, group, band, ready, variable, member, option, tag,
    emitted. `owner` is what the name belongs to: the event of a property, the score of a rule, group, band, ready,
    variable or member, ``event.property`` or ``lead.attribute`` of an option; else empty."""

    kind: str
    name: str
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """A place where a symbol stands. `defines` says that it is declared there, `scope` what a bare name could mean
    there (None where only names of one kind may stand), `quoted` that it is written as a text."""

    span: Span
    symbol: Symbol
    defines: bool = False
    scope: Scope | None = None
    quoted: bool = False


@dataclass(slots=True)
class Symbols:
    """`nodes` are the declarations, the first of each symbol; `bare` the bare names that stand somewhere, by name."""

    sites: list[Site] = field(default_factory=list)
    nodes: dict[Symbol, syntax.Node] = field(default_factory=dict)
    uses: dict[Symbol, list[Site]] = field(default_factory=dict)
    _files: dict[str, tuple[list[int], list[Site]]] = field(default_factory=dict)

    def settle(self) -> None:
        """To be called once all sites are there."""
        by_file: dict[str, list[Site]] = {}
        for site in self.sites:
            self.uses.setdefault(site.symbol, []).append(site)
            by_file.setdefault(site.span.file, []).append(site)
        for file, sites in by_file.items():
            sites.sort(key=lambda site: (site.span.start, -site.span.end))
            self._files[file] = ([site.span.start for site in sites], sites)

    def at(self, file: str, offset: int) -> Site | None:
        """The innermost symbol whose characters hold `offset` or end there."""
        starts, sites = self._files.get(file, ([], []))
        found: Site | None = None
        for at in range(bisect_right(starts, offset) - 1, -1, -1):
            site = sites[at]
            if site.span.end > offset:
                return site
            if site.span.end == offset and found is None:
                found = site
            if offset - site.span.start > _LONGEST:
                break
        return found

    def of_file(self, file: str) -> list[Site]:
        """The sites in a file, in order."""
        return self._files.get(file, ([], []))[1]

    def definition(self, symbol: Symbol) -> Site | None:
        """The first place where the symbol is declared."""
        return next((site for site in self.uses.get(symbol, ()) if site.defines), None)

    def references(self, symbol: Symbol) -> list[Site]:
        """The places where the symbol is used and not declared."""
        return [site for site in self.uses.get(symbol, ()) if not site.defines]

    def of_kind(self, *kinds: str) -> list[Symbol]:
        """The declared symbols of these kinds, in the order of declaration."""
        return [symbol for symbol in self.nodes if symbol.kind in kinds]


_LONGEST = 1000
"""Sites that begin further away do not reach here: names are short, and only texts hold other sites."""


def only(symbols: Iterable[Symbol]) -> Symbol | None:
    """The one symbol there is, None of none and of several."""
    found = list(symbols)
    return found[0] if len(found) == 1 else None
