"""Webhooks: whether one comes from Replicate, and how one is signed.

Replicate's HTTP API: each webhook carries an id, the moment it was sent, and signatures over both and its body, made
with the account's secret (`Client.webhook_secret`). While a secret is being replaced there are several signatures;
one that fits is enough.
"""

import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import SecretStr
from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError

from replicate_tui.api.errors import Misconfigured, Untrusted

TOLERANCE = 300.0
"""How far a webhook's moment may be from now, in seconds."""

_LATEST = 253_402_300_799
"""The last second that a moment can name."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook that is proven. Sent again, it has the same `id`."""

    id: str
    sent_at: datetime


def verify(
    headers: Mapping[str, str],
    body: bytes,
    secret: SecretStr,
    *,
    tolerance: float | None = TOLERANCE,
    now: float | None = None,
) -> Delivery:
    """Who sent it and when; raises Untrusted, with its `reason`, unless it was signed with the secret.

    Header names may be in any case; `body` is what arrived, byte for byte. `tolerance` is in seconds, None for a
    webhook of any age; `now` is the Unix time to judge by, the present if not given. Raises Misconfigured for a
    secret that is none.
    """
    named = {name.lower(): value for name, value in headers.items()}
    message, stamp, signatures = (_header(named, f"webhook-{part}") for part in ("id", "timestamp", "signature"))
    seconds = _seconds(stamp)
    expected = _signature(secret, message, seconds, body).encode("ascii")
    # All are compared, each in constant time, so that how long it takes tells nothing.
    fits = [hmac.compare_digest(expected, each.encode("utf-8", "replace")) for each in signatures.split(" ")]
    if not any(fits):
        raise Untrusted("forged", "The webhook's signature does not fit: it is not from this account, or was changed")
    if tolerance is not None:
        _check_age((time.time() if now is None else now) - seconds, tolerance)
    return Delivery(message, datetime.fromtimestamp(seconds, UTC))


def sign(body: bytes, secret: SecretStr, *, id: str, timestamp: int) -> dict[str, str]:  # noqa: A002 (the API's noun)
    """The headers that make a webhook of this body. `timestamp` is Unix time in seconds.

    Raises Misconfigured for a secret that is none, ValueError for a body that is no text.
    """
    try:
        signature = _signature(secret, id, timestamp, body)
    except Untrusted:
        raise ValueError("a webhook's body must be text in UTF-8") from None
    return {"webhook-id": id, "webhook-timestamp": str(timestamp), "webhook-signature": signature}


def _header(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name, "").strip()
    if not value:
        raise Untrusted("incomplete", f"The webhook has no {name} header")
    return value


def _seconds(stamp: str) -> int:
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= len(str(_LATEST)) and int(stamp) <= _LATEST):
        raise Untrusted("malformed", "The webhook's timestamp is no Unix time")
    return int(stamp)


def _signature(secret: SecretStr, message: str, seconds: int, body: bytes) -> str:
    try:
        text, _ = body.decode("utf-8"), message.encode("utf-8")
    except UnicodeError:
        raise Untrusted("malformed", "The webhook's body or id is no text in UTF-8") from None
    try:
        signer = Webhook(secret.get_secret_value())
    except (ValueError, EmptyWebhookSecretError):
        raise Misconfigured("The webhook secret cannot be used: it must be whsec_ and Base64") from None
    return signer.sign(message, datetime.fromtimestamp(seconds, UTC), text)


def _check_age(age: float, tolerance: float) -> None:
    if age > tolerance:
        raise Untrusted("late", f"The webhook was sent {age:.0f} s ago, which is too long")
    if age < -tolerance:
        raise Untrusted("early", f"The webhook was sent {-age:.0f} s in the future; is this machine's clock right?")
