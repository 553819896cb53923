"""Which providers there are: every package in `integrations/providers` that has a `CONNECTOR`."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from pathlib import Path
from typing import Any

from integrations import providers
from integrations.kernel.connector import Connector


class UnknownProvider(LookupError):
    """No package of that name: a stored connection outlived its provider, or a URL was typed."""


@cache
def connectors() -> tuple[Connector[Any], ...]:
    """All of them, by name."""
    packages = (module.name for module in pkgutil.iter_modules(providers.__path__) if module.ispkg)
    found = [importlib.import_module(f"{providers.__name__}.{name}").CONNECTOR for name in packages]
    return tuple(sorted(found, key=lambda connector: connector.facts.name))


def connector(key: str) -> Connector[Any]:
    """Raises UnknownProvider."""
    for found in connectors():
        if found.facts.key == key:
            return found
    raise UnknownProvider(key)


def logo(key: str) -> str:
    """The provider's mark as an SVG document. Raises UnknownProvider."""
    package = importlib.import_module(f"{providers.__name__}.{connector(key).facts.key}")
    return (Path(package.__path__[0]) / "logo.svg").read_text(encoding="utf-8")


def guide(key: str, language: str) -> str:
    """What administrators read about the provider, in Markdown. Raises UnknownProvider; FileNotFoundError for a
    language that the package does not have."""
    package = importlib.import_module(f"{providers.__name__}.{connector(key).facts.key}")
    return (Path(package.__path__[0]) / "guide" / f"{language}.md").read_text(encoding="utf-8")
