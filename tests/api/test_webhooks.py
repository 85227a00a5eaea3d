"""Webhooks: which are believed, and which are not and why."""

import base64
import os
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from replicate_tui.api.errors import Misconfigured, Untrusted
from replicate_tui.api.webhooks import TOLERANCE, sign, verify

SECRET = SecretStr("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
BODY = b'{"test": 2432232314}'
SENT = 1614265330
HEADERS = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
OTHER_SECRET = SecretStr("whsec_bG9jYWwtdGVzdC1zaWduaW5nLWtleSEh")
OTHER_BODY = b'{"id":"p0example","status":"succeeded"}'
OTHER_HEADERS = {
    "webhook-id": "msg_0001",
    "webhook-timestamp": "1767323045",
    "webhook-signature": "v1,BLY6Wv13WqtrJfOEDLHTCM9DaTs0/OYQFUE0hg+xUok=",
}
WRONG = "v1," + base64.b64encode(b"x" * 32).decode()


@pytest.mark.parametrize(
    ("headers", "body", "secret"), [(HEADERS, BODY, SECRET), (OTHER_HEADERS, OTHER_BODY, OTHER_SECRET)]
)
def test_the_known_ones_are_believed_at_any_age_and_signed_alike(
    headers: dict[str, str], body: bytes, secret: SecretStr
) -> None:
    delivery = verify(headers, body, secret, tolerance=None)
    assert delivery.id == headers["webhook-id"]
    assert delivery.sent_at == datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    assert sign(body, secret, id=delivery.id, timestamp=int(headers["webhook-timestamp"])) == headers


def test_header_names_may_be_in_any_case() -> None:
    for headers in ({name.upper(): value for name, value in HEADERS.items()}, {"Host": "h"} | HEADERS):
        assert verify(headers, BODY, SECRET, tolerance=None).id == HEADERS["webhook-id"]


@pytest.mark.parametrize(
    "signatures",
    [
        f"{WRONG} {HEADERS['webhook-signature']}",
        f"{HEADERS['webhook-signature']} {WRONG}",
        f"v2,abc v1 , garbage é {HEADERS['webhook-signature']}",
    ],
)
def test_one_of_several_signatures_is_enough(signatures: str) -> None:
    assert verify(HEADERS | {"webhook-signature": signatures}, BODY, SECRET, tolerance=None).id


@pytest.mark.parametrize(
    "signature",
    [
        WRONG,
        "v1,",
        "v1",
        ",",
        "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE",
        "é\ud800",
        "v1,!!!! v1,,",
    ],
)
def test_a_signature_that_does_not_fit_is_forged(signature: str) -> None:
    with pytest.raises(Untrusted) as caught:
        verify(HEADERS | {"webhook-signature": signature}, BODY, SECRET, tolerance=None)
    assert caught.value.reason == "forged"


@pytest.mark.parametrize(
    ("headers", "body", "secret"),
    [
        (HEADERS, BODY + b" ", SECRET),
        (HEADERS, b"", SECRET),
        (HEADERS, BODY, OTHER_SECRET),
        (HEADERS | {"webhook-id": "msg_other"}, BODY, SECRET),
        (HEADERS | {"webhook-timestamp": "1614265331"}, BODY, SECRET),
    ],
)
def test_whatever_is_changed_does_not_fit(headers: dict[str, str], body: bytes, secret: SecretStr) -> None:
    with pytest.raises(Untrusted) as caught:
        verify(headers, body, secret, tolerance=None)
    assert caught.value.reason == "forged"


@pytest.mark.parametrize("missing", sorted(HEADERS))
@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_missing_header_is_named(missing: str, value: str | None) -> None:
    headers = {name: text for name, text in HEADERS.items() if name != missing}
    with pytest.raises(Untrusted, match=missing) as caught:
        verify(headers if value is None else headers | {missing: value}, BODY, SECRET)
    assert caught.value.reason == "incomplete"


@pytest.mark.parametrize("stamp", ["soon", "-1", "1.5", "1e9", "٣", "9" * 5000, "253402300800", "0x10"])
def test_a_timestamp_that_is_none_is_malformed(stamp: str) -> None:
    with pytest.raises(Untrusted) as caught:
        verify(HEADERS | {"webhook-timestamp": stamp}, BODY, SECRET)
    assert caught.value.reason == "malformed"


def test_a_body_or_id_that_is_no_text_is_malformed() -> None:
    for headers, body in ((HEADERS, b"\xff\xfe"), (HEADERS | {"webhook-id": "\ud800"}, BODY)):
        with pytest.raises(Untrusted) as caught:
            verify(headers, body, SECRET)
        assert caught.value.reason == "malformed"
    with pytest.raises(ValueError, match="UTF-8"):
        sign(b"\xff", SECRET, id="m", timestamp=1)


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (SENT, None),
        (SENT + TOLERANCE, None),
        (SENT - TOLERANCE, None),
        (SENT + TOLERANCE + 1, "late"),
        (SENT - TOLERANCE - 1, "early"),
    ],
)
def test_age_is_tolerated_to_both_sides(now: float, reason: str | None) -> None:
    if reason is None:
        assert verify(HEADERS, BODY, SECRET, now=now).id
        return
    with pytest.raises(Untrusted) as caught:
        verify(HEADERS, BODY, SECRET, now=now)
    assert caught.value.reason == reason


def test_the_present_is_judged_by_unless_told_otherwise() -> None:
    with pytest.raises(Untrusted, match="too long") as caught:
        verify(HEADERS, BODY, SECRET)
    assert caught.value.reason == "late"
    assert verify(HEADERS, BODY, SECRET, tolerance=10.0**12).id


def test_a_forgery_is_not_told_apart_by_its_age() -> None:
    with pytest.raises(Untrusted) as caught:
        verify(HEADERS | {"webhook-signature": WRONG}, BODY, SECRET)
    assert caught.value.reason == "forged"


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_a", "whsec_é", "whsec_!!!!", "whsec_hunter2xx"])
def test_a_secret_that_is_none_is_not_shown(text: str) -> None:
    with pytest.raises(Misconfigured, match="webhook secret") as caught:
        verify(HEADERS, BODY, SecretStr(text))
    assert "hunter2" not in f"{caught.value!r} {caught.value}"
    assert caught.value.__suppress_context__


def test_what_is_signed_is_believed() -> None:
    secret = SecretStr("whsec_" + base64.b64encode(os.urandom(32)).decode())
    for body in (b"", b"{}", '{"x": "ü\U0001f9a9"}'.encode()):
        assert verify(sign(body, secret, id="msg_ä", timestamp=SENT), body, secret, now=SENT).id == "msg_ä"
