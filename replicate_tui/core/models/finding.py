"""Finding what a reference names: a model, a version, a deployment, or a run whose inputs are taken over."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from replicate_tui.api.client import Client
from replicate_tui.api.errors import APIError, NotFound
from replicate_tui.api.reference import InvalidReference, Reference, parse
from replicate_tui.api.resources import Model, Version
from replicate_tui.core.costs.hardware_seen import HardwareSeen
from replicate_tui.core.forms import inputs, options
from replicate_tui.core.forms.inputs import REDACTED, Field, Upload
from replicate_tui.core.forms.options import RunOptions
from replicate_tui.core.history.runs import OURS, Run
from replicate_tui.core.history.store import Store
from replicate_tui.core.models.catalog import Catalog
from replicate_tui.core.models.target import CannotRun, Target, target, unseen

_NO_VERSION = re.compile(r"hidden|dp?-[0-9a-f]+")
"""What official models' runs say instead of a version."""


@dataclass(frozen=True, slots=True)
class Remixed:
    """An earlier run, ready to be changed and run again.

    `raw` are values for the form of `target`, `notes` say by input what could not be taken over, `remarks` what
    else is different now. `options` are those that were asked for, with the version or deployment of `target`.
    """

    run: Run
    target: Target
    raw: dict[str, object]
    notes: dict[str, str]
    remarks: tuple[str, ...]
    options: RunOptions


class Finder:
    """Asks the API, and the history where the API has no way to ask."""

    def __init__(self, client: Client, catalog: Catalog, store: Store, host: str) -> None:
        self._client = client
        self._catalog = catalog
        self._store = store
        self._database = store.database
        self._hardware = HardwareSeen(store.database, host)
        self._host = host

    async def model(self, reference: Reference) -> Model:
        """The model that a reference names. Raises CannotRun when it names something else."""
        if reference.owner is None or reference.name is None or reference.kind not in ("model", "version"):
            raise CannotRun(f"{reference} does not name a model; give owner/name")
        return await self._catalog.model(reference.owner, reference.name)

    async def version(self, reference: Reference) -> tuple[Model, Version]:
        """The model and version that a reference names; without a version its latest.

        Raises:
            CannotRun: it names something else, the model has no version yet, or nobody knows whose version it is.
        """
        reference = self._with_model(reference)
        model = await self.model(reference)
        return model, await self._version_of(model, reference.version)

    async def target(self, reference: Reference) -> Target:
        """What to run for a reference. Raises CannotRun when it names nothing that can be run."""
        match reference.kind:
            case "model":
                return await self._model_or_deployment(reference)
            case "version":
                return await self._pinned(reference)
            case "deployment":
                return await self._deployment(f"{reference.owner}/{reference.name}")
            case "prediction":
                found, _ = await self._of_run(await self.run(reference))
                return found
            case "training":
                return await self._trained(reference)
            case "collection":
                raise CannotRun(f"{reference} is a collection: choose one of its models and give owner/name")

    async def retarget(self, current: Target, asked: RunOptions) -> Target:
        """What to run instead of `current` once these options are asked for: another version, or a deployment.

        Raises:
            CannotRun: the deployment runs another model.
        """
        owner, _, name = current.model.partition("/")
        if asked.deployment and not asked.version:
            found = await self._deployment(asked.deployment)
            if current.model and found.model != current.model:
                raise CannotRun(f"the deployment {asked.deployment} runs {found.model}, not {current.model}")
            return found
        if not current.model:
            return current
        if asked.version:
            return await self._pinned(Reference("version", owner, name, asked.version))
        return await self._latest(Reference("model", owner, name))

    async def remember(self, target: Target) -> None:
        """Keep the schema of a version that is about to be run, unless it is kept already."""
        known = self._database.version(self._host, target.version, target.model)
        if known is None and target.schema is not None:
            raw = {"id": target.version, "openapi_schema": target.schema}
            await self._database.save_version(self._host, target.model, target.version, raw)

    # -- runs ------

    async def run(self, reference: Reference) -> Run:
        """The run that a reference names: ours if we have its inputs, else as the API tells it."""
        if reference.kind != "prediction" or reference.id is None:
            raise CannotRun(f"{reference} does not name a run; give its id or its page's address")
        known = self._store.run(reference.id)
        if known is not None and known.prediction.input:
            return known
        return await self._store.put(await self._client.predictions.get(reference.id), now=time.time())

    async def remix(self, what: Run | Reference) -> Remixed:
        """A run's inputs and options as values for a form.

        Raises:
            CannotRun: it names no run, or the run does not tell what it ran.
        """
        run = what if isinstance(what, Run) else await self.run(what)
        found, remarks = await self._of_run(run)
        given = run.prediction.input
        if run.prediction.data_removed and not given:
            remarks += ("Replicate has removed this run's inputs, and this machine has no copy of them",)
        raw, notes = taken_over(found, run)
        asked = options.from_json(self._database.asked(self._store.scope, run.id).options)
        asked = replace(asked, version=found.options.version, deployment=found.options.deployment)
        if REDACTED in (asked.webhook or ""):
            remarks += (f"the password or query of its webhook {asked.webhook} was not kept: enter the address again",)
            asked = replace(asked, webhook=None, webhook_events=())
        return Remixed(run, found, raw, notes, remarks, asked)

    async def _of_run(self, run: Run) -> tuple[Target, tuple[str, ...]]:
        """What the run ran, as near as can be, and what is different now."""
        prediction = run.prediction
        version = None if _NO_VERSION.fullmatch(prediction.version or "") else prediction.version or None
        remarks: tuple[str, ...] = ()
        if prediction.deployment:
            name = prediction.deployment
            try:
                found = await self._deployment(name if "/" in name else f"{self._store.scope.account}/{name}")
            except (NotFound, CannotRun):
                remarks = (f"the deployment {name} is gone: this is its model",)
            else:
                changed = version is not None and version != found.version
                return found, (f"the deployment {name} runs another version now",) if changed else ()
        if prediction.model:
            found, more = await self._as_run(parse(prediction.model), version)
        elif version:
            found, more = await self.target(Reference("version", version=version)), ()
        else:
            raise CannotRun(f"the run {run.id} does not tell which model it ran")
        return found, remarks + more

    async def _as_run(self, reference: Reference, version: str | None) -> tuple[Target, tuple[str, ...]]:
        """A model in the version of a run; in its latest where that one is not told."""
        model = await self.model(reference)
        latest = await self._version_of(model, None)
        if version is None or latest.id == version:
            return target(model, latest, pinned=False), ()
        try:
            return target(model, await self._version_of(model, version), pinned=True), ()
        except NotFound:
            remark = f"the run's version of {model.full_name} is not told any more: these are the inputs of its latest"
            return target(model, latest, pinned=False), (remark,)

    # -- versions ------

    async def _version_of(self, model: Model, version: str | None) -> Version:
        """A version of the model, or its latest; what it takes is remembered."""
        found = model.latest_version
        if version and (found is None or found.id != version):
            found = await self._client.models.versions.get(model.owner, model.name, version)
        if found is None:
            raise CannotRun(f"{model.full_name} has no version yet, so there is nothing to run")
        await self._database.save_version(self._host, model.full_name, found.id, found.raw)
        return found

    async def _latest(self, reference: Reference) -> Target:
        model = await self.model(reference)
        return target(model, await self._version_of(model, None), pinned=False)

    async def _pinned(self, reference: Reference) -> Target:
        try:
            model, found = await self.version(reference)
        except (CannotRun, NotFound) as error:
            if reference.owner is not None or reference.version is None:
                raise
            return unseen(reference.version, str(error))
        return target(model, found, pinned=True)

    def _with_model(self, reference: Reference) -> Reference:
        """A bare version's id with the model that it is of. Raises CannotRun when nobody knows."""
        version = reference.version
        if reference.kind != "version" or reference.owner is not None or version is None:
            return reference
        name = self._model_of(version)
        if name is None:
            raise CannotRun(
                f"Replicate does not tell of which model {version} is a version: its inputs cannot be shown or "
                "checked; give owner/name:version"
            )
        return replace(parse(name), kind="version", version=version)

    def _model_of(self, version: str) -> str | None:
        """The model that a version was seen to be of."""
        if (kept := self._database.version(self._host, version)) is not None:
            return kept[0]
        for raw in self._database.models_holding(self._host, version):
            model = Model.of(raw)
            if model.latest_version is not None and model.latest_version.id == version:
                return model.full_name
        return self._database.model_of_version(self._store.scope, version)

    # -- deployments and trainings ------

    async def _model_or_deployment(self, reference: Reference) -> Target:
        """Both are named `owner/name`: a model if there is one."""
        try:
            return await self._latest(reference)
        except NotFound as no_model:
            try:
                return await self._deployment(f"{reference.owner}/{reference.name}")
            except APIError:
                raise no_model from None

    async def _deployment(self, name: str) -> Target:
        owner, _, short = name.partition("/")
        found = await self._client.deployments.get(owner, short)
        await self._hardware.remember_deployments([found])
        release = found.current_release
        if release is None or not release.model or not release.version:
            raise CannotRun(f"the deployment {found.full_name} does not tell which version it runs")
        try:
            model, version = await self.version(replace(parse(release.model), kind="version", version=release.version))
        except (NotFound, InvalidReference):
            note = f"the inputs of {release.model} are not told for the version that {found.full_name} runs"
            return unseen(release.version, note, model=release.model, deployment=found.full_name)
        return target(model, version, pinned=False, deployment=found.full_name)

    async def _trained(self, reference: Reference) -> Target:
        training = await self._client.trainings.get(reference.id or "")
        if training.trained_version is None:
            raise CannotRun(f"the training {training.id} is {training.status}: it has made no version to run")
        return await self._pinned(parse(training.trained_version))


