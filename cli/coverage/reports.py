"""The files that coverage is written to, for build servers and for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cli.coverage.lcov import lcov_lines
from cli.coverage.total import Coverage
from cli.problem import Problem, reason
from cli.writing import check_apart, check_outputs, write_lines


@dataclass(frozen=True, slots=True)
class CoverageReports:
    """Where they go; `html` is a page, or a folder to put it in."""

    lcov: str | None = None
    html: str | None = None

    def check(self, inputs: Iterable[str], others: Mapping[str, str | None]) -> None:
        """Make sure that these files and `others`, by the options that name them, can all be written. A folder for the
        page that is not there yet is made, once all have names of their own. Raises Problem."""
        inputs, outputs = list(inputs), {**others, "--coverage-lcov": self.lcov}
        for page in (self.html, self._page()):
            check_apart(inputs, outputs | {"--coverage-html": page})
        if self._page() != self.html and self.html is not None:
            try:
                Path(self.html).mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise Problem(f"{self.html} is no folder for a page: {reason(error)}") from None
        check_outputs(inputs, outputs | {"--coverage-html": self._page()})

    def _page(self) -> str | None:
        """The page itself, where the option names its folder, too."""
        if self.html is None:
            return None
        path = Path(self.html)
        named = path.suffix.casefold() in (".html", ".htm") and not path.is_dir()
        return self.html if named else str(path / "index.html")

    def write(self, coverage: Coverage, texts: Mapping[str, str]) -> None:
        """Write what is wanted; `texts` are the rule files by name. Raises Problem."""
        if self.lcov is not None:
            write_lines(self.lcov, lcov_lines(coverage))
        page = self._page()
        if page is not None:
            from cli.coverage.page import write_page

            write_lines(page, [write_page(coverage, texts)])
