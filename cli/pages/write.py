"""Lays a page out as one HTML document that needs nothing beside itself."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from cli.pages.page import Page
from cli.problem import Problem
from cli.visible import visible

MARK = '<meta name="generator" content="leadscore'
"""What tells such a document from others."""


def check_writer() -> None:
    """Raises Problem if pages can't be written: to be called before the work."""
    try:
        import jinja2  # noqa: F401 - asks only whether it is there
    except ImportError:
        raise Problem("pages are laid out by Jinja2, which is missing", hint="pip install 'leadscore[docs]'") from None


def html(page: Page) -> str:
    """The document; every text of the model in it is escaped."""
    return laid_out("model.html", page=page)


def laid_out(template: str, **values: Any) -> str:
    """A template of this folder with values; every text in them is escaped."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(_template),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_shown,
    )
    return environment.get_template(template).render(values)


def _template(name: str) -> str:
    return files("cli").joinpath("pages", name).read_text(encoding="utf-8")


def _shown(value: Any) -> Any:
    """Texts of a model may hold what HTML can't: control characters are spelled out."""
    if type(value) is str and not value.isprintable():
        return "\n".join(visible(line) for line in value.split("\n"))
    return value
