"""Runs in the environment with PySpark: one session, several files, what `score_on_spark` says of each as JSON.

``python spark_case.py FOLDER``: FOLDER holds `tasks.json`, a list of [table, [file, …], at]; the answers go into
`said.json` beside it. Where the first task is done, `main` is run on its files as well."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main() -> None:
    from insight.columns import spark
    from runtime.table import load

    folder = Path(sys.argv[1])
    given = json.loads((folder / "tasks.json").read_text(encoding="utf-8"))
    said = []
    for table, paths, now, at in given:
        result = spark.score_on_spark(load((folder / table).read_bytes()), [folder / path for path in paths], now, at)
        rejects = [(reject.reason, reject.line.decode()) for reject in result.rejects]
        said.append(
            {
                "at": result.at,
                "leads": list(result.lines),
                "accepted": result.accepted,
                "duplicates": result.duplicates,
                "left": result.left,
                "rejects": rejects,
            }
        )
    (folder / "said.json").write_text(json.dumps(said), encoding="utf-8")
    table, paths, _, _ = given[0]
    sys.argv = [
        "spark.py",
        str(folder / table),
        *[str(folder / path) for path in paths],
        "--output",
        str(folder / "out"),
    ]
    spark.main()
    spark.session().stop()


if __name__ == "__main__":
    main()
