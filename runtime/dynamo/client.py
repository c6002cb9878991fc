"""DynamoDB as the store uses it: plain values in and out, conditions by name, and a count of the units spent.

Values are texts, whole numbers, bytes, booleans, and lists of texts; None is an attribute that is left out. This is the
one module of the store that knows boto3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Value: TypeAlias = str | int | bytes | bool | list[str]
Item: TypeAlias = dict[str, Any]
"""An item by attribute; its values are of type `Value`."""


@dataclass(frozen=True, slots=True)
class Below:
    """In a condition: an attribute that is below a number, or absent."""

    number: int


Condition: TypeAlias = Mapping[str, Value | Below | None]
"""What an item must be for a write to happen: attributes that equal a value, are below one, or (None) are absent."""
ITEM_LIMIT = 400 * 1024
_AT_ONCE = 100


class Conflict(Exception):
    """A condition did not hold; `old` is the item as it stands, None if there is none."""

    def __init__(self, old: Item | None) -> None:
        super().__init__("the item is not as it was")
        self.old = old


class Throttled(Exception):
    """The table did not take the request now; the same may go through later."""


@dataclass(slots=True)
class Spent:
    """Capacity units, the index included."""

    reads: float = 0.0
    writes: float = 0.0


class Table:
    """One DynamoDB table behind a boto3 client. Reads are strongly consistent unless said otherwise. Errors of the
    service other than a condition that does not hold are raised as botocore raises them."""

    def __init__(self, client: Any, name: str) -> None:
        self.client = client
        self.name = name
        self.spent = Spent()

    def get(self, pk: str, sk: str) -> Item | None:
        answer = self.client.get_item(
            TableName=self.name, Key=_out({"pk": pk, "sk": sk}), ConsistentRead=True, ReturnConsumedCapacity="TOTAL"
        )
        self._read(answer)
        return _in(answer["Item"]) if "Item" in answer else None

    def get_all(self, keys: Sequence[tuple[str, str]]) -> list[Item]:
        """The items under many different keys, in no order; those that do not exist are left out."""
        found: list[Item] = []
        for start in range(0, len(keys), _AT_ONCE):
            wanted = [_out({"pk": pk, "sk": sk}) for pk, sk in keys[start : start + _AT_ONCE]]
            for _ in range(_TRIES):
                request = {self.name: {"Keys": wanted, "ConsistentRead": True}}
                answer = self.client.batch_get_item(RequestItems=request, ReturnConsumedCapacity="TOTAL")
                for capacity in answer.get("ConsumedCapacity", ()):
                    self.spent.reads += capacity["CapacityUnits"]
                found += [_in(item) for item in answer["Responses"].get(self.name, ())]
                wanted = answer.get("UnprocessedKeys", {}).get(self.name, {}).get("Keys", [])
                if not wanted:
                    break
            if wanted:
                raise Throttled(f"{len(wanted)} items could not be read now")
        return found

    def put(self, item: Item, when: Condition | None = None) -> None:
        """Write a whole item. Raises Conflict if it does not stand as `when` says."""
        request: dict[str, Any] = {"TableName": self.name, "Item": _out(item), "ReturnConsumedCapacity": "TOTAL"}
        if when is not None:
            request |= _conditions(when)
        self._write(self.client.put_item, request)

    def delete(self, pk: str, sk: str, when: Condition | None = None) -> None:
        """Remove an item, or see that there is none. Raises Conflict if it does not stand as `when` says."""
        request: dict[str, Any] = {
            "TableName": self.name, "Key": _out({"pk": pk, "sk": sk}), "ReturnConsumedCapacity": "TOTAL",
        }  # fmt: skip
        if when is not None:
            request |= _conditions(when)
        self._write(self.client.delete_item, request)

    def query(self, pk: str, prefix: str = "", *, after: str | None = None) -> Iterator[Item]:
        """The items of a partition whose sort key begins with `prefix`, in its order; those after the sort key `after`
        where it is given. Pages are fetched as they are wanted."""
        names, values = {"#p": "pk"}, {":p": {"S": pk}}
        text = "#p = :p"
        if prefix:
            names["#s"] = "sk"
            values[":s"] = {"S": prefix}
            text += " AND begins_with(#s, :s)"
        request = {
            "TableName": self.name, "KeyConditionExpression": text, "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values, "ConsistentRead": True, "ReturnConsumedCapacity": "TOTAL",
        }  # fmt: skip
        if after is not None:
            request["ExclusiveStartKey"] = _out({"pk": pk, "sk": after})
        for answer in self._pages(self.client.query, request):
            yield from map(_in, answer["Items"])

    def due(self, shard: str, upto: int) -> Iterator[Item]:
        """The keys (pk, sk, due) of the items of a shard that are due up to an instant, the earliest first; from the
        index, so they may be a moment old."""
        request = {
            "TableName": self.name, "IndexName": "due", "KeyConditionExpression": "#s = :s AND #d <= :d",
            "ExpressionAttributeNames": {"#s": "shard", "#d": "due"},
            "ExpressionAttributeValues": {":s": {"S": shard}, ":d": {"N": str(upto)}},
            "ReturnConsumedCapacity": "TOTAL",
        }  # fmt: skip
        for answer in self._pages(self.client.query, request):
            yield from map(_in, answer["Items"])

    def scan(
        self,
        *,
        part: int = 0,
        parts: int = 1,
        start: Item | None = None,
        limit: int | None = None,
        sk: str | None = None,
    ) -> Iterator[tuple[list[Item], Item | None]]:
        """Pages of all items, or of one of several equal parts, each with the key at which to go on, which is None at
        the end. `limit` is how many items a page looks at; of these, with `sk` it holds those with that sort key."""
        request: dict[str, Any] = {"TableName": self.name, "ReturnConsumedCapacity": "TOTAL", "ConsistentRead": True}
        if parts > 1:
            request |= {"Segment": part, "TotalSegments": parts}
        if start is not None:
            request["ExclusiveStartKey"] = _out(start)
        if limit is not None:
            request["Limit"] = limit
        if sk is not None:
            request |= {
                "FilterExpression": "#s = :s", "ExpressionAttributeNames": {"#s": "sk"},
                "ExpressionAttributeValues": _out({":s": sk}),
            }  # fmt: skip
        for answer in self._pages(self.client.scan, request):
            last = answer.get("LastEvaluatedKey")
            yield [_in(item) for item in answer["Items"]], _in(last) if last else None

    def _pages(self, call: Any, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        while True:
            answer = call(**request)
            self._read(answer)
            yield answer
            if "LastEvaluatedKey" not in answer:
                return
            request = {**request, "ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _read(self, answer: dict[str, Any]) -> None:
        self.spent.reads += answer.get("ConsumedCapacity", {}).get("CapacityUnits", 0.0)

    def _write(self, call: Any, request: dict[str, Any]) -> None:
        try:
            answer = call(**request)
        except self.client.exceptions.ConditionalCheckFailedException as error:
            self.spent.writes += 1.0
            old = error.response.get("Item")
            raise Conflict(_in(old) if old else None) from None
        self.spent.writes += answer.get("ConsumedCapacity", {}).get("CapacityUnits", 0.0)


_TRIES = 8


def connect(name: str, *, endpoint: str | None = None) -> Table:
    """The table of this name in the account and region that the environment names."""
    import boto3
    from botocore.config import Config

    config = Config(retries={"mode": "standard", "max_attempts": 6}, connect_timeout=2, read_timeout=10)
    return Table(boto3.client("dynamodb", endpoint_url=endpoint, config=config), name)


def size(item: Item) -> int:
    """What the item counts in bytes, by the service's rules (numbers are taken a little too large)."""
    return sum(len(name) + _size(value) for name, value in item.items() if value is not None)


