"""Formatting and checking: a rule file of 10,000 lines, as it stands and with its layout destroyed.

The file is what a large team might have after years: rules on one line and over several, notes, comments, a test for
some. The stages are timed in a process that has done it before, as an editor's server would; beside them stand whole
commands, each a new process, against one that does nothing.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.measuring import command_line, heading, print_table, quick, timed, timing_of
from benchmarks.workload import Rule, condition, declared, points_of, rules
from compiler.compile import compile_text
from dsl.format import format_source
from dsl.parse import parse
from dsl.source import Source
from dsl.tokens import lex

RULES_A_SCORE = 200


def large_file(lines: int) -> str:
    """A rule file of about so many lines, in its layout."""
    text = format_source(Source("model.score", "\n".join(_parts(rules(lines * 10 // 42))) + "\n")).text
    assert text is not None
    return text


def _parts(given: list[Rule]) -> Iterator[str]:
    yield 'model benchmark "Years of rules" { owner "Everybody"  review { every 90 days } }'
    yield declared()
    for start in range(0, len(given), RULES_A_SCORE):
        some = given[start : start + RULES_A_SCORE]
        yield f'\nscore s{start} "Rules from {start} on" {{\n  ready at 100\n  bands cold < 50, hot\n'
        for at, rule in enumerate(some):
            yield from _written(at, rule)
        yield "}\n"
        for rule in some[::20]:
            steps = f"at 2026-03-02T09:00Z\n expect s{start} = 0\n expect s{start} is cold"
            yield f'test "{rule.name} counts" {{\n{steps}\n}}'


def _written(at: int, rule: Rule) -> Iterator[str]:
    """A rule: every second on one line, every tenth below a comment, every sixth with a note."""
    if at % 10 == 0:
        yield f"\n# From the workshop on {rule.type}: who does this is looking."
    on, note = f"on {rule.type} where {condition(rule.asks)}", f'note 2026-03-02 "Set to {rule.points}."'
    if at % 2:
        yield f"rule {rule.name} {{ {on}  {points_of(rule)} }}"
        return
    more = f"\n{note}" if at % 6 == 0 else ""
    yield f'rule {rule.name} "Number {at}" {{\n{on}\n{points_of(rule)}, once per 7 days  # as agreed{more}\n}}'


def torn(text: str) -> str:
    """The text with its indentation gone, and every blank but those in texts doubled."""
    parts, end = [], 0
    for token in lex(Source("model.score", text)).tokens:
        gap = text[end : token.span.start]
        parts += [
            gap if "#" in gap else "\n" * gap.count("\n") or "  " * bool(gap),
            text[token.span.start : token.span.end],
        ]
        end = token.span.end
    return "".join([*parts, "\n"])


def stages(text: str, rounds: int) -> None:
    """Print the time of each thing that an editor asks for."""
    given, destroyed = Source("model.score", text), Source("model.score", torn(text))
    assert format_source(destroyed).text == text
    calls: list[tuple[str, Callable[[], object]]] = [
        ("parse", lambda: parse(Source("model.score", text))),
        ("format, nothing to do", lambda: format_source(given)),
        ("format, all to do", lambda: format_source(destroyed)),
        ("check, to the table", lambda: compile_text(text)),
    ]
    found: dict[str, list[tuple[float, float]]] = {name: [] for name, _ in calls}
    for _ in range(rounds):
        for name, call in calls:
            found[name].append(timed(call))
    lines = text.count("\n")
    rows = []
    for name, times in found.items():
        each = timing_of(times)
        rows.append([name, f"{each.wall * 1000:.0f}", f"{each.cpu * 1000:.0f}", f"{each.cpu / lines * 1e6:.0f}"])
    print_table(["stage", "ms", "processor ms", "µs a line"], rows)


def commands(text: str, rounds: int) -> None:
    """Print the time of whole commands on the text."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.score"
        file.write_text(text, encoding="utf-8")
        given = {
            "`leadscore fmt --check`": ["fmt", "--check", str(file)],
            "`leadscore check`": ["check", str(file)],
        }
        command_line(given, rounds)


def main() -> None:
    brief = quick()
    heading("Formatting and checking")
    text = large_file(300 if brief else 10_000)
    print(f"{text.count(chr(10)):,} lines, {text.count('rule '):,} rules, {len(text) / 1000:.0f} kB of text\n")
    stages(text, 1 if brief else 5)
    commands(text, 1 if brief else 5)


if __name__ == "__main__":
    main()
