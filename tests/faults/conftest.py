from tests.integrations.conftest import connected, hours_stage, quick, sandbox, stage

__all__ = ["connected", "hours_stage", "quick", "sandbox", "stage"]
