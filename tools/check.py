"""The checks and tests in one readable sequence; a step's own output shows when it fails, pytest's always.

python -m tools.check lint | quick | all | faults   [--workers N] [paths]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tools.state import ROOT

_MODULES = [sys.executable, "-m"]
_LINT = {
    "ruff": [*_MODULES, "ruff", "check", "--quiet", "."],
    "format": [*_MODULES, "ruff", "format", "--check", "--quiet", "."],
    "mypy": [*_MODULES, "mypy"],
    "imports": [str(Path(sys.executable).with_name("lint-imports"))],
}

# The long form of every fault test, each by the measure that it knows; a variable that is set already goes before.
LONG = {
    "FAULT_STEPS": "1000",
    "FAULT_SEED": "1,2,3,4",
    "FAULT_EXAMPLES": "300",
    "FAULT_ACTS": "80",
    "FAULT_ROUNDS": "10",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    name: str
    passed: bool
    seconds: float

    def __str__(self) -> str:
        return f"{self.name} {'passed' if self.passed else 'FAILED'} ({self.seconds:.0f} s)"


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit 0 only if every step passed; all steps run, so that one run shows all there is to mend."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["lint", "quick", "all", "faults"])
    parser.add_argument(
        "--workers", default="auto", help="processes that run tests; auto: two and a half for each processor"
    )
    parser.add_argument("paths", nargs="*")
    options = parser.parse_args(arguments)
    outcomes = []
    with ThreadPoolExecutor() as beside:
        lint = _LINT if options.what != "faults" else {}
        typed: Future[Outcome] | None = None
        if options.what == "all":
            # Mypy needs one processor for half a minute. Meanwhile the tests are made ready, and begin.
            typed = beside.submit(_quietly, "mypy", lint["mypy"])
            _prepare_tests()
            lint = {name: command for name, command in lint.items() if name != "mypy"}
        outcomes += [_quietly(name, command) for name, command in lint.items()]
        if options.what != "lint":
            outcomes.append(_tests(options.what, options.workers, options.paths))
        if typed is not None:
            outcomes.append(typed.result())
    verdict = "all is well" if all(outcome.passed for outcome in outcomes) else "not yet"
    print(f"\n{verdict}: " + ", ".join(map(str, outcomes)), flush=True)
    return 0 if all(outcome.passed for outcome in outcomes) else 1


def _prepare_tests() -> None:
    """What the first tests of a fresh clone do once, before several processes would do it at the same moment: compile
    the tests, and migrate the database that all tests copy. Whatever fails here fails in the tests, which tell it."""
    command = [*_MODULES, "pytest", "--collect-only", "--quiet"]
    subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def _quietly(name: str, command: list[str]) -> Outcome:
    begun = time.monotonic()
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    outcome = Outcome(name, answer.returncode == 0, time.monotonic() - begun)
    if not outcome.passed:
        print(f"--- {name} ---\n{answer.stdout}{answer.stderr}", end="", flush=True)
    print(outcome, flush=True)
    return outcome


def _tests(what: str, workers: str, paths: list[str]) -> Outcome:
    chosen = {"quick": ["-m", "not browser and not slow"], "faults": ["-m", "faults"]}.get(what, [])
    variables = {**(LONG if what == "faults" else {}), **os.environ, "PYTHONUNBUFFERED": "1"}
    if what == "faults":
        print("the long form:", " ".join(f"{name}={variables[name]}" for name in LONG), flush=True)
    # A test waits for a browser, a worker, the database or the clock for more than half of its time.
    count = str(5 * (os.cpu_count() or 1) // 2) if workers == "auto" else workers
    command = [*_MODULES, "pytest", "--numprocesses", count, "--dist", "worksteal", "--quiet", *chosen, *paths]
    begun = time.monotonic()
    code = subprocess.run(command, cwd=ROOT, env=variables, check=False).returncode
    return Outcome("tests", code == 0, time.monotonic() - begun)


if __name__ == "__main__":
    sys.exit(main())
