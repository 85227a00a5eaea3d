"""Targets: what a reference came to, with the inputs that it takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from replicate_tui.api.resources import Model, Version
from replicate_tui.core.forms import inputs
from replicate_tui.core.forms.inputs import Field
from replicate_tui.core.forms.options import RunOptions


class CannotRun(Exception):
    """The reference names nothing that can be run; the message says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """Something to run, and its inputs.

    `identifier` is what the API takes: `owner/name` for an official model's own version, else the version id.
    `schema` is the version's OpenAPI document, None when it is not told. `deployment` ("owner/name") is where it
    runs, None for Replicate's own choice. `pinned` tells that this version was asked for, and not the latest.
    `note` says in a sentence what a person should know of it, "" for nothing.
    """

    model: str
    version: str
    identifier: str
    fields: tuple[Field, ...]
    schema: Mapping[str, Any] | None
    deployment: str | None = None
    pinned: bool = False
    note: str = ""

    @property
    def key(self) -> str:
        """What drafts and presets are kept under: the model, or the version where its model is not known."""
        return self.model or self.version

    @property
    def place(self) -> tuple[str, str, str | None, bool]:
        """What runs, and where: the same for a target that was looked up anew."""
        return self.model, self.version, self.deployment, self.pinned

    @property
    def options(self) -> RunOptions:
        """The options that lead from the model's latest version to this target."""
        if self.deployment is not None:
            return RunOptions(deployment=self.deployment)
        return RunOptions(version=self.version) if self.pinned else RunOptions()


def target(model: Model, version: Version, *, pinned: bool, deployment: str | None = None) -> Target:
    """What running this version of this model takes."""
    by_name = model.is_official and not pinned
    return Target(
        model=model.full_name,
        version=version.id,
        identifier=model.full_name if by_name else version.id,
        fields=inputs.fields(version.openapi_schema),
        schema=version.openapi_schema,
        deployment=deployment,
        pinned=pinned,
    )


def unseen(version: str, note: str, *, model: str = "", deployment: str | None = None) -> Target:
    """A version that runs although nobody tells what it takes."""
    return Target(model, version, version, (), None, deployment, pinned=deployment is None, note=note)
