"""Xledger over HTTP: tokens, limits, and the working schema executed by graphql-core."""

from __future__ import annotations

import base64
import binascii
import re
import threading
import time
from collections import deque
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec
from graphql import (
    DocumentNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    execute,
    get_operation_ast,
    parse,
    print_ast,
    validate,
)

from integrations.kernel.sandbox import Request, Response
from integrations.providers.xledger.sandbox import admin, pages
from integrations.providers.xledger.sandbox.errors import BURST, CONCURRENCY, CREDITS, Stop, failure, refused, shown
from integrations.providers.xledger.sandbox.reading import LISTS, Caller, queries
from integrations.providers.xledger.sandbox.seed import ENTITIES
from integrations.providers.xledger.sandbox.store import Store
from integrations.providers.xledger.sandbox.vocabulary import shared_schema
from integrations.providers.xledger.sandbox.writing import Writing

_LIMITS = {"burst": BURST, "concurrency": CONCURRENCY, "credits": CREDITS}
_WINDOW = 5.0  # seconds


class XledgerApp:
    """`burst` requests in five seconds, `concurrent` at a time."""

    prefix = "/graphql"

    def __init__(self, store: Store, *, burst: int = 100_000, concurrent: int = 100) -> None:
        self.store = store
        self.writing = Writing(store)
        self.schema = shared_schema()
        self._root = {**queries(store), **self.writing.resolvers}
        self._burst, self._concurrent = burst, concurrent
        self._lock = threading.Lock()
        self._recent: dict[str, deque[float]] = {}
        self._running = 0
        self.armed: list[tuple[str, object]] = []  # limits that the next requests meet, with `resetAt`
        self.heavy_above: int | None = None  # rows asked for, above which a query times out
        self.shows_schema = True

    def close(self) -> None:
        self.store.close()

    def answer(self, request: Request) -> Response:
        with self._lock:
            self._running += 1
        try:
            return self._answered(request)
        except Stop as stop:
            return stop.response
        finally:
            with self._lock:
                self._running -= 1

    def _answered(self, request: Request) -> Response:
        if request.method != "POST":
            return refused(400, "Must provide query string.")
        caller = self._caller(request)
        self._limited(caller)
        body = _body(request)
        try:
            text = str(body.get("query") or "")
            document = _read(text)
        except GraphQLError as error:
            return Response.json({"errors": [shown(error)]}, 400)
        if faults := [*self._faults(text), *self._hidden(document)]:
            return Response.json({"errors": [shown(error) for error in faults]}, 400)
        variables = body.get("variables") or {}
        if self.heavy_above is not None and int(variables.get("first") or 0) > self.heavy_above:
            return refused(200, "The query timed out.")
        result = execute(
            self.schema, document, root_value=self._root, context_value=caller,
            variable_values=variables, operation_name=body.get("operationName"),
        )  # fmt: skip
        answered: dict[str, Any] = {"data": result.data}  # type: ignore[union-attr] # nothing here is asynchronous
        if result.errors:  # type: ignore[union-attr]
            answered["errors"] = [shown(error) for error in result.errors]  # type: ignore[union-attr]
        return Response.json(answered)

    def _caller(self, request: Request) -> Caller:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind != "token" or not _is_base64url(token):
            message = 'Bad format for API Token. Expected header: "Authorization: token …"'
            raise Stop(refused(400, message))
        found = self.store.token(token)
        if found is None or found.get("revoked"):
            raise Stop(failure(401))
        missing, more = frozenset(found.get("missing") or ()), frozenset(found.get("more") or ())
        return Caller(token, found["owner"], missing, more)

    def _limited(self, caller: Caller) -> None:
        with self._lock:
            if self.armed:
                limit, reset_at = self.armed.pop(0)
                extensions = {"resetAt": reset_at} if reset_at is not None else {}
                raise Stop(refused(400, f"The {limit} limit is reached.", _LIMITS[limit], **extensions))
            now = time.monotonic()
            recent = self._recent.setdefault(caller.token, deque())
            while recent and now - recent[0] > _WINDOW:
                recent.popleft()
            if len(recent) >= self._burst:
                raise Stop(failure(429))
            recent.append(now)
            if self._running > self._concurrent:
                raise Stop(refused(400, "Too many requests at a time.", CONCURRENCY))

    def _faults(self, text: str) -> Sequence[GraphQLError]:
        """By the schema; one of this sandbox alone may have been changed since the last request."""
        return _shared_faults(text) if self.schema is shared_schema() else validate(self.schema, _read(text))

    def _hidden(self, document: DocumentNode) -> list[GraphQLError]:
        if self.shows_schema:
            return []
        asks = re.search(r"\b__(type|schema)\b", print_ast(document))
        return [GraphQLError("Introspection is not allowed.")] if asks else []

    def named(self, request: Request) -> tuple[str, str]:
        """GET for a query, POST for a mutation; the path is the operation's name."""
        try:
            body = msgspec.json.decode(request.body)
            operation = get_operation_ast(_read(body["query"]), body.get("operationName"))
        except (msgspec.DecodeError, GraphQLError, KeyError, TypeError):
            return request.method, request.path
        return _method(operation), f"/{operation.name.value if operation and operation.name else ''}"

    def unauthorized(self, request: Request) -> Response:
        return failure(401)

    def failure(self, request: Request, status: int) -> Response:
        return failure(status)

    def move(self, request: Request) -> None:
        """The first row of the list goes away, as when somebody deletes it while we read."""
        document = _read(msgspec.json.decode(request.body)["query"])
        for query, (kind, _) in LISTS.items():
            if f"'{query}'" not in str(document.to_dict()):
                continue
            for owner in ENTITIES:
                if found := self.store.all(owner, kind):
                    self.store.delete(owner, kind, found[0]["dbId"])
                    return

    def admin(self, request: Request) -> Response:
        return admin.answer(self, request)

    def page(self, request: Request) -> Response:
        return pages.page(self.store, request)


# Few documents come, again and again; to read and judge one takes far longer than to answer it.
@lru_cache(maxsize=256)
def _read(text: str) -> DocumentNode:
    """Raises GraphQLError."""
    return parse(text)


@lru_cache(maxsize=256)
def _shared_faults(text: str) -> Sequence[GraphQLError]:
    return validate(shared_schema(), _read(text))


def _method(operation: OperationDefinitionNode | None) -> str:
    return "POST" if operation is not None and operation.operation is OperationType.MUTATION else "GET"


def _body(request: Request) -> dict[str, Any]:
    try:
        body = msgspec.json.decode(request.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Stop(refused(400, "The request is not JSON.")) from None
    if not isinstance(body, dict):
        raise Stop(refused(400, "Must provide query string."))
    return body


def _is_base64url(token: str) -> bool:
    """It must survive being decoded and encoded."""
    try:
        decoded = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return False
    return bool(decoded) and base64.urlsafe_b64encode(decoded).decode().rstrip("=") == token.rstrip("=")
