"""What is judged before anything is sent."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import pytest

from replicate_tui.api.client import Client
from tests.api.operations import RUN
from tests.api.recording import Server

Ask = Callable[[Client], Awaitable[object]]


def creation(**options: Any) -> Ask:
    return lambda client: client.predictions.create("a/b", options.pop("input", {}), **options)


def deployment(**changes: Any) -> Ask:
    values: dict[str, Any] = {
        "model": "a/b",
        "version": "v1",
        "hardware": "cpu",
        "min_instances": 0,
        "max_instances": 1,
    } | changes
    return lambda client: client.deployments.create(values.pop("name", "prod"), **({"max_instances": 1} | values))


def training(**changes: Any) -> Ask:
    values: dict[str, Any] = {"destination": "me/mine", "input": {}} | changes
    return lambda client: client.trainings.create("a", "b", "v1", **values)


REFUSED: dict[str, Ask] = {
    "no version": lambda c: c.predictions.create("", {}),
    "blank version": lambda c: c.predictions.create("  ", {}),
    "wait 0": creation(wait=0),
    "wait 61": creation(wait=61),
    "too short a life": creation(cancel_after="4s"),
    "no life": creation(cancel_after="0"),
    "zero of everything": creation(cancel_after="0h0m4s"),
    "no duration": creation(cancel_after=""),
    "a duration in words": creation(cancel_after="5 minutes"),
    "a duration the wrong way round": creation(cancel_after="30s5m"),
    "foreign digits": creation(cancel_after="٣m"),
    "a header in disguise": creation(cancel_after="5m\r\nX-Evil: 1"),
    "too many digits": creation(cancel_after="9" * 5000),
    "a negative one": creation(cancel_after="-5m"),
    "a webhook of plain HTTP": creation(webhook="http://hooks.example/r"),
    "a webhook that is near by name only": creation(webhook="http://localhost.example/r"),
    "a webhook of another kind": creation(webhook="ftp://hooks.example/r"),
    "a webhook without a host": creation(webhook="https://"),
    "no webhook": creation(webhook=""),
    "an unreadable webhook": creation(webhook="http://["),
    "an unknown event": creation(webhook="https://h.example", webhook_events=["start", "finished"]),
    "an unknown event of a model": lambda c: c.models.predictions.create("a", "b", {}, webhook_events=["x"]),
    "no number": creation(input={"x": float("nan")}),
    "no model": lambda c: c.models.predictions.create("", "b", {}),
    "no deployment": lambda c: c.deployments.predictions.create("a", "", {}),
    "wait for a deployment": lambda c: c.deployments.predictions.create("a", "b", {}, wait=99),
    "no destination": training(destination=""),
    "half a destination": training(destination="mine"),
    "a destination with a version": training(destination="me/mine:v1"),
    "a training's webhook": training(webhook="http://hooks.example"),
    "no name": deployment(name=""),
    "half a model": deployment(model="b"),
    "no version of it": deployment(version=""),
    "no hardware": deployment(hardware=" "),
    "less than none": deployment(min_instances=-1),
    "six at least": deployment(min_instances=6, max_instances=9),
    "twenty-one at most": deployment(max_instances=21),
    "more at least than at most": deployment(min_instances=3, max_instances=2),
    "a change to too many": lambda c: c.deployments.update("a", "b", max_instances=21),
    "a change to less than none": lambda c: c.deployments.update("a", "b", min_instances=-1),
    "a change to nothing": lambda c: c.deployments.update("a", "b", hardware=""),
    "no change of a deployment": lambda c: c.deployments.update("a", "b"),
    "no change of a model": lambda c: c.models.update("a", "b"),
    "a model of no name": lambda c: c.models.create("a", "", visibility="public", hardware="cpu"),
    "a hidden model": lambda c: c.models.create("a", "b", visibility="hidden", hardware="cpu"),
    "another source": lambda c: c.predictions.list(source="api"),
    "a moment somewhere": lambda c: c.predictions.list(created_after=datetime(2026, 1, 2)),  # noqa: DTZ001, RUF100
    "another order": lambda c: c.models.list(sort_by="run_count"),
    "another direction": lambda c: c.models.list(sort_direction="down"),
    "a search for none": lambda c: c.search("x", limit=0),
    "a search for too many": lambda c: c.search("x", limit=51),
    "no prediction": lambda c: c.predictions.get(""),
    "no training": lambda c: c.trainings.cancel(""),
    "no collection": lambda c: c.collections.get(""),
    "no file": lambda c: c.files.delete(""),
}


@pytest.mark.parametrize("ask", REFUSED.values(), ids=REFUSED.keys())
async def test_what_can_be_judged_before_is_not_sent(ask: Ask) -> None:
    server = Server(RUN)
    async with server.client() as client:
        with pytest.raises(ValueError, match=r"\w"):
            await ask(client)
    assert server.requests == []


@pytest.mark.parametrize("duration", ["5", "5s", "30s", "5m", "1h", "1h30m45s", "2h30m", "0h0m5s", "1h5", "99999h"])
async def test_durations(duration: str) -> None:
    server = Server(RUN)
    async with server.client() as client:
        await client.predictions.create("a/b", {}, cancel_after=duration)
    assert server.requests[0].headers["cancel-after"] == duration


@pytest.mark.parametrize(
    "address",
    ["https://h.example", "http://localhost:8000/r", "http://127.0.0.1/r", "http://[::1]:1/", "https://10.0.0.1/"],
)
async def test_webhooks_that_can_be(address: str) -> None:
    server = Server(RUN)
    async with server.client() as client:
        await client.predictions.create("a/b", {}, webhook=address)
    assert server.sent["webhook"] == address
