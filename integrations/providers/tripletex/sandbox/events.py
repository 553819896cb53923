"""Subscriptions to events, and the signed messages that follow a change."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping

from integrations.providers.tripletex.sandbox.contract import Fault
from integrations.providers.tripletex.sandbox.store import Object, Store
from integrations.providers.tripletex.watch import signature

KIND = "EventSubscription"
_SUBJECTS = ("customer", "project", "product", "order", "employee", "contact", "supplier", "account", "voucher")
KNOWN = frozenset(f"{subject}.{verb}" for subject in _SUBJECTS for verb in ("create", "update", "delete"))
_LONGEST = 255

# (address, headers, body) -> status of the answer
Send = Callable[[str, Mapping[str, str], bytes], int]


def subscription_faults(body: Object) -> list[Fault]:
    faults = [Fault(18000, name, "Kan ikke være null.") for name in ("event", "targetUrl") if not body.get(name)]
    if body.get("event") and body["event"] not in KNOWN:
        faults.append(Fault(18000, "event", "Ukjent hendelse."))
    url = str(body.get("targetUrl") or "")
    if url and (not url.startswith("https://") or len(url) > _LONGEST):
        faults.append(Fault(18000, "targetUrl", "Må være en absolutt https-adresse."))
    return faults


def subscribe(store: Store, company: int, body: Object) -> Object:
    made = {**body, "id": store.next("subscription id", 5001), "status": "ACTIVE"}
    store.put(company, KIND, made)
    return made


def announce(store: Store, company: int, event: str, object_id: int, send: Send) -> list[int]:
    """Tell everybody who subscribed; the statuses of their answers."""
    answers = []
    for subscription in store.all(company, KIND):
        if subscription["event"] != event or subscription["status"] != "ACTIVE":
            continue
        value = None if event.endswith(".delete") else {"id": object_id}
        said = {"subscriptionId": subscription["id"], "event": event, "id": object_id, "value": value}
        body, key = json.dumps(said).encode(), str(uuid.uuid4())
        headers = {"content-type": "application/json", "idempotency-key": key}
        if secret := subscription.get("hmacSharedSecret"):
            headers["x-request-signature"] = signature(secret, key, body)
        answers.append(send(subscription["targetUrl"], headers, body))
    return answers