def _size(value: Value) -> int:
    match value:
        case bool():
            return 1
        case str():
            return len(value.encode())
        case int():
            return len(str(value)) // 2 + 2
        case bytes():
            return len(value)
        case list():
            return 3 + sum(1 + len(inner.encode()) for inner in value)


def _conditions(when: Condition) -> dict[str, Any]:
    names, values, texts = {}, {}, []
    for number, (name, value) in enumerate(when.items()):
        names[f"#c{number}"] = name
        if value is None:
            texts.append(f"attribute_not_exists(#c{number})")
        elif isinstance(value, Below):
            texts.append(f"(attribute_not_exists(#c{number}) OR #c{number} < :c{number})")
            values[f":c{number}"] = _attribute(value.number)
        else:
            texts.append(f"#c{number} = :c{number}")
            values[f":c{number}"] = _attribute(value)
    request = {
        "ConditionExpression": " AND ".join(texts), "ExpressionAttributeNames": names,
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }  # fmt: skip
    return request | ({"ExpressionAttributeValues": values} if values else {})


def _attribute(value: Value) -> dict[str, Any]:
    match value:
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int():
            return {"N": str(value)}
        case bytes():
            return {"B": value}
        case list():
            return {"L": [{"S": inner} for inner in value]}


def _out(item: Mapping[str, Value | None]) -> dict[str, Any]:
    return {name: _attribute(value) for name, value in item.items() if value is not None}


def read_image(image: Mapping[str, Any]) -> Item:
    """An item as a stream record of the table shows it: bytes come as base64 text there."""
    import base64

    item = {}
    for name, given in image.items():
        ((kind, value),) = given.items()
        item[name] = base64.b64decode(value) if kind == "B" and isinstance(value, str) else _value(kind, value)
    return item


def _in(image: Mapping[str, Any]) -> Item:
    return {name: _value(*next(iter(given.items()))) for name, given in image.items()}


def _value(kind: str, value: Any) -> Any:
    match kind:
        case "N":
            return int(value)
        case "L":
            return [_value(*next(iter(inner.items()))) for inner in value]
        case "M":
            return {name: _value(*next(iter(inner.items()))) for name, inner in value.items()}
        case _:
            return value
