"""Error answers in the vendor's shape."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from integrations.kernel.sandbox import Response

_MESSAGES = {
    401: (4005, "Authorization has been denied for this request."),
    403: (4002, "ForbiddenRequestException - No access to module."),
    404: (3000, "ResourceNotFoundException - The requested resource could not be found."),
    429: (4010, "API calls quota exceeded! maximum admitted 600 per Minute. Try again in 55 seconds."),
    500: (5000, "An error occurred."),
    501: (5000, "Not part of the sandbox."),
    503: (5000, "Service unavailable."),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a request."""

    code: int
    field: str
    message: str


class Stop(Exception):
    """The request ends here with this answer."""

    def __init__(self, response: Response) -> None:
        self.response = response


def failure(status: int, message: str = "", *, code: int = 0) -> Response:
    known, words = _MESSAGES.get(status, (2000, "Bad request."))
    return _error(status, code or known, message or words, ())


def refusal(faults: Sequence[Fault]) -> Response:
    """400 for the first fault's code, with a message for each."""
    return _error(400, faults[0].code, faults[0].message, faults)


def _error(status: int, code: int, message: str, faults: Sequence[Fault]) -> Response:
    errors = [{"Field": f.field, "ErrorCode": str(f.code), "Message": f.message, "Key": f.field} for f in faults]
    body = {
        "ErrorCode": code,
        "DeveloperErrorMessage": message,
        "ErrorId": str(uuid.uuid4()),
        "Errors": errors or None,
    }
    return Response.json(body, status)


def stop_on(faults: Sequence[Fault]) -> None:
    if faults:
        raise Stop(refusal(faults))
