"""Records: frozen classes of named fields, as `dataclasses` makes them, made in a tenth of the time.

A serverless function makes all classes of the runtime at each cold start, and a dataclass is source text that is
compiled then. So they are structs of msgspec. Whatever `dataclasses` can do with its own classes (`replace`, `fields`)
it can do with these too: what it wants to know of a class is worked out when it is asked for.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from msgspec import NODEFAULT, Struct
from msgspec.structs import fields


class _Fields:
    """The fields of a record, as `dataclasses` knows those of its own classes."""

    def __get__(self, instance: object, owner: type[Struct]) -> dict[str, Any]:
        return _fields_of(owner)


class Record(Struct, frozen=True):
    """What all records share."""

    __dataclass_fields__ = _Fields()


@cache
def _fields_of(kind: type[Struct]) -> dict[str, Any]:
    import dataclasses

    made: list[tuple[str, Any, Any]] = []
    for each in fields(kind):
        if each.default_factory is not NODEFAULT:
            made.append((each.name, Any, dataclasses.field(default_factory=each.default_factory)))
        elif each.default is not NODEFAULT:
            made.append((each.name, Any, dataclasses.field(default=each.default)))
        else:
            made.append((each.name, Any, dataclasses.field()))
    return {each.name: each for each in dataclasses.fields(dataclasses.make_dataclass(kind.__name__, made))}
