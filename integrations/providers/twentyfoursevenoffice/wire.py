"""Envelopes and answers by the vendor's own descriptions: the one place that knows zeep and XML.

Imported when the first request is made: zeep takes most of a second to load, and a web process may never talk to a
provider. zeep builds and reads messages and sends nothing; the kernel's transport does that.

An answer may carry elements the description does not know. Left to itself zeep then drops all that follows one in a
sequence, without a word, so that a customer would look like none and a project like one without members. The
descriptions are therefore read as unordered (`_unordered`): unknown elements are left out by themselves, and told once.
"""

from __future__ import annotations

import io
import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from lxml import etree
from zeep import Settings
from zeep.exceptions import Error as ZeepError
from zeep.wsdl import Document
from zeep.wsdl.bindings.soap import Soap11Binding
from zeep.xsd.valueobjects import CompoundValue

from integrations.providers.twentyfoursevenoffice.services import OPERATIONS

logger = logging.getLogger(__name__)

_XS = "{http://www.w3.org/2001/XMLSchema}"
_ENVELOPE = "{http://schemas.xmlsoap.org/soap/envelope/}"
_DESCRIPTIONS = Path(__file__).parent / "wsdl"

# What the service writes where a value is not set [spec WSDL].
_UNSET_NUMBERS = frozenset({-2147483648, -9223372036854775808, -32768, Decimal(-79228162514264337593543950335)})
_UNSET_GUID = "00000000-0000-0000-0000-000000000000"
_FIRST_YEAR = 1901  # 0001-01-01 and 1900-01-01 are no dates [spec, inferred]

_told: set[tuple[str, str]] = set()


class Unreadable(ValueError):
    """The answer is no message of this operation."""


class Faulted(Exception):
    """The service answered with a fault; `text` is in the vendor's words."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def envelope(operation: str, params: Mapping[str, Any]) -> bytes:
    """The request. Members that are None are left out, or sent as nil where the description demands them."""
    serialized = _operation(operation).create(**params)
    content: bytes = etree.tostring(serialized.content, xml_declaration=True, encoding="utf-8")
    return content


def answered(operation: str, body: bytes) -> Any:
    """The result in plain values: dicts, lists, None for what is not set. Raises Faulted, Unreadable."""
    message = parsed(body)
    fault = message.find(f"{_ENVELOPE}Body/{_ENVELOPE}Fault")
    if fault is not None:
        raise Faulted(_words(fault))
    try:
        with _heeding() as unread:
            found = _operation(operation).process_reply(message)
        result = message.find(f"{_ENVELOPE}Body/*/*")
        if unread or (isinstance(found, list) and result is not None and len(found) != len(result)):
            raise Unreadable(f"{operation}: values that could not be read")
        return plain(found, operation)
    except (ZeepError, ValueError, ArithmeticError, TypeError, AttributeError, KeyError, LookupError) as error:
        raise Unreadable(f"{operation}: {type(error).__name__}") from error


def parsed(body: bytes) -> Any:
    """The message. Nothing is fetched, no entity is made, and a document type is refused before it is read."""
    if b"<!" in body and b"<!" in body.replace(b"<![CDATA[", b"").replace(b"<!--", b""):
        raise Unreadable("a document type")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=True, encoding="utf-8",
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        message = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable("no XML") from error
    if message.tag != f"{_ENVELOPE}Envelope":
        raise Unreadable("no envelope")
    return message


def plain(value: Any, where: str = "") -> Any:
    """zeep's values as dicts, lists and values that compare; what is not set is None."""
    if isinstance(value, CompoundValue):
        return _row(value, where)
    if isinstance(value, list):
        return [plain(one, where) for one in value]
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, bool):
        return value
    if isinstance(value, int | Decimal):
        return None if value in _UNSET_NUMBERS else value
    if isinstance(value, datetime):
        return None if value.year < _FIRST_YEAR else _in_utc(value)
    return None if value == _UNSET_GUID else value


def _row(value: CompoundValue, where: str) -> dict[str, Any]:
    values = value.__values__
    for element in values.get("_raw_elements") or ():
        name = etree.QName(element).localname
        if name in values:  # a member we know was left out with one we do not: nothing may be concluded from that
            raise Unreadable(f"{where}: {name} was cut off")
        _tell_once(where, name)
    return {name: plain(one, where) for name, one in values.items() if name != "_raw_elements"}


def _in_utc(instant: datetime) -> datetime:
    """Times are in UTC also where they do not say so [spec]."""
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def _tell_once(where: str, name: str) -> None:
    """The vendor's description has moved on: nothing is lost, and somebody should look."""
    if (where, name) not in _told:
        _told.add((where, name))
        logger.warning("an element nobody described", extra={"operation": where, "element": name})


def _words(fault: Any) -> str:
    """`faultstring` without the wrapping that every fault has."""
    text = fault.findtext("faultstring") or ""
    return text.removeprefix("Server was unable to process request.").strip().removeprefix("--->").strip()[:1000]


class _Unread(logging.Handler):
    """A value that is none of its kind is told by zeep to its log, and then taken for one that is not set."""

    def __init__(self) -> None:
        super().__init__()
        self.found = threading.local()

    def emit(self, record: logging.LogRecord) -> None:
        self.found.names = [*getattr(self.found, "names", ()), record.getMessage()]


_unread = _Unread()
_zeep_log = logging.getLogger("zeep.xsd.types.simple")
_zeep_log.addHandler(_unread)
_zeep_log.propagate = False  # it would write a customer's data with its traceback


@contextmanager
def _heeding() -> Iterator[list[str]]:
    """Fills the list, when it ends, with what could not be read meanwhile."""
    told: list[str] = []
    _unread.found.names = []
    yield told
    told += _unread.found.names


def _operation(name: str) -> Any:
    return _binding(OPERATIONS[name].file).get(name)  # type: ignore[no-untyped-call]


@cache
def _binding(file: str) -> Soap11Binding:
    """The SOAP 1.1 binding of a service."""
    no_network: Any = _NoNetwork()
    document = Document(_unordered(_DESCRIPTIONS / f"{file}.wsdl"), no_network, settings=Settings(strict=False))
    service = next(iter(document.services.values()))
    found = next(port.binding for port in service.ports.values() if type(port.binding) is Soap11Binding)
    if not isinstance(found, Soap11Binding):
        raise TypeError(file)
    return found


def _unordered(path: Path) -> io.BytesIO:
    """The description with each named type of single elements as `all` instead of `sequence`. Requests stay the same,
    byte for byte; answers may come in any order and with more than we know."""
    document = etree.parse(path, etree.XMLParser(resolve_entities=False, no_network=True))
    for kind in document.iter(f"{_XS}complexType"):
        sequence = kind.find(f"{_XS}sequence")
        if kind.get("name") is None or sequence is None or not len(sequence):
            continue
        if all(part.tag == f"{_XS}element" and part.get("maxOccurs", "1") == "1" for part in sequence):
            sequence.tag = f"{_XS}all"
    return io.BytesIO(etree.tostring(document))


class _NoNetwork:
    """The descriptions are whole; nothing is ever fetched for them."""

    def load(self, url: str) -> NoReturn:
        raise LookupError(url)
