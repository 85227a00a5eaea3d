"""The way of a run into the server, whichever route it comes by."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request

from replicate_tui.local.addresses import base_url
from replicate_tui.local.delivery import check_url
from replicate_tui.local.http.answers import JSON
from replicate_tui.local.http.lifetimes import lifetime, waiting_time
from replicate_tui.local.http.problems import unprocessable
from replicate_tui.local.http.validation import check_input
from replicate_tui.local.runner import Assignment, Runner
from replicate_tui.local.runs import Run
from replicate_tui.local.secret_inputs import redacted
from replicate_tui.local.shelf import Model, Version
from replicate_tui.local.storage.records import Prediction, new_id, timestamp
from replicate_tui.local.view import View
from replicate_tui.local.work.pool import Place

ANSWER_MARGIN = 0.3
"""A waiting request is answered this many seconds early, before a client with the same patience gives up."""


class Creation:
    """Checks what a prediction is made of, submits it, and answers: at once, or when it has ended."""

    def __init__(self, runner: Runner, view: View) -> None:
        self._runner = runner
        self._view = view

    async def predict(
        self,
        request: Request,
        target: tuple[Model, Version],
        body: dict[str, Any],
        place: Place,
        deployment: str | None,
    ) -> JSON:
        """Create a prediction of a model's version. Raises `Problem` 422 for what it cannot be made of."""
        model, version = target
        if version.schema is not None:
            check_input(body["input"], version.schema)
        check_webhook(body)
        wait = waiting_time(request.headers.get("prefer"))
        limit = lifetime(request.headers.get("cancel-after"))
        assignment = Assignment(version.program, place, body["input"], lifetime=limit)
        prediction = record(model, version, body, "Input")
        prediction.streams, prediction.deployment = version.streams, deployment
        base = base_url(request)
        run = self._runner.submit(prediction, assignment, base)
        if wait is not None:
            await _finished(run, wait - ANSWER_MARGIN)
        content = await self._view.answer(run.snapshot(), base, unstarted=True)
        headers = {"location": content["urls"]["get"]}
        if wait is not None:
            headers["preference-applied"] = request.headers["prefer"]
        return JSON(content, 201, headers=headers)


def check_webhook(body: dict[str, Any]) -> None:
    """Raise the 422 `Problem` for an address that no webhook goes to."""
    if "webhook" in body and (reason := check_url(body["webhook"])):
        raise unprocessable(f"webhook: {reason}")


def record(model: Model, version: Version, body: dict[str, Any], component: str) -> Prediction:
    """A new run of the version, as the body asks for it; its input is of that component of the schema."""
    return Prediction(
        id=new_id(),
        model=model.full_name,
        version=version.id,
        input=redacted(body["input"], version.schema, component),
        created_at=timestamp(datetime.now(UTC).timestamp()),
        webhook=body.get("webhook"),
        webhook_events_filter=body.get("webhook_events_filter"),
    )


async def _finished(run: Run, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await run.finished.wait()
    except TimeoutError:
        return
