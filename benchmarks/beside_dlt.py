"""dlt doing the job of `inbound`, in a virtual environment that is made for it and thrown away.

BENCH_ROWS, BENCH_ROUNDS as there; BENCH_DLT names an environment that has dlt already.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from benchmarks.inbound import ROUNDS, ROWS, provider

WHAT = "dlt[postgres]==1.31.0"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bench-dlt-") as folder:
        told = _measured(_python(Path(folder)), folder)
    seconds: dict[tuple[str, str], list[float]] = defaultdict(list)
    for one in told:
        seconds[one["strategy"], one["step"]].append(one["seconds"])
    print(f"\n| {ROWS:,} projects with dlt {told[0]['version']}, csv loader | s (median of {ROUNDS}) | rows/s |")
    print("|---|---|---|")
    for (strategy, step), found in seconds.items():
        median = statistics.median(found)
        print(f"| {strategy}: {step} | {median:.2f} | {ROWS / median:,.0f} |")


def _python(folder: Path) -> str:
    given = os.environ.get("BENCH_DLT")
    if given:
        return str(Path(given) / "bin" / "python")
    subprocess.run([sys.executable, "-m", "venv", folder / "env"], check=True)
    python = str(folder / "env" / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "--quiet", WHAT], check=True)
    return python


def _measured(python: str, folder: str) -> list[dict[str, str | float]]:
    """What the measurement prints, a line a step. It runs in the folder, so that nothing of it stays."""
    script = Path(__file__).with_name("with_dlt.py")
    environ = {
        **os.environ,
        "DLT_DATA_DIR": folder,
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "RUNTIME__LOG_LEVEL": "ERROR",
    }
    with provider() as address:
        command = [python, str(script), address, os.environ["DATABASE_OWNER_URL"], str(ROUNDS)]
        done = subprocess.run(command, cwd=folder, env=environ, check=True, stdout=subprocess.PIPE, text=True)
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
