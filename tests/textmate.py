"""A small reader of TextMate grammars: as much of the format as editors/vscode/syntaxes needs.

At each place of a line the pattern that matches first wins, of several at one place the one that is listed first; a
pattern with `begin` and `end` holds what stands between, with patterns of its own, over the end of lines. The patterns
use what Oniguruma and Python read alike; that both give the same is tested with the engine of the editor itself, in
editors/vscode/test.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Scoped = tuple[int, int, str]
"""From and to in the line, and the innermost scope."""


@dataclass(frozen=True)
class Rule:
    """A pattern; `end` is None where it holds nothing."""

    match: re.Pattern[str]
    end: re.Pattern[str] | None
    name: str
    captures: dict[int, str]
    inner: tuple[Rule, ...]


class Grammar:
    """The grammar in a file; `raw` is the JSON."""

    def __init__(self, path: Path) -> None:
        self.raw = json.loads(path.read_text(encoding="utf-8"))
        self.rules = tuple(self._rules(self.raw["patterns"]))

    def _rules(self, patterns: list[dict[str, Any]]) -> Iterator[Rule]:
        for each in patterns:
            if "include" in each:
                yield from self._rules(self.raw["repository"][each["include"].removeprefix("#")]["patterns"])
                continue
            scopes = each.get("captures") or each.get("beginCaptures") or {}
            captures = {int(number): own["name"] for number, own in scopes.items()}
            end = re.compile(each["end"]) if "end" in each else None
            inner = tuple(self._rules(each.get("patterns", [])))
            yield Rule(re.compile(each.get("match") or each["begin"]), end, each.get("name", ""), captures, inner)

    def lines(self, text: str) -> Iterator[list[Scoped]]:
        """The scopes of each line; of what has `begin` and `end` those of both ends and of what stands between."""
        open_: list[Rule] = []
        for line in text.split("\n"):
            found: list[Scoped] = []
            at = 0
            while at <= len(line):
                rules = open_[-1].inner if open_ else self.rules
                hits = [
                    (hit.start(), n, rule, hit) for n, rule in enumerate(rules) if (hit := rule.match.search(line, at))
                ]
                first = min(hits, key=lambda each: each[:2], default=None)
                ends = open_[-1].end if open_ else None
                stop = ends.search(line, at) if ends is not None else None
                if stop is not None and (first is None or stop.start() <= first[0]):
                    found.append((at, stop.end(), open_.pop().name))
                    at = stop.end()
                    continue
                if first is None:
                    break
                _, _, rule, hit = first
                found += _scopes(rule, hit)
                if rule.end is not None:
                    open_.append(rule)
                at = hit.end() if rule.end is not None else max(hit.end(), at + 1)
            yield found


def _scopes(rule: Rule, hit: re.Match[str]) -> Iterator[Scoped]:
    if rule.name:
        yield hit.start(), hit.end(), rule.name
    for number, name in rule.captures.items():
        if hit[number] is not None:
            yield hit.start(number), hit.end(number), name


def keywords(grammar: Grammar, text: str) -> list[list[str]]:
    """For each line the words that have the colour of a keyword."""
    return [
        [line[start:end] for start, end, scope in found if scope.startswith("keyword.") and line[start].isalpha()]
        for line, found in zip(text.split("\n"), grammar.lines(text), strict=True)
    ]


if __name__ == "__main__":
    own = Grammar(Path(sys.argv[1]))
    told = {name: keywords(own, Path(name).read_text(encoding="utf-8")) for name in sys.argv[2:]}
    json.dump(told, sys.stdout)
