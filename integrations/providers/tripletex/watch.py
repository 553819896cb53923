"""Tripletex tells us that something changed: one subscription per subject and verb, signed (BETA) [spec].

No data is taken from what it sends: it says which kind to look at, and the look is what counts. There are no events for
activities.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping

import msgspec

from integrations.kernel.connector import Cursor, Watch
from integrations.kernel.parse import Row, identifier, optional_text, rows
from integrations.kernel.records import Kind
from integrations.providers.tripletex import refusals
from integrations.providers.tripletex.api import Params, TripletexApi

SUBSCRIPTIONS = "/event/subscription"
_SUBJECTS = {
    "customer": Kind.CUSTOMERS,
    "project": Kind.PROJECTS,
    "product": Kind.PRODUCTS,
    "employee": Kind.EMPLOYEES,
}
EVENTS = tuple(f"{subject}.{verb}" for subject in _SUBJECTS for verb in ("create", "update", "delete"))
_LISTED: Params = {"count": 1000, "fields": "id,event,targetUrl,status"}
_RIGHT = "events"  # every key may [inferred]: the subscription belongs to the employee of the key


def register(api: TripletexApi, url: str, secret: str) -> Cursor:
    """Have exactly one active subscription per event for our address. May be repeated, also after a lost answer.

    One that Tripletex has turned off, after a week of failures, is made anew.
    """
    found: dict[str, str] = {}
    for row in _ours(api, url):
        event, subscription = optional_text(row, "event"), identifier(row, "id")
        if optional_text(row, "status") in ("", "ACTIVE") and event in EVENTS and event not in found:
            found[event] = subscription
        else:
            _delete(api, subscription)
    for event in EVENTS:
        if event not in found:
            body = {"event": event, "targetUrl": url, "fields": "id", "hmacSharedSecret": secret}
            found[event] = identifier(api.post(SUBSCRIPTIONS, body, right=_RIGHT), "id")
    return {"url": url, "subscriptions": list(found.values())}


def unregister(api: TripletexApi, kept: Cursor) -> None:
    """Delete what stands there for our address; it may be gone already."""
    for row in _ours(api, str(kept["url"])):
        _delete(api, identifier(row, "id"))


def _ours(api: TripletexApi, url: str) -> list[Row]:
    listed = rows(api.get_list(SUBSCRIPTIONS, _LISTED, right=_RIGHT), "values")
    return [row for row in listed if optional_text(row, "targetUrl") == url]


def _delete(api: TripletexApi, subscription: str) -> None:
    answer = api.write("DELETE", f"{SUBSCRIPTIONS}/{subscription}")
    if not answer.ok and answer.status != 404:
        raise refusals.write_refused(answer, _RIGHT)


def signature(secret: str, idempotency_key: str, body: bytes) -> str:
    """base64(HMAC-SHA512(secret, idempotency-key + "&" + body)) [spec, since 2.71.19]."""
    said = idempotency_key.encode() + b"&" + body
    return b64encode(hmac.new(secret.encode(), said, hashlib.sha512).digest()).decode()


def verify(headers: Mapping[str, str], body: bytes, secret: str) -> bool:
    given = headers.get("x-request-signature", "")
    expected = signature(secret, headers.get("idempotency-key", ""), body)
    return hmac.compare_digest(given.encode(), expected.encode())


def hints(body: bytes) -> tuple[Kind, ...]:
    """The kinds to look at; none for what we do not know."""
    try:
        said = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ()
    event = said.get("event") if isinstance(said, dict) else None
    kind = _SUBJECTS.get(event.partition(".")[0]) if isinstance(event, str) else None
    return (kind,) if kind else ()


WATCH: Watch[TripletexApi] = Watch(register=register, unregister=unregister, verify=verify, hints=hints)
