"""Connecting the demo to the sandboxes that run beside it."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from busy.workspaces.models import Membership, Workspace
from busy.workspaces.scope import scope
from integrations import inbound
from integrations.kernel import registry
from integrations.kernel.connector import Connector
from integrations.kernel.errors import Code
from integrations.models import Connection, ConnectionState
from integrations.services import CannotConnect, Verified, connect, verify

_PATIENCE = 20.0  # seconds; a sandbox is being started while the demo is made
_HERE = ("127.0.0.1", "localhost", "::1")


def connect_demo(workspace: Workspace, by: Membership) -> list[str] | None:
    """Connect the first provider whose sandbox runs on this machine, and pull once. The names of what is connected;
    None where nothing can be, or ever was.

    One, since a company keeps its books in one system. The others can be connected by hand, and whoever did so, or
    disconnected the first, finds it like that after the next start.

    Must be called outside of any transaction: the sandbox is asked over HTTP. Raises CannotConnect when a sandbox is
    there and refuses.
    """
    connectors = registry.connectors()
    if (names := _connected_before(workspace)) is not None:
        return names
    for connector in sorted(connectors, key=lambda one: not (one.facts.sandbox and one.facts.sandbox.is_first)):
        key = connector.facts.key
        given = _sandbox_credentials(connector)
        if given is None:
            continue
        verified = _verify(key, given, workspace)
        with scope(workspace.pk):
            connection = connect(key, given, project_sync=True, by=by, verified=verified)
        inbound.run_pulls(workspace.pk, connection.pk)
        return [connector.facts.name]
    return None


def _sandbox_credentials(connector: Connector[Any]) -> Mapping[str, str] | None:
    """What the sandbox accepts; None unless it stands at an address of this machine."""
    address = os.environ.get(f"BUSY_{connector.facts.key.upper()}_URL", "")
    if connector.facts.sandbox is None or urlsplit(address).hostname not in _HERE:
        return None
    return connector.facts.sandbox.credentials


def _connected_before(workspace: Workspace) -> list[str] | None:
    """The names of what is connected; None while nothing ever was."""
    with scope(workspace.pk):
        found = list(Connection.objects.order_by("connected_at"))
    live = [one for one in found if one.state != ConnectionState.DISCONNECTED]
    return [registry.connector(one.provider).facts.name for one in live] if found else None


def _verify(key: str, given: Mapping[str, str], workspace: Workspace) -> Verified:
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            return verify(key, given, workspace=workspace)
        except CannotConnect as refusal:
            if refusal.problem.code not in (Code.UNREACHABLE, Code.TIMEOUT) or time.monotonic() > until:
                raise
            time.sleep(0.3)
