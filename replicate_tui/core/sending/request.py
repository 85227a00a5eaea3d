"""What one run is made of, and the request that it comes to."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from replicate_tui.api.client import Client
from replicate_tui.api.resources import Prediction
from replicate_tui.core.forms.options import RunOptions
from replicate_tui.core.history import runs
from replicate_tui.core.history.runs import Run
from replicate_tui.core.models.target import Target
from replicate_tui.core.sending import as_written, likeness
from replicate_tui.core.sending.uploading import holds_upload


@dataclass(frozen=True, slots=True)
class Launch:
    """Everything that one run is made of. A training has a `destination`, the model that gets the version it makes.

    `made_from` is the id of the run that it is a remix of. `first` is done once its files are uploaded, before it is
    sent: what it needs there, such as the model that a training's result goes to.
    """

    target: Target
    input: Mapping[str, Any]
    options: RunOptions = field(default_factory=RunOptions)
    destination: str = ""
    made_from: str = ""
    first: Callable[[], Awaitable[object]] | None = None

    @property
    def deployment(self) -> str | None:
        """Where it runs; a version that the options pin runs where Replicate wants."""
        return None if self.options.version else self.options.deployment or self.target.deployment

    @property
    def has_uploads(self) -> bool:
        """Whether files are to be sent before the run itself."""
        return any(holds_upload(value) for value in self.input.values())

    @property
    def version(self) -> str:
        """The version that it is a run of, as far as we can know."""
        return self.options.version or self.target.version

    @property
    def identifier(self) -> str:
        """What the API takes as `version`."""
        return self.options.version or self.target.identifier

    @property
    def shown(self) -> dict[str, object]:
        """The input as it is written down."""
        return as_written.shown(self.target.fields, self.input)


def ordered(key: str, launch: Launch) -> Run:
    """The run as its row tells it before anything was sent, under a local id."""
    run = runs.ordered(key, launch.target.model, launch.version, launch.shown, now=time.time(), status=runs.WAITING)
    run = likeness.noting_texts(run, launch.target.fields)
    if launch.destination:
        return runs.noting(run, {runs.KIND: "training", runs.DESTINATION: launch.destination})
    return runs.noting(run, {"deployment": launch.deployment}) if launch.deployment else run


async def create(client: Client, launch: Launch, values: Mapping[str, Any], *, admitted: bool) -> Prediction:
    """Send it once, with these values for its input; `admitted` says that its turn under the rate limit has come.

    Raises:
        ReplicateError: the API refused it or did not answer.
        ValueError: an option is none that the API knows; nothing was sent.
    """
    if launch.destination:
        return await _create_training(client, launch, values, admitted=admitted)
    if launch.deployment is None:
        send = partial(client.predictions.create, launch.identifier)
    else:
        owner, _, name = launch.deployment.partition("/")
        send = partial(client.deployments.predictions.create, owner, name)
    return await send(
        values,
        wait=launch.options.block,
        webhook=launch.options.webhook,
        webhook_events=launch.options.webhook_events,
        cancel_after=launch.options.lifetime,
        admitted=admitted,
    )


async def _create_training(client: Client, launch: Launch, values: Mapping[str, Any], *, admitted: bool) -> Prediction:
    owner, _, name = launch.target.model.partition("/")
    training = await client.trainings.create(
        owner,
        name,
        launch.version,
        destination=launch.destination,
        input=values,
        webhook=launch.options.webhook,
        webhook_events=launch.options.webhook_events,
        admitted=admitted,
    )
    return runs.of_training(training, launch.destination)


async def rehearse(client: Client, launch: Launch) -> None:
    """Go through the request with a client of dry runs: WouldSend tells it, with paths for files and no secrets.

    Raises:
        ValueError: an option is none that the API knows.
    """
    await create(client, launch, launch.shown, admitted=False)
