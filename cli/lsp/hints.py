"""Inlay hints: behind the name of a score how high it can get, behind that of a rule what the tests see of it.

They come from the latest look that was looked into (`cli.lsp.deeper`), and stand where the names are now.
"""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types as lsp

from cli.lsp.buffers import Buffer
from cli.lsp.deeper import Depth, Seen, told
from cli.lsp.desk import Desk
from compiler.symbols import Symbol


def hints(desk: Desk, buffer: Buffer, params: lsp.InlayHintParams) -> list[lsp.InlayHint]:
    """The hints within a range."""
    low = buffer.text.offset(params.range.start.line, params.range.start.character)
    high = buffer.text.offset(params.range.end.line, params.range.end.character)
    found: dict[int, lsp.InlayHint] = {}
    for depth in desk.depths_of(buffer):
        name = desk.name_in(depth.analysis, buffer)
        for symbol, label, tip in _labels(depth):
            site = depth.analysis.symbols.definition(symbol)
            now = desk.span_now(depth.analysis, site.span) if site is not None and site.span.file == name else None
            if now is not None and low <= now[1] <= high:
                place = lsp.Position(*buffer.text.place(now[1]))
                found.setdefault(now[1], lsp.InlayHint(place, label, tooltip=tip, padding_left=True))
    return [found[offset] for offset in sorted(found)]


def _labels(depth: Depth) -> Iterator[tuple[Symbol, str, str]]:
    for symbol in depth.analysis.symbols.of_kind("score"):
        own = [most for key, most in depth.highest.items() if key == symbol.name or key.startswith(f"{symbol.name}[")]
        if own:
            most = told(max(own))
            yield symbol, f"at most {most}", f"no history of a lead takes {symbol.name} above {most}"
    for symbol, seen in depth.seen.items():
        yield symbol, _share(seen), _missing(seen)


def _share(seen: Seen) -> str:
    return "no test" if not seen.sides else f"tests see {seen.sides} of {seen.of}"


def _missing(seen: Seen) -> str:
    if not seen.never:
        return "the tests see all of it"
    return "what no test sees:\n" + "\n".join(f"- {each}" for each in seen.never)
