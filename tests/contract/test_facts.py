"""The facts of each provider are complete enough for the pages that are built from them."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from typing import Any

from integrations.kernel.connector import Connector
from integrations.kernel.errors import Code
from integrations.kernel.facts import HourTrigger
from integrations.kernel.payloads import OrderPayload
from integrations.kernel.registry import logo
from integrations.problems import CHECKS
from tests.contract.conftest import Provider


def test_r12_the_connect_form_can_be_built(connector: Connector[Any]) -> None:
    facts = connector.facts
    assert facts.tagline
    assert facts.credentials or facts.oauth
    for field in facts.credentials:
        assert field.label
        assert field.help
        re.compile(field.pattern)
    assert len(facts.steps) >= 2
    for step in facts.steps:
        named = set(re.findall(r"%\((\w+)\)s", step.text))
        assert named == set(step.values), step.text


def test_every_kind_that_is_pulled_has_its_facts_and_the_other_way_round(connector: Connector[Any]) -> None:
    kinds = [facts.kind for facts in connector.facts.kinds]
    assert sorted(kinds) == sorted(pull.kind for pull in connector.pulls)
    assert len(set(kinds)) == len(kinds)
    for facts in connector.facts.kinds:
        assert 5 <= facts.interval <= 3600
        assert set(facts.owned) <= set(connector.pull(facts.kind).record.__struct_fields__)  # type: ignore[union-attr]


def test_limits_and_timeouts_keep_a_worker_safe(connector: Connector[Any]) -> None:
    facts = connector.facts
    assert facts.page_size > 0
    assert facts.limits.parallel >= 1
    assert 0 < facts.timeouts.connect <= facts.timeouts.total
    assert facts.timeouts.total <= 120, "a request must end well before the worker's lease does"
    assert facts.base_url.startswith("https://")


def test_r73_r84_hour_triggers_begin_from_a_known_default(connector: Connector[Any]) -> None:
    facts = connector.facts
    assert facts.default_hour_trigger == HourTrigger.OFF
    assert not facts.hour_triggers or HourTrigger.OFF in facts.hour_triggers
    assert len(set(facts.hour_triggers)) == len(facts.hour_triggers)


def test_an_order_push_says_where_our_reference_goes(connector: Connector[Any]) -> None:
    if connector.push(OrderPayload) is not None:
        assert connector.facts.order_reference is not None
        assert connector.facts.order_reference.length >= 20
        assert connector.facts.order_next_step


def test_own_problem_codes_have_a_text_and_shadow_none_of_the_kernel(connector: Connector[Any]) -> None:
    assert all(connector.facts.problems.values())
    assert not set(connector.facts.problems) & set(Code)
    assert all(connector.facts.checks.values())
    assert not set(connector.facts.checks) & set(CHECKS)


def test_deep_links_are_made_of_what_we_have(connector: Connector[Any]) -> None:
    for template in connector.facts.links.values():
        assert template.format(web="https://there.example", id="1", number="2").startswith("https://there.example/")


def test_the_mark_is_a_plain_drawing(connector: Connector[Any]) -> None:
    drawing = logo(connector.facts.key)
    root = ElementTree.fromstring(drawing)
    assert root.tag.endswith("svg")
    assert "<script" not in drawing
    assert "style=" not in drawing, "a strict CSP refuses style attributes"


def test_settings_come_from_the_environment_by_name(connector: Connector[Any]) -> None:
    facts = connector.facts
    environ = {facts.variable(setting.key): f"value of {setting.key}" for setting in facts.settings}
    environ |= {facts.variable("url"): "http://127.0.0.1:1/v2", facts.variable("other"): "not ours"}
    wanted = {setting.key: f"value of {setting.key}" for setting in facts.settings} | {"url": "http://127.0.0.1:1/v2"}
    assert facts.settings_from(environ) == wanted
    assert facts.settings_from({facts.variable("url"): ""}) == {}


def test_r11_the_demo_company_answers_with_its_name(provider: Provider) -> None:
    company = provider.connector.check(provider.api)
    assert provider.connector.facts.sandbox is not None
    assert company.name == provider.connector.facts.sandbox.company
    assert company.id
    assert company.missing == ()
