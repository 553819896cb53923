from tests.integrations.conftest import connected, quick, sandbox, stage

__all__ = ["connected", "quick", "sandbox", "stage"]
