"""A random model with something changed in it, as text."""

from __future__ import annotations

import random
import re

from compiler.compile import compile_text
from tests.models import make
from tests.models_vocabulary import Sample

_NUMBER = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)(?![\w.])")
_SWAPS = (
    (">=", ">"), ("<=", "<"), (" and ", " or "), (" or ", " and "), (" = ", " != "), ("add", "subtract"),
    ("starts with", "ends with"), ("activity", "increase"), ("once", "at most 2 times"), ("best", "once"),
)  # fmt: skip


def mutated(seed: int) -> tuple[Sample, str] | None:
    """A sample, and its model with one thing changed, which compiles, too; None if none was found."""
    chance, sample = random.Random(seed), make(seed)
    if compile_text(sample.model).table is None:
        return None
    for _ in range(20):
        text = _changed(sample.model, chance)
        if text != sample.model and compile_text(text).table is not None:
            return sample, text
    return None


def _changed(text: str, chance: random.Random) -> str:
    kind = chance.randrange(6)
    if kind < 3:
        found = chance.choice([*_NUMBER.finditer(text)])
        value = int(float(found[1]))
        return (
            text[: found.start()] + str(chance.choice([value + 1, value * 2, max(0, value - 1)])) + text[found.end() :]
        )
    if kind == 3:
        ways = [(was, now, each.start()) for was, now in _SWAPS for each in re.finditer(re.escape(was), text)]
        was, now, at = chance.choice(ways)
        return text[:at] + now + text[at + len(was) :]
    lines = text.split("\n")
    starts = ("rule", "trigger", "segment", "tally") if kind == 4 else ("rule", "trigger")
    rules = [at for at, line in enumerate(lines) if line.strip().startswith(starts)]
    if kind == 4 and rules:
        del lines[chance.choice(rules)]
    elif len(rules) > 1:
        one, two = chance.sample(rules, 2)
        lines[one], lines[two] = lines[two], lines[one]
    return "\n".join(lines)


def harmless(text: str, seed: int) -> str:
    """The model with other names for rules, groups, lets and sets, its declarations in another order, other white space
    and comments: nothing of it means anything."""
    chance = random.Random(seed)
    for name in {*re.findall(r"\b(?:rule|group) (\w+)", text)}:
        text = re.sub(rf"\b((?:rule|group) ){name}\b", rf"\1{name}_too", text)
    for name in ("ten", "tiny", "half", "span", "word", "places", "lines"):
        text = re.sub(rf"(?<!has )\b{name}\b(?! ?:)", f"{name}_too", text)
    lines = text.rstrip("\n").split("\n")
    tops = [at for at, line in enumerate(lines) if line.startswith(("let", "set", "event", "tally", "segment"))]
    moved = [lines[at] for at in tops]
    chance.shuffle(moved)
    for at, line in zip(tops, moved, strict=True):
        lines[at] = f"{line}  # as before"
    return "\n\n".join(lines) + "\n"
