"""The sign-ins of both vendors: consent, codes, tokens, revocation. As strict as RFC 6749 and their own pages ask."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from integrations.kernel.sandbox import Request, Response
from tools.calendar_sandbox.book import Account

CLIENT_ID = "busy-demo"
CLIENT_SECRET = "a secret that only the sandbox knows"  # noqa: S105
CODE_LIFE = 300.0  # seconds
# Ports of this machine differ from run to run.
_REDIRECT = re.compile(r"^http://(?:127\.0\.0\.1|localhost|testserver)(?::\d+)?/calendars/signed-in/$")
_GOOGLE_SCOPES = {
    "https://www.googleapis.com/auth/calendar.calendarlist.readonly": "See the list of your calendars",
    "https://www.googleapis.com/auth/calendar.events.readonly": "See events on all your calendars",
}
_MICROSOFT_SCOPES = {
    "offline_access": "Keep access to data you have given it access to",
    "https://graph.microsoft.com/Calendars.ReadBasic": "Read basic details of your calendars",
}
_SCOPES = {"google": _GOOGLE_SCOPES, "microsoft": _MICROSOFT_SCOPES}


class Identity:
    """`token_life` in seconds; the real ones give about 3600."""

    def __init__(self, accounts: Mapping[str, Mapping[str, Account]], state: Path | None) -> None:
        self._accounts = accounts
        self._state = state
        self._lock = threading.Lock()
        self.token_life = 3600
        self.codes: dict[str, dict[str, Any]] = {}
        self.grants: dict[str, dict[str, Any]] = {}  # by refresh token
        self.accesses: dict[str, dict[str, Any]] = {}
        if state and state.exists():
            kept = json.loads(state.read_text())
            self.grants, self.accesses = kept["grants"], kept["accesses"]

    # --- The person ---
    def consent(self, vendor: str, query: Mapping[str, str]) -> Response:
        fault = self._fault(vendor, query)
        if fault:
            return Response.html(_page("Sorry, something went wrong", f"<p>{escape(fault)}</p>"), 400)
        hidden = "".join(
            f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
            for name, value in query.items()
            if name != "scope"
        )
        hint = query.get("login_hint", "")
        who = "".join(
            f"<option{' selected' if one == hint else ''}>{escape(one)}</option>" for one in self._accounts[vendor]
        )
        untick = "" if vendor == "google" else " disabled"
        names = _SCOPES[vendor]
        asked = "".join(
            f'<p><label><input type="checkbox" name="scope" value="{escape(one)}" checked{untick}> {names[one]}</label>'
            for one in query["scope"].split()
        )
        if vendor == "microsoft":  # allowed as a whole
            asked += f'<input type="hidden" name="scope" value="{escape(query["scope"])}">'
        form = (
            f'<form method="post">{hidden}<p><label>Account<br><select name="account">{who}</select></label></p>'
            f"<p>Busy wants to:</p>{asked}"
            '<p><button name="decision" value="allow">Allow</button>'
            ' <button name="decision" value="deny">Cancel</button></form>'
        )
        return Response.html(_page(f"Sign in with {vendor.title()}", form))

    def decided(self, vendor: str, request: Request) -> Response:
        form: dict[str, str] = {}
        for name, value in parse_qsl(request.body.decode(), keep_blank_values=True):
            form[name] = f"{form[name]} {value}" if name == "scope" and name in form else value
        fault = self._fault(vendor, form, is_answer=True)
        if fault or form.get("account") not in self._accounts[vendor]:
            return Response.html(_page("Sorry, something went wrong", f"<p>{escape(fault)}</p>"), 400)
        back = {"state": form["state"]} if form.get("state") else {}
        if form.get("decision") != "allow":
            return _redirect(form["redirect_uri"], {"error": "access_denied", **back})
        code = secrets.token_urlsafe(24)
        self.codes[code] = {
            "vendor": vendor,
            "redirect": form["redirect_uri"],
            "challenge": form.get("code_challenge", ""),
            "scopes": form.get("scope", "").split(),
            "account": form["account"],
            "offline": form.get("access_type") == "offline"
            if vendor == "google"
            else "offline_access" in form["scope"],
            "until": time.time() + CODE_LIFE,
        }
        return _redirect(form["redirect_uri"], {"code": code, **back})

    def _fault(self, vendor: str, query: Mapping[str, str], *, is_answer: bool = False) -> str:
        """Nothing is sent back to an address that is not known to be the application's."""
        scopes = set(query.get("scope", "").split())
        if query.get("client_id") != CLIENT_ID:
            return "unauthorized_client"
        if not _REDIRECT.match(query.get("redirect_uri", "")):
            return "redirect_uri_mismatch"
        if query.get("response_type") != "code":
            return "unsupported_response_type"
        if not scopes <= set(_SCOPES[vendor]) or not (scopes or is_answer):
            return "invalid_scope"
        if not query.get("code_challenge") or query.get("code_challenge_method") != "S256":
            return "invalid_request: code_challenge"
        return ""

    # --- The application ---
    def token(self, vendor: str, request: Request) -> Response:
        form = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
        if request.headers.get("content-type", "").partition(";")[0] != "application/x-www-form-urlencoded":
            return refused("invalid_request")
        if form.get("client_id") != CLIENT_ID or form.get("client_secret") != CLIENT_SECRET:
            return refused("invalid_client", 401)
        with self._lock:
            if form.get("grant_type") == "authorization_code":
                return self._by_code(vendor, form)
            if form.get("grant_type") == "refresh_token":
                return self._by_refresh(vendor, form)
        return refused("unsupported_grant_type")

    def _by_code(self, vendor: str, form: Mapping[str, str]) -> Response:
        code = self.codes.pop(form.get("code", ""), None)
        verifier = form.get("code_verifier", "")
        challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        is_good = (
            code is not None
            and code["vendor"] == vendor
            and code["redirect"] == form.get("redirect_uri")
            and code["challenge"] == challenge
            and code["until"] > time.time()
        )
        if code is None or not is_good:
            return refused("invalid_grant")
        grant = {"vendor": vendor, "account": code["account"], "scopes": code["scopes"], "ended": False}
        return self._tokens(grant, with_refresh=code["offline"])

    def _by_refresh(self, vendor: str, form: Mapping[str, str]) -> Response:
        grant = self.grants.get(form.get("refresh_token", ""))
        if grant is None or grant["vendor"] != vendor or grant["ended"]:
            return refused("invalid_grant")
        # Google keeps the refresh token; Microsoft gives another, and the old one goes on for a while.
        return self._tokens(grant, with_refresh=vendor == "microsoft")

    def _tokens(self, grant: dict[str, Any], *, with_refresh: bool) -> Response:
        access = (
            f"ya29.{secrets.token_urlsafe(40)}" if grant["vendor"] == "google" else f"eyJ0{secrets.token_urlsafe(60)}"
        )
        self.accesses[access] = {**grant, "until": time.time() + self.token_life}
        body: dict[str, Any] = {
            "access_token": access,
            "expires_in": self.token_life,
            "scope": " ".join(grant["scopes"]),
            "token_type": "Bearer",
        }
        if with_refresh:
            body["refresh_token"] = secrets.token_urlsafe(40)
            self.grants[body["refresh_token"]] = grant
        self._keep()
        return Response.json(body)

    def revoke(self, vendor: str, request: Request) -> Response:
        form = dict(parse_qsl(request.body.decode()))
        grant = self.grants.get(form.get("token", ""))
        if grant is None or grant["vendor"] != vendor or grant["ended"]:
            return refused("invalid_token")
        self.end(vendor, grant["account"])
        return Response.json({})

    # --- What the API and the stories ask ---
    def account_of(self, vendor: str, request: Request) -> tuple[Account, set[str]] | None:
        """Who asks, and for what they are allowed."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        access = self.accesses.get(token)
        if kind != "Bearer" or access is None or access["vendor"] != vendor or access["until"] < time.time():
            return None
        if access.get("ended"):
            return None
        return self._accounts[vendor][access["account"]], set(access["scopes"])

    def end(self, vendor: str, address: str) -> None:
        """The person, or an administrator, takes the access away."""
        for grant in [*self.grants.values(), *self.accesses.values()]:
            if (grant["vendor"], grant["account"]) == (vendor, address):
                grant["ended"] = True
        self._keep()

    def expire(self) -> None:
        """As if an hour had passed."""
        for access in self.accesses.values():
            access["until"] = 0
        self._keep()

    def living(self, vendor: str) -> int:
        return sum(grant["vendor"] == vendor and not grant["ended"] for grant in self.grants.values())

    def _keep(self) -> None:
        if self._state:
            draft = self._state.with_suffix(".new")
            draft.write_text(json.dumps({"grants": self.grants, "accesses": self.accesses}))
            draft.replace(self._state)


def refused(error: str, status: int = 400) -> Response:
    return Response.json({"error": error, "error_description": "as the sandbox says it"}, status)


def _redirect(uri: str, values: Mapping[str, str]) -> Response:
    return Response(status=302, headers={"Location": f"{uri}?{urlencode(values)}"})


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>"
        f"body{{font:16px/1.5 system-ui;max-width:30rem;margin:3rem auto;padding:0 1rem}}"
        f"button,select{{font:inherit;padding:.4rem 1rem}}</style><p><small>Sandbox of the demo</small></p>"
        f"<h1>{escape(title)}</h1>{body}</html>"
    )
