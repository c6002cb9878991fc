"""The state item of an account: what its triggers did, told by their names, so that it outlives a model.

What a model does not know stays as it is: while a release goes from one function to the next, each writes what it
knows, and none forgets what another wrote.
"""

from __future__ import annotations

from typing import Any

import msgspec

from runtime.accounts import AccountPlan, AccountState
from runtime.dynamo.client import Item
from runtime.dynamo.rows import pack, unpack


class Kept(msgspec.Struct, array_like=True):
    """`caps` holds (trigger, number of the limit, what it has used), `applied` by lead the version of it that the state
    was last written for, `looked` the latest look (microseconds)."""

    tags: list[str] = []
    fired: list[tuple[str, int]] = []
    held: list[str] = []
    caps: list[tuple[str, int, Any]] = []
    applied: dict[str, int] = {}
    looked: int = -1


_decode = msgspec.msgpack.Decoder(Kept).decode


def read_kept(item: Item) -> Kept:
    return _decode(unpack(item["body"])[0])


def write_kept(kept: Kept) -> bytes:
    """The body of the item."""
    return pack([msgspec.msgpack.encode(kept)])


def state_of(plan: AccountPlan, name: str, kept: Kept) -> AccountState:
    """The state as the triggers of a plan know it, by their positions."""
    places = {trigger.name: trigger for trigger in plan.triggers}
    fired = [(places[trigger].at, t) for trigger, t in kept.fired if trigger in places]
    held = sum(places[trigger].bit for trigger in kept.held if trigger in places)
    caps = {}
    for trigger, at, used in kept.caps:
        limits = places[trigger].limits.times if trigger in places else ()
        if at < len(limits):
            caps[limits[at].at] = used
    return AccountState(name, {}, set(kept.tags), fired, caps, held)


def kept_of(plan: AccountPlan, state: AccountState, kept: Kept, applied: dict[str, int], looked: int) -> Kept:
    """What is to be kept of a state that `state_of` made of `kept`, and that has gone on since."""
    names = {trigger.name for trigger in plan.triggers}
    known = sum(trigger in names for trigger, _ in kept.fired)
    return Kept(
        sorted(state.tags),
        kept.fired + [(plan.triggers[at].name, t) for at, t in state.fired[known:]],
        [trigger for trigger in kept.held if trigger not in names]
        + [trigger.name for trigger in plan.triggers if trigger.bit & state.held],
        [cap for cap in kept.caps if cap[0] not in names]
        + [
            (trigger.name, number, state.caps[times.at])
            for trigger in plan.triggers
            for number, times in enumerate(trigger.limits.times)
            if times.at in state.caps
        ],
        applied,
        max(looked, -1 if state.looked is None else state.looked),
    )


def state_then(plan: AccountPlan, name: str, kept: Kept, t: int) -> AccountState:
    """What the triggers of an account had done up to an instant."""
    state = state_of(plan, name, kept)
    if t < kept.looked:
        state.fired = [(at, since) for at, since in state.fired if since <= t]
        state.tags = set()
        for at, _ in state.fired:
            for action in plan.triggers[at].do:
                if action[0] == "tag":
                    state.tags.add(action[1])
                elif action[0] == "untag":
                    state.tags.discard(action[1])
    return state
