"""How long the fault tests are: short in `make test`, long in `make faults` (tools/check.py), longer by a variable."""

from __future__ import annotations

import os

# Of test_fault_machine: random steps, once for each seed.
STEPS = int(os.environ.get("FAULT_STEPS", "60"))
SEEDS = [int(seed) for seed in os.environ.get("FAULT_SEED", "12").split(",")]
# Of test_entry_states: stories, and acts in each. The short form tells the same stories every time.
EXAMPLES = int(os.environ.get("FAULT_EXAMPLES", "5"))
ACTS = int(os.environ.get("FAULT_ACTS", "36"))
TELLS_OTHERS = "FAULT_EXAMPLES" in os.environ
# Of test_killed_workers and test_broker_away: how often each story is told.
ROUNDS = range(int(os.environ.get("FAULT_ROUNDS", "1")))
