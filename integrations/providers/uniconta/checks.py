"""The conditions an order needs at Uniconta, asked one by one (R32): before sending, and when it is stuck."""

from __future__ import annotations

from collections.abc import Callable

from integrations.kernel.connector import Check, CheckState
from integrations.kernel.errors import Code, Cure, CurePage, Problem, RecordRef, Temporary, Turn
from integrations.kernel.parse import Row, flag, optional_text
from integrations.kernel.payloads import OrderPayload
from integrations.providers.uniconta.api import UnicontaApi
from integrations.providers.uniconta.set_up import TABLES, is_usable


def order_checks(api: UnicontaApi, payload: OrderPayload) -> list[Check]:
    """Project, customer and each item. Raises LoginNeeded; what time heals is told as unknown."""
    checks = [_asked(api, "customer", payload.customer_id, None)]
    if payload.project_id is not None:
        checks.insert(0, _asked(api, "project", payload.project_id, None))
    first_lines: dict[str, int] = {}
    for index, line in enumerate(payload.lines):
        if line.product_id is not None:
            first_lines.setdefault(line.product_id, index)
    checks += [_asked(api, "product", item, line) for item, line in first_lines.items()]
    return checks + [check for question in _ANSWERS if (check := _answered(api, question)) is not None]


_ANSWERS = [question for question in TABLES if question.startswith("order_")]


def _answered(api: UnicontaApi, question: str) -> Check | None:
    """Whether what the set-up chose is there; None when nothing was chosen."""
    entity, key = TABLES[question]
    answer = api.answer(question)
    if not answer:
        return None
    name, record = "set_up_valid", RecordRef(what=question, external_id=answer)
    try:
        row = api.one(entity, key, answer, right="set_up")
    except Temporary as error:
        return Check(name=name, state=CheckState.UNKNOWN, record=record, problem=error.problem)
    label = f"{answer} {optional_text(row, 'Name') if row else ''}".strip()
    if row is not None and is_usable(row):
        return Check(name=name, state=CheckState.PASSED, record=record, label=label)
    cure = Cure(page=CurePage.SET_UP)
    problem = Problem(code="set_up_gone", params={"what": label}, record=record, turn=Turn.ADMINISTRATOR, cure=cure)
    return Check(name=name, state=CheckState.FAILED, record=record, label=label, problem=problem)


def _is_open(row: Row) -> bool:
    return not flag(row, "Blocked", default=False)


_ENTITIES: dict[str, tuple[str, str, Code, Code, Callable[[Row], bool]]] = {
    "project": ("ProjectClient", "Number", Code.PROJECT_CLOSED, Code.PROJECT_MISSING, _is_open),
    "customer": ("DebtorClient", "Account", Code.CUSTOMER_INACTIVE, Code.CUSTOMER_MISSING, _is_open),
    "product": ("InvItemClient", "Item", Code.PRODUCT_INACTIVE, Code.PRODUCT_MISSING, _is_open),
}


def _asked(api: UnicontaApi, what: str, key: str, line: int | None) -> Check:
    entity, key_name, closed, missing, passes = _ENTITIES[what]
    name, record = f"{what}_active", RecordRef(what=what, external_id=key, line=line)
    try:
        row = api.one(entity, key_name, key, right=f"{what}s")
    except Temporary as error:
        return Check(name=name, state=CheckState.UNKNOWN, record=record, problem=error.problem)
    if row is None:
        problem = Problem(code=missing, record=record, turn=Turn.AUTHOR, cure=Cure(page=CurePage.ORDER))
        return Check(name=name, state=CheckState.FAILED, record=record, problem=problem)
    called = optional_text(row, "Name")
    label = f"{key} {called}".strip()
    if passes(row):
        return Check(name=name, state=CheckState.PASSED, record=record, label=label)
    problem = Problem(
        code=closed,
        params={"number": key, "name": called},
        record=record,
        turn=Turn.ACCOUNTING,
        cure=Cure(url=api.link(what)),
    )
    return Check(name=name, state=CheckState.FAILED, record=record, label=label, problem=problem)
