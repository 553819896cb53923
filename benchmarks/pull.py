"""Pulling 10,000 projects: all new, a look that finds nothing, all read again unchanged, and with 500 changes."""

from __future__ import annotations

import statistics

from benchmarks.stage import Measure, admin, connected_workspace, facts, make_due, measured, sandbox

ROWS = 10_000
CHANGES = 500
ROUNDS = 3
# What the sandbox generates: where the nth stands, and the field of the name.
GENERATED = {
    "tripletex": ("Project/{}", 90_000_000, "name"),
    "xledger": ("Project/{}", 29_000_000, "description"),
    "visma_eaccounting": ("projects/00000002-0000-4000-8000-{:012}", 10, "Name"),
}


def main() -> None:
    rounds = [one_round() for _ in range(ROUNDS)]
    what = f"{facts().name}: pull of {ROWS:,} projects"
    print(f"\n| {what} | s | of it the sandbox | rows/s without it | CPU s | statements |")
    print("|---|---|---|---|---|---|")
    for name in rounds[0]:
        found = [measures[name] for measures in rounds]
        seconds = statistics.median(measure.seconds for measure in found)
        cpu = statistics.median(measure.cpu for measure in found)
        sandbox_s = statistics.median(measure.provider for measure in found)
        rate = ROWS / max(seconds - sandbox_s, 0.001)
        print(f"| {name} | {seconds:.2f} | {sandbox_s:.2f} | {rate:,.0f} | {cpu:.2f} | {found[0].statements} |")


def one_round() -> dict[str, Measure]:
    from busy.catalog.models import Project
    from busy.workspaces.scope import scope
    from integrations import inbound
    from integrations.models import PullState

    measures: dict[str, Measure] = {}
    place, first, field = GENERATED[facts().key]
    with sandbox(projects=ROWS) as address:
        connection = connected_workspace()

        def pull(name: str) -> None:
            make_due(connection, "projects")
            with measured() as measure:
                inbound.run_pulls(connection.workspace_id, connection.pk)
            measures[name] = measure

        def read_everything() -> None:
            with scope(connection.workspace_id):
                PullState.objects.filter(connection=connection).update(wants_everything=True)

        pull("first, all new")
        with scope(connection.workspace_id):
            count = Project.objects.count()
        assert count > 0.99 * ROWS, count
        pull("a look that finds nothing new")
        read_everything()
        pull("again, all unchanged")
        for n in range(CHANGES):
            admin(address, "PUT", f"objects/{place.format(first + n * 19)}", {field: f"Renamed {n}"})
        pull(f"again, {CHANGES} changed")
        with scope(connection.workspace_id):
            assert Project.objects.filter(name__startswith="Renamed ").count() == CHANGES
    return measures


if __name__ == "__main__":
    from benchmarks import stage

    stage.set_up()
    print(stage.machine())
    main()
