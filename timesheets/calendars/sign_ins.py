"""A sign-in on its way: what the browser's session remembers while the person is at the vendor's.

The state names the workspace, since a vendor knows one address of Busy for all of them. It is good once, for a while,
in the session and for the member that it was made for.
"""

from __future__ import annotations

import hashlib
import secrets as random
import time
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any

from busy.lib import secrets
from busy.workspaces.models import Membership
from timesheets.calendars.oauth import authorize_url, new_verifier
from timesheets.calendars.vendors import Vendor, vendor_of

LIFE = 15 * 60  # seconds: a person may have to find a password
_KEPT = "calendar_sign_ins"
_MOST = 5  # tabs of one browser that sign in at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    vendor: Vendor
    verifier: str = field(repr=False)


def start(
    session: MutableMapping[str, Any], vendor: Vendor, *, redirect_uri: str, by: Membership, hint: str = ""
) -> str:
    """Where to send the person. Raises SetupMissing."""
    state, verifier = f"{by.workspace.slug}.{random.token_urlsafe(32)}", new_verifier()
    url = authorize_url(vendor, redirect_uri=redirect_uri, state=state, verifier=verifier, hint=hint)
    digest = _digest(state)
    waiting = sorted(_waiting(session).items(), key=lambda item: item[1]["until"])[1 - _MOST :]
    session[_KEPT] = dict(waiting) | {
        digest: {
            "vendor": vendor.key,
            "member": by.pk,
            "verifier": secrets.seal(verifier, context=_context(digest)),
            "until": time.time() + LIFE,
        }
    }
    return url


def slug_of(state: str) -> str:
    """Which workspace a state says it is of; "" for none. Whoever comes with it still goes through that one's door."""
    return state.partition(".")[0] if "." in state else ""


def claim(session: MutableMapping[str, Any], state: str, *, by: Membership) -> Claimed | None:
    """Take the sign-in out; None when this session has none for the state and the member, or too long ago."""
    waiting, digest = _waiting(session), _digest(state)
    found = waiting.pop(digest, None)
    session[_KEPT] = waiting
    if found is None or found["member"] != by.pk:
        return None
    try:
        verifier = secrets.unseal(found["verifier"], context=_context(digest))
    except secrets.CannotDecrypt:  # the key was taken away in these minutes: ask once more
        return None
    return Claimed(vendor=vendor_of(found["vendor"]), verifier=verifier)


def _waiting(session: MutableMapping[str, Any]) -> dict[str, Any]:
    return {digest: one for digest, one in (session.get(_KEPT) or {}).items() if one["until"] > time.time()}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _context(digest: str) -> str:
    return f"calendar sign-in:{digest}"
