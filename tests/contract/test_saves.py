"""Records that both sides keep arrive once, change what was changed and nothing else, and are known again (R63, R65,
R66, R69, R113)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec.structs
import pytest

from integrations.kernel.connector import Connector
from integrations.kernel.errors import LoginNeeded, MappingError, Temporary, Unclear
from integrations.kernel.facts import Mastership
from integrations.kernel.records import Kind, fingerprint
from integrations.kernel.sandbox import Fault, SaveKit
from integrations.kernel.saving import Save, Stands, differing
from tests.contract.conftest import ALL, Provider, kit_of
from tests.contract.test_pushes import LOST

BOTH_WAYS = [(connector, save.kind) for connector in ALL for save in connector.saves]
REFERENCE = "Busy K7Q2M9XA"
HEALED = (Unclear, Temporary, MappingError, LoginNeeded)


@dataclass(kw_only=True)
class Subject:
    """One kind of a provider, and what the outbox does with it."""

    provider: Provider
    kit: SaveKit
    save: Save[Any, Any]
    began: datetime

    @property
    def api(self) -> Any:
        return self.provider.api

    def read(self, external_id: str) -> Stands[Any]:
        for _ in range(12):
            try:
                stands = self.save.read(self.api, external_id)
            except HEALED:
                continue
            assert stands is not None
            return stands
        raise AssertionError("never read")

    def made(self) -> str:
        """Made, or what can only be changed: its id."""
        if self.save.create is None:
            return self.kit.existing
        return self.save.create(self.api, self.kit.new, REFERENCE).external_id

    def looked_for(self) -> Sequence[Stands[Any]]:
        assert self.save.found is not None
        return self.save.found(self.api, self.kit.new, REFERENCE, self.began)

    def deliver_new(self) -> str:
        assert self.save.create is not None
        doubt = False
        for _ in range(12):
            try:
                if doubt and (there := self.looked_for()):
                    assert len(there) == 1
                    return there[0].external_id
                return self.save.create(self.api, self.kit.new, REFERENCE).external_id
            except Unclear:
                doubt = True
            except (Temporary, MappingError, LoginNeeded):
                continue
        raise AssertionError("never delivered")

    def deliver(self, external_id: str, changes: dict[str, Any]) -> Stands[Any]:
        for _ in range(12):
            stands = self.read(external_id)
            wanted = msgspec.structs.replace(stands.record, **changes)
            if stands.record == wanted:
                return stands
            try:
                return self.save.update(self.api, stands, wanted)
            except HEALED:
                continue
        raise AssertionError("never delivered")

    def pulled(self) -> dict[str, Any]:
        pull = self.provider.connector.pull(self.save.kind)
        assert pull is not None
        return {record.external_id: record for page in pull.read(self.api, None) for record in page.records}


@pytest.fixture(params=BOTH_WAYS, ids=lambda pair: f"{pair[0].facts.key}-{pair[1]}")
def pair(request: pytest.FixtureRequest) -> tuple[Connector[Any], Kind]:
    found: tuple[Connector[Any], Kind] = request.param
    return found


@pytest.fixture
def connector(pair: tuple[Connector[Any], Kind]) -> Connector[Any]:
    return pair[0]


@pytest.fixture
def subject(provider: Provider, pair: tuple[Connector[Any], Kind]) -> Subject:
    save = provider.connector.save(pair[1])
    assert save is not None
    assert pair[1] in provider.kit.saves, f"{provider!r} saves {pair[1]}: its kit must say how to test them"
    began = datetime.now(UTC) - timedelta(minutes=10)  # as much as the engine gives two clocks that differ
    return Subject(provider=provider, kit=provider.kit.saves[pair[1]], save=save, began=began)


@pytest.mark.parametrize("provider_of", ALL, ids=lambda connector: connector.facts.key)
def test_what_goes_out_is_declared_and_what_is_declared_can_be_done(provider_of: Connector[Any]) -> None:
    for facts in provider_of.facts.kinds:
        save = provider_of.save(facts.kind)
        assert (save is not None) is (facts.sends is not None), facts.kind
        if facts.sends is None or save is None:
            continue
        assert facts.mastership is not Mastership.PROVIDER
        assert set(facts.sends.fields) <= set(save.record.__struct_fields__)
        assert not {"external_id", "number"} & set(facts.sends.fields), "R65: the number is the provider's"
        assert (save.create is not None) is facts.sends.creates
        assert (save.found is not None) is facts.sends.creates
        assert set(kit_of(provider_of).saves[facts.kind].changes) == set(facts.sends.fields)
    for facts in provider_of.facts.kinds:
        if facts.place is not None and facts.place.url:
            assert facts.place.url.format(web="https://there.example").startswith("https://there.example/")


def test_r63_r65_a_new_record_stands_there_once_with_an_id_of_the_providers(subject: Subject) -> None:
    if subject.save.create is None:
        pytest.skip("made only there, as its facts say")
    before = set(subject.kit.ids(subject.provider.sandbox))
    stands = subject.save.create(subject.api, subject.kit.new, REFERENCE)
    assert set(subject.kit.ids(subject.provider.sandbox)) - before == {stands.external_id}
    assert differing(stands.record, subject.kit.new) == ()
    assert stands.record == subject.read(stands.external_id).record == subject.pulled()[stands.external_id]
    assert [found.external_id for found in subject.looked_for()] == [stands.external_id]


def test_what_is_read_is_what_the_pull_brings_so_that_an_echo_is_no_change(subject: Subject) -> None:
    for external_id, record in subject.pulled().items():
        assert fingerprint(subject.read(external_id).record) == fingerprint(record)
        people = getattr(record, "member_ids", ())
        assert people == tuple(sorted(people)), "an order of people means nothing, and must not look like a change"
    assert subject.save.read(subject.api, "999999") is None


def test_every_declared_field_changes_alone_and_nothing_else_is_lost(subject: Subject) -> None:
    external_id = subject.made()
    unknown = subject.kit.unknown(subject.provider.sandbox, external_id)
    assert unknown
    after = subject.read(external_id)
    for name, value in subject.kit.changes.items():
        stands = subject.read(external_id)
        wanted = msgspec.structs.replace(stands.record, **{name: value})
        assert wanted != stands.record, f"{name}: the kit names the value it has"
        after = subject.save.update(subject.api, stands, wanted)
        assert after.record == subject.read(external_id).record == wanted, name
        assert subject.kit.unknown(subject.provider.sandbox, external_id) == unknown, name
    assert subject.pulled()[external_id] == after.record


def test_what_somebody_changed_there_stays_when_busy_changes_another_field(subject: Subject) -> None:
    if len(subject.kit.changes) < 2:
        pytest.skip("only one field goes out")
    external_id = subject.made()
    (theirs, there), (ours, here) = list(subject.kit.changes.items())[:2]
    subject.kit.edit(subject.provider.sandbox, external_id, {theirs: there})
    stands = subject.deliver(external_id, {ours: here})
    assert (getattr(stands.record, theirs), getattr(stands.record, ours)) == (there, here)


@pytest.mark.parametrize("fault", LOST, ids=lambda fault: f"{fault.kind}-{fault.status}-{fault.after}-{fault.count}")
def test_r113_an_answer_lost_still_makes_one_and_changes_it(subject: Subject, fault: Fault) -> None:
    sandbox, ((make, path), (change, one)) = subject.provider.sandbox, subject.kit.writes
    external_id = subject.kit.existing
    if subject.save.create is not None:
        before = set(subject.kit.ids(sandbox))
        sandbox.arm(replace(fault, method=make, path=path))
        external_id = subject.deliver_new()
        sandbox.disarm()
        assert set(subject.kit.ids(sandbox)) - before == {external_id}
    sandbox.arm(replace(fault, method=change, path=one))
    stands = subject.deliver(external_id, dict(subject.kit.changes))
    sandbox.disarm()
    assert subject.read(external_id).record == stands.record
    assert all(getattr(stands.record, name) == value for name, value in subject.kit.changes.items())
