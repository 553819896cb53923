"""Very large catalogues on both sides: storing, showing and confirming a preview, and the mapping page.

`BENCH_ROWS` says how many records each side has. Of those that the provider has a quarter is in Busy as it is there, a
quarter but for its spelling, a tenth under the same number only. Pages go through Busy's whole stack in this process,
without a network; the tables were just loaded, and the database has no statistics of them.
"""

from __future__ import annotations

import os
import statistics
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from benchmarks import stage
from benchmarks.fast_provider import FIRST_ID
from benchmarks.hours import client_of
from benchmarks.inbound import ROWS, provider
from benchmarks.stage import Measure, lists_only, measured

if TYPE_CHECKING:
    from busy.workspaces.models import Membership

TIMES = 5
# By the number of the record: as `fast_provider` makes it, spelt otherwise, under the same number, and of Busy alone.
_OWN = """
    CASE WHEN n %% 20 < 5 THEN 'Project ' || n || ' for the harbour of the north'
         WHEN n %% 20 < 10 THEN 'PRÓJECT  ' || n || ' for the harbour öf the north'
         ELSE 'Own work ' || n || ' på Ærø' END AS name,
    CASE WHEN n %% 20 < 5 OR n %% 20 BETWEEN 10 AND 11 THEN '9' || n ELSE 'B-' || n END AS number
"""
Act = Callable[[], Any]


def main() -> None:
    figures = previewed() | made() | mapped()
    print(f"\n| {ROWS:,} records of Busy beside {ROWS:,} of the provider, load {os.getloadavg()[0]:.0f} | s | CPU s "
          "| statements |\n|---|---|---|---|")  # fmt: skip
    for name, one in figures.items():
        print(f"| {name} | {one.seconds:.2f} | {one.cpu:.2f} | {one.statements} |")


