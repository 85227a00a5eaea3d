"""Lists of runs: the window that their pages come from, and the query parameters that narrow it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request

from replicate_tui.local.http.problems import unprocessable
from replicate_tui.local.runner import Runner
from replicate_tui.local.storage.records import Prediction, timestamp

PAGE_SIZE = 100


def current(runner: Runner, prediction: Prediction) -> Prediction:
    """The run as of now, where the database knows it as of its last write."""
    run = runner.active.get(prediction.id)
    return run.prediction if run else prediction


def filters(request: Request) -> dict[str, Any]:
    """Conditions and their values. Raises `Problem` 422 for parameters that mean nothing."""
    found: dict[str, Any] = {}
    for name, condition in (("created_after", "created_at >= ?"), ("created_before", "created_at < ?")):
        if text := request.query_params.get(name):
            found[condition] = _moment(name, text)
    if source := request.query_params.get("source"):
        if source != "web":
            raise unprocessable("source must be web")
        found["source = ?"] = source
    return found


def _moment(name: str, text: str) -> str:
    # A plus sign that the client did not encode arrives as a blank.
    try:
        moment = datetime.fromisoformat(text.strip().replace(" ", "+" if "T" in text else "T"))
        return timestamp((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError) as error:
        raise unprocessable(f"{name} must be an ISO 8601 date and time") from error
