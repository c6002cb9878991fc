"""Loads the MODEL of a command: a rule file, compiled on the spot, or a compiled table.

Which of the two it is, its content tells: a table is a JSON object, and no rule file begins with a brace. A table needs
no parser: of the compiler only the schema is imported for it. Its hash says that nothing befell it on its way, not that
a compiler wrote it; so its shape is checked against the schema, and its names by making it ready for folding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cli.problem import NO, Problem, reason
from runtime.accounts import AccountPlan
from runtime.plan import Plan
from runtime.table import Table, TableError, load

if TYPE_CHECKING:
    from compiler.compile import Compilation

_TOLD = 10
"""A command that needs a model shows so many of its errors; `check` shows all."""
_MALFORMED = (LookupError, TypeError, ValueError, AttributeError, AssertionError, ArithmeticError, RecursionError)
"""What reading or using a table raises that no compiler wrote; a failed validation is a ValueError."""
Places = Mapping[tuple[str, ...], tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Model:
    """`places` say where things are declared (file, line from 1); they are empty for a compiled table, of which `file`
    is the name."""

    table: Table
    places: Places = field(default_factory=dict)
    file: str | None = None

    @contextmanager
    def trusted(self) -> Iterator[None]:
        """What is done with the model. Raises Problem with status 2 where a table turns out to be none after all; what
        fails under a rule file is a mistake of ours, and raised as it is."""
        try:
            yield
        except _MALFORMED:
            if self.file is None:
                raise
            raise _damaged(self.file) from None


def read_bytes(path: str) -> bytes:
    """The content of a file. Raises Problem with status 2."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise Problem(f"{path} can't be read: {reason(error)}") from None
    except ValueError:
        raise Problem(f"{path!r} is not the name of a file") from None


def is_table(path: str, content: bytes) -> bool:
    """Whether a file is meant to be a compiled table."""
    return content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{" or path.endswith(".json")


def load_model(path: str) -> Model:
    """The model at `path`. Raises Problem: 2 if it can't be read or is a table that can't be used, 1 if it is a rule
    file with errors, which have then been written to standard error."""
    content = read_bytes(path)
    if is_table(path, content):
        return Model(load_table(path, content), file=path)
    compilation = compiled(path, content)
    assert compilation.table is not None
    return Model(compilation.table, compilation.places)


def load_table(path: str, content: bytes) -> Table:
    """A compiled table. Raises Problem with status 2."""
    try:
        table = load(content, path)
        _check(table)
    except TableError as error:
        raise Problem(str(error)) from None
    except _MALFORMED:
        raise _damaged(path) from None
    return table


def _check(table: Table) -> None:
    """Raises one of `_MALFORMED` if the table has another shape than the schema says, or names what it has not."""
    from compiler.schema import validate

    validate(table)
    plan = Plan(table)
    for event in plan.events.values():
        _ = event.find  # builds what decides about the events of this type
    for segment in table.segments.values():
        if segment.where is not None:
            plan.terms.test(segment.where)
    if table.account is not None:
        AccountPlan(plan)


def _damaged(path: str) -> Problem:
    return Problem(f"{path} is damaged: its content is not that of a table; compile the rule file again")


def compiled(path: str, content: bytes, *, warn: bool = False) -> Compilation:
    """A rule file compiled without errors; with `warn`, its warnings are written too. Raises Problem with status 1."""
    return usable(path, compilation_of(path, content), warn=warn)


def usable(path: str, compilation: Compilation, *, warn: bool = False) -> Compilation:
    """The compilation if it is without errors, of which else the first are written. Raises Problem with status 1."""
    from cli.findings import tally, tell

    if compilation.table is None:
        found = [each for each in compilation.diagnostics if warn or each.severity == "error"]
        tell(found[:_TOLD], compilation.files)
        more = f"`leadscore check {path}` shows them all" if len(found) > _TOLD else None
        raise Problem(f"{path} can't be used: {tally(found)}", hint=more, status=NO)
    if warn:
        tell(compilation.diagnostics, compilation.files)
    return compilation


def compilation_of(path: str, content: bytes) -> Compilation:
    """What the compiler makes of a rule file; of what can be read only once, such as a pipe, `content` is the text."""
    from compiler.compile import compile_file, compile_text

    if Path(path).is_file():
        return compile_file(path)
    try:
        return compile_text(content.decode("utf-8-sig"), path)
    except UnicodeDecodeError as error:
        raise Problem(f"{path} is not UTF-8 (byte {error.start + 1})", status=NO) from None
