"""Which companies the integration user can work in, and what it may do in the one that was chosen (R58)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from integrations.kernel.connector import Choice, Company
from integrations.kernel.errors import Code, LoginNeeded, Problem, Temporary, Turn
from integrations.kernel.parse import (
    as_row,
    flag,
    identifier,
    optional_identifier,
    optional_part,
    optional_text,
    part,
    text,
    within,
)
from integrations.providers.twentyfoursevenoffice import refusals
from integrations.providers.twentyfoursevenoffice.api import OfficeApi
from integrations.providers.twentyfoursevenoffice.reconstructed import ANY_NUMBER

# One cheap reading per right.
_PROBES: tuple[tuple[str, Callable[[OfficeApi], object]], ...] = (
    ("customers", lambda api: api.ask("GetCompanySyncList", right="customers", syncSearchParameters={"Page": 1})),
    ("projects", lambda api: api.ask("GetProjectNameList", right="projects")),
    (
        "products",
        lambda api: api.ask(
            "GetProducts", right="products", searchParams={"Id": 1}, returnProperties={"string": ["Id"]}
        ),
    ),
    ("work_types", lambda api: api.ask("GetWorkTypeList", right="work_types", Wts={"Active": "True"})),
    ("users", lambda api: api.ask("GetUsers", right="users")),
    ("orders", lambda api: api.ask("GetOrderSyncList", right="orders", syncParams={"RegisteredAfter": api.now()})),
    (
        "hours",
        lambda api: api.ask(
            "GetHours",
            right="hours",
            hs={
                "ContactId": ANY_NUMBER,
                "ProjectId": ANY_NUMBER,
                "StartTime": api.now(),
                "StopTime": api.now() + timedelta(minutes=1),
            },
        ),
    ),
)


def clients(api: OfficeApi) -> tuple[Choice, ...]:
    """What to choose from with e-mail and password. Raises LoginNeeded when they are wrong, or nothing is open."""
    found = api.with_credential("GetIdentitiesWithCredential", right="session")
    if not found:  # with wrong credentials the list is empty [inferred]
        raise refusals.key_rejected()
    open_ones = [row for row in found if not flag(row, "IsDisabled", default=False) and row.get("Client")]
    if not open_ones:
        raise LoginNeeded(Problem(code="no_clients", field="username", turn=Turn.ADMINISTRATOR))
    choices = []
    for row in open_ones:
        client = part(row, "Client")
        external_id = within("Client", lambda client=client: identifier(client, "Id"))  # type: ignore[misc]
        usual = flag(row, "IsDefault", default=False) or flag(row, "IsCurrent", default=False)
        value = f"{identifier(row, 'Id')}/{external_id}"
        choices.append(Choice(value=value, label=optional_text(client, "Name") or external_id, is_usual=usual))
    return tuple(sorted(choices, key=lambda choice: choice.label))


def company(api: OfficeApi) -> Company:
    """Raises LoginNeeded when the user may not sign in, or answers for another client than the one chosen."""
    identity = as_row(api.ask("GetIdentity", right="session"), "GetIdentity")
    if not api.session.is_ours(identity):
        raise refusals.other_client(api.session.client_id, api.session.client_of(identity))
    user = optional_part(identity, "User") or {}
    client = part(identity, "Client")
    about = as_row(api.ask("GetClientInformation", right="session") or {}, "GetClientInformation")
    return Company(
        id=api.session.client_id,
        name=within("Client", lambda: text(client, "Name")),
        organization_number=optional_text(about, "OrganizationNumber"),
        user=optional_text(user, "Name"),
        user_id=optional_identifier(user, "ContactId"),
        missing=tuple(right for right, probe in _PROBES if not _may(api, probe)),
    )


def _may(api: OfficeApi, probe: Callable[[OfficeApi], object]) -> bool:
    """A fault on so plain a question is a right or a module that is missing. Raises LoginNeeded for anything else."""
    try:
        probe(api)
    except LoginNeeded as error:
        if error.problem.code != Code.RIGHTS_MISSING:
            raise
        return False
    except Temporary as error:
        if error.problem.code == Code.SERVER_ERROR and error.problem.params.get("reason"):
            return False
        raise
    return True
