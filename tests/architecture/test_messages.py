"""Every sentence a person reads stands in all four languages."""

from __future__ import annotations

from tools.messages import problems


def test_every_sentence_is_translated() -> None:
    wanting = problems()
    assert not wanting, f"{len(wanting)} sentences are wanting (`make messages` collects them):\n" + "\n".join(wanting)
