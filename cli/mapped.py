"""Event files of other systems: what `--source` makes of them before a run takes them in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cli.problem import Problem, did_you_mean
from runtime.arrivals import Reject
from runtime.table import Table


class Mapped:
    """The source NAME of a model. What it can't map is added to `rejects`. Raises Problem if it can't be used."""

    def __init__(self, table: Table, name: str, rejects: list[Reject]) -> None:
        from runtime.mapping import NATIVE, Mapping, MappingError

        if name not in table.sources and name != NATIVE:
            raise _unknown(table, name)
        try:
            self._mapping = Mapping(table, name)
        except MappingError as error:
            raise Problem(str(error)) from None
        except ImportError:
            raise Problem(
                "sources are read with jmespath, which is missing", hint="pip install 'leadscore[sources]'"
            ) from None
        self._rejects = rejects

    @property
    def ignored(self) -> int:
        """How many records were left out on purpose."""
        return self._mapping.ignored

    def events(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """The CloudEvents lines that a file gives. Raises PayloadError if nothing of it can be read."""
        for found in self._mapping.read(lines):
            if isinstance(found, bytes):
                yield found
            else:
                self._rejects.append(Reject(found.reason, found.original))


def _unknown(table: Table, name: str) -> Problem:
    known = sorted(table.sources)
    if known:
        hint = f"its sources are {', '.join(known)}"
    else:
        hint = f'declare one, or import one that comes with leadscore: `import "leadscore/{name}"`'
    return Problem(f"the model has no source `{name}`{did_you_mean(name, known)}", hint=hint)
