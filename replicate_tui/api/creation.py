"""The requests that start predictions: by version, of an official model, on a deployment."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from replicate_tui.api.checks import check_duration, check_wait, check_webhook
from replicate_tui.api.requests import Requests
from replicate_tui.api.resources import Prediction


async def create_prediction(
    requests: Requests,
    *segments: str,
    doing: str,
    body: Mapping[str, Any],
    wait: int | None,
    webhook: str | None,
    webhook_events: Sequence[str],
    cancel_after: str | None,
    admitted: bool,
) -> Prediction:
    """Starts a run, exactly once. Raises ValueError for what cannot be sent."""
    check_wait(wait)
    check_duration(cancel_after)
    headers = {}
    if wait is not None:
        headers["Prefer"] = f"wait={wait}"
    if cancel_after is not None:
        headers["Cancel-After"] = cancel_after
    call = requests.send(
        "POST",
        doing,
        *segments,
        body={**body, **hooked(webhook, webhook_events)},
        headers=headers,
        limit=requests.patience.ordinary() if wait is None else requests.patience.waiting(wait),
        once=True,
        kind="create",
        admitted=admitted,
    )
    return await requests.read(call, Prediction.of)


def hooked(webhook: str | None, events: Sequence[str]) -> dict[str, Any]:
    """The part of a body that asks for a webhook. Raises ValueError for an address or event that cannot be."""
    check_webhook(webhook, events)
    asked: dict[str, Any] = {} if webhook is None else {"webhook": webhook}
    return asked | ({"webhook_events_filter": list(events)} if events else {})


class OwnedPredictions:
    """Predictions of what has an owner and a name: an official model, or a deployment."""

    def __init__(self, requests: Requests, noun: Literal["models", "deployments"]) -> None:
        self._requests = requests
        self._noun = noun

    async def create(
        self,
        owner: str,
        name: str,
        input: Mapping[str, Any],  # noqa: A002 (the API's own noun)
        *,
        wait: int | None = None,
        webhook: str | None = None,
        webhook_events: Sequence[str] = (),
        cancel_after: str | None = None,
        admitted: bool = False,
    ) -> Prediction:
        """Starts a run on it. Costs money. Options and errors are those of `Predictions.create`.

        A model that is not official answers NotFound. Replicate's HTTP API: `models.predictions.create` and
        `deployments.predictions.create`.
        """
        return await create_prediction(
            self._requests,
            self._noun,
            owner,
            name,
            "predictions",
            doing=f"create a prediction of {owner}/{name}",
            body={"input": dict(input)},
            wait=wait,
            webhook=webhook,
            webhook_events=webhook_events,
            cancel_after=cancel_after,
            admitted=admitted,
        )
