"""What some projects demand before hours are taken: the person as a participant, the activity linked to the project.

Both change the customer's project, so it is a choice of the connection (`Access.prepare_hours`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from integrations.kernel.errors import Code, Problem, ProviderError, Refused, Temporary, Unclear
from integrations.kernel.parse import flag
from integrations.providers.tripletex.hour_reasons import RIGHT, Situation, activity_not_usable, not_participant

_LACKING = (403, 422)  # what a missing participant or link is refused with [client]
_THERE_ALREADY = 422  # a participant that exists is refused with this [client]


def prepared(situation: Situation, refusal: Refused) -> bool:
    """Add what is lacking, so that the write is worth another try. False when nothing was added.

    A project says by two flags whether it demands them. Participants were seen to be demanded without the flag
    [client], so when nothing else explains a refusal, what its field points at is tried as well.

    Raises Refused when something demanded is lacking and the connection, or Tripletex, does not allow to add it.
    """
    is_about_the_cell = refusal.problem.params.get("status") in _LACKING
    if situation.payload.project_id is None or not is_about_the_cell or not _known(situation):
        return False
    is_about_activity = str(refusal.problem.params.get("field", "")).startswith("activity")
    added = False
    for need in (_PARTICIPANT, _LINK):
        is_demanded = flag(situation.project or {}, need.flag, default=False)
        is_pointed_at = is_about_activity is need.is_activity
        if need.is_met(situation) or not (is_demanded or is_pointed_at):
            continue
        if situation.api.may_prepare and _add(situation, need, is_demanded=is_demanded):
            added = True
        elif is_demanded:
            raise _said(need.problem(situation), refusal)
    return added


@dataclass(frozen=True, slots=True, kw_only=True)
class _Need:
    flag: str  # of the project: whether it is demanded
    is_activity: bool
    is_met: Callable[[Situation], bool]
    path: str
    body: Callable[[Situation], dict[str, Any]]
    problem: Callable[[Situation], Problem]


def _participant(situation: Situation) -> dict[str, Any]:
    return {**_on_project(situation), "employee": {"id": int(situation.payload.employee_id)}, "adminAccess": False}


def _link(situation: Situation) -> dict[str, Any]:
    return {**_on_project(situation), "activity": {"id": int(situation.payload.work_type_id)}}


def _on_project(situation: Situation) -> dict[str, Any]:
    return {"project": {"id": int(situation.payload.project_id or 0)}}


_PARTICIPANT = _Need(
    flag="forParticipantsOnly", is_activity=False, is_met=lambda situation: situation.is_participant,
    path="/project/participant", body=_participant, problem=not_participant,
)  # fmt: skip
_LINK = _Need(
    flag="generalProjectActivitiesPerProjectOnly", is_activity=True,
    is_met=lambda situation: situation.link is not None,
    path="/project/projectActivity", body=_link, problem=activity_not_usable,
)  # fmt: skip


def _known(situation: Situation) -> bool:
    try:
        return situation.project is not None
    except ProviderError:  # the refusal is explained without the project
        return False


def _add(situation: Situation, need: _Need, *, is_demanded: bool) -> bool:
    """False when Tripletex does not take it and nothing demands it: then the refusal had another reason.

    That it is there already is as good. What is lost on the way is looked at again at the next try: no hours were sent.
    """
    try:
        situation.api.post(need.path, need.body(situation), right=RIGHT)
    except Unclear as error:
        raise Temporary(str(error.problem.params.get("reason") or Code.NOT_SETTLED)) from None
    except Refused as refusal:
        if refusal.problem.params.get("status") == _THERE_ALREADY:
            return True
        if is_demanded:
            raise _said(need.problem(situation), refusal) from None
        return False
    return True


def _said(problem: Problem, refusal: Refused) -> Refused:
    message = refusal.problem.params.get("message", "")
    return Refused(replace(problem, params={**problem.params, "message": message}))
