"""`make run`: servers, database, demo, web, workers, beat and sandboxes under one foreground process.

Stopping it (Ctrl-C, SIGTERM) stops everything in order. Killing it takes its children with it, and the next start
recovers. What it needs is in `.busy/`; DATABASE_URL and REDIS_URL, when set, take the place of the embedded servers.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import re
import signal
import sys
import time
import urllib.error
import urllib.request
from functools import partial
from types import FrameType
from urllib.parse import urlsplit

from psycopg import sql

from busy.embedded.binaries import NotFound
from busy.embedded.launch import StartFailed, free_port
from busy.embedded.postgres import DATABASE, Postgres
from tools import messages
from tools.local import Servers, environment
from tools.schema import schema_key
from tools.state import ROOT, STATE, held, kept, kept_port, note_running
from tools.supervise import Child, Supervisor

_PYTHON = sys.executable
_FIRST_PORT = 8000
_PAGE_WITHIN = 120.0  # seconds
_SANDBOX_WITHIN = 20.0
_DEMO_SOURCES = ("*/management/commands/demo.py", "*/demo.py", "busy/*/demo.py")


class Run:
    """One run of Busy on this machine."""

    def __init__(self) -> None:
        self.begun = time.monotonic()
        self.signals = 0
        self._late: list[Child] = []
        self.environment = environment()
        # Demo data and sandboxes belong to a database of our own; never to someone's, unless they ask.
        self.is_demo = not self.environment.get("DATABASE_URL") or self.environment.get("BUSY_DEMO") == "1"
        self.servers = Servers(self.environment)
        self.children = Supervisor(folder=ROOT, logs=STATE / "logs")
        self.port = _web_port(self.environment)
        self.url = self.environment.setdefault("BUSY_BASE_URL", f"http://localhost:{self.port}")
        self.environment.setdefault("BUSY_ALLOWED_HOSTS", f"{_host_of(self.url)},localhost,127.0.0.1")

    def go(self) -> int:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        try:
            self._add_sandboxes()
            self._add_calendar_sandbox()
            self.environment |= self.servers.start()
            messages.compile_stale()
            if not self._prepare():
                return 0 if self.signals else 1
            self._serve()
        except (NotFound, StartFailed) as error:
            print(f"busy: {error}", file=sys.stderr)
            return 1
        finally:
            self._stop()
        return 0

    def _prepare(self) -> bool:
        """Migrate if what decides about the database has changed, start the web, and make the demo likewise."""
        marks = _Marks(self.servers.postgres)
        schema = schema_key()
        if marks.get("schema") != schema:
            self.children.say("preparing the database")
            owner = {**self.environment, "BUSY_AS_OWNER": "1"}
            if self._run_command("migrate", ["migrate", "--skip-checks", "--no-input"], owner) is None:
                return False
            marks.set("schema", schema)
        self.children.add(Child("web", self._web_command(), self.environment))
        # The page first: whoever waits can sign in to an empty Busy while the demo is being made.
        self._wait_for_page()
        self._start_late()
        self._make_demo(marks)
        if not self.signals:
            note_running(self.url, _shared(self.environment))
            self._announce()
        return True

    def _make_demo(self, marks: _Marks) -> None:
        """A demo that fails says why and is tried again at the next start; Busy runs without it."""
        demo = schema_key(*_DEMO_SOURCES)
        if self.is_demo and _has_command("demo") and marks.get("demo") != demo and not self.signals:
            self.children.say("making the demo workspace")
            heard = self._run_command("demo", ["demo"], self.environment)
            if heard is not None:
                (STATE / "demo.txt").write_text("\n".join(heard))
                marks.set("demo", demo)

    def _serve(self) -> None:
        for child in self._workers():
            self.children.add(child)
        while not self.signals:
            self.children.tend(0.2)
            if sentence := self.servers.mend():
                self.children.say(sentence)

    def _start_late(self) -> None:
        """Start what the first page does not need; before it, each would only take the processor from it."""
        while self._late and not self.signals:
            self.children.add(self._late.pop(0))

    def _wait_for_page(self) -> None:
        until = time.monotonic() + _PAGE_WITHIN
        while not self.signals and time.monotonic() < until:
            self.children.tend(0.03)
            if self._page_answers():
                return
        if not self.signals:
            raise StartFailed(
                f"{self.url} did not answer within {_PAGE_WITHIN:.0f} s; see {STATE / 'logs' / 'web.log'}"
            )

    def _page_answers(self) -> bool:
        address = f"http://127.0.0.1:{self.port}/"
        request = urllib.request.Request(address, headers={"Host": f"{_host_of(self.url)}:{self.port}"})
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - our own address
                return int(answer.status) == 200
        except urllib.error.HTTPError as error:
            # A page that a developer has just broken must not keep Busy from running.
            self.children.say(f"{self.url} answers with status {error.code} (log: {STATE / 'logs' / 'web.log'})")
            return True
        except OSError:
            return False

    def _announce(self) -> None:
        seconds = time.monotonic() - self.begun
        lines = ["", f"Busy is ready: {self.url}   ({seconds:.1f} s)"]
        demo = STATE / "demo.txt"
        if self.is_demo and demo.exists():
            lines += demo.read_text().splitlines()
        lines += ["Stop it with Ctrl-C.", ""]
        print("\n".join(lines), flush=True)

    def _run_command(self, name: str, arguments: list[str], variables: dict[str, str]) -> list[str] | None:
        """What a management command printed; None if it failed, which is said, or was interrupted."""
        child = Child(name, [_PYTHON, "manage.py", *arguments], variables)
        code = self.children.run(child, while_running=lambda: not self.signals)
        if code == 0:
            return child.heard
        if not self.signals:
            for line in child.heard[-40:]:
                self.children.say(line, name)
            self.children.say(f"manage.py {name} ended with code {code}; see above")
        return None

    def _web_command(self) -> list[str]:
        options = {"--interface": "wsgi", "--host": self.environment.get("HOST", "127.0.0.1"), "--port": str(self.port)}
        options |= {"--workers": "2", "--blocking-threads": "4", "--workers-kill-timeout": "5"}
        flags = ["--respawn-failed-workers", "--no-ws"]
        return [
            _PYTHON,
            "-m",
            "granian",
            *(part for pair in options.items() for part in pair),
            *flags,
            "busy.wsgi:application",
        ]

    def _workers(self) -> list[Child]:
        celery = [_PYTHON, "-m", "celery", "-A", "busy", "--quiet"]
        worker = [*celery, "worker", "--loglevel", "INFO", "--without-mingle", "--without-gossip", "--concurrency", "2"]
        beat = [*celery, "beat", "--loglevel", "WARNING", "--pidfile", ""]
        # Work in the background may take longer than a page.
        variables = {"BUSY_STATEMENT_TIMEOUT": "60000", **self.environment}
        return [
            # Apart, so that a slow pull never keeps a person or a transfer waiting.
            Child("worker", [*worker, "--queues", "interactive,push", "--hostname", "work@%h"], variables),
            Child("puller", [*worker, "--queues", "pull", "--hostname", "pull@%h"], variables),
            Child("beat", beat, variables),
        ]

    def _add_sandboxes(self) -> None:
        if not self.is_demo:
            return
        folder = STATE / "sandboxes"
        folder.mkdir(exist_ok=True)
        for key in sandboxes():
            variable = f"BUSY_{key.upper()}_URL"
            if variable in self.environment:
                continue
            port = kept_port(key)
            module = f"integrations.providers.{key}.sandbox"
            command = [_PYTHON, "-m", module, "--port", str(port), "--state", str(folder / f"{key}.json")]
            self._late.append(Child(key, command, dict(self.environment)))
            path = kept(f"sandboxes/{key}-path.json", partial(self._path_of, key, port))
            self.environment[variable] = f"http://127.0.0.1:{port}{path['path']}"
            for name, value in _sandbox_settings(key).items():
                self.environment.setdefault(name, value)

    def _add_calendar_sandbox(self) -> None:
        """Google and Microsoft of the demo, unless the environment brings clients of its own."""
        names = [f"BUSY_{vendor}_CALENDAR_CLIENT_ID" for vendor in ("GOOGLE", "MICROSOFT")]
        if not self.is_demo or any(self.environment.get(name) for name in names):
            return
        from tools.calendar_sandbox.identity import CLIENT_ID, CLIENT_SECRET

        port = kept_port("calendars")
        state = STATE / "sandboxes" / "calendars.json"
        command = [_PYTHON, "-m", "tools.calendar_sandbox", "--port", str(port), "--state", str(state)]
        self._late.append(Child("calendars", command, dict(self.environment)))
        for vendor in ("google", "microsoft"):
            values = {
                "URL": f"http://127.0.0.1:{port}/{vendor}",
                "CLIENT_ID": CLIENT_ID,
                "CLIENT_SECRET": CLIENT_SECRET,
            }
            for name, value in values.items():
                self.environment[f"BUSY_{vendor.upper()}_CALENDAR_{name}"] = value

    def _path_of(self, key: str, port: int) -> dict[str, str]:
        """What a sandbox says its address is, after the port; it says so when it listens. Asked once, then kept."""
        self._start_late()
        until = time.monotonic() + _SANDBOX_WITHIN
        while not self.signals and time.monotonic() < until:
            self.children.tend(0.03)
            said = (STATE / "logs" / f"{key}.log").read_text(errors="replace")
            if found := re.search(rf"http://127\.0\.0\.1:{port}(\S*)", said):
                return {"path": found.group(1).rstrip("/")}
        raise StartFailed(f"the sandbox of {key} did not start; see {STATE / 'logs' / key}.log")

    def _stop(self) -> None:
        print("\nStopping ...", flush=True)
        asked = self.signals
        self.children.stop(patience=10, hurry=lambda: self.signals > asked)
        self.servers.stop()
        print("Busy has stopped.", flush=True)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.signals += 1


class _Marks:
    """What has been done to our database, kept as its comment so that it goes where the database goes.

    A foreign database has no marks: everything is done each time.
    """

    def __init__(self, postgres: Postgres | None) -> None:
        self._postgres = postgres
        self._known: dict[str, str] = {}
        if postgres:
            with postgres.connect() as connection:
                found = connection.execute(
                    "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [DATABASE]
                ).fetchone()
            words = (found[0] or "").split() if found else []
            self._known = dict(word.split("=", 1) for word in words if "=" in word)

    def get(self, name: str) -> str | None:
        return self._known.get(name)

    def set(self, name: str, value: str) -> None:
        self._known[name] = value
        if self._postgres:
            text = " ".join(f"{key}={known}" for key, known in self._known.items())
            with self._postgres.connect() as connection:
                order = sql.SQL("COMMENT ON DATABASE {} IS {}")
                connection.execute(order.format(sql.Identifier(DATABASE), sql.Literal(text)))


def sandboxes() -> list[str]:
    """The keys of the providers that bring a sandbox."""
    folder = ROOT / "integrations" / "providers"
    found = [*folder.glob("*/sandbox.py"), *folder.glob("*/sandbox/__main__.py")]
    return sorted({path.relative_to(folder).parts[0] for path in found})


def _sandbox_settings(key: str) -> dict[str, str]:
    """What a deployment would give besides the address, by environment variable, as the sandbox accepts it."""
    facts = importlib.import_module(f"integrations.providers.{key}.facts").FACTS
    settings = facts.sandbox.settings if facts.sandbox else {}
    return {facts.variable(name): value for name, value in settings.items()}


def _has_command(name: str) -> bool:
    pattern = f"management/commands/{name}.py"
    return any([*ROOT.glob(f"*/{pattern}"), *ROOT.glob(f"busy/*/{pattern}")])


def _web_port(variables: dict[str, str]) -> int:
    """PORT if set, else the first free one from 8000."""
    if variables.get("PORT"):
        wanted = int(variables["PORT"])
        if free_port(wanted) != wanted:
            raise SystemExit(f"Port {wanted} is taken by another program; choose another: PORT=8100 make run")
        return wanted
    return next(port for port in range(_FIRST_PORT, 65536) if free_port(port) == port)


def _host_of(url: str) -> str:
    return urlsplit(url).hostname or "localhost"


def _shared(variables: dict[str, str]) -> dict[str, str]:
    """What another command needs to meet the same database, broker and sandboxes."""
    names = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")
    return {name: value for name, value in variables.items() if name in names or name.startswith("BUSY_")}


def _end_with_make() -> None:
    """When make itself is killed, its Ctrl-C can no longer reach us; then stop as if it had."""
    if sys.platform == "linux" and "MAKELEVEL" in os.environ:
        ctypes.CDLL(None).prctl(1, signal.SIGTERM, 0, 0, 0)


def main() -> int:
    _end_with_make()
    with held():
        return Run().go()


if __name__ == "__main__":
    sys.exit(main())
