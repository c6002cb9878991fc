"""Rules and events to measure with, the same for every candidate and every run.

Twelve types of event; six in ten events are page views. Rules have one to three tests. Of 1,000 rules 289 are on page
views and the others are spread evenly, so that the type of an average event has 199 rules. The chances of the tests are
set so that 2.5 of those match. Property values are skewed, as they are in life: few pages get most of the views.

Candidates that know only flat data must not be at a disadvantage, so all tests ask properties, all properties are
required, and all points are whole.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

OTHERS = (
    "download", "form_submit", "video_play", "webinar", "email_open", "email_click", "search", "chat", "trial_login",
    "demo_request", "pricing_quote",
)  # fmt: skip
TYPES = ("page_view", *OTHERS)
PAGE_VIEWS = 0.6
PAGE_VIEW_RULES = 0.289

TEXTS = ("path", "product", "campaign")
NUMBERS = ("seconds", "pages")
FLAG = "returning"
PROPERTIES = (*TEXTS, *NUMBERS, FLAG)

PATHS = tuple(f"/section-{section:02}/page-{page:02}" for section in range(20) for page in range(20))
PRODUCTS = tuple(f"product-{at:02}" for at in range(40))
CAMPAIGNS = tuple(f"campaign-{at:02}" for at in range(30))


@dataclass(frozen=True, slots=True)
class Ask:
    """One test of one property: `how` is "=", "in", "starts", ">=" or "is" (a boolean that is true)."""

    field: str
    how: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class Rule:
    """Adds so many whole points (negative to subtract) to each event of a type for which all tests hold."""

    name: str
    type: str
    asks: tuple[Ask, ...]
    points: int


Event = tuple[str, dict[str, Any]]
"""(type, properties)"""


def rules(count: int) -> list[Rule]:
    """So many rules; the same for the same number."""
    draw = random.Random(count)
    views = max(1, round(count * PAGE_VIEW_RULES))
    found = []
    for at in range(count):
        type = TYPES[0] if at < views else OTHERS[(at - views) % len(OTHERS)]
        points = draw.randint(1, 20) * (-1 if draw.random() < 0.15 else 1)
        found.append(Rule(f"r{at}", type, _asks(draw), points))
    return found


def _asks(draw: random.Random) -> tuple[Ask, ...]:
    """One selective test, and up to two that narrow it."""
    first = _first(draw)
    more = [ask for ask in _more(draw) if ask.field != first.field]
    return (first, *more[: draw.choices((0, 1, 2), (0.4, 0.4, 0.2))[0]])


def _first(draw: random.Random) -> Ask:
    match draw.choices(("path", "section", "product", "products", "campaign"), (0.42, 0.12, 0.26, 0.04, 0.16))[0]:
        case "path":
            return Ask("path", "=", draw.choice(PATHS))
        case "section":
            return Ask("path", "starts", draw.choice(PATHS)[:11])
        case "product":
            return Ask("product", "=", draw.choice(PRODUCTS))
        case "products":
            return Ask("product", "in", tuple(sorted(draw.sample(PRODUCTS, 3))))
    return Ask("campaign", "=", draw.choice(CAMPAIGNS))


def _more(draw: random.Random) -> list[Ask]:
    """One narrowing test for each property, in an order drawn."""
    found = [
        Ask("seconds", ">=", draw.randrange(10, 600, 5)),
        Ask("pages", ">=", draw.randint(2, 8)),
        Ask(FLAG, "is"),
        Ask("campaign", "in", tuple(sorted(draw.sample(CAMPAIGNS, 6)))),
        Ask("product", "in", tuple(sorted(draw.sample(PRODUCTS, 8)))),
    ]
    draw.shuffle(found)
    return found


def events(count: int, seed: int = 1) -> list[Event]:
    """So many events; other seeds give others of the same kind."""
    draw = random.Random(seed)
    kinds = draw.choices((True, False), (PAGE_VIEWS, 1 - PAGE_VIEWS), k=count)
    columns = [
        draw.choices(values, [1 / (at + 5) for at in range(len(values))], k=count)
        for values in (_mixed(PATHS), PRODUCTS, CAMPAIGNS)
    ]
    return [
        (
            TYPES[0] if view else draw.choice(OTHERS),
            {
                "path": path,
                "product": product,
                "campaign": campaign,
                "seconds": min(int(draw.expovariate(1 / 120)), 1800),
                "pages": min(1 + int(draw.expovariate(1 / 3)), 30),
                FLAG: draw.random() < 0.3,
            },
        )
        for view, path, product, campaign in zip(kinds, *columns, strict=True)
    ]


def _mixed(values: Sequence[str]) -> list[str]:
    """The values in another order, the same each time: else one section would have all the views."""
    return random.Random(7).sample(values, len(values))


# --- as a rule file ---------------------------------------------------------------------------------------------------


def condition(asks: Sequence[Ask]) -> str:
    """The tests as a rule file has them."""
    return " and ".join(_written(ask) for ask in asks)


def _written(ask: Ask) -> str:
    match ask.how:
        case "is":
            return ask.field
        case "in":
            return f"{ask.field} in [" + ", ".join(f'"{value}"' for value in ask.value) + "]"
        case "starts":
            return f'{ask.field} starts with "{ask.value}"'
        case "=":
            return f'{ask.field} = "{ask.value}"'
    return f"{ask.field} {ask.how} {ask.value}"


def declared() -> str:
    """The events as a rule file declares them."""
    fields = [f"{name}: text required" for name in TEXTS] + [f"{name}: integer required" for name in NUMBERS]
    return "\n".join(f"event {type} {{ {'  '.join([*fields, f'{FLAG}: boolean required'])} }}" for type in TYPES)


def points_of(rule: Rule) -> str:
    return f"add {rule.points}" if rule.points > 0 else f"subtract {-rule.points}"


def rule_file(given: Sequence[Rule]) -> str:
    """A rule file of one score with these rules."""
    lines = [
        f"  rule {rule.name} {{ on {rule.type} where {condition(rule.asks)}  {points_of(rule)} }}" for rule in given
    ]
    return "\n".join(["model benchmark { }", declared(), "score points {", *lines, "}", ""])
