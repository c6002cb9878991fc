"""Text tests as machines that read a text letter by letter.

A machine has a `start`, a `step` for each letter, and says at the end which of its tests the text passes, as bits. All
tests that look for fixed texts share two machines: one follows the text through a tree of prefixes (``=``, ``in``,
``starts with``), the other through the automaton of Aho and Corasick (``ends with``, ``contains``). A pattern, a word
and a comparison by order have a machine each. Machines run side by side as one; its states are tuples of theirs.

There are a million letters, but in any one state only few are told apart: `telling` names them. All others do the same,
except that for words it matters whether a letter touches a word, and for order where the letter stands among the
letters that are told apart.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias

from compiler.prove.meaning import touches

TextTest: TypeAlias = tuple[str, tuple[str, ...]]
"""An operator and the literals of which any may fit: ``=`` (any is equal), ``starts``, ``ends``, ``contains``,
``glob``, ``word``, ``<`` and ``<=`` (of one literal)."""


class Machine(Protocol):
    """Reads a text. `telling` gives the letters that `step` tells from all others in a state; bits are those of the
    tests, in the order that they were given."""

    start: Any

    def step(self, state: Any, letter: str) -> Any: ...

    def telling(self, state: Any) -> frozenset[str]: ...

    def passed(self, state: Any) -> int: ...

    def sure(self, state: Any) -> int:
        """The tests that are passed whatever is read from here on, as bits."""
        ...


_NONE: frozenset[str] = frozenset()


class Prefixes:
    """``=`` and ``starts with``. A state is (node of the tree, -1 outside of it, bits of prefixes seen)."""

    def __init__(self, tests: Sequence[tuple[int, TextTest]]) -> None:
        self.children: list[dict[str, int]] = [{}]
        self.equal = [0]
        self.begun = [0]
        for bit, (op, texts) in tests:
            for text in texts:
                node = self._node(text)
                (self.equal if op == "=" else self.begun)[node] |= 1 << bit
        self.start = (0, self.begun[0])

    def _node(self, text: str) -> int:
        node = 0
        for letter in text:
            if letter not in self.children[node]:
                self.children[node][letter] = len(self.children)
                self.children.append({})
                self.equal.append(0)
                self.begun.append(0)
            node = self.children[node][letter]
        return node

    def step(self, state: tuple[int, int], letter: str) -> tuple[int, int]:
        node = self.children[state[0]].get(letter, -1) if state[0] >= 0 else -1
        return (node, state[1] | self.begun[node]) if node >= 0 else (-1, state[1])

    def telling(self, state: tuple[int, int]) -> frozenset[str]:
        return frozenset(self.children[state[0]]) if state[0] >= 0 else _NONE

    def sure(self, state: tuple[int, int]) -> int:
        return state[1]

    def passed(self, state: tuple[int, int]) -> int:
        return state[1] | (self.equal[state[0]] if state[0] >= 0 else 0)


class Occurrences:
    """``ends with`` and ``contains``. A state is (node, bits of texts seen)."""

    def __init__(self, tests: Sequence[tuple[int, TextTest]]) -> None:
        tree = Prefixes([])
        ends: dict[int, int] = {}
        seen: dict[int, int] = {}
        for bit, (op, texts) in tests:
            for text in texts:
                into = ends if op == "ends" else seen
                node = tree._node(text)
                into[node] = into.get(node, 0) | 1 << bit
        count = len(tree.children)
        self.children = tree.children
        self.ends = [ends.get(node, 0) for node in range(count)]
        self.seen = [seen.get(node, 0) for node in range(count)]
        self.back = [0] * count
        self._told: list[frozenset[str]] = [_NONE] * count
        self._link()
        self.start = (0, self.seen[0])

    def _link(self) -> None:
        """For each node the longest other node that ends what was read; nodes come after those that they need."""
        waiting = deque([0])
        while waiting:
            node = waiting.popleft()
            self._told[node] = frozenset(self.children[node]) | (self._told[self.back[node]] if node else _NONE)
            for letter, child in self.children[node].items():
                self.back[child] = self._next(self.back[node], letter) if node else 0
                self.ends[child] |= self.ends[self.back[child]]
                self.seen[child] |= self.seen[self.back[child]]
                waiting.append(child)

    def _next(self, node: int, letter: str) -> int:
        while letter not in self.children[node]:
            if node == 0:
                return 0
            node = self.back[node]
        return self.children[node][letter]

    def step(self, state: tuple[int, int], letter: str) -> tuple[int, int]:
        node = self._next(state[0], letter)
        return node, state[1] | self.seen[node]

    def telling(self, state: tuple[int, int]) -> frozenset[str]:
        return self._told[state[0]]

    def sure(self, state: tuple[int, int]) -> int:
        return state[1]

    def passed(self, state: tuple[int, int]) -> int:
        return state[1] | self.ends[state[0]]


class Pattern:
    """``matches``: the set of places that any of the patterns may have come to."""

    def __init__(self, bit: int, patterns: Sequence[str]) -> None:
        self.bit = 1 << bit
        self.patterns = tuple(patterns)
        self.start = self._closed({(at, 0) for at in range(len(patterns))})

    def _closed(self, places: set[tuple[int, int]]) -> frozenset[tuple[int, int]]:
        """With the places behind stars. Of a pattern that has come to an open end nothing else matters."""
        found = set(places)
        for which, at in places:
            pattern = self.patterns[which]
            while at < len(pattern) and pattern[at] == "*":
                at += 1
                found.add((which, at))
        for which, at in found:
            if at == len(self.patterns[which]) and at and self.patterns[which][-1] == "*":
                return frozenset([(which, at - 1), (which, at)])
        return frozenset(found)

    def step(self, state: frozenset[tuple[int, int]], letter: str) -> frozenset[tuple[int, int]]:
        found: set[tuple[int, int]] = set()
        for which, at in state:
            pattern = self.patterns[which]
            if at < len(pattern):
                if pattern[at] == "*":
                    found.add((which, at))
                elif pattern[at] in ("?", letter):
                    found.add((which, at + 1))
        return self._closed(found)

    def telling(self, state: frozenset[tuple[int, int]]) -> frozenset[str]:
        letters = (self.patterns[which][at : at + 1] for which, at in state)
        return frozenset(letter for letter in letters if letter and letter not in "*?")

    def sure(self, state: frozenset[tuple[int, int]]) -> int:
        open_end = any(at == len(self.patterns[which]) and self.patterns[which][-1:] == "*" for which, at in state)
        return self.bit if open_end else 0

    def passed(self, state: frozenset[tuple[int, int]]) -> int:
        return self.bit if any(at == len(self.patterns[which]) for which, at in state) else 0


class Word:
    """``has word``: a state is None once a word has stood there, else (whether a word may begin here, places in the
    words that began where one may)."""

    def __init__(self, bit: int, words: Sequence[str]) -> None:
        self.bit = 1 << bit
        self.words = tuple(words)
        self.start: Any = self._opened(frozenset())

    def _opened(self, places: frozenset[tuple[int, int]]) -> Any:
        return places | {(at, 0) for at in range(len(self.words))}

    def step(self, state: Any, letter: str) -> Any:
        if state is None:
            return None
        touching = touches(letter)
        if not touching and any(at == len(self.words[which]) for which, at in state):
            return None
        moved = frozenset(
            (which, at + 1) for which, at in state if at < len(self.words[which]) and self.words[which][at] == letter
        )
        return moved if touching else self._opened(moved)

    def telling(self, state: Any) -> frozenset[str]:
        if state is None:
            return _NONE
        return frozenset(self.words[which][at] for which, at in state if at < len(self.words[which]))

    def sure(self, state: Any) -> int:
        return self.bit if state is None else 0

    def passed(self, state: Any) -> int:
        if state is None:
            return self.bit
        return self.bit if any(at == len(self.words[which]) for which, at in state) else 0


class Order:
    """``<`` and ``<=`` with one text, by code point: a state is how much of it was read, "<" or ">"."""

    def __init__(self, bit: int, op: str, text: str) -> None:
        self.bit = 1 << bit
        self.text = text
        self.or_equal = op == "<="
        self.start: Any = 0

    def step(self, state: Any, letter: str) -> Any:
        if type(state) is str:
            return state
        if state == len(self.text):
            return ">"
        there = self.text[state]
        return state + 1 if letter == there else "<" if letter < there else ">"

    def telling(self, state: Any) -> frozenset[str]:
        return frozenset(self.text[state]) if type(state) is int and state < len(self.text) else _NONE

    def sure(self, state: Any) -> int:
        return self.bit if state == "<" else 0

    def passed(self, state: Any) -> int:
        if type(state) is str:
            return self.bit if state == "<" else 0
        return self.bit if state < len(self.text) or self.or_equal else 0


def machines(tests: Sequence[TextTest]) -> list[Machine]:
    """The machines that decide all tests; test i is bit i."""
    numbered = list(enumerate(tests))
    found: list[Machine] = []
    prefixes = [each for each in numbered if each[1][0] in ("=", "starts")]
    occurrences = [each for each in numbered if each[1][0] in ("ends", "contains")]
    if prefixes:
        found.append(Prefixes(prefixes))
    if occurrences:
        found.append(Occurrences(occurrences))
    for bit, (op, texts) in numbered:
        if op == "glob":
            found.append(Pattern(bit, texts))
        elif op == "word":
            found.append(Word(bit, texts))
        elif op in ("<", "<="):
            found.append(Order(bit, op, texts[0]))
    return found
