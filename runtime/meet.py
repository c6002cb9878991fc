"""Checking an event's properties and finding the rules that they match, in one go.

Both ask for the same values, and what the matcher remembers of a value says that it was checked before: a text that has
a mask is a text that the property takes. So for each type of event a function is written out that looks the masks up
and checks what a look-up leaves open: a boolean is equal to 0 or 1, a percent comes in as another number than the one
that is kept. Whatever is not met with at the first go is checked and found by those who do nothing else.

An event whose rules are found this way can be folded without its properties, unless a rule looks at more of them than
its match (`Found.asks`).
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeAlias

from msgspec import Struct

from runtime.parts import EventPlan, Found
from runtime.table import Field
from runtime.values import BadValue, Check, check_of

SMALL = 10**15
_TEXTS = ("text", "account", "one of")
_NUMBERS = ("number", "integer")

Meet: TypeAlias = Callable[[dict[str, Any]], Found]
"""Takes the JSON values of an event's properties, checks them in place, and says which rules they match. Raises
BadValue."""


class Kind(Struct, eq=False):
    """One type of event as it comes in: (key in JSON, declared name, check, required, plain) for each of the `fields`.
    `plain` is a class whose small or ASCII values need no check: `str` for text without options, `int` for numbers
    without a range."""

    plan: EventPlan
    fields: dict[str, Field]
    checks: list[tuple[str, str, Check, bool, type[Any] | None]]
    renamed: bool
    lead: bool


def kind_of(plan: EventPlan, fields: dict[str, Field]) -> Kind:
    """The type of event that has a plan; `fields` are its properties by declared name."""
    checks = [_check_for(own, given) for own, given in fields.items()]
    renamed = any(spelling != own for spelling, own, *_ in checks)
    return Kind(plan, fields, checks, renamed, plan.lead)


def _check_for(own: str, field: Field) -> tuple[str, str, Check, bool, type[Any] | None]:
    plain: type[Any] | None = None
    if field.type in ("text", "account"):
        plain = str
    elif field.type in _NUMBERS and field.low is None and field.high is None:
        plain = int
    return field.spelling, own, check_of(field), field.required, plain


def check(kind: Kind, data: dict[str, Any]) -> dict[str, Any]:
    """The checked values of an event's data by declared name; of a `lead` event also None for what it removes.

    Raises BadValue, whose text names the field."""
    if kind.lead or kind.renamed:
        return _check_renamed(kind, data)
    get = data.get
    for key, _, check, required, plain in kind.checks:
        value = get(key)
        if value is not None:
            if type(value) is plain and (value.isascii() if plain is str else -SMALL < value < SMALL):
                continue
            try:
                found = check(value)
            except BadValue as error:
                raise BadValue(f"`{key}`: {error}") from None
            if found is not value:
                data[key] = found
        elif required:
            raise BadValue(f"`{key}` is required and is missing")
    return data


def _check_renamed(kind: Kind, data: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, own, check, required, _ in kind.checks:
        value = data.get(key)
        if value is not None:
            try:
                found[own] = check(value)
            except BadValue as error:
                raise BadValue(f"`{key}`: {error}") from None
        elif required:
            raise BadValue(f"`{key}` is required and is missing")
        elif kind.lead and key in data:
            found[own] = None
    return found


def meeting(kind: Kind) -> Meet:
    """The function for one type of event."""
    plan = kind.plan
    return _Writer(kind).function() if plan.early and not kind.renamed else _by_parts(kind)


def _by_parts(kind: Kind) -> Meet:
    plan = kind.plan

    def meet(data: dict[str, Any]) -> Found:
        checked = check(kind, data)
        if checked is not data:
            data.clear()
            data.update(checked)
        return plan.find(data, {}) if plan.early else plan.unmet

    return meet


def _unbounded(field: Field) -> bool:
    """Whether a text or number is taken whichever it is."""
    return field.low is None and field.high is None and field.type != "one of"


class _Writer:
    """Writes the function of a type of event whose properties have their declared names in JSON. Only numbered names go
    into the text, never text of the user's.

    First come the properties whose masks are looked up by the value that came in. None of them is changed, so that on
    anything unexpected everything can be checked from the start; then come those whose values must be converted."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.matcher = kind.plan.matcher
        self.masks = {masks.field[1]: masks for masks in self.matcher.masks}
        self.names: dict[str, Any] = {"Decimal": Decimal, "slowly": _by_parts(kind), "plans": self.matcher.plans}
        self.names["known"] = self.matcher.plans.known
        self.looks: list[str] = []
        self.lines: list[str] = []
        self.after: list[str] = []

    def function(self) -> Meet:
        for at, (own, field) in enumerate(self.kind.fields.items()):
            self.names |= {f"k{at}": own, f"c{at}": check_of(field)}
            self._property(at, own, field)
        if not self.masks:
            self.names["always"] = self.matcher.plans(self.matcher.all)
        first = [f"m = {' & '.join(self.looks) or self.matcher.all}"] if self.masks else []
        last = ["try: return known[m]", "except KeyError: return plans(m)"] if self.masks else ["return always"]
        fast = [*first, *self.lines]
        if fast:
            fast = ["try:", *[" " + line for line in fast], "except (KeyError, TypeError): return slowly(data)"]
        exec("\n ".join(["def meet(data):", *fast, *self.after, *last]), self.names)  # noqa: S102 - see above
        return self.names["meet"]  # type: ignore[no-any-return]  # `exec` has no types

    def _property(self, at: int, own: str, field: Field) -> None:
        value = f"data[k{at}]" if field.required else f"data.get(k{at})"
        masks = self.masks.get(own)
        if masks is not None:
            self.names |= {f"m{at}": masks, f"d{at}": masks.known}
        masked = masks is not None
        if masked and field.type in _TEXTS:
            self.looks.append(f"d{at}[{value}]")
        elif field.type == "boolean" or (field.type in (*_TEXTS, *_NUMBERS) and (masked or _unbounded(field))):
            self._plain(at, value, field, masked)
        else:
            self._converted(at, value, field, masked)

    def _plain(self, at: int, value: str, field: Field, masked: bool) -> None:
        """A property whose values are kept as they come, if they are of the usual sort."""
        if field.type == "boolean":
            odd = "v is not True and v is not False"
        elif field.type in _TEXTS:
            odd = "type(v) is not str or not v.isascii()"
        elif masked:
            odd = "type(v) is not int" + (" and type(v) is not Decimal" if field.type == "number" else "")
        else:
            odd = f"type(v) is not int or not {-SMALL} < v < {SMALL}"
        self.lines.append(f"v = {value}")
        self.lines.append(f"if {odd if field.required else f'v is not None and ({odd})'}: raise KeyError")
        if masked:
            self.lines.append(f"m &= d{at}[v]")

    def _converted(self, at: int, value: str, field: Field, masked: bool) -> None:
        """A property whose values are kept in another form. What its check says is said again by the slow way."""
        self.lines.append(f"v{at} = {value}")
        if field.required:
            self.lines.append(f"if v{at} is None: raise KeyError")
            self.after.append(f"v{at} = data[k{at}] = c{at}(v{at})")
        else:
            self.after.append(f"if v{at} is not None: v{at} = data[k{at}] = c{at}(v{at})")
        if masked:
            self.after.append(f"m &= m{at}(v{at})")
