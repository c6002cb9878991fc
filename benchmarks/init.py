"""What a cold start of each function takes, under the emulator of Lambda with the real runtime client and the bundle.

Functions are started in turns beside one that only makes a boto3 client and reads one item with it. Told are the init
duration, as the emulator reports it, and what it takes from the request that starts the function to its answer, since
what is left for the first request to do is paid by whoever sent it. The table is Amazon's DynamoDB Local, beside it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import boto3

from benchmarks.measuring import heading, print_table, quick
from infra import bundle
from runtime import table as rules
from tests.bundles import from_here
from tests.cloud.leads import create_table, model_of
from tests.cloud.servers import Emulator, FunctionError, dynamodb
from tests.cloud.shop import SHOP

BARE = "only a boto3 client"
SOURCE = """
import os
import boto3
client = boto3.client("dynamodb")
def handler(event, context):
    key = {"pk": {"S": "none"}, "sk": {"S": "S"}}
    return client.get_item(TableName=os.environ["LEADSCORE_TABLE"], Key=key, ConsistentRead=True).get("Item")
"""
ORDER = {
    "specversion": "1.0", "id": "1", "source": "till", "type": "order", "subject": "ann",
    "time": "2026-03-01T10:00:00Z", "data": {"amount": 1},
}  # fmt: skip
HTTP = {"method": "GET", "path": "/leads/ann", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "b"}
REQUESTS: dict[str, Any] = {
    BARE: {},
    "ingest": {"events": [ORDER]},
    "sweep": {},
    "publish": {"Records": []},
    "query": {
        "version": "2.0", "rawPath": "/leads/ann", "rawQueryString": "", "headers": {}, "isBase64Encoded": False,
        "requestContext": {"http": HTTP, "requestId": "r", "stage": "$default"},
    },
}  # fmt: skip


def start(packed: Path, name: str, env: dict[str, str]) -> tuple[float, float]:
    """Milliseconds of a function's init, and from its first request to the answer."""
    handler = "bare.handler" if name == BARE else f"runtime.handlers.{name}.handler"
    with tempfile.TemporaryDirectory() as folder:
        functions = Emulator(Path(folder))
        try:
            function = functions(handler, packed, {**env, "POWERTOOLS_SERVICE_NAME": name.split()[0]})
            begin = perf_counter()
            function.invoke(REQUESTS[name])
            return function.init_ms, (perf_counter() - begin) * 1000
        except FunctionError as error:
            raise SystemExit(f"{name} failed: {error}") from error
        finally:
            functions.close()


def main() -> None:
    rounds = 1 if quick() else 15
    heading("Cold start of the functions")
    with tempfile.TemporaryDirectory() as folder, dynamodb(Path(folder)) as address:
        packed = bundle.build(Path(folder) / "bundle", from_here)
        (packed / "table.json").write_bytes(rules.dump(model_of(SHOP).table))
        (packed / "bare.py").write_text(SOURCE, encoding="utf-8")
        bundle.compile_all(packed, bundle.HERE)
        env = {
            "AWS_ENDPOINT_URL_DYNAMODB": address, "LEADSCORE_TABLE": create_table(address).name,
            "AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1", "LEADSCORE_MODEL": "table.json",
            "LEADSCORE_RETENTION_DAYS": "36500", "POWERTOOLS_METRICS_NAMESPACE": "leadscore",
        }  # fmt: skip
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in REQUESTS}
        for _ in range(rounds):
            for name, times in found.items():
                times.append(start(packed, name, env))
    middle = {name: [median(column) for column in zip(*times, strict=True)] for name, times in found.items()}
    rows = [
        [
            name,
            *(cell for at, value in enumerate(values) for cell in (f"{value:.0f}", f"{value / middle[BARE][at]:.2f}")),
        ]
        for name, values in middle.items()
    ]
    print_table(["function", "init, ms", "ratio", "to the first answer, ms", "ratio"], rows)
    print(f"Medians of {rounds} starts; boto3 {boto3.__version__}.")


if __name__ == "__main__":
    main()
