"""The files that coverage is written to, for build servers and for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cli.coverage.lcov import lcov_lines
from cli.coverage.total import Coverage
from cli.problem import Problem, reason
from cli.writing import write_lines


@dataclass(frozen=True, slots=True)
class CoverageReports:
    """Where they go; `html` is a page, or a folder to put it in."""

    lcov: str | None = None
    html: str | None = None

    def outputs(self) -> dict[str, str | None]:
        """The files by the options that name them; a folder that is not there yet is made. Raises Problem."""
        return {"--coverage-lcov": self.lcov, "--coverage-html": self._page()}

    def _page(self) -> str | None:
        if self.html is None:
            return None
        path = Path(self.html)
        if path.suffix.casefold() in (".html", ".htm") and not path.is_dir():
            return self.html
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Problem(f"{self.html} is no folder for a page: {reason(error)}") from None
        return str(path / "index.html")

    def write(self, coverage: Coverage, texts: Mapping[str, str]) -> None:
        """Write what is wanted; `texts` are the rule files by name. Raises Problem."""
        if self.lcov is not None:
            write_lines(self.lcov, lcov_lines(coverage))
        page = self._page()
        if page is not None:
            from cli.coverage.page import write_page

            write_lines(page, [write_page(coverage, texts)])
