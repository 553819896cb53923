"""Making requests and answers fit for the ledger of attempts: without secrets, and short."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable
from urllib.parse import quote

MASK = "***"
SHOWN = 4000  # characters of a body that are kept

# A field with such a name is masked whatever it holds: the answer to a login carries secrets we have not met before.
_SECRET_FIELD = re.compile(
    r'("[^"]*(?:token|password|passord|secret|api_?key|authorization|encryptionkey)[^"]*"\s*:\s*)"(?:[^"\\]|\\.)*"',
    re.IGNORECASE,
)


class Secrets:
    """The secrets one transport knows, in every shape they take on the wire. Shows none of them."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._shapes: set[str] = set()
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        if secret:
            escaped = json.dumps(secret)[1:-1]
            self._shapes |= {secret, escaped, json.dumps(secret, ensure_ascii=False)[1:-1], quote(secret, safe="")}
            self._shapes.add(b64encode(secret.encode()).decode())

    def mask(self, text: str) -> str:
        for shape in sorted(self._shapes, key=len, reverse=True):
            text = text.replace(shape, MASK)
        return _SECRET_FIELD.sub(rf'\1"{MASK}"', text)

    def __repr__(self) -> str:
        return f"<{len(self._shapes)} secrets>"


def redacted(content: str | bytes, secrets: Secrets, *, shown: int = SHOWN) -> str:
    """The text with secrets masked, then cut to `shown` characters."""
    text = content.decode("utf-8", "replace") if isinstance(content, bytes) else content
    text = secrets.mask(text.replace("\x00", ""))  # PostgreSQL takes no NUL in a text
    return text if len(text) <= shown else f"{text[:shown]}… ({len(text)})"
