"""Predictions: started, read, listed, stopped, waited for, followed."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import datetime
from typing import Any

from replicate_tui.api.addresses import read_foreign_url
from replicate_tui.api.calls import Call
from replicate_tui.api.checks import check_named, check_one_of, moment
from replicate_tui.api.creation import create_prediction
from replicate_tui.api.following import follow, wait_for_end
from replicate_tui.api.requests import Requests
from replicate_tui.api.resources import Page, Prediction
from replicate_tui.api.stream import Event, events


class Predictions:
    """The account's predictions."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    async def create(
        self,
        version: str,
        input: Mapping[str, Any],  # noqa: A002 (the API's own noun)
        *,
        wait: int | None = None,
        webhook: str | None = None,
        webhook_events: Sequence[str] = (),
        cancel_after: str | None = None,
        admitted: bool = False,
    ) -> Prediction:
        """Starts a run of `owner/name` (official models), `owner/name:version` or a version id. Costs money.

        `wait` (1–60 seconds) holds the answer back until the run ends or the time is over: it may then be
        unfinished, which `wait` brings to its end. `cancel_after` is a duration of at least 5 seconds such as "30s"
        or "1h30m". `webhook` is a https address, `webhook_events` are some of `checks.WEBHOOK_EVENTS`. `admitted`:
        the caller has waited for the limiter's turn to create already. Raises UnknownFate if the run may have
        started although no answer came: look before trying again. Raises ValueError for what cannot be sent.
        Replicate's HTTP API: `predictions.create`.
        """
        check_named(version=version)
        return await create_prediction(
            self._requests,
            "predictions",
            doing="create a prediction",
            body={"version": version, "input": dict(input)},
            wait=wait,
            webhook=webhook,
            webhook_events=webhook_events,
            cancel_after=cancel_after,
            admitted=admitted,
        )

    async def get(self, id: str) -> Prediction:  # noqa: A002 (the API's own noun)
        """One run with its logs; a training's id is also known here. Replicate's HTTP API: `predictions.get`."""
        return await self._requests.read(
            self._requests.get(f"read the prediction {id}", "predictions", id), Prediction.of
        )

    async def list(
        self,
        cursor: str | None = None,
        *,
        created_after: datetime | str | None = None,
        created_before: datetime | str | None = None,
        source: str | None = None,
    ) -> Page[Prediction]:
        """One page of the account's runs, newest first; they have no logs.

        `cursor` is a page's `next` link or the cursor in it; the filters must then be given again. Of the bounds
        the first is inclusive, the second not. `source` "web" leaves those that were made on the website in the
        last 14 days. Raises ValueError for another source, and for a bound without a time zone. Replicate's HTTP
        API: `predictions.list`.
        """
        check_one_of(("web",), source=source)
        params = {"created_after": moment(created_after), "created_before": moment(created_before), "source": source}
        return await self._requests.page(Prediction, "list predictions", "predictions", cursor=cursor, params=params)

    async def cancel(self, id: str) -> Prediction:  # noqa: A002 (the API's own noun)
        """Stops a run. Doing so twice is harmless: the status of the answer tells what came of it.

        Replicate's HTTP API: `predictions.cancel`.
        """
        call = self._requests.send("POST", f"cancel the prediction {id}", "predictions", id, "cancel")
        return await self._requests.read(call, Prediction.of)

    async def wait(self, prediction: Prediction) -> Prediction:
        """The run after its end, asked for at growing intervals for as long as it takes.

        What has ended already is handed back as it is. Raises as `get`; cancel it, or wrap it in a timeout, at will.
        """
        return await wait_for_end(self.get, self._requests.transport.clock.sleep, prediction)

    def stream(self, url: str, *, last_event_id: str | None = None) -> AsyncGenerator[Event, None]:
        """The events of a run's stream address as they happen, ending with "done".

        Starts after `last_event_id`, if given. Interrupted connections are taken up again without loss or
        repeat; NetworkError when that fails too. Close the generator when you leave it early.
        """
        limit = self._requests.patience.streaming()
        call = Call(method="GET", url=read_foreign_url(url), doing="follow the output", limit=limit)
        return events(self._requests.transport, call, last_event_id)

    def follow(self, prediction: Prediction) -> AsyncGenerator[Event, None]:
        """The same events as `stream`, whether or not the run has a stream.

        Without one, or where it is lost for good, the run is asked for at growing intervals instead, and what is
        new in it is told from there on; such events have no id. Raises as `get`. Close the generator when you
        leave it early.
        """
        return follow(self.stream, self.get, self._requests.transport.clock.sleep, prediction)
