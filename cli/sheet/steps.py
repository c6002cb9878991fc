"""From one version of a model to the next: what changed in meaning, and what goes by another name.

Two versions are compared as `leadscore diff` does it, which finds what was renamed and proves what only was rewritten.
For a sheet two more things stay the same: a rule that is gone in one place and new in another under the same name, and
one that looks at the same under another name, be it for other points; where it is not clear which is which, neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from cli.sheet.commits import Commit, Version
from compiler.diff.changes import Change, Declared, Side
from compiler.diff.compare import compare
from compiler.diff.opened import opened
from compiler.diff.words import Wording, Words
from compiler.program import Program
from runtime.needs import differences
from runtime.table import OnRule, WhenRule, digest

_PROOFS = 1.0
_ABOUT = ("on", "where", "repeated", "when")


@dataclass(frozen=True, slots=True)
class Model:
    """A version that compiles: its program written out, and the hash of its table."""

    version: Version
    program: Program
    hash: str

    @property
    def commit(self) -> Commit | None:
        return self.version.commit


@dataclass(slots=True)
class Step:
    """From a model to the one after it. `names` leads from declarations to what the next model calls them, where that
    is another name; `changes` are those of the meaning."""

    names: dict[Declared, Declared] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)


def model_of(version: Version) -> Model | None:
    """The version as it can be compared; None if it has errors."""
    compilation = version.compilation
    if compilation is None or compilation.table is None:
        return None
    assert compilation.program is not None
    return Model(version, opened(compilation.program), digest(compilation.table))


def step(old: Model, new: Model) -> Step:
    """How the new model differs from the old one."""
    if old.hash == new.hash:
        return Step()
    found = compare(Side(old.program), Side(new.program), lambda one, two: list(differences(one, two)), _PROOFS)
    made = Step(changes=[change for change in found.changes if change.means])
    for change in found.changes:
        if change.was is not None:
            _rename(made, change, {each.name for each in old.program.scores})
    _below(made, old.program)
    _moved(made, old, new)
    return made


def _rename(made: Step, change: Change, scores: set[str]) -> None:
    kind, _, *rest = change.declared
    assert change.was is not None
    before = {now[1]: was[1] for was, now in made.names.items() if was[0] == "score"}
    over = [before.get(each, each) for each in rest]
    if kind in ("rule", "group") and over and over[0] not in scores:
        return
    made.names[(kind, change.was, *over)] = change.declared


def _below(made: Step, old: Program) -> None:
    """Rules and groups of a score that is called otherwise."""
    scores = {was[1]: now[1] for was, now in made.names.items() if was[0] == "score"}
    for declared in _rules_of(old):
        if declared[2] in scores and declared not in made.names:
            made.names[declared] = (declared[0], declared[1], scores[declared[2]])


def _rules_of(program: Program) -> Iterator[Declared]:
    for each in program.scores:
        rules: list[OnRule | WhenRule] = [*each.body.on, *each.body.when]
        yield from (("rule", rule.name, each.name) for rule in rules)
        yield from (("group", name, each.name) for name in each.body.groups)


def _moved(made: Step, old: Model, new: Model) -> None:
    """Pair what is gone with what is new: under its name in another score, or looking at the same in its own."""
    left = [each for each in _rules_of(old.program) if each[0] == "rule"]
    right = [each for each in _rules_of(new.program) if each[0] == "rule"]
    taken = set(made.names.values())
    gone = [each for each in left if each not in made.names and each not in right]
    come = [each for each in right if each not in taken and each not in left]
    if not gone or not come:
        return
    one, two = rule_words(old.program), rule_words(new.program)
    scores = {was[1]: now[1] for was, now in made.names.items() if was[0] == "score"}
    looks = {each: (scores.get(each[2], each[2]), about(one[each])) for each in gone}
    _pair(made, gone, come, looks, {each: (each[2], about(two[each])) for each in come})
    _pair(made, gone, come, {each: each[1] for each in gone}, {each: each[1] for each in come})


def _pair(
    made: Step,
    gone: list[Declared],
    come: list[Declared],
    old: Mapping[Declared, object],
    new: Mapping[Declared, object],
) -> None:
    """Pair those that are alike, where each has one counterpart; they leave the lists."""
    for was in [*gone]:
        ways = [now for now in come if new[now] == old[was]]
        if len(ways) == 1 and sum(old[other] == old[was] for other in gone) == 1:
            made.names[was] = ways[0]
            gone.remove(was)
            come.remove(ways[0])


def rule_words(program: Program) -> dict[Declared, Words]:
    """The words of each rule of a program."""
    wording = Wording(program)
    found: dict[Declared, Words] = {}
    for each in program.scores:
        found |= {("rule", rule.name, each.name): wording.on_rule(rule) for rule in each.body.on}
        found |= {("rule", rule.name, each.name): wording.when_rule(rule) for rule in each.body.when}
    return found


def about(words: Words) -> str:
    """What a rule looks at: its words without points and limits."""
    return " ".join(words[each] for each in _ABOUT if each in words)


def gives(words: Words) -> str:
    """The points of a rule and their limits: its other words."""
    return ", ".join(text for name, text in words.items() if name not in _ABOUT)
