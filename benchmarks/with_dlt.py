"""The same pages through dlt, with its csv loader (COPY) and the upsert strategy, in an environment of its own:

    python -m venv dlt && dlt/bin/pip install "dlt[postgres]"
    dlt/bin/python benchmarks/with_dlt.py ADDRESS POSTGRES_URL

ADDRESS is what `python -m benchmarks.fast_provider 100000` prints.
"""

from __future__ import annotations

import json
import sys
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import dlt  # type: ignore[import-not-found]

PAGE = 1000


def pages(address: str) -> Iterator[list[dict[str, Any]]]:
    start = 0
    while True:
        with urllib.request.urlopen(f"{address}/project?from={start}&count={PAGE}") as answer:
            rows = json.load(answer)["values"]
        if not rows:
            return
        for row in rows:
            row["customer"] = row["customer"]["id"]
        yield rows
        start += PAGE


def main(address: str, database: str) -> None:
    columns = {"end_date": {"data_type": "date"}, "start_date": {"data_type": "date"}}
    for strategy in ("upsert", "delete-insert"):
        name = f"bench_{strategy.replace('-', '_')}"
        pipeline = dlt.pipeline(name, destination=dlt.destinations.postgres(database), dataset_name=name)
        pipeline.drop()
        for step in ("first import", "identical reload"):
            projects = dlt.resource(
                pages(address),
                name="project",
                primary_key="id",
                write_disposition={"disposition": "merge", "strategy": strategy},
                columns=columns,
            )
            began = time.perf_counter()
            pipeline.run(projects, loader_file_format="csv")
            print(f"dlt {dlt.__version__}, {strategy}, {step}: {time.perf_counter() - began:.2f} s", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:3])
