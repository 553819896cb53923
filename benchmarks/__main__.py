"""`python -m benchmarks [dlt] [hours] [inbound] [previews] [pull] [push] [scheduler] [timeline]`: run them, all
when none is named."""

from __future__ import annotations

import sys

from benchmarks import stage


def main(names: list[str]) -> int:
    stage.set_up()
    stage.migrate()
    from benchmarks import beside_dlt, hours, inbound, previews, pull, push, scheduler, timeline_frames

    measurements = {
        "dlt": beside_dlt.main,
        "hours": hours.main,
        "inbound": inbound.main,
        "previews": previews.main,
        "pull": pull.main,
        "push": push.main,
        "scheduler": scheduler.main,
        "timeline": timeline_frames.main,
    }
    unknown = [name for name in names if name not in measurements]
    if unknown:
        print(f"There is no benchmark {', '.join(unknown)}. There are: {', '.join(measurements)}.")
        return 2
    print(stage.machine())
    for name in names or measurements:
        measurements[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
