"""The keys of the single table, and how its items are laid out.

| item | pk | sk | holds |
| --- | --- | --- | --- |
| lead | ``L#`` hash of the id | ``S`` | state, newest lines, where older ones are, what this version publishes |
| lines | the lead's | ``E#`` time of the first ``#`` token | older accepted lines of the lead, packed |
| checkpoint | the lead's | ``K#`` token | the state after events that have expired |
| part | the lead's | ``P#`` token ``#`` number | a piece of a state or of lines above the size of an item |
| to remove | the lead's | ``X#`` token ``#`` number | what an erase has still to remove (`runtime.dynamo.erase`) |
| claim | ``C#`` hash of (source, id) | ``C`` | which content the pair stands for; may carry lines |
| account | ``A#`` hash of the name | ``S``, ``M#`` hash of a lead's id | its state; a member as of its latest look |
| release | ``R#`` | ``LIVE``, ``V#`` number | which table is live, and the releases before |
| refold | ``F#`` number of the release | part | how far it has come (`runtime.dynamo.refold`) |
| trial | ``N#`` hash of the table ``#`` shard | hash of a lead's id | what differs (`runtime.dynamo.trial`) |
| segment | ``G#`` token | ``W``, ``F#`` token | what a cursor goes on with (`runtime.dynamo.segments`) |

Names are hashed in keys: a name of any length fits, neither logs nor the marks that erased leads leave behind name
anybody. The index `due` (partition ``shard``, sort ``due``) holds only items for which time will do something.
"""

from __future__ import annotations

import base64
import hashlib
import json

STATE = "S"
LINES = "E#"
CHECKPOINT = "K#"
PART = "P#"
CLAIM = "C"
LEAD = "L#"
ACCOUNT = "A#"
MEMBER = "M#"
SHARDS = 16


def short(*parts: str) -> str:
    """128 bits of a hash over texts, as 22 characters."""
    data = json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()[:16]).decode().rstrip("=")


def lead_key(id: str) -> str:
    return LEAD + short(id)


def claim_key(source: str, id: str) -> str:
    return "C#" + short(source, id)


def account_key(name: str) -> str:
    return ACCOUNT + short(name)


def shard_of(pk: str) -> str:
    """Which of the partitions of the index `due` an item belongs to."""
    return f"{hashlib.sha256(pk.encode()).digest()[0] % SHARDS:02d}"


def shards() -> list[str]:
    return [f"{number:02d}" for number in range(SHARDS)]
