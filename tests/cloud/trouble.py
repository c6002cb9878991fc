"""What can go wrong between a worker and its table, put there by a script."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from runtime.dynamo.client import Table

CALLS = ("get", "get_all", "put", "delete", "query")
FAULTS = ("dies before", "dies after", "throttled", "in a transaction", "answer lost")


class Died(BaseException):
    """The worker is gone, and nothing after this line runs."""


def refusal(code: str = "ThrottlingException") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "not now"}}, "PutItem")


class Troubled:
    """Puts faults around the calls of a table, by a script with one word for each; without a script nothing goes wrong.
    Words that are none of the faults are what others do just before the call."""

    def __init__(self, table: Table) -> None:
        self.script: Iterator[str] = iter(())
        self.others: dict[str, Callable[[], None]] = {}
        for name in CALLS:
            setattr(table, name, self._around(getattr(table, name)))

    def _around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def troubled(*args: Any, **options: Any) -> Any:
            fault = next(self.script, "")
            if fault == "dies before":
                raise Died
            if fault in ("throttled", "in a transaction"):
                raise refusal("ThrottlingException" if fault == "throttled" else "TransactionConflictException")
            if fault in self.others:
                script, self.script = self.script, iter(())
                self.others[fault]()
                self.script = script
            result = call(*args, **options)
            if fault == "dies after":
                raise Died
            if fault == "answer lost":
                raise refusal()
            return result

        return troubled
