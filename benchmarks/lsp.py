"""The language server: how long an editor waits for its answers, on a file of 1,000 rules.

A real client asks over standard input and output, as an editor does; what is told is the time on its clock from the
question to the answer. Each question is asked in two states: of a file at rest, and right after a keystroke, when the
server has not looked at the new text yet or is just doing so. The questions take turns, so that they share whatever
else the machine is doing; the processor's time is that of the server, for all questions of a kind.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter, sleep
from typing import Any

from benchmarks.measuring import ROOT, heading, print_table, quick
from benchmarks.workload import rule_file, rules
from tests.editor import Editor, spot

ALL = {"start": {"line": 0, "character": 0}, "end": {"line": 1_000_000, "character": 0}}
REST = 12
"""Seconds without a keystroke after which all that is found out beside everything else is out of the way."""
LIMIT = 100
"""Milliseconds within which an answer seems to come at once."""


class Session:
    """An editor with one file open."""

    def __init__(self, editor: Editor, text: str) -> None:
        self.editor = editor
        self.text = text
        self.uri = editor.open("untitled:benchmark", text)
        self.typed = False
        editor.findings(self.uri)

    def ask(self, method: str, mark: str | None = None, **more: Any) -> Any:
        """A question about the file, or about the middle one of the places where `mark` stands."""
        if mark is not None:
            middle = self.text.index(mark, len(self.text) // 2)
            line, unit = spot(self.text[:middle] + "\0", "\0")
            more["position"] = {"line": line, "character": unit + 1}
        return self.editor.of(f"textDocument/{method}", self.uri, **more)

    def type(self) -> None:
        """Type one character into a rule in the middle, or take it back."""
        line = self.text.count("\n") // 2
        at = self.text.split("\n")[line].index("where") + 6
        if self.typed:
            self.editor.change(self.uri, "", (line, at), (line, at + 1))
        else:
            self.editor.change(self.uri, "x", (line, at))
        self.typed = not self.typed

    def rest(self) -> None:
        if self.typed:
            self.type()
        self.editor.findings(self.uri)


QUESTIONS: dict[str, Callable[[Session], Any]] = {
    "hover": lambda s: s.ask("hover", "path"),
    "completion": lambda s: s.ask("completion", "path"),
    "definition": lambda s: s.ask("definition", "path"),
    "highlight": lambda s: s.ask("documentHighlight", "path"),
    "references": lambda s: s.ask("references", "path", context={"includeDeclaration": True}),
    "prepare a rename": lambda s: s.ask("prepareRename", "path"),
    "rename": lambda s: s.ask("rename", "path", newName="url"),
    "outline": lambda s: s.ask("documentSymbol"),
    "symbols of all files": lambda s: s.editor.ask("workspace/symbol", query="r5"),
    "folds": lambda s: s.ask("foldingRange"),
    "colours": lambda s: s.ask("semanticTokens/full"),
    "colours of a screen": lambda s: s.ask("semanticTokens/range", range=_screen(s)),
    "hints of a screen": lambda s: s.ask("inlayHint", range=_screen(s)),
    "code actions": lambda s: s.ask("codeAction", range=_screen(s), context={"diagnostics": []}),
    "layout": lambda s: s.ask("formatting", options={"tabSize": 2, "insertSpaces": True}),
}


def _screen(session: Session) -> dict[str, Any]:
    line = session.text.count("\n") // 2
    return {"start": {"line": line, "character": 0}, "end": {"line": line + 60, "character": 0}}


def processor(pid: int) -> float:
    """Seconds of the processor that a process has taken; 0 where that can't be read."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def at_rest(session: Session, rounds: int) -> dict[str, tuple[list[float], float]]:
    """By question the seconds of each answer, and the mean of the processor's."""
    found: dict[str, tuple[list[float], float]] = {}
    for name, ask in QUESTIONS.items():
        ask(session)
        before, walls = processor(session.editor.process.pid), []
        for _ in range(rounds):
            start = perf_counter()
            ask(session)
            walls.append(perf_counter() - start)
        found[name] = walls, (processor(session.editor.process.pid) - before) / rounds
    return found


def while_typing(session: Session, rounds: int) -> dict[str, list[float]]:
    """By question the seconds of each answer, asked right after a character was typed, or while that is looked at."""
    found: dict[str, list[float]] = {name: [] for name in QUESTIONS}
    for at in range(rounds):
        for name, ask in QUESTIONS.items():
            session.type()
            if at % 2:
                sleep(0.25)
            start = perf_counter()
            ask(session)
            found[name].append(perf_counter() - start)
    session.rest()
    return found


def findings(session: Session, rounds: int) -> list[float]:
    """Seconds from a keystroke to what is said about it, with the pause that the server waits for more."""
    walls = []
    for _ in range(rounds):
        session.type()
        start = perf_counter()
        session.editor.findings(session.uri)
        walls.append(perf_counter() - start)
    session.rest()
    return walls


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f}" if seconds < 0.1 else f"{seconds * 1000:.0f}"


def main() -> None:
    brief = quick()
    count, rounds = (50, 2) if brief else (1_000, 10)
    heading("Language server")
    with Editor(ROOT) as editor:
        session = Session(editor, rule_file(rules(count)))
        told = findings(session, rounds)
        sleep(0 if brief else REST)
        rest, typing = at_rest(session, rounds), while_typing(session, rounds)
        size = f"{len(session.text) / 1000:.0f} kB"
    rows = [
        [
            name, milliseconds(median(walls)), milliseconds(max(walls)), milliseconds(cpu),
            milliseconds(median(typing[name])), milliseconds(max(typing[name])),
        ]
        for name, (walls, cpu) in rest.items()
    ]  # fmt: skip
    print(f"{count:,} rules, {size}; milliseconds, the median and the worst of {rounds} answers\n")
    print_table(["question", "at rest", "worst", "processor", "while typing", "worst"], rows)
    late = [name for name, (walls, _) in rest.items() if median(walls) * 1000 > LIMIT]
    late_typing = [name for name, walls in typing.items() if median(walls) * 1000 > LIMIT]
    print(f"Above {LIMIT} ms at rest: {', '.join(late) or 'none'}; while typing: {', '.join(late_typing) or 'none'}.")
    print(f"From a keystroke to the findings: {milliseconds(median(told))} ms, with a pause of 150 ms in it.")


if __name__ == "__main__":
    main()
