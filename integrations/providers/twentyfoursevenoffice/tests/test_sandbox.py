"""The stand-in is as strict as the vendor is, and keeps what it accepted."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from integrations.kernel.errors import MappingError, ProviderError, Refused, Temporary
from integrations.kernel.payloads import KnownHours
from integrations.providers.twentyfoursevenoffice import wire
from integrations.providers.twentyfoursevenoffice.api import OfficeApi
from integrations.providers.twentyfoursevenoffice.hours import put_hours
from integrations.providers.twentyfoursevenoffice.kit import KIT
from integrations.providers.twentyfoursevenoffice.sandbox import OfficeSandbox
from integrations.providers.twentyfoursevenoffice.services import NAMESPACE
from integrations.providers.twentyfoursevenoffice.tests.conftest import Open

_PROJECTS = "/Project/V001/ProjectService.asmx"


def _post(sandbox: OfficeSandbox, inner: str, operation: str, session: str = "") -> httpx.Response:
    body = (
        "<soap:Envelope xmlns:soap='http://schemas.xmlsoap.org/soap/envelope/'><soap:Body>"
        f"<{operation} xmlns='{NAMESPACE}'>{inner}</{operation}></soap:Body></soap:Envelope>"
    )
    headers = {"SOAPAction": f'"{NAMESPACE}/{operation}"', "Cookie": f"ASP.NET_SessionId={session}"}
    return httpx.post(f"{sandbox.url}{_PROJECTS}", content=body.encode(), headers=headers)


@pytest.mark.parametrize(
    "inner",
    [
        "<Ps><Unknown>1</Unknown></Ps>",
        "<Ps><ProjectIds><int>one</int></ProjectIds></Ps>",
        "<Ps><Search>x</Search><ProjectIds><int>1</int></ProjectIds></Ps>",
        "<ps />",
    ],
    ids=["an unknown member", "no number", "the wrong order", "the other list's parameter"],
)
def test_requests_are_judged_by_the_vendors_description(sandbox: OfficeSandbox, inner: str) -> None:
    answer = _post(sandbox, inner, "GetProjectsDetailed")
    assert answer.status_code == 500
    with pytest.raises(wire.Faulted, match="error in XML document"):
        wire.answered("GetProjectsDetailed", answer.content)


def test_without_a_session_nothing_is_given(sandbox: OfficeSandbox) -> None:
    with pytest.raises(wire.Faulted, match="not authenticated"):
        wire.answered("GetProjectNameList", _post(sandbox, "", "GetProjectNameList").content)


def test_only_what_is_asked_for_by_name_is_given(api: OfficeApi) -> None:
    (row,) = api.rows(
        "GetCompanies",
        right="customers",
        searchParams={"CompanyIds": {"int": [10001]}},
        returnProperties={"string": ["Id"]},
    )
    assert (row["Id"], row["Name"]) == (10001, None)


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("SaveProject", {"project": {"Name": "", "NameDisplay": "Plain", "TimeReg": "WorkType"}}),
        ("SaveProject", {"project": {"Name": "x", "NameDisplay": "Plain", "TimeReg": "WorkType", "CustomerId": 1}}),
        ("SaveProjectTask", {"task": {"Name": "x", "Project": 1001, "Status": None}}),
        ("SaveHour", {"Hour": {"TypeOfWorkId": 301, "ContactId": 9002, "TotalHours": 300}}),
        ("DeleteHour", {"Hour": {"Id": 300001}}),
    ],
)
def test_writes_that_break_a_rule_are_faults(
    sandbox: OfficeSandbox, api: OfficeApi, operation: str, params: dict[str, object]
) -> None:
    sandbox.record_hours(ContactId=9002, StartTime="2026-11-17T07:00:00Z", TotalHours="1", Locked="True")
    with pytest.raises(Refused):
        api.tell(operation, right="projects", **params)


def test_an_unknown_number_makes_a_project_of_that_number_as_the_vendor_does(
    sandbox: OfficeSandbox, api: OfficeApi
) -> None:
    project = {"Id": 4242, "Name": "Ny", "NameDisplay": "Plain", "TimeReg": "WorkType"}
    assert api.tell("SaveProject", right="projects", project=project) == 4242
    row = api.ask("GetSingleProject", right="projects", projectId=4242)
    assert (row["Name"], row["Enabled"]) == ("Ny", False)


def test_over_the_hours_limit_everything_is_refused_with_its_end() -> None:
    with OfficeSandbox(rate_limit=0) as sandbox:
        answer = _post(sandbox, "", "GetProjectNameList")
        assert answer.headers["APILimitRemaining"] == "0"
        assert "Quarantine ends at" in answer.text


def test_what_was_accepted_is_there_after_a_restart(tmp_path: Path, connect: Open) -> None:
    assert KIT.hours is not None
    file = str(tmp_path / "office.sqlite3")
    with OfficeSandbox(file) as sandbox:
        put_hours(connect(settings={"url": sandbox.url}), KIT.hours.cell, KnownHours())
    with OfficeSandbox(file) as sandbox:
        assert [hour["TotalHours"] for hour in sandbox.hours()] == ["7.5"]


def test_errors_are_always_ours(sandbox: OfficeSandbox, api: OfficeApi) -> None:
    sandbox.stop()
    with pytest.raises(ProviderError) as raised:
        api.rows("GetUsers", right="users")
    assert isinstance(raised.value, Temporary | MappingError)
