"""Messages and faults as ASP.NET web services write them."""

from __future__ import annotations

from typing import Any

from lxml import etree

from integrations.kernel.sandbox import Response

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
ENVELOPE = f"{{{SOAP}}}"
_XML = {"Content-Type": "text/xml; charset=utf-8"}
NOT_AUTHENTICATED = "Client is not authenticated on this identity"


class Fault(Exception):
    """The call ends with this fault."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def message(content: Any, headers: dict[str, str]) -> Response:
    envelope = etree.Element(f"{ENVELOPE}Envelope", nsmap={"soap": SOAP})
    etree.SubElement(envelope, f"{ENVELOPE}Body").append(content)
    return Response(headers={**_XML, **headers}, body=_written(envelope))


def fault(text: str, headers: dict[str, str] | None = None) -> Response:
    envelope = etree.Element(f"{ENVELOPE}Envelope", nsmap={"soap": SOAP})
    found = etree.SubElement(etree.SubElement(envelope, f"{ENVELOPE}Body"), f"{ENVELOPE}Fault")
    etree.SubElement(found, "faultcode").text = "soap:Server"
    etree.SubElement(found, "faultstring").text = f"Server was unable to process request. ---> {text}"
    etree.SubElement(found, "detail")
    return Response(status=500, headers={**_XML, **(headers or {})}, body=_written(envelope))


def _written(envelope: Any) -> bytes:
    content: bytes = etree.tostring(envelope, xml_declaration=True, encoding="utf-8")
    return content
