"""Find a Chromium for the browser tests; as root, install the system's package where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
# What the package is called, by package manager; tried in this order.
_INSTALLERS = {
    "apt-get": (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"],
    ),
    "dnf": (["dnf", "install", "-y", "-q", "chromium"],),
    "apk": (["apk", "add", "--quiet", "chromium"],),
}


def find_chromium() -> str | None:
    """The program's path: what CHROMIUM names, else the first known name on the PATH."""
    named = os.environ.get("CHROMIUM", "")
    if named:
        return shutil.which(named)
    return next(filter(None, map(shutil.which, (*_NAMES, _MAC))), None)


def main() -> int:
    """Exit 0 with a browser; without one, 1 if CI=true, else 0 after one plain line: the other tests can still run."""
    if find_chromium():
        return 0
    if os.geteuid() == 0:
        manager = next((name for name in _INSTALLERS if shutil.which(name)), None)
        for command in _INSTALLERS.get(manager or "", ()):
            print("browser:", " ".join(command), flush=True)
            environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            if subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False).returncode:
                break
    if find_chromium():
        return 0
    print(
        "browser: no Chromium here; install the package `chromium` or set CHROMIUM to one. Browser tests will not run."
    )
    return 1 if os.environ.get("CI") == "true" else 0


if __name__ == "__main__":
    sys.exit(main())
