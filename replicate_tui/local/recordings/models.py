"""The shelf of models that are only known from a file: shown as they are, and answered with what they recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from replicate_tui.local.marks import TooDeep, escaped_deeply
from replicate_tui.local.recordings.index import Card, Recordings
from replicate_tui.local.recordings.modelobjects import LINKS
from replicate_tui.local.shelf import Model, Version
from replicate_tui.local.storage.records import Prediction
from replicate_tui.local.work.programs import Recorded


class RecordedModels:
    """The models of one file."""

    def __init__(self, recordings: Recordings) -> None:
        self._recordings = recordings

    def cards(self) -> Iterable[Card]:
        """All of them."""
        return self._recordings.cards()

    def model(self, full_name: str) -> Model | None:
        """The model called `owner/name`."""
        raw = self._recordings.model(full_name)
        return _model(raw) if raw else None

    def of_version(self, version_id: str) -> Model | None:
        """The model that has this version."""
        full_name = self._recordings.of_version(version_id)
        return self.model(full_name) if full_name else None

    def example(self, prediction_id: str) -> Prediction | None:
        """The example with this id."""
        found = self._recordings.example(prediction_id)
        return _example(*found) if found else None


def _model(raw: Mapping[str, Any]) -> Model:
    full_name = f"{raw['owner']}/{raw['name']}"
    example = _example(full_name, raw["default_example"]) if raw["default_example"] else None
    latest = raw["latest_version"]
    return Model(
        owner=raw["owner"],
        name=raw["name"],
        description=raw["description"],
        created_at=raw["created_at"],
        versions=(_version(full_name, latest, example),) if latest else (),
        visibility=raw["visibility"],
        is_official=raw["is_official"],
        hides_versions=raw["is_official"],
        example=example,
        links={name: raw.get(name) for name in LINKS},
        runs=raw["run_count"],
    )


def _version(full_name: str, raw: Mapping[str, Any], example: Prediction | None) -> Version:
    schema = raw["openapi_schema"]
    streams = _streams(schema)
    output = example.output if example else None
    return Version(
        id=raw["id"],
        created_at=raw["created_at"],
        cog_version=raw["cog_version"],
        schema=schema,
        program=Recorded(full_name, output, example.logs if example else "", streams),
        streams=streams,
    )


def _example(full_name: str, raw: Mapping[str, Any]) -> Prediction:
    return Prediction(
        id=raw["id"],
        model=full_name,
        version=raw["version"],
        input=_shown(raw["input"]) or {},
        status=raw["status"],
        output=_shown(raw["output"]),
        error=raw["error"],
        logs=raw["logs"] or "",
        metrics=raw["metrics"],
        created_at=raw["created_at"],
        started_at=raw.get("started_at"),
        completed_at=raw.get("completed_at"),
        source="web",
        data_removed=raw["data_removed"],
    )


def _shown(value: Any) -> Any:
    """A recorded value; what is too deep to be shown is left out."""
    with suppress(TooDeep):
        return escaped_deeply(value)


def _streams(schema: Mapping[str, Any] | None) -> bool:
    output = schema["components"]["schemas"].get("Output") if schema else None
    return isinstance(output, dict) and output.get("x-cog-array-type") == "iterator"
