"""Secrets at rest: AES-256-GCM, bound to where they stand, with the key's id beside the value.

The associated data (workspace, connection, field) makes a ciphertext worthless in any other row.
A stored value reads ``<key id>.<base64 of nonce and ciphertext>``. The newest key encrypts, every listed key decrypts.
"""

from __future__ import annotations

import base64
import binascii
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_NONCE = 12  # bytes, as NIST SP 800-38D recommends for GCM


class CannotDecrypt(Exception):
    """The value was sealed with a key that is gone, or for another place."""


def seal(plain: str, *, context: str) -> str:
    key_id, key = _keys()[0]
    nonce = os.urandom(_NONCE)
    sealed = AESGCM(key).encrypt(nonce, plain.encode(), context.encode())
    return f"{key_id}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def unseal(stored: str, *, context: str) -> str:
    """The plain text. Raises CannotDecrypt when the key is not listed or the value belongs elsewhere."""
    key_id, _, body = stored.partition(".")
    key = dict(_keys()).get(key_id)
    if key is None:
        raise CannotDecrypt(f"key {key_id} is not among BUSY_CREDENTIAL_KEYS")
    try:
        raw = base64.urlsafe_b64decode(body)
        return AESGCM(key).decrypt(raw[:_NONCE], raw[_NONCE:], context.encode()).decode()
    except (InvalidTag, binascii.Error, ValueError) as error:
        raise CannotDecrypt("the value does not belong here or was changed") from error


def is_current(stored: str) -> bool:
    """Whether the value is sealed with the newest key; if not, rotation has work to do."""
    return stored.partition(".")[0] == _keys()[0][0]


def _keys() -> list[tuple[str, bytes]]:
    keys = []
    for item in settings.CREDENTIAL_KEYS:
        key_id, _, encoded = item.partition(":")
        key = base64.b64decode(encoded)
        if not key_id or "." in key_id or len(key) != 32:
            raise CannotDecrypt("BUSY_CREDENTIAL_KEYS must be id:base64 of 32 bytes, newest first")
        keys.append((key_id, key))
    if not keys:
        raise CannotDecrypt("BUSY_CREDENTIAL_KEYS is empty")
    return keys
