"""Coverage as annotations: a notice for each declaration of which something was not seen, at the first such line."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from cli.coverage.total import Coverage
from cli.coverage.wording import clipped, never, owner
from cli.visible import visible
from dsl.render import Place, annotation

_SOURCE = 100


def github_notices(coverage: Coverage) -> Iterator[str]:
    """Workflow commands of GitHub Actions."""
    for file in coverage.files:
        missing = [entry for entry in file if entry.unseen]
        for of, entries in groupby(missing, lambda entry: entry.spot.of):
            found = list(entries)
            line = found[0].spot.line
            told = [
                f"line {each.spot.line}: {never(each)}: {visible(clipped(each.spot.text, _SOURCE))}" for each in found
            ]
            place = Place(file.name, line, 1, line, 1)
            yield annotation(
                "notice", place, f"no test has seen all of {visible(owner(of))}", "\n".join(map(visible, told))
            )
