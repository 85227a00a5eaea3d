"""Webhooks as the official clients ask for them, receive them and check them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from tests.clients.driving import Client, value
from tests.local.serving import Server

verifying = pytest.mark.parametrize("client", ["python-1", "node"], indirect=True)

SAMPLE = {
    "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "body": '{"test": 2432232314}',
    "headers": {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    },
}
"""The sample that the scheme's authors publish."""


def signature(secret: str, request: dict[str, Any]) -> str:
    """What the request's signature has to be."""
    headers = request["headers"]
    message = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{request['body']}"
    key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    return "v1," + base64.b64encode(hmac.new(key, message.encode(), hashlib.sha256).digest()).decode()


def test_a_finished_run_is_announced_and_signed(client: Client, server: Server) -> None:
    told = value(client.drive(server, "webhook", events=["completed"]))
    (request,) = told["received"]
    assert request["path"] == "/hook?mine=1"
    assert request["headers"]["content-type"].startswith("application/json")
    assert signature(told["secret"], request) in request["headers"]["webhook-signature"].split()
    announced = json.loads(request["body"])
    assert (announced["id"], announced["status"], announced["output"]) == (told["id"], "succeeded", "hello Ada")


def test_the_start_and_the_end_are_two_messages(client: Client, server: Server) -> None:
    told = value(client.drive(server, "webhook", events=["start", "completed"]))
    statuses = [json.loads(request["body"])["status"] for request in told["received"]]
    assert statuses[0] in ("starting", "processing")
    assert statuses[1] == "succeeded"
    assert len({request["headers"]["webhook-id"] for request in told["received"]}) == 2


@verifying
def test_the_published_sample_is_accepted_and_a_changed_one_refused(client: Client, server: Server) -> None:
    assert signature(SAMPLE["secret"], SAMPLE) == SAMPLE["headers"]["webhook-signature"]
    assert value(client.drive(server, "vector", **SAMPLE)) == {"changed": "refused"}