def previewed() -> dict[str, Measure]:
    from busy.catalog.models import Project
    from busy.workspaces.scope import scope
    from integrations import plans
    from integrations.kernel.records import Kind
    from integrations.models import PlannedRecord, ProjectLink

    found: dict[str, Measure] = {}
    with provider() as address:
        verified, by = lists_only(address), stage.new_workspace()
        played = stage.facts().sandbox
        assert played
        with scope(by.workspace_id):
            _make_own(by, Project)
            plan = plans.start(stage.facts().key, played.credentials, project_sync=True, verified=verified, by=by)
        for kind in plans.kinds_of(plan):
            with measured() as measure:
                while kind in plans.unread(plan):
                    plans.read(plan, kind)
            if kind is Kind.PROJECTS:
                found[f"preview: asking for the list, {measure.provider:.1f} s of it the provider's, and storing"] = (
                    measure
                )
        with scope(by.workspace_id):
            planned = PlannedRecord.objects.filter(plan=plan, kind=Kind.PROJECTS)
            assert planned.count() == ROWS, planned.count()
            matches = planned.filter(is_matched=True).count()
            suggested = planned.filter(is_matched=False).exclude(local_id=None).count()
        assert (matches, suggested) == (ROWS // 2, ROWS // 10), (matches, suggested)
        base = "settings/integrations/tripletex/preview/"
        found |= _pages(
            by,
            {
                "preview: matched": f"{base}?kind=projects&show=",
                "preview: only in Busy": f"{base}?kind=projects&show=alone",
                "preview: only there": f"{base}?kind=projects&show=new",
                "preview: searched": f"{base}?kind=projects&show=&q=harbour+77",
                "preview: choices of the combobox": f"{base}projects/choices/?q=harbour+77",
            },
        )
        with measured() as measure, scope(by.workspace_id):
            done = plans.confirm(plan, verified=verified, by=by)
        found[f"confirming {ROWS // 2:,} matches"] = measure
        with scope(by.workspace_id):
            assert (ProjectLink.objects.count(), done.left_out) == (ROWS // 2, 0)
    return found


def made() -> dict[str, Measure]:
    """What only Busy has, all of it to be made by a provider that keeps projects as well; its list is empty."""
    from busy.catalog.models import Project
    from busy.workspaces.scope import scope
    from integrations import plans
    from integrations.kernel.connector import Company
    from integrations.kernel.records import Kind
    from integrations.models import Delivery
    from integrations.providers.twentyfoursevenoffice.facts import FACTS
    from integrations.services import Verified
    from integrations.shared_models import SharedRecord

    by, verified = stage.new_workspace(), Verified(company=Company(id="1", name="Bench"), missing=())
    assert FACTS.sandbox
    for key, value in {"url": "http://127.0.0.1:9", **FACTS.sandbox.settings}.items():
        os.environ[FACTS.variable(key)] = value
    with scope(by.workspace_id):
        _make_own(by, Project)
        plan = plans.start(FACTS.key, FACTS.sandbox.credentials, project_sync=True, verified=verified, by=by)
        plan.read = {str(kind): {"count": 0} for kind in plans.kinds_of(plan)}
        plan.save(update_fields=["read"])
    with measured() as measure, scope(by.workspace_id):
        plans.confirm(plan, verified=verified, by=by)
    with scope(by.workspace_id):
        asked = SharedRecord.objects.filter(kind=Kind.PROJECTS, makes=True, delivery__state="waiting")
        assert (asked.count(), Delivery.objects.count()) == (ROWS, ROWS), asked.count()
    return {f"confirming {ROWS:,} projects to be made there": measure}


def mapped() -> dict[str, Measure]:
    from busy.catalog.models import Customer
    from busy.workspaces.scope import scope

    by = stage.new_workspace()
    verified = lists_only("http://127.0.0.1:9")
    with scope(by.workspace_id):
        _make_own(by, Customer)
        own = Customer.objects.order_by("pk").values_list("pk", flat=True)[0]
        _import_customers(by, stage.connect(by, verified).pk)
    base = "settings/integrations/tripletex/mapping/customers/"
    found = _pages(
        by,
        {
            "mapping: all": base,
            "mapping: not linked": f"{base}?show=unlinked",
            "mapping: not linked, the last page": f"{base}?show=unlinked&page=99999",
            "mapping: archived": f"{base}?show=archived",
            "mapping: searched": f"{base}?q=harbour+77",
            "mapping: one record": f"{base}{own}/",
            "mapping: choices of the combobox": f"{base}choices/?q=harbour+77",
            "mapping: all suggestions, the first 500": f"{base}accept/",
        },
    )
    return found | _all_certain(by, base)


def _all_certain(by: Membership, base: str) -> dict[str, Measure]:
    """Asked for on the page, linked by a worker and taken back by one: the press, all of it, and the slowest piece."""
    from busy.workspaces.scope import scope
    from integrations.linking_models import LinkRun

    client, start = client_of(by), f"/w/{by.workspace.slug}/{base}"
    with measured() as pressed:
        answer = client.post(f"{start}accept/", {"turn": "all", "batch": str(uuid.uuid4())})
    assert answer.status_code == 302, answer.status_code
    found = {"linking all certain ones: the press": pressed}
    found |= _worked(by, "linking all certain ones")
    with scope(by.workspace_id):
        run = LinkRun.objects.get()
        assert (run.state, run.done) == ("done", ROWS // 2), (run.state, run.done)
    client.post(start.replace("customers/", f"run/{run.pk}/"), {"act": "undo"})
    return found | _worked(by, "taking them back")


def _worked(by: Membership, name: str) -> dict[str, Measure]:
    """What a worker does of it, in this process."""
    from integrations import link_runs
    from integrations.models import Wakeup

    pieces: list[Measure] = []
    take = link_runs._take

    def timed(*args: Any) -> bool:
        with measured() as piece:
            went_on = take(*args)
        pieces.append(piece)
        return went_on

    waiting = Wakeup.objects.filter(workspace_id=by.workspace_id, kind="link")
    with patch.object(link_runs, "_take", timed), measured() as all_of_it:
        while (connection := waiting.values_list("connection_id", flat=True).first()) is not None:
            link_runs.run_links(by.workspace_id, connection)
    slowest = max(pieces, key=lambda one: one.seconds)
    return {f"{name}, {len(pieces)} pieces": all_of_it, f"{name}, the slowest piece": slowest}


def _pages(by: Membership, paths: dict[str, str]) -> dict[str, Measure]:
    """Of each page the median of some requests, after one that nobody measures."""
    client = client_of(by)
    found: dict[str, Measure] = {}
    for name, path in paths.items():
        taken = []
        for _ in range(1 + TIMES):
            with measured() as measure:
                answer = client.get(f"/w/{by.workspace.slug}/{path}")
            assert answer.status_code == 200, (path, answer.status_code)
            taken.append(measure)
        found[name] = Measure(
            seconds=statistics.median(one.seconds for one in taken[1:]),
            cpu=statistics.median(one.cpu for one in taken[1:]),
            statements=taken[-1].statements,
        )
    return found


# --- Loading ----------------------------------------------------------------------------------------------------------


def _make_own(by: Membership, model: Any) -> None:
    """Records of Busy's own. Call in a scope."""
    given = {"workspace_id": "%(workspace)s", "name": "m.name", "number": "m.number"}
    _load(by, model, given, f"(SELECT {_OWN} FROM generate_series(0, %(rows)s - 1) n) m")


def _import_customers(by: Membership, connection_id: int) -> None:
    """Customers as a pull brings them in, each with its link. Call in a scope."""
    from busy.catalog.models import Customer
    from integrations.models import CustomerLink

    given = {
        "workspace_id": "%(workspace)s",
        "name": "'Project ' || n || ' for the harbour of the north'",
        "number": "'9' || n",
        "mastered_by": "'Tripletex'",
    }
    _load(by, Customer, given, "generate_series(0, %(rows)s - 1) n")
    given = {
        "workspace_id": "%(workspace)s",
        "connection_id": str(connection_id),
        "local_id": "t.id",
        "external_id": f"({FIRST_ID} + substr(t.number, 2)::int)::text",
        "fingerprint": "'\\x00'::bytea",
    }
    there = f"{Customer._meta.db_table} t WHERE t.workspace_id = %(workspace)s AND t.mastered_by <> ''"
    _load(by, CustomerLink, given, there)


def _load(by: Membership, model: Any, given: dict[str, str], rows: str) -> None:
    from django.db import connection

    from integrations.staging import with_defaults

    table = model._meta.db_table
    own = {"id": f"nextval(pg_get_serial_sequence('{table}', 'id'))"}
    columns, values, defaults = with_defaults(model, own | given)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({columns}) SELECT {values} FROM {rows}",
            {**defaults, "workspace": by.workspace_id, "rows": ROWS},
        )


if __name__ == "__main__":
    stage.set_up()
    print(stage.machine())
    main()
