"""The identity server: consent, codes, tokens, revocation. As strict as RFC 6749 and the vendor's own page ask.

Two kinds of application, as the vendor has them: older ones get a new refresh token with each renewal, and the one
before is dead; newer ones keep theirs.
"""

from __future__ import annotations

import binascii
import hashlib
import json
import re
import time
import uuid
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Mapping
from html import escape
from urllib.parse import parse_qsl, unquote, urlencode

from integrations.kernel.sandbox import Request, Response
from integrations.kernel.sandbox.store import Object, Store
from integrations.providers.visma_eaccounting.sandbox.pages import framed

CODE_LIFE = 300.0  # seconds
SCOPES = frozenset(
    ("ea:api", "offline_access", "ea:sales", "ea:sales_readonly", "ea:accounting", "ea:accounting_readonly",
     "ea:purchase", "ea:purchase_readonly", "openid", "profile", "email")
)  # fmt: skip
_OWN = ""  # the identity server's company in the store
# Ports of this machine differ from run to run, so one of them stands for all.
_LOOPBACK = re.compile(r"^http://(?:127\.0\.0\.1|localhost):\d+/")


class Identity:
    """`token_life` in seconds; the real one gives 3600."""

    def __init__(self, store: Store, *, token_life: float = 3600) -> None:
        self._store = store
        self.token_life = token_life

    def answer(self, request: Request) -> Response:
        match (request.method, request.path):
            case ("GET", "/connect/authorize"):
                return self._consent(dict(request.query))
            case ("POST", "/connect/authorize"):
                return self._decided(_form(request))
            case ("POST", "/connect/token"):
                return self._token(request)
            case ("POST", "/connect/revocation"):
                return self._revoked(request)
        return Response.html(framed("Not found", ""), 404)

    # --- The person ---

    def _consent(self, query: Mapping[str, str]) -> Response:
        fault = self._request_fault(query)
        if fault:
            return Response.html(framed("Sorry, there was an error", f"<p>{escape(fault)}</p>"), 400)
        return Response.html(framed("Sign in", self._consent_form(query)))

    def _request_fault(self, query: Mapping[str, str]) -> str:
        """Nothing is sent back to an address that is not known to be the application's."""
        client = self._store.get(_OWN, "clients", query.get("client_id", ""))
        if client is None:
            return "unauthorized_client"
        if _generic(query.get("redirect_uri", "")) not in client["redirects"]:
            return "Invalid redirect_uri"
        if query.get("response_type") != "code":
            return "unsupported_response_type"
        asked = query.get("scope", "").split()
        if not asked or not set(asked) <= set(client["scopes"]):
            return "invalid_scope"
        if query.get("code_challenge") and query.get("code_challenge_method") != "S256":
            return "Transform algorithm not supported"
        return ""

    def _consent_form(self, query: Mapping[str, str]) -> str:
        hidden = "".join(
            f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in query.items()
        )
        users = "".join(f"<option>{escape(user['Id'])}</option>" for user in self._store.all(_OWN, "users"))
        companies = "".join(
            f'<option value="{company["Id"]}">{escape(company["Name"])}</option>'
            for company in self._store.all(_OWN, "companies")
        )
        return (
            f'<form method="post" action="/connect/authorize">{hidden}'
            f'<p><label>User<br><select name="user">{users}</select></label></p>'
            f'<p><label>Company<br><select name="company">{companies}</select></label></p>'
            f"<p>Busy asks for: {escape(query.get('scope', ''))}</p>"
            '<p><button name="decision" value="allow">Allow</button> <button name="decision" value="deny">Deny</button>'
            "</p></form>"
        )

    def _decided(self, form: Mapping[str, str]) -> Response:
        fault = self._request_fault(form)
        user = self._store.get(_OWN, "users", form.get("user", ""))
        if fault or user is None or form.get("company") not in (user or {}).get("companies", []):
            return Response.html(framed("Sorry, there was an error", f"<p>{escape(fault or 'No access')}</p>"), 400)
        back = {"state": form["state"]} if form.get("state") else {}
        if form.get("decision") != "allow":
            return _redirect(form["redirect_uri"], {"error": "access_denied", **back})
        code: Object = {
            "Id": uuid.uuid4().hex.upper(),
            "client": form["client_id"],
            "redirect": form["redirect_uri"],
            "challenge": form.get("code_challenge", ""),
            "scopes": form["scope"].split(),
            "user": user["Id"],
            "company": form["company"],
            "until": time.time() + CODE_LIFE,
        }
        self._store.put(_OWN, "codes", code)
        return _redirect(form["redirect_uri"], {"code": code["Id"], **back})

    # --- The application ---

    def _token(self, request: Request) -> Response:
        form = _form(request)
        with self._store.lock:
            client = self._client(request)
            if client is None:
                return _refused("invalid_client", 401)
            if form.get("grant_type") == "authorization_code":
                return self._by_code(client, form)
            if form.get("grant_type") == "refresh_token":
                return self._by_refresh(client, form)
        return _refused("unsupported_grant_type")

    def _client(self, request: Request) -> Object | None:
        kind, _, encoded = request.headers.get("authorization", "").partition(" ")
        try:
            name, _, secret = b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        client = self._store.get(_OWN, "clients", unquote(name))
        return client if client and kind.lower() == "basic" and client["secret"] == unquote(secret) else None

    def _by_code(self, client: Object, form: Mapping[str, str]) -> Response:
        code = self._store.get(_OWN, "codes", form.get("code", ""))
        if code is None or code["client"] != client["Id"] or code["redirect"] != form.get("redirect_uri"):
            return _refused("invalid_grant")
        if code.get("grant"):  # a code that comes twice was seen by somebody else: what it gave is taken back
            self.end(code["grant"])
            return _refused("invalid_grant")
        verifier = form.get("code_verifier", "")
        challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        if code["until"] < time.time() or (code["challenge"] and challenge != code["challenge"]):
            return _refused("invalid_grant")
        grant = self._granted(client["Id"], code["user"], code["company"], code["scopes"])
        self._store.put(_OWN, "codes", {**code, "grant": grant["Id"]})
        refresh = self._new_refresh(grant) if "offline_access" in grant["scopes"] else ""
        return self._tokens(grant, refresh)

    def _granted(self, client: str, user: str, company: str, scopes: list[str]) -> Object:
        grant: Object = {
            "Id": uuid.uuid4().hex,
            "client": client,
            "user": user,
            "company": company,
            "scopes": scopes,
            "password": self._password_of(user),
            "ended": False,
        }
        self._store.put(_OWN, "grants", grant)
        return grant

    def _by_refresh(self, client: Object, form: Mapping[str, str]) -> Response:
        refresh = self._store.get(_OWN, "refreshes", form.get("refresh_token", ""))
        grant = self._store.get(_OWN, "grants", refresh["grant"]) if refresh else None
        if refresh is None or grant is None or grant["client"] != client["Id"] or refresh["used"] or grant["ended"]:
            return _refused("invalid_grant")
        if grant["password"] != self._password_of(grant["user"]):  # R57
            return _refused("invalid_grant")
        if not client["rotates"]:
            return self._tokens(grant, refresh["Id"])
        self._store.put(_OWN, "refreshes", {**refresh, "used": True})
        return self._tokens(grant, self._new_refresh(grant))

    def _tokens(self, grant: Object, refresh: str) -> Response:
        claims = {
            "iss": "https://identity.vismaonline.com", "sub": grant["user"], "customer_id": grant["company"],
            "client_id": grant["client"], "scope": grant["scopes"], "exp": int(time.time() + self.token_life),
            "jti": uuid.uuid4().hex,
        }  # fmt: skip
        token = f"{_part({'alg': 'RS256', 'typ': 'at+jwt'})}.{_part(claims)}.c2FuZGJveA"
        until = time.time() + self.token_life
        self._store.put(_OWN, "accesses", {"Id": token, "grant": grant["Id"], "until": until})
        body = {"access_token": token, "token_type": "bearer", "expires_in": int(self.token_life)}
        return Response.json({**body, "refresh_token": refresh} if refresh else body)

    def _new_refresh(self, grant: Object) -> str:
        token = uuid.uuid4().hex + uuid.uuid4().hex
        self._store.put(_OWN, "refreshes", {"Id": token, "grant": grant["Id"], "used": False})
        return token

    def _revoked(self, request: Request) -> Response:
        if self._client(request) is None:
            return _refused("invalid_client", 401)
        refresh = self._store.get(_OWN, "refreshes", _form(request).get("token", ""))
        if refresh:
            self.end(refresh["grant"])
        return Response()

    # --- What the API and the stories ask ---

    def grant_of(self, token: str) -> Object | None:
        """The living grant behind an access token. A changed password ends it only when the token does."""
        access = self._store.get(_OWN, "accesses", token)
        if access is None or access["until"] < time.time():
            return None
        grant = self._store.get(_OWN, "grants", access["grant"])
        return grant if grant and not grant["ended"] else None

    def sign_in(self, client: str, user: str, company: str) -> str:
        """As if the person had allowed everything that the application may ask for: a refresh token."""
        known = self._store.get(_OWN, "clients", client)
        assert known is not None
        return self._new_refresh(self._granted(client, user, company, known["scopes"]))

    def end(self, grant_id: str, *, ended: bool = True) -> None:
        grant = self._store.get(_OWN, "grants", grant_id)
        if grant:
            self._store.put(_OWN, "grants", {**grant, "ended": ended})

    def expire_accesses(self) -> None:
        """As if an hour had passed."""
        found = self._store.all(_OWN, "accesses")
        self._store.put(_OWN, "accesses", *[{**access, "until": 0} for access in found])

    def change_password(self, user: str) -> None:
        found = self._store.get(_OWN, "users", user)
        if found:
            self._store.put(_OWN, "users", {**found, "password": found["password"] + 1})

    def _password_of(self, user: str) -> int:
        found = self._store.get(_OWN, "users", user)
        return int(found["password"]) if found else -1


def _generic(uri: str) -> str:
    return _LOOPBACK.sub("http://localhost/", uri)


def _redirect(uri: str, values: Mapping[str, str]) -> Response:
    return Response(status=302, headers={"Location": f"{uri}?{urlencode(values)}"})


def _refused(error: str, status: int = 400) -> Response:
    return Response.json({"error": error}, status)


def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl(request.body.decode(), keep_blank_values=True))


def _part(claims: Mapping[str, object]) -> str:
    return urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
