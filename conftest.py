"""Every test of the repository, wherever it lies, runs on the machinery of tests/support."""

pytest_plugins = ["tests.support.database", "tests.support.broker", "tests.support.browser"]
