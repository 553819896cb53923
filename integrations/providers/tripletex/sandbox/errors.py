"""Error answers in Tripletex's shape."""

from __future__ import annotations

from collections.abc import Mapping

from integrations.kernel.sandbox import Response
from integrations.providers.tripletex.sandbox.contract import Fault

_MESSAGES = {
    401: (3000, "Brukeren er ikke logget inn."),
    403: (9000, "Du har ikke tilgang til denne funksjonaliteten."),
    404: (6000, "Objektet ble ikke funnet."),
    429: (0, "For mange forespørsler."),
    500: (1000, "Det har oppstått en feil."),
    501: (1000, "Ikke med i sandkassen."),
    503: (1000, "Tjenesten er midlertidig utilgjengelig."),
}


class Stop(Exception):
    """The request ends here with this answer."""

    def __init__(self, response: Response) -> None:
        self.response = response


def failure(status: int, message: str = "", *, code: int = 0, headers: Mapping[str, str] | None = None) -> Response:
    """An error answer in Tripletex's shape."""
    known, words = _MESSAGES.get(status, (0, "Feil."))
    return _error(status, code or known, message or words, [], headers)


def refusal(faults: list[Fault]) -> Response:
    """422 for the first fault's code, with a message for each."""
    words = "Validering feilet." if faults[0].code in (15000, 18000) else faults[0].message
    return _error(422, faults[0].code, words, faults, None)


def _error(status: int, code: int, message: str, faults: list[Fault], headers: Mapping[str, str] | None) -> Response:
    body = {
        "status": status,
        "code": code,
        "message": message,
        "link": "https://tripletex.no/v2-docs/",
        "developerMessage": "VALIDATION_ERROR" if faults else message,
        "validationMessages": [
            {"field": fault.field, "message": fault.message, "path": None, "rootId": None} for fault in faults
        ]
        or None,
        "requestId": "",
    }
    return Response.json(body, status, headers)


def stop_on(faults: list[Fault]) -> None:
    if faults:
        raise Stop(refusal(faults))
