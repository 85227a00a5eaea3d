"""Trainings: started, read, listed, stopped."""

from collections.abc import Mapping, Sequence
from typing import Any

from replicate_tui.api.checks import check_model
from replicate_tui.api.creation import hooked
from replicate_tui.api.requests import Requests
from replicate_tui.api.resources import Page, Training


class Trainings:
    """The account's trainings."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    async def create(
        self,
        owner: str,
        name: str,
        version: str,
        *,
        destination: str,
        input: Mapping[str, Any],  # noqa: A002 (the API's own noun)
        webhook: str | None = None,
        webhook_events: Sequence[str] = (),
        admitted: bool = False,
    ) -> Training:
        """Trains a version of `owner/name`. Costs money.

        `destination` is the `owner/name` of a model of one's own, which must exist; on success it gets a new
        version. `admitted`: the caller has waited for the limiter's turn to create already. Raises UnknownFate if
        the training may have started although no answer came: look before trying again. Raises ValueError for what
        cannot be sent. Replicate's HTTP API: `trainings.create`.
        """
        check_model(destination=destination)
        call = self._requests.send(
            "POST",
            f"create a training of {owner}/{name}",
            "models",
            owner,
            name,
            "versions",
            version,
            "trainings",
            body={"destination": destination, "input": dict(input), **hooked(webhook, webhook_events)},
            once=True,
            kind="create",
            admitted=admitted,
        )
        return await self._requests.read(call, Training.of)

    async def get(self, id: str) -> Training:  # noqa: A002 (the API's own noun)
        """One training with its logs. Replicate's HTTP API: `trainings.get`."""
        return await self._requests.read(self._requests.get(f"read the training {id}", "trainings", id), Training.of)

    async def list(self, cursor: str | None = None) -> Page[Training]:
        """One page of the account's trainings, newest first.

        `cursor` is a page's `next` link or the cursor in it. Replicate's HTTP API: `trainings.list`.
        """
        return await self._requests.page(Training, "list trainings", "trainings", cursor=cursor)

    async def cancel(self, id: str) -> Training:  # noqa: A002 (the API's own noun)
        """Stops a training. Doing so twice is harmless: the status of the answer tells what came of it.

        Replicate's HTTP API: `trainings.cancel`.
        """
        call = self._requests.send("POST", f"cancel the training {id}", "trainings", id, "cancel")
        return await self._requests.read(call, Training.of)
