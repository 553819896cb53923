"""Error answers in Xledger's shape: a GraphQL body whatever the status, with `code` beside `message`."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLError

from integrations.kernel.sandbox import Response

BURST = "BAD_REQUEST.BURST_RATE_LIMIT_REACHED"
CONCURRENCY = "BAD_REQUEST.CONCURRENCY_LIMIT_REACHED"
CREDITS = "BAD_REQUEST.INSUFFICIENT_CREDITS"
_MESSAGES = {
    401: "Invalid API Token.",
    429: "Too many requests in the last 5 seconds.",
    500: "An unexpected error occurred.",
    503: "The service is temporarily unavailable.",
}


class Refusal(Exception):
    """A field or a row is refused; the rest of the request may go on."""

    def __init__(self, message: str, code: str = "", **extensions: Any) -> None:
        super().__init__(message)
        self.code = code
        self.extensions = extensions


class Stop(Exception):
    """The request ends here with this answer."""

    def __init__(self, response: Response) -> None:
        self.response = response


def denied(scope: str) -> Refusal:
    return Refusal(f"Access denied. The API token lacks the permission {scope}.", "BAD_REQUEST.ACCESS_DENIED")


def no_match(field: str, owner: int, key: str, value: object) -> Refusal:
    """The text of a lookup that found no row."""
    return Refusal(f"{field}.{key}: No value matching owner {owner}, {key} '{value}'.")


def refused(status: int, message: str, code: str = "", **extensions: Any) -> Response:
    error: dict[str, Any] = {"message": message}
    if code:
        error["code"] = code
    if extensions:
        error["extensions"] = extensions
    return Response.json({"errors": [error]}, status)


def failure(status: int) -> Response:
    code = BURST if status == 429 else ""
    return refused(status, _MESSAGES.get(status, "An error occurred."), code)


def shown(error: GraphQLError) -> dict[str, Any]:
    """As it stands in `errors`."""
    formatted: dict[str, Any] = dict(error.formatted)
    original = error.original_error
    if isinstance(original, Refusal):
        if original.code:
            formatted["code"] = original.code
        if original.extensions:
            formatted["extensions"] = original.extensions
    return formatted
