"""Find a Chromium for the browser tests; as root, install the system's package where there is none.

Chromium's headless shell is looked for first. It draws pages and has no window, toolbars and menus around them: a new
profile, which each test begins with, costs it 0.15 s of processor time, and the whole program 1.3 s.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from busy.embedded.accounts import passage
from tools.state import STATE

_SHELLS = ("chromium-headless-shell", "chrome-headless-shell")
_NAMES = (*_SHELLS, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
_APT = ["apt-get", "-qq", "-o", "Acquire::Retries=0", "-o", "Acquire::http::Timeout=15"]
_APT_INSTALL = [*_APT, "install", "-y", "--no-install-recommends"]
# By package manager, in this order: what makes its list of packages fresh, what installs, and what the packages are
# called, the best first.
_INSTALLERS: dict[str, tuple[list[str], list[str], tuple[str, ...]]] = {
    "apt-get": ([*_APT, "update"], _APT_INSTALL, ("chromium-headless-shell", "chromium")),
    "dnf": ([], ["dnf", "install", "-y", "-q"], ("chromium",)),
    "apk": ([], ["apk", "add", "--quiet"], ("chromium",)),
}
# Nothing better than what is here could be installed; `make clean` forgets it.
_TRIED = STATE / "browser-tried"


def find_chromium() -> str | None:
    """The program's path: what CHROMIUM names, else the first known name on the PATH."""
    named = os.environ.get("CHROMIUM", "")
    if named:
        return shutil.which(named)
    return next(filter(None, map(shutil.which, (*_NAMES, _MAC))), None)


def main() -> int:
    """Exit 0 with a browser; without one, 1 if CI=true, else 0 after one plain line: the other tests can still run."""
    if _is_wanted() and os.geteuid() == 0:
        _install()
    if find_chromium():
        return 0
    print(
        "browser: no Chromium here; install the package `chromium` or set CHROMIUM to one. Browser tests will not run."
    )
    return 1 if os.environ.get("CI") == "true" else 0


def _is_wanted() -> bool:
    """Whether there is none, or a heavy one and nobody has looked for the light one yet."""
    if os.environ.get("CHROMIUM") or any(map(shutil.which, _SHELLS)):
        return False
    return not _TRIED.exists() or find_chromium() is None


def _install() -> None:
    manager = next((name for name in _INSTALLERS if shutil.which(name)), None)
    if manager is None:
        return
    refresh, install, packages = _INSTALLERS[manager]
    # The list of packages may be there already; if not, it is fetched.
    if not _installed(install, packages) and not (refresh and _runs(refresh) and _installed(install, packages)):
        passage(STATE)
        _TRIED.touch()


def _installed(install: list[str], packages: tuple[str, ...]) -> bool:
    for package in packages:
        if shutil.which(package):
            return False  # the heavy one is here, and the light one is not to be had
        if _runs([*install, package]):
            return True
    return False


def _runs(command: list[str]) -> bool:
    print("browser:", " ".join(command), flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    quiet = subprocess.DEVNULL
    return subprocess.run(command, env=environment, stdout=quiet, stderr=quiet, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
