"""Every test of the repository, wherever it lies, runs on the machinery of tests/support.

The people of the stories, tests/fixtures.py, are loaded there once the settings are read.
"""

pytest_plugins = ["tests.support.database", "tests.support.broker", "tests.support.browser", "tests.support.fast"]
