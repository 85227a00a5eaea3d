"""The models that this server has: found by name, version or words, and as the API's objects."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from replicate_tui.local.records import ID_ALPHABET, ID_LENGTH, Prediction, absolute
from replicate_tui.local.schema import COG_VERSION, Declaration

EXAMPLES_TOKEN = "examples"
"""The token of the folder in which the examples' files are."""

MEDIA = Path(__file__).with_name("models") / "media"
"""The files of the bundled models' examples."""

HARDWARE: Mapping[str, str] = {
    "cpu": "CPU (this machine's)",
    "gpu-t4": "Nvidia T4 GPU (pretend: this machine's CPU)",
    "gpu-l40s": "Nvidia L40S GPU (pretend: this machine's CPU)",
    "gpu-a100-large": "Nvidia A100 (80GB) GPU (pretend: this machine's CPU)",
    "gpu-h100": "Nvidia H100 GPU (pretend: this machine's CPU)",
}
"""SKUs and their names."""

ACCOUNT: Mapping[str, str] = {"type": "user", "username": "local", "name": "Local"}


class Catalog:
    """All models, and how often each has run (asked of `run_counts` whenever it is shown)."""

    def __init__(self, models: Sequence[Declaration], run_counts: Callable[[], Mapping[str, int]]) -> None:
        self.models = list(models)
        self._run_counts = run_counts
        self._by_name = {model.full_name: model for model in models}
        self._by_version = {model.version: model for model in models}
        self._examples = {model.full_name: _example(model) for model in models}

    def model(self, full_name: str) -> Declaration | None:
        """The model called `owner/name`."""
        return self._by_name.get(full_name)

    def resolve(self, version: str) -> Declaration | None:
        """What a prediction's `version` means: `owner/name`, `owner/name:id`, or an id alone."""
        name, colon, identifier = version.partition(":")
        if not colon:
            return self._by_name.get(name) or self._by_version.get(name)
        model = self._by_name.get(name)
        return model if model and model.version == identifier else None

    def example_with_id(self, prediction_id: str, base: str) -> dict[str, Any] | None:
        """The example with this id, as a prediction object."""
        found = (model for model in self.models if self._examples[model.full_name].id == prediction_id)
        return next((self.example_as_json(model, base) for model in found), None)

    def search(self, text: str) -> list[tuple[float, Declaration]]:
        """Models that match every word of the text, best first, with their scores above 0 and up to 1."""
        words = text.lower().split()
        scored = ((_score(words, model), model) for model in self.models)
        return sorted(((score, model) for score, model in scored if score > 0), key=lambda pair: -pair[0])

    def as_json(self, model: Declaration, base: str) -> dict[str, Any]:
        """The model object."""
        return {
            "url": f"{base}/{model.full_name}",
            "owner": model.owner,
            "name": model.name,
            "description": model.description,
            "visibility": "public",
            "is_official": True,
            "github_url": None,
            "paper_url": None,
            "license_url": None,
            "weights_url": None,
            "run_count": self._run_counts().get(model.full_name, 0),
            "cover_image_url": None,
            "default_example": self.example_as_json(model, base),
            "latest_version": version_as_json(model),
            "created_at": model.created_at,
        }

    def example_as_json(self, model: Declaration, base: str) -> dict[str, Any]:
        """The example as a prediction object."""
        example = self._examples[model.full_name]
        value = example.as_json(base)
        value["input"] = absolute(example.input, lambda name: example.file_url(base, name))
        return value


def version_as_json(model: Declaration) -> dict[str, Any]:
    """The version object of the model's one version."""
    return {
        "id": model.version,
        "created_at": model.created_at,
        "cog_version": COG_VERSION,
        "openapi_schema": model.schema,
    }


def _score(words: Sequence[str], model: Declaration) -> float:
    if not words:
        return 0
    scores = [_word_score(word, model) for word in words]
    return min(scores) and sum(scores) / len(scores)


def _word_score(word: str, model: Declaration) -> float:
    name = model.name.lower()
    if word in (name, model.full_name.lower()):
        return 1.0
    if name.startswith(word):
        return 0.8
    if word in model.full_name.lower():
        return 0.6
    return 0.3 if word in model.description.lower() else 0


def _example(model: Declaration) -> Prediction:
    digest = hashlib.sha256(f"example of {model.version}".encode()).digest()
    began = datetime.fromisoformat(model.created_at) + timedelta(minutes=1)
    ended = began + timedelta(seconds=model.example.seconds)
    return Prediction(
        id="".join(ID_ALPHABET[byte % len(ID_ALPHABET)] for byte in digest[:ID_LENGTH]),
        model=model.full_name,
        version=model.version,
        input=dict(model.example.input),
        token=EXAMPLES_TOKEN,
        status="succeeded",
        output=model.example.output,
        logs=model.example.logs,
        metrics={"predict_time": model.example.seconds, "total_time": model.example.seconds},
        created_at=_text(began),
        started_at=_text(began),
        completed_at=_text(ended),
        source="web",
    )


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
