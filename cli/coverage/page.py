"""Coverage as a page: the rule files with what no test has seen in colour, complete in one file.

Characters are painted by the innermost site around them: what all sides of were seen, some, or none. What exactly was
seen, and by which test first, is told at the foot of the window for the piece under the pointer, or that has the focus;
what is missing stands as a list above each file, so that it is on paper too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

from cli.coverage.page_style import STYLE
from cli.coverage.text import COLUMNS
from cli.coverage.total import Coverage, Entry, FileCoverage, Part
from cli.coverage.wording import clipped, kind, never, owner, percent, seen
from cli.visible import visible
from dsl.source import Source


def write_page(coverage: Coverage, texts: Mapping[str, str]) -> str:
    """The page; `texts` are the rule files by the names that they are shown by."""
    files = "\n".join(_file(at, file, texts[file.name]) for at, file in enumerate(coverage.files))
    share = percent(coverage.whole.share)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Coverage {share}</title>
<style>{STYLE}</style>
</head>
<body>
<header>
<h1>What the tests cover: {share}</h1>
<p>{_sentence(coverage.whole)} A rule may fire, a limit may cut, a condition may be true or false: each is a side.</p>
<p class="legend"><mark class="all">seen</mark> <mark class="some">seen in part</mark>
<mark class="none">not seen</mark>
<span class="screen">Point at a piece, or move to it with the Tab key, to read what is missing.</span></p>
</header>
<main>
{_summary(coverage)}
{files}
</main>
</body>
</html>"""


def _sentence(part: Part) -> str:
    return f"{part.seen:,} of {part.of:,} sides were seen by a test."


def _summary(coverage: Coverage) -> str:
    kept = {name: parts for name, parts in COLUMNS.items() if any(each.part(*parts).of for each in coverage.files)}
    head = "".join(f"<th>{name}</th>" for name in kept)
    rows = "\n".join(
        f'<tr><td><a href="#file{at}">{_text(file.name)}</a></td>'
        + "".join(f"<td>{_fraction(file.part(*parts))}</td>" for parts in kept.values())
        + f"<td>{percent(file.part().share)}</td><td>{_bar(file.part())}</td></tr>"
        for at, file in enumerate(coverage.files)
    )
    return (
        f'<table class="summary"><thead><tr><th>file</th>{head}<th>covered</th><th></th></tr></thead>\n{rows}</table>'
    )


def _fraction(part: Part) -> str:
    return f"{part.seen:,}/{part.of:,}" if part.of else ""


def _bar(part: Part) -> str:
    return f'<span class="bar"><span style="width:{float(part.share * 100):.1f}%"></span></span>'


# --- a file -----------------------------------------------------------------------------------------------------------


def _file(at: int, file: FileCoverage, text: str) -> str:
    part = file.part()
    lines = "\n".join(_lines(at, file, Source(file.name, text)))
    return f"""<section id="file{at}">
<h2>{_text(file.name)} <small>{percent(part.share)}</small></h2>
<p>{_sentence(part)}</p>
{_missing(at, file)}
<div class="source">
{lines}
</div>
</section>"""


def _missing(at: int, file: FileCoverage) -> str:
    rows = [
        f'<tr><td><a href="#file{at}line{entry.spot.line}">{entry.spot.line}</a></td><td>{_text(never(entry))}</td>'
        f"<td>{_text(owner(entry.spot.of))}</td><td><code>{_text(clipped(entry.spot.text, 100))}</code></td></tr>"
        for entry in file
        if entry.unseen
    ]
    if not rows:
        return "<p>Nothing is missing.</p>"
    head = "<thead><tr><th>line</th><th>what</th><th>of</th><th>source</th></tr></thead>"
    return f'<table class="missing">{head}\n{chr(10).join(rows)}</table>'


def _lines(at: int, file: FileCoverage, source: Source) -> Iterator[str]:
    """The lines of a file with their numbers; the tint of a line is that of the worst on it."""
    covering = _covering(file, len(source.text))
    worst: dict[int, str] = {}
    for entry in file:
        states = [worst.get(entry.spot.line, "all"), _state(entry)]
        worst[entry.spot.line] = max(states, key=_STATES.index)
    offset = 0
    for number, raw in enumerate(_split(source.text), 1):
        line = raw.rstrip("\r\n")
        pieces = "".join(_pieces(line, covering[offset : offset + len(line)]))
        tint = f" {worst[number]}" if number in worst else ""
        link = f'<a class="number" href="#file{at}line{number}">{number}</a>'
        yield f'<div class="line{tint}" id="file{at}line{number}">{link}<code>{pieces}</code></div>'
        offset += len(raw)


def _split(text: str) -> list[str]:
    """The lines with their breaks, as `Source` counts them: LF, CRLF and CR end a line, and nothing else does."""
    source = Source("", text)
    starts = [0]
    while (number := len(starts)) < source.position(len(text))[0]:
        end = starts[-1] + len(source.line(number))
        starts.append(end + (2 if text.startswith("\r\n", end) else 1))
    return [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]


def _covering(file: FileCoverage, length: int) -> list[Entry | None]:
    """The innermost entry around each character."""
    covering: list[Entry | None] = [None] * length
    for entry in file:  # outer ones come first
        covering[entry.spot.start : entry.spot.end] = [entry] * (entry.spot.end - entry.spot.start)
    return covering


def _pieces(line: str, covering: list[Entry | None]) -> Iterator[str]:
    start = len(line) - len(line.lstrip())
    yield _text(line[:start])
    while start < len(line):
        end = start + 1
        while end < len(line) and covering[end] is covering[start]:
            end += 1
        entry, text = covering[start], line[start:end]
        if entry is None or not text.strip():
            yield _text(text)
        else:
            tip = escape(_tip(entry))
            yield f'<mark class="{_state(entry)}" tabindex="0" data-tip="{tip}" aria-description="{tip}">'
            yield f"{_text(text)}</mark>"
        start = end


_STATES = ["all", "some", "none"]


def _state(entry: Entry) -> str:
    return "all" if not entry.unseen else "some" if entry.seen else "none"


def _tip(entry: Entry) -> str:
    """``condition of rule guide of readiness: true in 3 tests (first “a reader”), never false``."""
    spot = entry.spot
    what = owner(spot.of) if kind(spot) in ("rule", "trigger", "tally") else f"{kind(spot)} of {owner(spot.of)}"
    if spot.single and not entry.seen:
        return f"{what}: never asked"
    told = [
        seen(side, count) + (f" (first “{clipped(visible(first), 60)}”)" if first is not None else "")
        for side, count, first in zip(spot.sides, entry.counts, entry.first, strict=True)
    ]
    return f"{what}: {', '.join(told)}"


def _text(text: str) -> str:
    return escape(visible(text.replace("\t", "    ")))
