"""What makes Busy an app: the manifest, the service worker, the page for the time without a network."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.people import Person


def manifest(client: Client, **headers: str) -> dict[str, Any]:
    answer = client.get("/manifest.webmanifest", headers=headers)
    assert answer["Content-Type"] == "application/manifest+json"
    found: dict[str, Any] = json.loads(answer.content)
    return found


def test_the_manifest_speaks_the_readers_language_and_begins_on_the_timeline(anna: Person) -> None:
    told = manifest(anna.client)
    assert (told["display"], told["scope"], told["lang"]) == ("standalone", "/", "en")
    start = anna.client.get(told["start_url"])
    assert start["Location"] == anna.url("timeline/")
    assert manifest(Client(), **{"Accept-Language": "sv"})["lang"] == "sv"


def test_its_shortcuts_lead_to_pages_of_the_last_workspace(anna: Person) -> None:
    shortcuts = manifest(anna.client)["shortcuts"]
    found = {anna.client.get(shortcut["url"])["Location"] for shortcut in shortcuts}
    assert found == {anna.url("timer/"), anna.url("week/"), anna.url("timeline/")}
    assert anna.client.get("/open/nowhere/").status_code == 404


def test_the_signed_out_sign_in_first(db: None) -> None:
    stranger = Client()
    assert stranger.get("/open/timeline/")["Location"].startswith(reverse("account_login"))


def test_the_worker_rules_the_root_and_names_the_files_of_the_offline_page(client: Client) -> None:
    answer = client.get("/service-worker.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert "max-age=0" in answer["Cache-Control"]
    listed = re.search(r"^const FILES = (\[.*\]);$", answer.content.decode(), re.MULTILINE)
    assert listed
    files = json.loads(listed[1])
    assert "/static/js/busy.js" in files
    assert "/static/css/tokens.css" in files
    assert not any("/w/" in path for path in files)


@pytest.mark.parametrize(("language", "told"), [("nb", "Ingen kontakt med Busy"), ("en", "No way to Busy")])
def test_the_offline_page_knows_nobody_and_speaks_the_language_asked_for(
    anna: Person, language: str, told: str
) -> None:
    answer = anna.client.get("/offline/", {"language": language})
    page = answer.content.decode()
    assert f'<html lang="{language}"' in page
    assert told in page
    assert "csrf-token" not in page
    assert "Anna" not in page
    assert not answer.cookies


def test_every_page_names_the_manifest_and_the_worker(anna: Person) -> None:
    page = anna.get("week/").content.decode()
    assert '<link rel="manifest" href="/manifest.webmanifest"' in page
    assert '<meta name="service-worker" content="/service-worker.js">' in page
