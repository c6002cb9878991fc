"""The state of a lead as bytes, and back.

MessagePack by position; numbers that it has no room for send the whole state through JSON instead, which is slower
and exact. The first byte says which. A state fits the plan it was made under, so a store keeps the table's hash beside.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import msgspec

from runtime.accounts import AccountState
from runtime.lead import Lead

_PACKED, _JSON = b"\x01", b"\x02"


def _out(value: Any) -> Any:
    """A value of an attribute or of `for each`: decimals and tuples are marked."""
    if type(value) is Decimal:
        return {"d": str(value)}
    return {"t": list(value)} if type(value) is tuple else value


def _in(value: Any) -> Any:
    if type(value) is dict:
        return Decimal(value["d"]) if "d" in value else tuple(value["t"])
    return value


def _caps_out(caps: dict[int, Any]) -> list[Any]:
    """Dictionaries by value become lists of pairs, marked by a leading null."""
    return [
        (at, [None, [(_out(value), used) for value, used in held.items()]] if type(held) is dict else held)
        for at, held in caps.items()
    ]


def _caps_in(caps: list[Any]) -> dict[int, Any]:
    return {
        at: {_in(value): used for value, used in held[1]} if type(held) is list and held and held[0] is None else held
        for at, held in caps
    }


def encode_account(state: AccountState) -> bytes:
    """What an account's triggers go on from; its name and scores are not among it."""
    parts = [sorted(state.tags), state.fired, _caps_out(state.caps), state.held, state.looked, state.order, state.reach]
    return _pack(parts)


def decode_account(name: str, data: bytes) -> AccountState:
    tags, fired, caps, held, looked, order, reach = _unpack(data)
    found = [(at, t) for at, t in fired]
    return AccountState(
        name, {}, set(tags), found, _caps_in(caps), held, looked, None if order is None else tuple(order), reach
    )


def _pack(parts: list[Any]) -> bytes:
    try:
        return _PACKED + msgspec.msgpack.encode(parts)
    except OverflowError:
        return _JSON + json.dumps(parts).encode()


def _unpack(data: bytes) -> Any:
    return msgspec.msgpack.decode(data[1:]) if data[:1] == _PACKED else json.loads(data[1:])


def encode(lead: Lead) -> bytes:
    """The state as bytes; `lead.id` is not among them."""
    parts = [
        lead.key, lead.done, lead.due, lead.looked, lead.first, lead.first_active, lead.active,
        [(name, _out(value)) for name, value in lead.attrs.items()],
        lead.a, lead.raised, [(at, list(days.items())) for at, days in lead.contributions.items()],
        _caps_out(lead.caps), lead.tallies, [(at, list(days.items())) for at, days in lead.tally_days.items()],
        lead.stage, list(lead.entered.items()), sorted(lead.tags), lead.held, lead.fired, lead.named,
    ]  # fmt: skip
    return _pack(parts)


def decode(id: str, data: bytes) -> Lead:
    """The lead whose state `encode` wrote. Profile points are taken anew when they are wanted."""
    parts = _unpack(data)
    lead = Lead(id, len(parts[8]), len(parts[12]))
    key, lead.done, lead.due, lead.looked, lead.first, lead.first_active, lead.active = parts[:7]
    lead.key = None if key is None else (key[0], key[1], key[2])
    lead.attrs = {name: _in(value) for name, value in parts[7]}
    lead.a, lead.raised = parts[8], parts[9]
    lead.contributions = {at: dict(days) for at, days in parts[10]}
    lead.caps = _caps_in(parts[11])
    lead.tallies = parts[12]
    lead.tally_days = {at: dict(days) for at, days in parts[13]}
    lead.stage, lead.entered, lead.tags = parts[14], dict(parts[15]), set(parts[16])
    lead.held, lead.fired, lead.named = parts[17], [(at, t) for at, t in parts[18]], parts[19]
    return lead
