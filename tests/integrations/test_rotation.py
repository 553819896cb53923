"""Keys change: everything is sealed anew, may be interrupted, and what cannot be read asks for a new key."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.core.management import call_command

from busy.lib import secrets
from integrations import credentials
from integrations.models import ConnectionState
from integrations.policy import State
from tests.integrations.stage import Stage

NEW = "new:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="


def rotate() -> str:
    out = StringIO()
    call_command("rotate_credentials", stdout=out)
    return out.getvalue()


def test_rotation_seals_anew_and_the_old_key_can_go(connected: Stage, settings: Any) -> None:
    settings.CREDENTIAL_KEYS = [NEW, *settings.CREDENTIAL_KEYS]
    assert "1 sealed anew, 0 unreadable" in rotate()
    assert "0 sealed anew, 0 unreadable" in rotate()
    settings.CREDENTIAL_KEYS = [NEW]
    connection = connected.refresh()
    assert secrets.is_current(connection.credentials)
    assert secrets.is_current(connection.session)
    order = connected.finished_order()
    connected.push()
    assert connected.state(order) == State.TRANSFERRED


def test_what_cannot_be_read_any_more_asks_for_the_key_again(
    connected: Stage, settings: Any, mailoutbox: list[EmailMessage]
) -> None:
    settings.CREDENTIAL_KEYS = [NEW]
    order = connected.finished_order()
    connected.work()
    connection = connected.refresh()
    assert connection.state == ConnectionState.NEEDS_SIGN_IN
    assert (connection.problem or {})["code"] == "credentials_unreadable"
    assert len(mailoutbox) == 1
    connected.connect()
    connected.work_until(lambda: connected.state(order) == State.TRANSFERRED)


def test_rotation_reports_what_it_cannot_read_and_pauses_it(connected: Stage, settings: Any) -> None:
    settings.CREDENTIAL_KEYS = [NEW]
    assert "0 sealed anew, 1 unreadable" in rotate()
    assert connected.refresh().state == ConnectionState.NEEDS_SIGN_IN


def test_a_sealed_key_is_worthless_in_another_row(connected: Stage) -> None:
    connection = connected.refresh()
    connection.pk += 1
    with pytest.raises(credentials.CannotDecrypt):
        credentials.read(connection)
