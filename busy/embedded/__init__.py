"""Real servers for a laptop and for the tests: PostgreSQL and Valkey from wheels, started by a launcher of our own.

The wheels' own launchers create system users and open folders to everyone when run as root; ours does neither. It
imports nothing of Django, so it can run before the settings exist.
"""
