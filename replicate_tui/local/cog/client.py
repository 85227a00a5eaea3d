"""Speaks the HTTP API of a Cog server, which is not Replicate's (Cog's documentation: HTTP API)."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx
from httpx_sse import EventSource

from replicate_tui.local.hosts import is_loopback
from replicate_tui.local.work.jobs import SetupFailed

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 15.0
"""How long anything but a prediction may take; Cog gives the model's own health check ten seconds."""

SHORTEST_PAUSE, LONGEST_PAUSE = 0.02, 1.0
"""Seconds between two tries: a slot becomes free some milliseconds after the end of its run, or much later."""

ABLE = ("READY", "BUSY")

NOTHING = 0
"""An input that no model accepts: with it a prediction is looked at, but never begun."""

PREFIXES = re.compile(r"^(?:(?:Prediction failed|Generator iteration error|Async generator iteration error): )+")


class Unintelligible(SetupFailed):
    """A server answered something that Cog never says; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class State:
    """A prediction as Cog tells of it; `ran` says whether it is one that the model was given."""

    status: str
    output: Any = None
    logs: str = ""
    error: str = ""
    ran: bool = False

    @classmethod
    def told(cls, value: Mapping[str, Any]) -> State:
        """What a prediction object of Cog says; what cannot be read of it says nothing."""
        error = PREFIXES.sub("", _text(value.get("error")))
        return cls(str(value.get("status")), value.get("output"), _text(value.get("logs")), error, ran=True)


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a prediction's stream: start, output, log, metric, completed or error."""

    kind: str
    data: dict[str, Any]


class CogClient:
    """A Cog server as its client sees it, with the name and the password of whoever may use it.

    Its methods raise `httpx.HTTPError` when the server cannot be spoken to, `Unintelligible` when it is no Cog server.
    """

    def __init__(self, url: str, auth: tuple[str, str] | None = None) -> None:
        self.url = url.rstrip("/")
        self.on_loopback = is_loopback(httpx.URL(url).host)
        self._http = httpx.AsyncClient(
            base_url=self.url,
            auth=auth,
            trust_env=not self.on_loopback,
            timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
        )
        self._unlimited = httpx.Timeout(None, connect=CONNECT_SECONDS)

    async def close(self) -> None:
        """Close all connections; Cog cancels the predictions that were waited for."""
        await self._http.aclose()

    async def health(self) -> dict[str, Any]:
        """What the server says about itself, its `status` at least."""
        return _cog(self.url, await self._http.get("/health-check"), "status")

    async def schema(self) -> dict[str, Any] | None:
        """The model's OpenAPI document; None when the server has none."""
        answer = await self._http.get("/openapi.json")
        return None if answer.is_error else _cog(self.url, answer, "components")

    async def version(self) -> str:
        """The release of Cog that the server runs, empty when it does not say."""
        answer = await self._http.get("/")
        return "" if answer.is_error else str(_cog(self.url, answer).get("cog_version", ""))

    async def predict(self, run_id: str, values: Mapping[str, Any], webhook: str | None) -> State:
        """Run the model, waiting in line while it is busy. Ending the wait cancels the prediction."""
        body: dict[str, Any] = {"input": values}
        if webhook:
            body |= {"webhook": webhook, "webhook_events_filter": ["completed"]}
        pause = SHORTEST_PAUSE
        while True:
            answer = await self._http.put(f"/predictions/{run_id}", json=body, timeout=self._unlimited)
            if answer.status_code != HTTPStatus.CONFLICT:
                return _outcome(answer)
            health = await self.health()
            if health["status"] not in ABLE:
                return State("failed", error=unfitness(health))
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def look(self, run_id: str) -> State | None:
        """The prediction as of now; None when it is not running."""
        answer = await self._http.put(
            f"/predictions/{run_id}", json={"input": NOTHING}, headers={"Prefer": "respond-async"}
        )
        return State.told(_cog(self.url, answer)) if answer.status_code == HTTPStatus.ACCEPTED else None

    async def events(self, run_id: str) -> AsyncGenerator[Event, None]:
        """The prediction's events from its beginning; none when it is not running."""
        headers = {"Accept": "text/event-stream"}
        async with self._http.stream(
            "PUT", f"/predictions/{run_id}", json={"input": NOTHING}, headers=headers, timeout=self._unlimited
        ) as answer:
            if answer.status_code != HTTPStatus.OK:
                return
            async for event in EventSource(answer).aiter_sse():
                yield Event(event.event, self._event_data(event.data))

    async def cancel(self, run_id: str) -> bool:
        """Ask the model to stop; whether that prediction is running."""
        return (await self._http.post(f"/predictions/{run_id}/cancel")).is_success

    def _event_data(self, text: str) -> dict[str, Any]:
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise Unintelligible(f"an event of {self.url} cannot be read") from error
        return value if isinstance(value, dict) else {}


def unfitness(health: Mapping[str, Any]) -> str:
    """Why a server in this health cannot work, as a sentence."""
    if error := health.get("user_healthcheck_error"):
        return f"the model is not healthy: {error}"
    return f"the model is not ready ({str(health.get('status')).lower()})"


def _outcome(answer: httpx.Response) -> State:
    try:
        value = answer.json()
    except ValueError:
        value = None
    if not isinstance(value, dict):
        return State("failed", error=f"Cog answered {answer.status_code} {answer.reason_phrase}")
    if answer.is_success:
        return State.told(value)
    if detail := value.get("detail"):
        return State("failed", error=_complaint(detail))
    state = State.told(value)
    return State("failed", logs=state.logs, error=state.error or f"Cog answered {answer.status_code}")


def _complaint(detail: Any) -> str:
    if not isinstance(detail, list):
        return str(detail)
    return "; ".join(map(_one_complaint, detail))


def _one_complaint(value: Any) -> str:
    match value:
        case {"loc": [_, *place], "msg": message}:
            return f"{'.'.join(map(str, place))}: {message}"
        case _:
            return str(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _cog(url: str, answer: httpx.Response, key: str | None = None) -> dict[str, Any]:
    try:
        value = answer.json()
    except ValueError:
        value = None
    if not isinstance(value, dict) or (key is not None and key not in value):
        raise Unintelligible(f"what answers at {url} is no Cog server")
    return value
