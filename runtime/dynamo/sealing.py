"""Lines that lie outside of their lead's partition can be read with the lead only.

A claim that carries lines is found by the pair of its own event and by nothing else: once that event has expired, or
if its delivery died before the lead named the claim, nobody can look it up to remove it. So the lines in it are sealed
with a key that the lead item holds, and nothing else. Whatever replaces the lead item without that key - an erase, a
roll, the retention - takes the lines in all such claims with it, in one write, known or not; what is left of them until
their time to live is noise.

The seal is the exclusive or with a stream of SHAKE-256 over the key and a nonce that is never used again. It hides;
that nobody changes the table behind the store's back is for the rights of the table to say.
"""

from __future__ import annotations

import hashlib
import secrets

_KEY = 16
_NONCE = 12


def new_key() -> bytes:
    """128 random bits."""
    return secrets.token_bytes(_KEY)


def seal(key: bytes, data: bytes) -> bytes:
    """The data, readable with this key alone."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + _mask(key + nonce, data)


def unseal(key: bytes, data: bytes) -> bytes:
    """What `seal` was given under this key; noise under another."""
    return _mask(key + data[:_NONCE], data[_NONCE:])


def _mask(seed: bytes, data: bytes) -> bytes:
    stream = hashlib.shake_256(seed).digest(len(data))
    return (int.from_bytes(data, "big") ^ int.from_bytes(stream, "big")).to_bytes(len(data), "big")
