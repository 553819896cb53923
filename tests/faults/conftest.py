from tests.integrations.conftest import connected, connected_to_tripletex, hours_stage, quick, sandbox, stage

__all__ = ["connected", "connected_to_tripletex", "hours_stage", "quick", "sandbox", "stage"]
