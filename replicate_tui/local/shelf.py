"""What there is to run, as the catalog holds it: models with their versions, in shelves by where they come from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from replicate_tui.local import models
from replicate_tui.local.recordings.index import Card
from replicate_tui.local.recordings.modelobjects import LINKS
from replicate_tui.local.schema import COG_VERSION, Declaration
from replicate_tui.local.storage.records import ID_ALPHABET, ID_LENGTH, OwnModel, Prediction, TrainedVersion, timestamp
from replicate_tui.local.storage.storage import Storage
from replicate_tui.local.view import EXAMPLES_TOKEN
from replicate_tui.local.work.jobs import Program
from replicate_tui.local.work.programs import Bundled


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a model.

    `trains` is the bundled model whose trainer it has, if any; `streams` says whether its output arrives in pieces.
    """

    id: str
    created_at: str
    cog_version: str | None
    schema: dict[str, Any] | None
    program: Program
    streams: bool = False
    trains: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The version object of the API."""
        return {
            "id": self.id,
            "created_at": self.created_at,
            "cog_version": self.cog_version,
            "openapi_schema": self.schema,
        }


@dataclass(frozen=True, slots=True)
class Model:
    """A model with its versions, newest first.

    `links` are the API's keys that end in `_url`, and others that are shown as they are; `runs` counts those that
    were not made here. `hides_versions` is how the API treats official models; the ones of this machine list theirs.
    """

    owner: str
    name: str
    description: str | None
    created_at: str
    versions: tuple[Version, ...]
    visibility: str = "public"
    is_official: bool = False
    hides_versions: bool = False
    hardware: str = "cpu"
    readme: str | None = None
    example: Prediction | None = None
    links: Mapping[str, str | None] = field(default_factory=dict)
    runs: int = 0

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner}/{self.name}"

    @property
    def latest(self) -> Version | None:
        """The version that runs where none is named."""
        return self.versions[0] if self.versions else None

    def version(self, identifier: str) -> Version | None:
        """The version with this id."""
        return next((version for version in self.versions if version.id == identifier), None)


class Shelf(Protocol):
    """Models of one origin."""

    def cards(self) -> Iterable[Card]:
        """All public ones that can be run."""
        ...

    def model(self, full_name: str) -> Model | None:
        """The model called `owner/name`."""
        ...

    def of_version(self, version_id: str) -> Model | None:
        """The model that has this version."""
        ...

    def example(self, prediction_id: str) -> Prediction | None:
        """The example with this id."""
        ...


class Fixed:
    """Models that stay as they are while the server runs."""

    def __init__(self, members: Sequence[Model]) -> None:
        self._by_name = {model.full_name: model for model in members}
        self._by_version = {version.id: model for model in members for version in model.versions}
        self._examples = {model.example.id: model.example for model in members if model.example}
        self._cards = [card(model) for model in members]

    def cards(self) -> Iterable[Card]:
        """All of them."""
        return self._cards

    def model(self, full_name: str) -> Model | None:
        """The model called `owner/name`."""
        return self._by_name.get(full_name)

    def of_version(self, version_id: str) -> Model | None:
        """The model that has this version."""
        return self._by_version.get(version_id)

    def example(self, prediction_id: str) -> Prediction | None:
        """The example with this id."""
        return self._examples.get(prediction_id)


class OwnModels:
    """Models that the account made, with the versions that trainings gave them."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def cards(self) -> Iterable[Card]:
        """The public ones with a version."""
        found = (self._built(record) for record in self._storage.models.where("visibility = ?", "public"))
        return [card(model) for model in found if model.versions]

    def model(self, full_name: str) -> Model | None:
        """The model called `owner/name`."""
        record = self._storage.models.get(full_name)
        return self._built(record) if record else None

    def of_version(self, version_id: str) -> Model | None:
        """The model that has this version."""
        trained = self._storage.versions.get(version_id)
        return self.model(trained.model) if trained else None

    def example(self, prediction_id: str) -> Prediction | None:
        """They have none."""
        return None

    def _built(self, record: OwnModel) -> Model:
        owner, _, name = record.id.partition("/")
        trained = self._storage.versions.where("model = ?", record.id)
        return Model(
            owner=owner,
            name=name,
            description=record.description,
            created_at=record.created_at,
            versions=tuple(self._version(version) for version in reversed(trained)),
            visibility=record.visibility,
            hardware=record.hardware,
            readme=record.readme,
            links={name: getattr(record, name) for name in LINKS},
        )

    def _version(self, trained: TrainedVersion) -> Version:
        declaration = models.describe(trained.base)
        return Version(
            id=trained.id,
            created_at=trained.created_at,
            cog_version=COG_VERSION,
            schema=_without_training(declaration.schema),
            program=Bundled(trained.base, self._storage.weights_path(trained.id)),
            streams=declaration.streams,
        )


def bundled() -> list[Model]:
    """The bundled models."""
    return [_declared(declaration) for declaration in models.bundled()]


def card(model: Model) -> Card:
    """The model's card."""
    description = model.description or ""
    return Card(
        full_name=model.full_name,
        description=description,
        created_at=model.created_at,
        pushed_at=model.latest.created_at if model.latest else model.created_at,
        run_count=model.runs,
        is_official=model.is_official,
        text=f"{model.full_name} {description}".lower(),
    )


def _declared(declaration: Declaration) -> Model:
    version = Version(
        id=declaration.version,
        created_at=declaration.created_at,
        cog_version=COG_VERSION,
        schema=declaration.schema,
        program=Bundled(declaration.name),
        streams=declaration.streams,
        trains=declaration.name if "TrainingInput" in declaration.schema["components"]["schemas"] else None,
    )
    return Model(
        owner=declaration.owner,
        name=declaration.name,
        description=declaration.description,
        created_at=declaration.created_at,
        versions=(version,),
        is_official=True,
        readme=declaration.readme,
        example=_example(declaration),
    )


def _example(declaration: Declaration) -> Prediction:
    digest = hashlib.sha256(f"example of {declaration.version}".encode()).digest()
    began = datetime.fromisoformat(declaration.created_at) + timedelta(minutes=1)
    ended = began + timedelta(seconds=declaration.example.seconds)
    return Prediction(
        id="".join(ID_ALPHABET[byte % len(ID_ALPHABET)] for byte in digest[:ID_LENGTH]),
        model=declaration.full_name,
        version=declaration.version,
        input=dict(declaration.example.input),
        token=EXAMPLES_TOKEN,
        status="succeeded",
        output=declaration.example.output,
        logs=declaration.example.logs,
        metrics={"predict_time": declaration.example.seconds, "total_time": declaration.example.seconds},
        created_at=timestamp(began.timestamp()),
        started_at=timestamp(began.timestamp()),
        completed_at=timestamp(ended.timestamp()),
        source="web",
    )


def _without_training(schema: dict[str, Any]) -> dict[str, Any]:
    """A trained version is not trained further: it has no trainer."""
    parts = schema["components"]["schemas"]
    kept = {name: part for name, part in parts.items() if not name.startswith("Training")}
    return {**schema, "components": {"schemas": kept}}


MEDIA = Path(__file__).with_name("models") / "media"
"""The files of the bundled models' examples."""
