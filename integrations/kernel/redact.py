"""Making requests and answers fit for the ledger of attempts: without secrets, and short."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

MASK = "***"
SHOWN = 4000  # characters of a body that are kept
_MARGIN = 8192  # longer than any secret; a page of a list is not searched to its end for what is not shown of it

# A field with such a name is masked whatever it holds: the answer to a login carries secrets we have not met before.
# The backslashes are those of JSON inside a JSON string: an answer may quote the request.
_NAME = r"[^\"\\]*(?:token|password|passord|secret|api_?key|authorization|encryptionkey)[^\"\\]*"
_SECRET_FIELD = re.compile(rf'("{_NAME}"\s*:\s*)"(?:[^"\\]|\\.)*"', re.IGNORECASE)
# The same in XML; what a login answers with is a session.
_SECRET_ELEMENT = re.compile(
    r"(<(?:\w+:)?(\w*(?:token|password|secret|session_?id|login_?result)\w*)(?:\s[^<>]*)?>)[^<]+", re.IGNORECASE
)
_QUOTED_FIELD = re.compile(rf'((\\+)"{_NAME}\2"\s*:\s*)\2".*?(?<!\\)\2"', re.IGNORECASE | re.DOTALL)


class Secrets:
    """The secrets one transport knows, in every shape they take on the wire. Shows none of them."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._shapes: set[str] = set()
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        if secret:
            escaped, plain = json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]
            twice = {json.dumps(shape, ensure_ascii=False)[1:-1] for shape in (escaped, plain)}
            encoded = {quote(secret, safe=""), quote_plus(secret), b64encode(secret.encode()).decode()}
            self._shapes |= {secret, escaped, plain, escape(secret)} | twice | encoded

    def mask(self, text: str) -> str:
        for shape in sorted(self._shapes, key=len, reverse=True):
            text = text.replace(shape, MASK)
        text = _SECRET_ELEMENT.sub(rf"\1{MASK}", text)
        text = _SECRET_FIELD.sub(rf'\1"{MASK}"', text)
        return _QUOTED_FIELD.sub(rf'\1\2"{MASK}\2"', text)

    def __repr__(self) -> str:
        return f"<{len(self._shapes)} secrets>"


def redacted(content: str | bytes, secrets: Secrets, *, shown: int = SHOWN) -> str:
    """The text with secrets masked, then cut to `shown` characters."""
    window = shown + 2 * _MARGIN
    text = content[: window * 4].decode("utf-8", "replace") if isinstance(content, bytes) else content
    text, is_cut = text[:window], len(text) > window
    text = secrets.mask(text.replace("\x00", ""))  # PostgreSQL takes no NUL in a text
    if is_cut:
        text = text[:-_MARGIN]  # it may end in the first half of a secret
    return text if len(text) <= shown and not is_cut else f"{text[:shown]}… ({len(content)})"
