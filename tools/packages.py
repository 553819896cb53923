"""Make `.venv` and install the locked, hashed packages into it, once per lock.

Runs on any Python from 3.11 with nothing but its standard library. uv does the work: with a warm cache it needs 3 s
where pip needs 21 s. uv itself is fetched by the pip that comes inside Python, pinned and hashed too. Where uv cannot
be had (no build for the machine, an index that only pip is configured for), pip does all of it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
# The development lock holds all of the other one, so it serves both purposes.
_LOCKS = {"run": "requirements.lock", "dev": "requirements-dev.lock"}
_UV_LOCK = ROOT / "requirements-uv.lock"
_UV = VENV / "uv" / "bin" / "uv"


class SetupFailed(SystemExit):
    """The message is one plain paragraph for the person at the terminal."""


def main(purpose: str) -> None:
    """Bring .venv to the lock of the purpose, "run" or "dev"; does nothing within milliseconds when it is there."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this file runs on whatever Python the user has
        raise SetupFailed(f"Busy needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    if _is_ready(purpose):
        return
    begun = time.monotonic()
    if not _venv_works():
        _say(f"making .venv with Python {sys.version.split()[0]}")
        _run([getattr(sys, "_base_executable", sys.executable), "-m", "venv", "--clear", "--without-pip", str(VENV)])
    for stale in map(_stamp, _LOCKS):
        stale.unlink(missing_ok=True)
    _say(f"installing the packages of {_LOCKS[purpose]}")
    if not _install_with_uv(purpose):
        _say("uv is not to be had here; pip takes about half a minute")
        _install_with_pip(purpose)
    _stamp(purpose).write_text(_wanted(purpose))
    _say(f"packages are ready ({time.monotonic() - begun:.0f} s)")


def _is_ready(purpose: str) -> bool:
    return _venv_works() and any(
        _stamp(lock).exists() and _stamp(lock).read_text() == _wanted(lock) for lock in {purpose, "dev"}
    )


def _venv_works() -> bool:
    """False after the system's Python moved on to another minor version, or away."""
    folder = VENV / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    return PYTHON.exists() and folder.exists()


def _stamp(purpose: str) -> Path:
    return VENV / f"installed-{purpose}"


def _wanted(purpose: str) -> str:
    return hashlib.sha256((ROOT / _LOCKS[purpose]).read_bytes()).hexdigest()


def _install_with_uv(purpose: str) -> bool:
    uv = shutil.which("uv") or (str(_UV) if _UV.exists() else _fetch_uv())
    if uv is None:
        return False
    command = [uv, "pip", "sync", "--quiet", "--python", str(PYTHON), "--require-hashes", str(ROOT / _LOCKS[purpose])]
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    if "PIP_INDEX_URL" in os.environ:
        environment.setdefault("UV_DEFAULT_INDEX", os.environ["PIP_INDEX_URL"])
    return _attempt(command, environment)


def _fetch_uv() -> str | None:
    pip = _pip()
    if pip is None:
        return None
    command, environment = pip
    target = ["--target", str(_UV.parents[1]), "--only-binary", ":all:"]
    fetched = _attempt([*command, *_install(*target), "--requirement", str(_UV_LOCK)], environment)
    return str(_UV) if fetched and _UV.exists() else None


def _install_with_pip(purpose: str) -> None:
    pip = _pip()
    if pip is None:
        raise SetupFailed(
            "This Python has no pip inside. On Debian and Ubuntu: apt-get install python3-venv. Or install uv."
        )
    command, environment = pip
    _run(
        [*command, "--python", str(PYTHON), *_install("--no-compile"), "--requirement", str(ROOT / _LOCKS[purpose])],
        environment,
    )


def _pip() -> tuple[list[str], dict[str, str]] | None:
    """The pip inside ensurepip's wheel, run from the wheel: no need to unpack it into .venv, which takes 6 s."""
    base = getattr(sys, "_base_executable", sys.executable)
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_WARN_SCRIPT_LOCATION": "1"}
    ensurepip = importlib.util.find_spec("ensurepip")
    folders = [Path(ensurepip.origin).parent / "_bundled"] if ensurepip and ensurepip.origin else []
    folders.append(Path("/usr/share/python-wheels"))
    wheel = next((wheel for folder in folders for wheel in sorted(folder.glob("pip-*.whl"))), None)
    if wheel is not None:
        return [base, "-m", "pip"], {**environment, "PYTHONPATH": str(wheel)}
    asked = subprocess.run([base, "-m", "pip", "--version"], capture_output=True, check=False)
    return None if asked.returncode else ([base, "-m", "pip"], environment)


def _install(*options: str) -> list[str]:
    return ["install", "--quiet", "--require-hashes", "--no-deps", *options]


def _attempt(command: list[str], environment: dict[str, str]) -> bool:
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if answer.returncode:
        _say(f"{Path(command[0]).name} said: {(answer.stderr or answer.stdout).strip()[-600:]}")
    return answer.returncode == 0


def _run(command: list[str], environment: dict[str, str] | None = None) -> None:
    if subprocess.run(command, env=environment, check=False).returncode:
        raise SetupFailed(f"setup stopped: {' '.join(command[:3])} failed, see above.")


def _say(sentence: str) -> None:
    print(f"setup: {sentence}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "run")
