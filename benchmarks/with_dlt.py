"""The same pages through dlt, with its csv loader (COPY): run by `beside_dlt` in an environment of its own.

ADDRESS is what `python -m benchmarks.fast_provider ROWS` prints.
"""

from __future__ import annotations

import json
import sys
import time
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

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


def with_host(url: str) -> str:
    """dlt wants the host before the path, also when it is a socket's directory."""
    parts = urlsplit(url)
    if parts.hostname:
        return url
    query = parse_qs(parts.query)
    host, port = quote(query["host"][0], safe=""), query.get("port", ["5432"])[0]
    return f"postgresql://{parts.username}:{parts.password or 'none'}@{host}:{port}{parts.path}"


def main(address: str, database: str, rounds: str = "3") -> None:
    columns = {"end_date": {"data_type": "date"}, "start_date": {"data_type": "date"}}
    for number in range(int(rounds)):
        for strategy in ("upsert", "delete-insert"):
            name = f"bench_{strategy.replace('-', '_')}_{number}"
            destination = dlt.destinations.postgres(with_host(database))
            pipeline = dlt.pipeline(name, destination=destination, dataset_name=name)
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
                took = {"strategy": strategy, "step": step, "seconds": time.perf_counter() - began}
                print(json.dumps({"version": dlt.__version__, **took}), flush=True)
            with pipeline.sql_client() as client:
                client.drop_dataset()


if __name__ == "__main__":
    main(*sys.argv[1:])
