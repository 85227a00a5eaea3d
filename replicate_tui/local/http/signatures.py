"""The signed addresses of uploaded files: `owner`, `expiry` and `signature` stand in for the token.

The signature is the base64 of an HMAC-SHA256 over `"{owner} {id} {expiry}"`. The key is the server's own: whoever
holds its database can make such addresses.
"""

from __future__ import annotations

import base64
import hmac
import secrets
import time
from collections.abc import Mapping
from hashlib import sha256

from replicate_tui.local.storage.storage import Storage
from replicate_tui.local.view import ACCOUNT


def key(storage: Storage) -> bytes:
    """The signing key, made at first use."""
    return storage.setting("files_signing_key", lambda: secrets.token_urlsafe(32)).encode()


def signature(owner: str, file_id: str, expiry: int, signing_key: bytes) -> str:
    """What makes the address valid until `expiry`, in unix seconds."""
    message = f"{owner} {file_id} {expiry}".encode()
    return base64.b64encode(hmac.digest(signing_key, message, sha256)).decode("ascii")


def is_valid(file_id: str, query: Mapping[str, str], signing_key: bytes) -> bool:
    """Whether the query's signature is right and its time is not over."""
    expiry = query.get("expiry", "")
    if not (expiry.isascii() and expiry.isdecimal() and len(expiry) < 19) or query.get("owner") != ACCOUNT["username"]:
        return False
    expected = signature(ACCOUNT["username"], file_id, int(expiry), signing_key)
    right = hmac.compare_digest(query.get("signature", "").encode(), expected.encode())
    return right and time.time() < int(expiry)
