"""How high the scores of a model can get: one narrow door to whoever works it out."""

from __future__ import annotations

from collections.abc import Mapping

from cli.lsp.analysis import Analysis


def highest(analysis: Analysis) -> Mapping[str, str]:
    """The highest value that each score can reach, written out, by its key; without those that have no end."""
    return {}
