"""A provider is one package and nothing else: found by looking, named nowhere."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from integrations.kernel.registry import UnknownProvider, connector, connectors, logo

ROOT = Path(__file__).parents[2]
_SOURCES = {".py", ".html", ".txt", ".js", ".mjs", ".css", ".toml", ".cfg", ".ini", ".sql"}
# Tests and the style guide name providers to tell their stories; docs and translations explain them.
_EXEMPT = ("docs/", "locale/", "benchmarks/", "tests/", "static/vendor/", "templates/styleguide")


def _sources() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.splitlines()
    names = listed or [str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if ".venv" not in path.parts]
    return [
        ROOT / name
        for name in names
        if Path(name).suffix in _SOURCES and not name.startswith(_EXEMPT) and "/tests/" not in name
    ]


@pytest.mark.parametrize("key", [found.facts.key for found in connectors()])
def test_a_providers_key_stands_in_no_source_file_outside_its_package(key: str) -> None:
    package = ROOT / "integrations" / "providers" / key
    sources = [path for path in _sources() if package not in path.parents and path.is_file()]
    assert len(sources) > 50
    found = [str(path.relative_to(ROOT)) for path in sources if key in path.read_text(encoding="utf-8").lower()]
    assert found == []


def test_providers_are_found_by_scan_and_fetched_by_key() -> None:
    assert connectors()
    for found in connectors():
        assert connector(found.facts.key) is found
        assert logo(found.facts.key)


def test_an_unknown_key_says_so() -> None:
    with pytest.raises(UnknownProvider):
        connector("nowhere")
    with pytest.raises(UnknownProvider):
        logo("../kernel")
