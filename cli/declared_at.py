"""Where a rule file declares what, by the names that changes have."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.compile import Compilation
from compiler.diff.changes import Declared, Place
from compiler.names import Names
from dsl.syntax import Span


def places_of(compilation: Compilation) -> Iterator[tuple[Declared, Place]]:
    """File and line (from 1) of each declaration of a file without errors."""
    for key, place in compilation.places.items():
        match key:
            case ("rule" | "group" as kind, score, name):
                yield (kind, name, score), place
            case ("score", score):
                yield key, place
                yield from (((kind, score), place) for kind in ("ready", "bands", "order of rules"))
            case _:
                yield key, place
    assert compilation.context is not None
    for declared, span in _spans(compilation.context.names):
        yield declared, (span.file, compilation.files[span.file].position(span.start)[0])


def _spans(names: Names) -> Iterator[tuple[Declared, Span]]:
    for name, attribute in names.attributes.items():
        yield ("attribute", name), attribute.name.span
    for event, known in names.events.items():
        yield ("event", event), known.node.name.span
        for name, each in known.properties.items():
            yield ("property", name, event), each.name.span
    for name, let in names.lets.items():
        yield ("let", name), let.name.span
    for name, known_set in names.sets.items():
        yield ("set", name), known_set.name.span
    for name, source in names.sources.items():
        yield ("source", name), source.name.span
    if names.stages is not None:
        for stage in (*names.stages.path, *names.stages.beside):
            yield ("stage", stage.text), stage.span
        yield ("order of stages",), names.stages.span
    if names.model is not None:
        yield ("model",), names.model.name.span
        yield ("lateness",), names.model.name.span
