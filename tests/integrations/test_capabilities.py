"""R108: what each system can do stands side by side, and is what the connectors can do."""

from __future__ import annotations

from dataclasses import replace

from integrations.capabilities import compare
from integrations.kernel.registry import connector
from tests.people import Person

TRIPLETEX = connector("tripletex")


def test_r83_r84_the_choices_of_hours_stand_there_with_beta_and_the_recommendation() -> None:
    lines = {line.label: line.notes for group in compare([TRIPLETEX]) for line in group.abilities}
    assert lines["Hours"] == ("as daily totals, beta",)
    assert lines["Do not transfer"] == ("recommended",)
    choices = ("On submission for approval", "On approval", "On order completion")
    assert [lines[label] for label in choices] == [("",)] * 3
    assert lines["Projects"] == ("every minute, by choice",)


def test_r108_what_goes_both_ways_stands_under_both_and_says_what_it_goes_by() -> None:
    comes, goes, *_rest = compare([connector("twentyfoursevenoffice"), connector("uniconta")])
    assert {one.label: one.notes for one in comes.abilities}["Customers"] == (
        "made only there, every 45 minutes",
        "both ways, by customer tag, every 15 minutes",
    )
    sent = {one.label: one.notes for one in goes.abilities}
    assert sent["Customers"] == (None, "made and changed in Busy, by customer tag")
    assert sent["Finished orders"] == ("with the status you choose", "as order drafts")


def test_what_a_system_cannot_do_is_empty_and_what_none_can_is_left_out() -> None:
    without = replace(TRIPLETEX, puts=(), pulls=TRIPLETEX.pulls[:1])
    groups = compare([TRIPLETEX, without])
    lines = {line.label: line.notes for group in groups for line in group.abilities}
    assert lines["Hours"] == ("as daily totals, beta", None)
    assert lines["On approval"] == ("", None)
    assert [group.label for group in compare([without])] == ["Comes in", "Goes out"]


def test_dina_finds_it_from_the_list_of_integrations_and_anna_does_not(dina: Person, anna: Person) -> None:
    address = dina.url("settings/integrations/compare/")
    assert f'href="{address}"' in dina.get("settings/integrations/").content.decode()
    page = dina.get(address).content.decode()
    assert "Tripletex" in page
    assert "as daily totals" in page
    assert anna.get(address).status_code == 403


def test_the_list_counts_what_a_person_types_and_not_what_is_chosen_afterwards(dina: Person) -> None:
    page = dina.get("settings/integrations/").content.decode()
    assert "You need 2 values from 24SevenOffice" in page
    assert "You need 4 values from Uniconta" in page
    assert "You need one key from Xledger" in page
