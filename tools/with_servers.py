"""Run a command with Busy's own servers: those of a running `make run`, else started for as long as it lasts."""

from __future__ import annotations

import os
import subprocess
import sys

from tools.local import Servers, environment
from tools.state import held, running


def main(command: list[str]) -> int:
    """The command's exit code."""
    if note := running():
        os.execvpe(command[0], command, {**os.environ, **note["environment"]})  # noqa: S606 - the caller's own command
    with held():
        variables = environment()
        servers = Servers(variables)
        try:
            variables |= servers.start()
            return subprocess.run(command, env=variables, check=False).returncode
        finally:
            servers.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
