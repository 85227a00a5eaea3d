"""The way of a run to the API: on disk first, then its files uploaded, then the POST, then the API's own object.

Whatever happens in between is told by the row: never sent, or sent and the answer lost. It is never sent again by
itself.
"""

import asyncio
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from replicate_tui.api.client import Client
from replicate_tui.api.errors import ReplicateError, UnexpectedAnswer, UnknownFate
from replicate_tui.api.resources import Prediction
from replicate_tui.core import inputs, options, runs
from replicate_tui.core.database import Asked, DatabaseError
from replicate_tui.core.inputs import REDACTED, Upload
from replicate_tui.core.options import RunOptions
from replicate_tui.core.runs import Run
from replicate_tui.core.store import Store
from replicate_tui.core.target import Target


@dataclass(frozen=True, slots=True)
class Launch:
    """Everything that one run is made of."""

    target: Target
    input: Mapping[str, Any]
    options: RunOptions = field(default_factory=RunOptions)

    @property
    def deployment(self) -> str | None:
        """Where it runs; a version that the options pin runs where Replicate wants."""
        return None if self.options.version else self.options.deployment or self.target.deployment

    @property
    def version(self) -> str:
        """The version that it is a run of, as far as we can know."""
        return self.options.version or self.target.version

    @property
    def identifier(self) -> str:
        """What the API takes as `version`."""
        return self.options.version or self.target.identifier


async def submit(client: Client, store: Store, launch: Launch) -> Run:
    """Send a run and return it as the API answered.

    Raises:
        ReplicateError: the API refused it or did not answer; the row in the store says which.
        OSError: a file to upload could not be read; nothing was sent.
        ValueError: an option is none that the API knows; nothing was sent.
    """
    shown = inputs.redacted(launch.target.fields, _without_uploads(launch.input))
    key = f"new-{secrets.token_hex(8)}"
    run = _submitting(key, launch, shown)
    sending = False
    try:
        await store.save(run, asked=Asked(_as_text(launch.options), store.database.program))
        values = await _uploaded(client, launch.input)
        sending = True
        prediction = await _create(client, launch, values)
    except (ReplicateError, OSError, ValueError, TypeError) as error:
        # A success that cannot be read has created something all the same.
        fate_unknown = sending and isinstance(error, UnknownFate | UnexpectedAnswer)
        reason = _without_secrets(str(error), launch.input, shown)
        await store.save(runs.with_status(run, runs.UNKNOWN if fate_unknown else runs.NOT_SUBMITTED, reason))
        if isinstance(error, UnexpectedAnswer) and fate_unknown:
            raise UnknownFate(f"{reason}; the run may have been created: look at the account's runs") from error
        raise
    except asyncio.CancelledError:
        status = runs.UNKNOWN if sending else runs.NOT_SUBMITTED
        await store.save(runs.with_status(run, status, "interrupted while it was being sent"))
        raise
    try:
        return await store.put(prediction, now=run.seen_at, instead_of=key)
    except DatabaseError as error:
        raise DatabaseError(f"the run {prediction.id} was created, and cannot be kept: {error}") from error


def _as_text(asked: RunOptions) -> str:
    return options.as_json(asked) if asked else ""


def _submitting(key: str, launch: Launch, shown: Mapping[str, Any]) -> Run:
    run = runs.submitting(key, launch.target.model, launch.version, shown, now=time.time())
    if launch.deployment is None:
        return run
    return replace(run, prediction=Prediction.of({**run.prediction.raw, "deployment": launch.deployment}))


async def _create(client: Client, launch: Launch, values: Mapping[str, Any]) -> Prediction:
    asked = launch.options
    if launch.deployment is None:
        create = partial(client.predictions.create, launch.identifier)
    else:
        owner, _, name = launch.deployment.partition("/")
        create = partial(client.deployments.predictions.create, owner, name)
    return await create(
        values,
        wait=asked.block,
        webhook=asked.webhook,
        webhook_events=asked.webhook_events,
        cancel_after=asked.lifetime,
    )


def _without_secrets(reason: str, values: Mapping[str, Any], shown: Mapping[str, Any]) -> str:
    """An error as it is kept: a server may quote what it refuses."""
    for name, value in values.items():
        if shown[name] == REDACTED and isinstance(value, str) and value:
            reason = reason.replace(value, REDACTED)
    return reason


def _without_uploads(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _shown(value) for name, value in values.items()}


def _shown(value: object) -> object:
    if isinstance(value, Upload):
        return f"@{value.path}"
    return [_shown(item) for item in value] if isinstance(value, list) else value


async def _uploaded(client: Client, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: await _upload(client, value) for name, value in values.items()}


async def _upload(client: Client, value: object) -> object:
    if isinstance(value, Upload):
        return (await client.files.create(value.path)).url
    if isinstance(value, list):
        return [await _upload(client, item) for item in value]
    return value
