"""The Session's verbs on trainings: what can be trained, where the result goes, and the trainings themselves."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from replicate_tui.api.errors import NotFound
from replicate_tui.api.reference import Reference
from replicate_tui.api.resources import Page, Prediction
from replicate_tui.core import asking
from replicate_tui.core.forms import inputs
from replicate_tui.core.forms.options import RunOptions
from replicate_tui.core.forms.schema import resolved
from replicate_tui.core.history.runs import Run
from replicate_tui.core.models.finding import Remixed, taken_over
from replicate_tui.core.models.target import CannotRun, Target, target
from replicate_tui.core.sending import request
from replicate_tui.core.sending.request import Launch
from replicate_tui.core.verbs.finding import FindingVerbs
from replicate_tui.core.verbs.running import RunningVerbs

COMPONENT: Final = "TrainingInput"
"""The part of a version's schema that tells what its training takes. Replicate's HTTP API: `trainings.create`."""


def takes_training(what: Target) -> bool:
    """Whether a version tells what a training of it takes."""
    return declares_training(what.schema)


def declares_training(schema: Mapping[str, Any] | None) -> bool:
    """Whether a version's OpenAPI document tells what a training of it takes."""
    node, _ = resolved(schema, COMPONENT)
    return isinstance(node.get("properties"), Mapping)


def training_of(what: Target) -> Target:
    """The same version, with the inputs of its training. Raises CannotRun where it takes none."""
    if not takes_training(what):
        raise CannotRun(f"{what.model} cannot be trained: its version {what.version[:12]} takes no training")
    fields = inputs.fields(what.schema, COMPONENT)
    return replace(what, identifier=what.version, fields=fields, deployment=None, pinned=True)


class TrainingVerbs(FindingVerbs, RunningVerbs):
    """Does what can be done with trainings. A training is kept, watched and stopped as a run."""

    async def trainable(self, reference: Reference) -> Target:
        """What to train for a reference, with the inputs of its training; without a version the model's latest.

        Raises:
            CannotRun: it names no model, or one that cannot be trained.
        """
        model, version = await self.finder.version(reference)
        return training_of(target(model, version, pinned=True))

    async def retrain(self, run: Run) -> Remixed:
        """A training's inputs, ready for the form of another one of the same version.

        Raises:
            CannotRun: the training does not tell what it trained, or that cannot be trained any more.
        """
        trained = run.prediction
        if not trained.model or not trained.version:
            raise CannotRun(f"the training {run.id} does not tell what it trained")
        what = await self.trainable(replace(self.reference(trained.model), kind="version", version=trained.version))
        raw, notes = taken_over(what, run)
        return Remixed(run, what, raw, notes, (), RunOptions())

    async def destination(self, text: str) -> Reference:
        """The model that a training's result goes to: `owner/name`, or a bare name, which is the account's own.

        Raises:
            InvalidReference: it names nothing.
            CannotRun: it names something else than a model.
        """
        if "/" not in text.strip():
            text = f"{await self._owner.known_name()}/{text.strip()}"
        reference = self.reference(text)
        if reference.kind != "model":
            raise CannotRun(f"{text} does not name a model; a training's result goes to owner/name")
        return reference

    async def has_destination(self, reference: Reference) -> bool:
        """Whether the model is there that a training's result would go to."""
        try:
            await self.client.models.get(reference.owner or "", reference.name or "")
        except NotFound:
            return False
        return True

    async def train(
        self,
        what: Target,
        values: Mapping[str, Any],
        destination: Reference,
        options: RunOptions | None = None,
        *,
        first: Callable[[], Awaitable[object]] | None = None,
    ) -> Run:
        """Send a training when its turn comes. Raises as `run`, and as `first`.

        `first` is done once the files are uploaded and before the training is sent, such as making the destination:
        a file that cannot be uploaded leaves no empty model behind.
        """
        self.settings.require_writes("train a model")
        await self.finder.remember(what)
        return await self._submit(Launch(what, values, options or RunOptions(), str(destination), first=first))

    async def rehearse_training(
        self, what: Target, values: Mapping[str, Any], destination: Reference, options: RunOptions | None = None
    ) -> None:
        """Raise WouldSend with the request that `train` would send, in a session of dry runs."""
        await request.rehearse(self.client, Launch(what, values, options or RunOptions(), str(destination)))

    async def training(self, run_id: str) -> Run:
        """A training as the API tells it now, joined with what we kept."""
        return await self.store.put(await asking.get(self.client, run_id, training=True), now=time.time())

    async def trainings(self, cursor: str | None = None) -> Page[Prediction]:
        """A page of the account's trainings, newest first; what it tells is kept."""
        page = await asking.list_trainings(self.client, cursor)
        for training in page.results:
            await self.store.put(training, now=time.time())
        return page
