"""The people of the tests: Anna works at Fjell, Bo manages, Dina administers; Cilla runs another company."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test import Client

from busy.workspaces.models import Membership, Role, User, Workspace
from busy.workspaces.scope import scope
from busy.workspaces.services import create_workspace

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Person:
    """A member with a signed-in browser. ``get`` and ``post`` take a path below the workspace's own address."""

    membership: Membership

    @cached_property
    def client(self) -> Client:
        """Signed in when it is first asked for: most people of a story never open a page. A story that counts
        statements counts its own only."""
        client, counts = Client(), connection.force_debug_cursor
        connection.force_debug_cursor = False
        try:
            client.force_login(self.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        finally:
            connection.force_debug_cursor = counts
        return client

    @property
    def workspace(self) -> Workspace:
        return self.membership.workspace

    @property
    def user(self) -> User:
        return self.membership.user

    def url(self, path: str = "") -> str:
        return path if path.startswith("/") else f"/w/{self.workspace.slug}/{path}"

    def get(self, path: str = "", **kwargs: Any) -> Any:
        return self.client.get(self.url(path), **kwargs)

    def post(self, path: str = "", data: Any = None, **kwargs: Any) -> Any:
        return self.client.post(self.url(path), data, **kwargs)

    def post_json(self, path: str, data: Any) -> Any:
        return self.client.post(
            self.url(path), data, content_type="application/json", headers={"accept": "application/json"}
        )


def make_user(name: str, *, language: str = "en") -> User:
    """A person whose address is proven, so that signing in asks for no code."""
    email = f"{name.split(maxsplit=1)[0].lower()}@busy.example"
    user = User.objects.create(email=email, name=name, language=language, password=_hashed_password())
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


@cache
def _hashed_password() -> str:
    """Hashing takes a third of a second, so once is enough."""
    return make_password(PASSWORD)


def sign_in(membership: Membership) -> Person:
    return Person(membership)


def found_workspace(name: str, founder: str) -> Membership:
    """A workspace and its administrator."""
    workspace = create_workspace(name=name, by=make_user(founder), zone="Europe/Oslo", currency="NOK", language="nb")
    with scope(workspace.pk):
        return Membership.objects.select_related("workspace", "user").get()


def join(workspace: Workspace, name: str, role: Role) -> Membership:
    with scope(workspace.pk):
        membership = Membership.objects.create(workspace=workspace, user=make_user(name), role=role)
        return Membership.objects.select_related("workspace", "user").get(pk=membership.pk)
