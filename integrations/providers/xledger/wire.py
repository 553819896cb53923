"""gql over the kernel's transport: the one place that knows how GraphQL travels here.

Imported when the first request is made: gql and graphql-core take a moment to load, and a web process may never talk
to a provider.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from gql import Client, GraphQLRequest
from gql.client import SyncClientSession
from gql.transport import Transport as GqlTransport
from gql.transport.exceptions import TransportQueryError
from graphql import DocumentNode, ExecutionResult, OperationDefinitionNode, OperationType, parse, print_ast

from integrations.kernel.errors import Code, MappingError, Unclear
from integrations.kernel.http import Answer, Transport
from integrations.kernel.parse import Row
from integrations.providers.xledger.facts import PATH
from integrations.providers.xledger.refusals import ApiError, api_errors


class KernelTransport(GqlTransport):
    """Queries are read, mutations are written once."""

    def __init__(self, http: Transport, headers: Mapping[str, str]) -> None:
        self._http = http
        self._headers = headers

    def execute(self, request: GraphQLRequest, *_: Any, **__: Any) -> ExecutionResult:
        operation = _operation(request.document)
        is_write = operation.operation is OperationType.MUTATION
        # What says most comes first: the ledger of attempts keeps the beginning.
        body = {
            "operationName": operation.name.value if operation.name else None,
            "variables": request.variable_values or {},
            "query": _printed(request.document),
        }
        if is_write:
            answer = self._http.write("POST", PATH, json=body, headers=self._headers)
        else:
            answer = self._http.read(PATH, method="POST", json=body, headers=self._headers)
        return _result(answer, is_write=is_write)


def session(http: Transport, headers: Mapping[str, str]) -> SyncClientSession:
    client = Client(transport=KernelTransport(http, headers))
    found: SyncClientSession = client.connect_sync()  # type: ignore[no-untyped-call]
    return found


def asked(session: SyncClientSession, document: str, variables: Mapping[str, Any]) -> tuple[Row, list[ApiError]]:
    """The data and the errors of one operation; either may be empty, not both."""
    try:
        data: Row = session.execute(GraphQLRequest(_parsed(document), variable_values=dict(variables)))
    except TransportQueryError as error:
        return error.data or {}, api_errors(error.errors)
    return data, []


def _result(answer: Answer, *, is_write: bool) -> ExecutionResult:
    body = answer.data
    errors = body.get("errors") if isinstance(body, Mapping) else None
    if errors:
        told = [{**row, "status": answer.status} for row in errors if isinstance(row, dict)]
        found = body.get("data") if isinstance(body, Mapping) else None
        return ExecutionResult(data=found, errors=told or [{"message": str(errors), "status": answer.status}])  # type: ignore[arg-type] # as gql's own transports do
    if answer.ok and isinstance(body, Mapping) and isinstance(body.get("data"), dict):
        return ExecutionResult(data=body["data"])
    if answer.ok and is_write:
        raise Unclear(Code.ANSWER_LOST, reason=str(Code.UNKNOWN_ANSWER), detail="data")
    if answer.ok:
        raise MappingError("data", "object")
    return ExecutionResult(errors=[{"message": f"HTTP {answer.status}", "status": answer.status}])  # type: ignore[list-item]


@lru_cache(maxsize=64)
def _parsed(document: str) -> DocumentNode:
    return parse(document)


@lru_cache(maxsize=64)
def _printed(document: DocumentNode) -> str:
    return print_ast(document)


def _operation(document: DocumentNode) -> OperationDefinitionNode:
    return next(found for found in document.definitions if isinstance(found, OperationDefinitionNode))
