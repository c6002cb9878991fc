"""What the tests of the language share: parsing a snippet, and looking at what came of it."""

from __future__ import annotations

from typing import Any

from dsl.parse import Parsed, parse
from dsl.source import Source
from tests.conftest import ROOT


def read(text: str) -> Parsed:
    return parse(Source("model.score", text))


def tree(text: str) -> tuple[Any, ...]:
    """The declarations of a snippet that must be without a mistake."""
    parsed = read(text)
    assert [each.message for each in parsed.diagnostics] == []
    return parsed.file.items


def one(text: str) -> Any:
    """The only declaration of a snippet."""
    (item,) = tree(text)
    return item


def condition(text: str) -> Any:
    """A condition as the tree holds it."""
    return one(f"segment x {{ where {text} }}").where


def value(text: str) -> Any:
    """An expression as the tree holds it."""
    return one(f"let x = {text}").value


def whole_file() -> str:
    """A file that uses every part of the language."""
    return (ROOT / "tests" / "dsl" / "whole.score").read_text(encoding="utf-8")