def taken_over(found: Target, run: Run) -> tuple[dict[str, object], dict[str, str]]:
    """A run's inputs as values for a target's form, and by input what could not be taken over."""
    raw, notes = _recalled(found, run.prediction.input)
    return (_with_uploads(found.fields, raw) if run.status in OURS else raw), notes


def _recalled(found: Target, given: Mapping[str, object]) -> tuple[dict[str, object], dict[str, str]]:
    if found.schema is not None:
        recalled = inputs.recall(found.fields, given)
        return recalled.raw, recalled.notes
    hidden = [name for name, value in given.items() if value == REDACTED]
    raw = {name: value for name, value in given.items() if name not in hidden and value is not None}
    return raw, {name: f"{name} was a secret: enter it again" for name in hidden}


def _with_uploads(fields: tuple[Field, ...], raw: dict[str, object]) -> dict[str, object]:
    """Values of a run that was never sent: in file inputs, "@path" stands for a file of this machine."""
    kinds = {field.name: field for field in fields}
    return {name: _upload(kinds.get(name), value) for name, value in raw.items()}


def _upload(field: Field | None, value: object) -> object:
    if field is None:
        return value
    if isinstance(value, list):
        return [_upload(field.item, member) for member in value]
    is_path = field.kind == "file" and isinstance(value, str) and value.startswith("@")
    return Upload(Path(str(value)[1:])) if is_path else value
